"""Conditions in words. A sentence is true exactly where the condition says yes: what is not known makes none true.

`not` is pushed to the single questions (both of De Morgan's laws hold where unknown is an answer), so no sentence holds
a "not" around another.
"""

from typing import assert_never

from flowrules.analysis.model.builtin import ALWAYS_KNOWN
from flowrules.language.nodes import And, Compare, Condition, During, Guard, GuardWord, Holiday, Kind, Not, Or
from flowrules.language.operators import BY_OP, Family, Operand
from flowrules.language.traverse import atoms
from flowrules.prose.facts import STATES, subject
from flowrules.prose.values import compared, listed, quoted

OTHERWISE = "otherwise"
OTHERWISE_UNKNOWN = "otherwise, also if that is not known"


def guards(nodes: tuple[Guard, ...]) -> str:
    """What all guards of a rule ask together; empty where there is none. `unless C` asks for a clear no."""
    parts: list[str] = []
    for node in nodes:
        parts += _conjuncts(node.condition, node.word is not GuardWord.UNLESS)
    return _joined(parts, "and")


def condition(node: Condition, holds: bool = True) -> str:
    """Where a condition says yes, or (`holds` False) a clear no."""
    match node:
        case Compare():
            return _compare(node, holds)
        case During(hours, inside):
            return f"the time is {'within' if inside is holds else 'outside'} {hours_name(hours.key)}"
        case Holiday(hours=hours, is_one=is_one):
            of = f" of {hours_name(hours.key)}" if hours else ""
            return f"today is {'' if is_one is holds else 'not '}a public holiday{of}"
        case Not(part):
            return condition(part, not holds)
        case And():
            return _joined(
                _conjuncts(node, holds) if holds else _parts(node, holds), "and" if holds else "or"
            )
        case Or():
            return _joined(
                _parts(node, holds) if holds else _conjuncts(node, holds), "or" if holds else "and"
            )


def hours_name(key: str) -> str:
    return f"the hours {quoted(key)}"


def list_name(key: str) -> str:
    return f"the list {quoted(key)}"


def _conjuncts(node: Condition, holds: bool) -> list[str]:
    """The parts of what must all be so, each in brackets where it is a choice."""
    match node:
        case Not(part):
            return _conjuncts(part, not holds)
        case And(parts) if holds:
            return [words for part in parts for words in _conjuncts(part, True)]
        case Or(parts) if not holds:
            return [words for part in parts for words in _conjuncts(part, False)]
        case Compare() | During() | Holiday() | And() | Or():
            return [_bracketed(node, holds)]


def _parts(node: And | Or, holds: bool) -> list[str]:
    """The parts of a choice, each in brackets where it is several things together."""
    found: list[str] = []
    for part in node.parts:
        inner, wanted = _bare(part, holds)
        if isinstance(inner, Or if wanted else And):
            assert isinstance(inner, And | Or)
            found += _parts(inner, wanted)
        else:
            found.append(_bracketed(inner, wanted))
    return found


def _bare(node: Condition, holds: bool) -> tuple[Condition, bool]:
    while isinstance(node, Not):
        node, holds = node.part, not holds
    return node, holds


def _bracketed(node: Condition, holds: bool) -> str:
    inner, wanted = _bare(node, holds)
    words = condition(inner, wanted)
    return f"({words})" if isinstance(inner, And | Or) else words


def _joined(parts: list[str], word: str) -> str:
    different = list(dict.fromkeys(parts))
    if len(different) == 1 and different[0].startswith("(") and different[0].endswith(")"):
        return different[0][1:-1]
    return f" {word} ".join(different) if len(different) < 3 else f", {word} ".join(different)


def _compare(node: Compare, holds: bool) -> str:
    row, wanted = BY_OP[node.op], holds
    if not holds and row.negation is not None:
        row, wanted = BY_OP[row.negation], True
    key = node.fact.key
    if (state := STATES.get(key)) is not None and row.family is Family.AMONG and row.operand is Operand.ONE:
        (value,) = node.values
        if value.kind is Kind.YESNO:
            return state.no if row.negative is bool(value.value) else state.yes
    known = "" if key in ALWAYS_KNOWN or row.family is Family.PRESENCE else " is known and"
    if not wanted:
        return f"{subject(key)}{known} does not {row.infinitive} {operand(node)}"
    asked = f"{row.words} {operand(node)}".rstrip()
    return f"{subject(key)}{known if row.negative else ''} {asked}"


def operand(node: Compare) -> str:
    """What stands behind a comparison's words; empty where nothing does."""
    kind = BY_OP[node.op].operand
    values = [compared(value) for value in node.values]
    match kind:
        case Operand.NONE:
            return ""
        case Operand.LIST:
            words = "the words in " if BY_OP[node.op].family is Family.PHRASE else ""
            return words + list_name(node.list.key) if node.list else ""
        case Operand.RANGE:
            return " and ".join(values)
        case Operand.DIGITS:
            return f"{values[0]} digits"
        case Operand.ONE | Operand.MANY:
            return listed(values, "or" if len(values) > 1 else "")
        case _:
            assert_never(kind)


def otherwise(*asked: Guard | Condition) -> str:
    """What stands before the steps of the other case. Where a fact may be unknown that is said. Of several things that
    are asked each is named, for one `otherwise` answers for all of them."""
    nodes, refused = [], []
    for one in asked:
        node = one.condition if isinstance(one, Guard) else one
        nodes.append(node)
        refused += _refusals(node, not (isinstance(one, Guard) and one.word is GuardWord.UNLESS))
    may_be_unknown = any(map(_may_be_unknown, nodes))
    if len(refused) < 2:
        return OTHERWISE_UNKNOWN if may_be_unknown else OTHERWISE
    cases = _joined(refused, "or")
    return f"otherwise, where {cases}{', also if one of these is not known' if may_be_unknown else ''}"


def _refusals(node: Condition, holds: bool) -> list[str]:
    """Of all that must be so, where each says a clear no."""
    inner, wanted = _bare(node, holds)
    if isinstance(inner, And if wanted else Or):
        assert isinstance(inner, And | Or)
        return [words for part in inner.parts for words in _refusals(part, wanted)]
    return [_bracketed(inner, not wanted)]


def _may_be_unknown(node: Condition) -> bool:
    return any(
        isinstance(one, Compare)
        and BY_OP[one.op].family is not Family.PRESENCE
        and one.fact.key not in ALWAYS_KNOWN
        for one in atoms(node)
    )
