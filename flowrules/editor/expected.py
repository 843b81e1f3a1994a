"""Which names may stand behind the words that a block begins with."""

from collections.abc import Sequence
from typing import NamedTuple

from flowrules.editor.names import Kind
from flowrules.language.names import fold
from flowrules.language.parser.tree import Token
from flowrules.verbs import WORDS, Slot
from flowrules.verbs.form import Group


class Expected(NamedTuple):
    """A kind of name; `of` is the fact of a value, folded."""

    kind: Kind
    of: str = ""


_BEHIND = {
    "TO": Kind.DESTINATION,
    "QUEUE": Kind.QUEUE,
    "AGENT": Kind.AGENT,
    "SUPERVISOR": Kind.SUPERVISOR,
    "DO": Kind.STEPS,
    "DURING": Kind.HOURS,
    "OUTSIDE": Kind.HOURS,
    "WITHIN": Kind.HOURS,
    "NEXT": Kind.HOURS,
    "ON": Kind.FACT,
    "SAME": Kind.FACT,
    "WHEN": Kind.FACT,
    "UNLESS": Kind.FACT,
    "IF": Kind.FACT,
    "AND": Kind.FACT,
    "NOT": Kind.FACT,
    "LPAR": Kind.FACT,
    "WHILE": Kind.FACT,
    "REMEMBER": Kind.FACT,
    "FORGET": Kind.FACT,
    "GIVEN": Kind.FACT,
    "BY": Kind.FACT,
    "MEANWHILE": Kind.FACT,
    "TURN": Kind.FACT,
    "RULE": Kind.RULE,
    "SET_DISPOSITION": Kind.DISPOSITION,
}
_COMPARES = frozenset(
    {"IS", "_EQ", "__ANON_1", "LESSTHAN", "MORETHAN", "__ANON_2", "__ANON_3", "CONTAINS", "THAN"}
)
_ITEMS = frozenset({"NAME", "STRING", "NUMBER", "DIGITS", "PHONE", "DURATION", "TIME", "DATE", "_NL"})
_MEMBER_SLOTS = frozenset({"member", "call_fact"})


def expected(tokens: Sequence[Token]) -> Expected | None:
    """What the next name names; None where that is somebody's own choice, or no name follows."""
    if not tokens:
        return None
    types = [token.type for token in tokens]
    last = types[-1]
    if last == "COMMA":
        return _in_list(tokens)
    if last == "OR":
        return None if "ZONE" in types or _zone_before(types) else Expected(Kind.FACT)
    if last == "FOR" and types[0] == "DEFAULT":
        return Expected(Kind.FACT)
    if last == "ON" and types[-2:-1] == ["CLOSED"]:
        return Expected(Kind.LIST)
    if types[0] == "PROMISE" and (last in _ITEMS or last == "END" or tokens[-1].lower() in WORDS):
        return Expected(Kind.FACT)
    if last == "RULE" and len(tokens) == 1:
        return None
    if last == "IN":
        return Expected(Kind.LIST) if _fact_before(tokens) and "IS" in types[-3:] else None
    if last == "OF":
        return _behind_of(tokens, types)
    if last == "BECAUSE":
        return Expected(Kind.REASON) if {"IF_FAILS", "NL_FAILS", "FAILS"} & set(types[-2:]) else None
    if (last == "IS" and types[-2:-1] == ["DISPOSITION"]) or (
        last == "IS" and types[:2] == ["DEFAULT", "DISPOSITION"]
    ):
        return Expected(Kind.DISPOSITION)
    if last == "AT" and "SCHEDULE_CALLBACK" in types:
        return Expected(Kind.FACT)
    if last == "NOT" and types[-2:-1] == ["IS"]:
        return _value(tokens)
    if last in _COMPARES or (last == "AND" and "BETWEEN" in types[-4:]):
        return _value(tokens)
    if last in ("MOST", "LEAST") and "IS" in types[-3:]:
        return _value(tokens)
    if last == "SET_LEAD_STATUS":
        return Expected(Kind.VALUE, "call.lead_status")
    if last in _BEHIND:
        return Expected(_BEHIND[last])
    return _of_verb(tokens[-1])


def _zone_before(types: Sequence[str]) -> bool:
    """Whether the name before `or` is that of a fact which holds a time zone: `in lead.timezone or`."""
    at = len(types) - 3
    return at >= 1 and types[at] == "IN" and types[at - 1] in ("NAME", "TIME")


def _in_list(tokens: Sequence[Token]) -> Expected | None:
    """What stands behind a comma is what stood before the first one."""
    at = len(tokens) - 1
    while at >= 0 and (tokens[at].type == "COMMA" or tokens[at].type in _ITEMS):
        at -= 1
    return expected(tokens[: at + 1]) if at >= 0 and tokens[at].type not in ("EVENT", "LIST") else None


def _behind_of(tokens: Sequence[Token], types: Sequence[str]) -> Expected | None:
    before = types[-2] if len(types) > 1 else ""
    if before == "ONE":
        return _value(tokens)
    if before == "ANY":
        return Expected(Kind.LIST)
    if before == "A_HOLIDAY":
        return Expected(Kind.HOURS)
    return Expected(Kind.FACT) if before == "DURATION" else None


def _value(tokens: Sequence[Token]) -> Expected | None:
    fact = _fact_before(tokens)
    return None if fact is None else Expected(Kind.VALUE, fact)


def _fact_before(tokens: Sequence[Token]) -> str | None:
    """The fact that is compared: the last name."""
    return next((fold(token) for token in reversed(tokens) if token.type == "NAME"), None)


def _of_verb(word: Token) -> Expected | None:
    """The first place behind a verb."""
    spec = WORDS.get(word.lower())
    if spec is None or word.type == "NAME":
        return None
    for form in spec.forms:
        for part in form.parts:
            first = part.parts[0] if isinstance(part, Group) else part
            if isinstance(first, Slot):
                return Expected(Kind.FACT) if first.kind in _MEMBER_SLOTS else None
    return None
