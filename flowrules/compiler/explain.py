"""Why a condition answers as it does: the decision's own closures asked again, none of them skipped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flowrules.analysis.model.holiday_dates import known_until
from flowrules.compiler.guards.conditions import CompiledCondition
from flowrules.compiler.guards.guard_codegen import Facts
from flowrules.compiler.times.calendar import Calendar
from flowrules.compiler.times.moment import COMPUTED, DAYS, Moment, is_open, local
from flowrules.language.nodes import And, Compare, Condition, During, FactDef, Holiday, Not, Or
from flowrules.language.operators import BY_OP, Family, positive
from flowrules.language.printer import print_condition
from flowrules.language.printer.conditions import operand
from flowrules.language.values import Scalar, Value

SHOWN = 60
"""Characters of a text that a reason shows."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A condition's answer (None: unknown). `seen` is a sentence on what was found, where the condition is a single
    comparison; `parts` are those that it joins."""

    condition: Condition
    answer: bool | None
    seen: str = ""
    parts: tuple["Explanation", ...] = ()

    @property
    def words(self) -> str:
        """How it is written. Not every explanation is asked, and live calls explain every decision."""
        return print_condition(self.condition)


_UNFENCED: Mapping[str, FactDef] = {}


def explain(
    condition: CompiledCondition,
    facts: Facts,
    moment: Moment,
    wanted: bool = True,
    fact_sources: Mapping[str, FactDef] = _UNFENCED,
) -> Explanation:
    """The answer and what it is made of. `wanted` is the answer that lets a rule fire: no behind a `not`.
    `fact_sources` says of each fact that only some may say who that is: others may have said it, and were not
    believed."""
    node = condition.node
    match node:
        case Compare():
            answer = condition.test(facts, moment)
            value = read_fact(node.fact.key, facts, moment, condition.zone)
            return Explanation(node, answer, _seen(node, value, answer, wanted, fact_sources))
        case During(hours):
            assert condition.calendar is not None
            seen = _hours_seen(hours.text, condition.calendar, facts, moment)
            return Explanation(node, condition.test(facts, moment), seen)
        case Holiday():
            assert condition.calendar is not None
            return Explanation(
                node, condition.test(facts, moment), _day_seen(condition.calendar, facts, moment)
            )
        case Not():
            (part,) = (explain(part, facts, moment, not wanted, fact_sources) for part in condition.parts)
            return Explanation(node, None if part.answer is None else not part.answer, parts=(part,))
        case And() | Or():
            parts = tuple(explain(part, facts, moment, wanted, fact_sources) for part in condition.parts)
            return Explanation(node, _joined(parts, decisive=isinstance(node, Or)), parts=parts)


def _joined(parts: Sequence[Explanation], decisive: bool) -> bool | None:
    """Kleene's `or` (a yes decides) and `and` (a no decides)."""
    answers = [part.answer for part in parts]
    return decisive if decisive in answers else None if None in answers else not decisive


def because(explanation: Explanation) -> str:
    """The sentences that decided the answer, joined: those of the parts that answered alike, or of all parts
    where only together they could."""
    return ", and ".join(dict.fromkeys(_reasons(explanation)))


def _reasons(explanation: Explanation) -> Iterator[str]:
    if not explanation.parts:
        yield explanation.seen
    elif len(explanation.parts) == 1:
        yield from _reasons(explanation.parts[0])
    else:
        for part in explanation.parts:
            if part.answer is explanation.answer:
                yield from _reasons(part)


def read_fact(key: str, facts: Facts, moment: Moment, zone: ZoneInfo) -> Value | None:
    """A fact's value, whether supplied or computed; None where it is unknown."""
    computed = COMPUTED.get(key)
    return facts.get(key) if computed is None else computed(moment, zone)


def _seen(
    node: Compare, value: Value | None, answer: bool | None, wanted: bool, fact_sources: Mapping[str, FactDef]
) -> str:
    name = node.fact.text
    if value is None or value == ():
        fence = fact_sources.get(node.fact.key)
        return (
            f"nobody who may say it supplied {name}: only the {fence.source} may"
            if fence
            else f"nobody supplied {name}"
        )
    found = f"{name} is {shown(value)}"
    if answer is None:
        return f"{found}, {_unanswered(node)}"
    return found if answer is wanted else f"{found}, {_need(node, wanted)}"


def _unanswered(node: Compare) -> str:
    """`which can't be held against at least 500`, `which can't start with 56`."""
    row = BY_OP[node.op]
    if row.family in (Family.AMONG, Family.ORDER, Family.RANGE):
        return f"which can't be held against {_without_is(row.words)} {operand(node)}".replace("  ", " ")
    return f"which can't {positive(row).infinitive} {operand(node)}"


def _need(node: Compare, wanted: bool) -> str:
    """`needs at least 500`, `must not be known`, `needs to start with 56`."""
    row = BY_OP[node.op]
    asked = positive(row)
    if wanted is row.negative:
        return f"must not {asked.infinitive} {operand(node)}".rstrip()
    if asked.infinitive.split()[0] == "be":
        return f"needs {_without_is(asked.words)} {operand(node)}".replace("  ", " ")
    return f"needs to {asked.infinitive} {operand(node)}"


def _without_is(words: str) -> str:
    return words.removeprefix("is").lstrip()


def shown(value: Value) -> str:
    """A value in a sentence: `yes`, `120`, `sales`, `"not now"`; several joined by commas."""
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    return _shown(value)


def _shown(value: Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)
    short = value if len(value) <= SHOWN else f"{value[: SHOWN - 1]}…"
    return short if short and not any(map(str.isspace, short)) else f'"{short}"'


def _hours_seen(name: str, hours: Calendar, facts: Facts, moment: Moment) -> str:
    """`office is closed, opens Monday 09:00`, with what is odd about the clock or the holidays behind it."""
    calendar, whose = _by_call(hours, facts)
    if calendar is None:
        return f"{whose}, so nobody knows whether {name} is open"
    odd = [one for one in (whose, _beyond(calendar, moment)) if one]
    return f"{name} is {_opening(calendar, moment)}" + (f" ({'; '.join(odd)})" if odd else "")


def _day_seen(hours: Calendar, facts: Facts, moment: Moment) -> str:
    calendar, whose = _by_call(hours, facts)
    if calendar is None:
        return f"{whose}, so nobody knows what day it is there"
    odd = [one for one in (whose, _beyond(calendar, moment)) if one]
    holiday = calendar.holiday(calendar.day(moment[0]))
    seen = "today is no public holiday" if holiday is None else f"today is {holiday}"
    return seen + (f" ({'; '.join(odd)})" if odd else "")


def _by_call(hours: Calendar, facts: Facts) -> tuple[Calendar | None, str]:
    """The hours by the call's clock, and why it is not the clock of the fact that is to name it."""
    if hours.clock is None:
        return hours, ""
    calendar, remark = hours.of_call(facts.get), hours.clock.remark(facts.get)
    return calendar, f"{remark}, so by the clock of {calendar.zone}" if remark and calendar else remark


def _beyond(calendar: Calendar, moment: Moment) -> str:
    """That a year's holidays are known in part only; else empty."""
    year = calendar.day(moment[0]).year
    known = ((one, known_until(one, year)) for one in calendar.holidays)
    return "; ".join(
        f"of the holidays {name.upper()} the movable ones are known until {last} only"
        for name, last in known
        if last is not None
    )


def _opening(calendar: Calendar, moment: Moment) -> str:
    if is_open(moment, calendar):
        return "open"
    opens = calendar.next_opening(moment[0])
    holiday = calendar.closed_for(calendar.day(moment[0]))
    if opens is None:
        return "closed"
    why = f" for {holiday}" if holiday else ""
    return f"closed{why}, opens {clock(opens.astimezone(calendar.zone), local(moment, calendar.zone))}"


def clock(when: datetime, now: datetime) -> str:
    """A coming time as people say it: `09:00`, `Monday 09:00`, `2026-04-06 09:00`. Both in one zone."""
    days = (when.date() - now.date()).days
    day = "" if days == 0 else DAYS[when.weekday()].capitalize() if days < 7 else when.date().isoformat()
    return f"{day} {when:%H:%M}".lstrip()
