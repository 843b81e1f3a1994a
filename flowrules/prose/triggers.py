"""What a rule waits for, and how often it may run."""

from flowrules.language.nodes import (
    AfterCall,
    AfterFact,
    AtTime,
    Compare,
    EventTest,
    Limit,
    LimitKind,
    On,
    OnAnything,
    Times,
    Trigger,
)
from flowrules.language.operators import BY_OP, Family, Operand
from flowrules.prose.conditions import operand
from flowrules.prose.facts import carried, happens, subject
from flowrules.prose.values import (
    by_clock,
    capital,
    clock,
    compared,
    count,
    duration,
    listed,
    ordinal,
    seconds,
)

ANYTHING = (
    "anything is reported (not words that are still being said, time, a failed step, a hang-up that was dropped, or "
    "the end of the call)"
)


def trigger(node: Trigger) -> str:
    """`When intent is “human”, from the 2nd time in a call on`."""
    match node:
        case On():
            return f"When {occurrence(node)}"
        case OnAnything():
            return f"When {ANYTHING}"
        case AfterCall(length):
            return f"When the call has lasted {duration(length)}"
        case AfterFact(length, fact) if fact.key == "silence":
            return f"When nothing has been heard of the caller for {duration(length)}"
        case AfterFact(length, fact, in_all=True):
            return f"When {subject(fact.key)} has been yes for {duration(length)} of the call, taken together"
        case AfterFact(length, fact):
            return f"When {subject(fact.key)} has been yes for {duration(length)}"
        case AtTime(time, zone):
            assert isinstance(time.value, int)
            return f"At {clock(time.value)}{by_clock(zone)}"


def occurrence(node: On) -> str:
    """What happens, and how often: `intent is “human”, from the 2nd time in a call on`."""
    if node.same:
        return f"the same {carried(node.tests[0].name.key)} is reported again{_times(node.times)}"
    told = tests_in_words(node.tests)
    together = ", counted together" if node.times and len(told) > 1 else ""
    return f"{' or '.join(told)}{together}{_times(node.times)}"


def tests_in_words(tests: tuple[EventTest, ...]) -> list[str]:
    """Each thing that may have happened; values that one fact may have stand together."""
    values: dict[str, list[str]] = {}
    told: dict[str, None] = {}
    for test in tests:
        if test.test is not None and names_values(test.test):
            values.setdefault(test.name.key, []).extend(map(compared, test.test.values))
            told[test.name.key] = None
        else:
            told[event_test(test)] = None
    return [value_event(key, values[key]) if key in values else key for key in told]


def names_values(node: Compare) -> bool:
    """Whether a comparison is met by the values that stand behind it, and by no other."""
    row = BY_OP[node.op]
    return row.family is Family.AMONG and not row.negative and row.operand is not Operand.LIST


def value_event(key: str, values: list[str]) -> str:
    """`intent is “sales” or “billing”`."""
    return f"{carried(key)} is {listed(list(dict.fromkeys(values)), 'or')}"


def event_test(test: EventTest) -> str:
    if test.test is None:
        return happens(test.name.key)
    row = BY_OP[test.test.op]
    reported = " is reported and" if row.negative else ""
    return f"{carried(test.name.key)}{reported} {row.words} {operand(test.test)}".rstrip()


def _times(node: Times | None) -> str:
    if node is None or node.count == 1:
        return ""
    if node.in_a_row:
        return f", in {node.count} turns one after the other (and in each further one)"
    return f", from the {ordinal(node.count)} time in a call on"


def limit(node: Limit) -> str:
    if node.kind is LimitKind.COOLDOWN:
        return f"Not again within {seconds(node.amount)}."
    return capital(f"at most {'once' if node.amount == 1 else count(node.amount, 'time')} in a call.")
