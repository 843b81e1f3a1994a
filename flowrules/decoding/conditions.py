"""What is asked of facts, from the table of comparisons: each fact with the comparisons and values of its type."""

from collections.abc import Iterator
from typing import NamedTuple, assert_never

from flowrules.decoding.names import Fact, Names, Place
from flowrules.decoding.notation import EMPTY, Expr, Ref, Repeat, alt, optional, seq, several, words
from flowrules.language.nodes import FactType, Kind, Op
from flowrules.language.operators import BY_OP, OPERATORS, Family, Operand, Operator

MOST_VALUES = 8
"""Of a list of values, at most."""
MOST_PARTS = 5
"""Of conditions joined by `and` or `or`."""
NESTED = 2
"""Brackets in one another, at most."""
_PIECES = {
    FactType.NUMBER: ("number",),
    FactType.DURATION: ("duration",),
    FactType.TIME: ("time",),
    FactType.DATE: ("date",),
    FactType.YESNO: ("yes_no",),
    FactType.TEXT: ("plain_text",),
    FactType.ONE_OF: (),
}
_KINDS = {
    Kind.NUMBER: "number",
    Kind.DURATION: "duration",
    Kind.TIME: "time",
    Kind.DATE: "date",
    Kind.YESNO: "yes_no",
    Kind.TEXT: "plain_text",
}
"""The rule that has all values of a kind; those of other kinds are words of the rule set."""
ANY_VALUE = ("number", "yes_no", "plain_text")
"""Values of a fact of which nothing is known, and of a verb's places."""


_SECOND_WORDS = frozenset(word for row in OPERATORS for word in row.words.split()[1:2])
"""Words that a comparison may go on with. `intent is more` begins `is more than`, so the value "more" is in quotes."""


class Shape(NamedTuple):
    """What is alike of facts that are asked in the same ways."""

    type: FactType | None
    values: frozenset[str]
    """Rules for values."""
    words: frozenset[str]
    """Values as they stand."""
    played: frozenset[str]
    """Values that only tests play."""


def shape_of(fact: Fact) -> Shape:
    pieces = set(ANY_VALUE if fact.type is None else _PIECES[fact.type])
    asked, played = set[str](), set[str]()
    for found, held in ((fact.asked, asked), (fact.played, played)):
        for printed, kind in found.items():
            rule = _KINDS.get(kind)
            if printed.lower() in _SECOND_WORDS:
                printed = f'"{printed}"'
            if rule is None or (rule not in pieces and (rule == "plain_text" or found is fact.played)):
                held.add(printed)
            elif rule not in pieces:
                pieces.add(rule)
    return Shape(fact.type, frozenset(pieces), frozenset(asked), frozenset(played - asked))


def condition_rules(names: Names) -> dict[str, Expr]:
    """`condition`, and what stands in it. `bracketed` is a condition as it stands where other words follow or lead;
    `event_test` what an event carries, `played` what a test has one carry."""
    carried = frozenset(names.event_facts())
    given = frozenset(names.given_facts())
    shapes: dict[Shape, list[str]] = {}
    for name, fact in sorted(names.facts.items()):
        shapes.setdefault(shape_of(fact), []).append(name)
    rules: dict[str, Expr] = {"yes_no": words(("yes", "no"))}
    compared, tested, played, told, kept = [], [], [], [], []
    for number, (shape, facts) in enumerate(shapes.items(), 1):
        value, of, own = Ref(f"value_{number}"), Ref(f"fact_{number}"), Ref(f"event_fact_{number}")
        rules[f"fact_{number}"] = words(facts)
        rules[f"event_fact_{number}"] = words(carried.intersection(facts))
        rules[f"given_fact_{number}"] = words(given.intersection(facts))
        rules[f"kept_fact_{number}"] = words(names.at[Place.REMEMBERED].intersection(facts))
        rules[f"value_{number}"] = alt(*map(Ref, sorted(shape.values)), words(shape.words))
        texts = () if "plain_text" in shape.values else (Ref("plain_text"),)
        rules[f"played_value_{number}"] = alt(value, *texts, words(shape.played))
        rules[f"asked_{number}"] = alt(*_comparisons(shape, value))
        rules[f"asked_of_event_{number}"] = alt(seq("=", value), seq(" ", Ref(f"asked_{number}")))
        is_asked = seq(" ", alt(seq(BY_OP[Op.EQ].words, " ", value), Ref(f"asked_{number}")))
        compared.append(seq(of, is_asked))
        tested.append(seq(own, Ref(f"asked_of_event_{number}")))
        played.append(seq(own, "=", Ref(f"played_value_{number}")))
        told.append(seq(Ref(f"given_fact_{number}"), " is ", Ref(f"played_value_{number}")))
        kept.append(seq(Ref(f"kept_fact_{number}"), " is ", value))
    with_holidays = names.at[Place.HOLIDAYS]
    holidays = words(with_holidays)
    rules |= {
        "fact": words(names.facts),
        "event": words(names.at[Place.EVENT]),
        "event_fact": words(carried),
        "kept_fact": words(names.at[Place.REMEMBERED]),
        "list": words(names.at[Place.LIST]),
        "hours": words(names.at[Place.HOURS]),
        "compare": alt(*compared),
        "event_test": alt(Ref("event"), *tested),
        "played": alt(Ref("event"), *played),
        "told": alt(*told),
        "kept": alt(*kept),
        "any_value": alt(*map(Ref, ANY_VALUE)),
        "within_hours": seq(alt("during ", "outside "), Ref("hours")),
        "on_holiday": alt(
            *([seq("today is ", optional("not "), "a holiday", optional(" of ", holidays))] if with_holidays else [])
        ),
        "leaf": alt(Ref("compare"), Ref("within_hours"), Ref("on_holiday")),
        **_nested(),
    }  # fmt: skip
    return rules


def _nested() -> dict[str, Expr]:
    """`inner_2` is a condition as it stands where other words follow or lead, with two brackets in one another at most.
    A condition alone has none around it."""
    rules: dict[str, Expr] = {}
    for depth in range(NESTED + 1):
        below = Ref(f"inner_{depth - 1}") if depth else Ref("leaf")
        in_brackets = [seq("(", _joined(below), ")")] if depth else []
        rules[f"single_{depth}"] = alt(
            Ref("leaf"), *(seq("not ", part) for part in (Ref("leaf"), *in_brackets))
        )
        rules[f"inner_{depth}"] = alt(Ref(f"single_{depth}"), *in_brackets)
    return {
        **rules,
        "inner": Ref(f"inner_{NESTED}"),
        "condition": alt(Ref(f"single_{NESTED}"), _joined(Ref("inner"))),
    }


def _joined(part: Expr) -> Expr:
    return alt(*(_at_least_two(part, joint) for joint in (" and ", " or ")))


def _at_least_two(part: Expr, joint: str) -> Expr:
    return seq(part, Repeat(seq(joint, part), 1, MOST_PARTS - 1))


def _comparisons(shape: Shape, value: Expr) -> Iterator[Expr]:
    """Every comparison that can be asked of a fact, but "is" with one value, which events write in another way."""
    seen: set[tuple[str, Operand]] = set()
    for row in OPERATORS:
        if row.op is Op.EQ or (shape.type is not None and shape.type not in row.types):
            continue
        if (row.words, row.operand) not in seen:
            seen.add((row.words, row.operand))
            yield seq(row.words, _operand(row, shape, value))


def _operand(row: Operator, shape: Shape, value: Expr) -> Expr:
    one = _one(row, shape, value)
    match row.operand:
        case Operand.NONE:
            return EMPTY
        case Operand.ONE:
            return seq(" ", one)
        case Operand.MANY if row.family is Family.PHRASE:  # one bare word would be the name of a list
            more = Repeat(seq(", ", one), 0, MOST_VALUES - 1)
            bare = seq(words(_bare(shape)), Repeat(seq(", ", one), 1, MOST_VALUES - 1))
            quoted = alt(Ref("plain_text"), words(shape.words - _bare(shape)))
            return seq(" ", alt(seq(quoted, more), bare))
        case Operand.MANY:
            return seq(" ", several(one, ", ", MOST_VALUES))
        case Operand.LIST:
            return seq(" ", Ref("list"))
        case Operand.RANGE:
            return seq(" ", one, " and ", one)
        case Operand.DIGITS:
            return seq(" ", alt("1", Ref("count")), " digits")
        case _:
            assert_never(row.operand)


def _bare(shape: Shape) -> frozenset[str]:
    return frozenset(word for word in shape.words if not word.startswith('"'))


def _one(row: Operator, shape: Shape, value: Expr) -> Expr:
    match row.family:
        case Family.AMONG | Family.PRESENCE | Family.DIGITS:
            return value
        case Family.ORDER | Family.RANGE:
            return value if shape.type is not None else Ref("number")
        case Family.PHRASE | Family.AFFIX:
            return alt(Ref("plain_text"), words(shape.words))
        case _:
            assert_never(row.family)


def clause_rules() -> dict[str, Expr]:
    """A guard phrase, and how often a rule may run."""
    cooldown = seq("not again for ", Ref("duration"))
    return {
        "guard": alt(seq(alt("when ", "unless "), Ref("condition")), Ref("within_hours")),
        "limit": alt("once per call", seq("at most ", Ref("count"), " times per call"), cooldown),
    }
