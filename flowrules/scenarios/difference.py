"""What changes between two rule sets: situations in which they send something else.

Situations are made from what the rules of both ask for: each event that a rule waits for, with the facts of its
guard met, missed one at a time, and unknown, in and out of the opening hours. Both engines answer each of them, so an
example is never a guess; that nothing was found is no proof that nothing changed.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, assert_never

from flowrules.analysis.bodies import scalar
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.conditions import operands
from flowrules.compiler.instants import at_clock
from flowrules.compiler.moment import COMPUTED
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import BadEvent, Event, make_event
from flowrules.engine.preview import Preview, preview
from flowrules.language.nodes import (
    And,
    Compare,
    Condition,
    Kind,
    Literal,
    Not,
    On,
    OnAnything,
    Op,
    Or,
)
from flowrules.language.operators import BY_OP, Family
from flowrules.language.values import Value

MAX_SITUATIONS = 200
"""Of one rule, at most."""
MONDAY = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class Situation:
    """An event with what was known before, at a moment."""

    event: Mapping[str, Value]
    bare: tuple[str, ...]
    known: Mapping[str, Value]
    now: datetime

    def words(self) -> str:
        """As it would be typed after `flowrules preview PATH`."""
        event = [*self.bare, *(f"{name}={_typed(value)}" for name, value in self.event.items())]
        known = [f"--fact {name}={_typed(value)}" for name, value in self.known.items()]
        return " ".join([*event, *known, f"--at {self.now:%Y-%m-%dT%H:%M}"])


@dataclass(frozen=True, slots=True)
class Change:
    """One situation in which the two rule sets differ: the rule that takes the event, and what is sent."""

    situation: Situation
    old_rule: str | None
    new_rule: str | None
    old: tuple[Mapping[str, Any], ...]
    new: tuple[Mapping[str, Any], ...]


def differences(old: RuleSet, new: RuleSet) -> tuple[Change, ...]:
    """Changes found, one for each way in which a pair of rules differs, in the order of the new rules."""
    found: dict[tuple[object, ...], Change] = {}
    for situation in dict.fromkeys(_keyed(old, new)):
        change = compare(old, new, situation.situation)
        if change is not None:
            kind = (change.old_rule, change.new_rule, _verbs(change.old), _verbs(change.new))
            found.setdefault(kind, change)
    return tuple(found.values())


def compare(old: RuleSet, new: RuleSet, situation: Situation) -> Change | None:
    """Ask both rule sets; None where they send the same."""
    event = situation_event(situation)
    before = preview(old, event, situation.now, known=situation.known)
    after = preview(new, event, situation.now, known=situation.known)
    if before.requests == after.requests:
        return None
    return Change(situation, _label(before), _label(after), tuple(before.requests), tuple(after.requests))


def situation_event(situation: Situation) -> Event:
    return make_event(*situation.bare, facts=situation.event)


def difference_json(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """The changes as JSON data."""
    return [
        {
            "event": {**dict.fromkeys(change.situation.bare, True), **change.situation.event},
            "known": dict(change.situation.known),
            "at": change.situation.now.isoformat(),
            "old": {"rule": change.old_rule, "requests": [dict(body) for body in change.old]},
            "new": {"rule": change.new_rule, "requests": [dict(body) for body in change.new]},
        }
        for change in changes
    ]


# --- situations ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A situation that can stand in a set."""

    key: tuple[object, ...]
    situation: Situation

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.key == other.key


def _keyed(old: RuleSet, new: RuleSet) -> Iterator[_Keyed]:
    disputed = _disputed(old, new)
    for ruleset in (new, old):
        moments = (*_moments(ruleset), *disputed)
        for rule in ruleset.rules:
            for number, situation in enumerate(_situations(rule, ruleset, moments)):
                if number >= MAX_SITUATIONS:
                    break
                key = (
                    tuple(sorted(situation.event.items())),
                    situation.bare,
                    tuple(sorted((name, str(value)) for name, value in situation.known.items())),
                    situation.now.timestamp(),
                )
                yield _Keyed(key, situation)


def _moments(ruleset: RuleSet) -> tuple[datetime, ...]:
    """Noon of a Monday, and for each of the opening hours a moment inside and one outside."""
    noon = at_clock(MONDAY, 12 * 60, ruleset.zone)
    moments = [noon]
    for calendar in ruleset.calendars.values():
        night = at_clock(MONDAY, 3 * 60, ruleset.zone)
        opening = calendar.next_opening(night)
        if opening is not None:
            moments += [opening, opening - timedelta(minutes=1)]
    return tuple(dict.fromkeys(moments))


def _disputed(old: RuleSet, new: RuleSet) -> tuple[datetime, ...]:
    """For each of the opening hours that both know, a moment of an ordinary week at which only one is open."""
    week = [at_clock(MONDAY + timedelta(days=n // 96), n % 96 * 15, new.zone) for n in range(7 * 96)]
    found = []
    for name in old.calendars.keys() & new.calendars.keys():
        was, now = old.calendars[name], new.calendars[name]
        found += [moment for moment in week if was.open_at(moment) != now.open_at(moment)][:1]
    return tuple(sorted(found))


def _situations(rule: CompiledRule, ruleset: RuleSet, moments: tuple[datetime, ...]) -> Iterator[Situation]:
    guard = rule.guard.node if rule.guard else None
    for bare, event in _events(rule, ruleset):
        for known in _facts(guard, ruleset):
            usable = {
                name: value for name, value in known.items() if name not in event and name not in COMPUTED
            }
            for now in moments:
                yield Situation(event, bare, usable, now)


def _events(rule: CompiledRule, ruleset: RuleSet) -> Iterator[tuple[tuple[str, ...], Mapping[str, Value]]]:
    trigger = rule.rule.trigger
    if isinstance(trigger, OnAnything):
        yield ("something_else",), {}
    if not isinstance(trigger, On):
        return
    for test in trigger.tests:
        if test.test is None:
            yield (test.name.key,), {}
            continue
        for value in _samples(test.test, ruleset, meet=True):
            if value is not None and _is_reportable(test.name.key, value):
                yield (), {test.name.key: value}


def _is_reportable(name: str, value: Value) -> bool:
    try:
        make_event(facts={name: value})
    except BadEvent:
        return False
    return True


def _facts(guard: Condition | None, ruleset: RuleSet) -> Iterator[Mapping[str, Value]]:
    """Facts that meet every comparison of a guard, then with one missed or unknown at a time, then none."""
    compares = list(_compares(guard))
    met: dict[str, Value] = {}
    for compare in compares:
        value = next(_samples(compare, ruleset, meet=True), None)
        if value is not None:
            met.setdefault(compare.fact.key, value)
    yield met
    for compare in compares:
        others = {name: value for name, value in met.items() if name != compare.fact.key}
        for value in _samples(compare, ruleset, meet=False):
            yield {**others, compare.fact.key: value} if value is not None else others
        for value in _samples(compare, ruleset, meet=True):
            if value is not None:
                yield {**others, compare.fact.key: value}
        yield others
    if compares:
        yield {}


def _compares(node: Condition | None) -> Iterator[Compare]:
    match node:
        case Compare():
            yield node
        case Not(part=part):
            yield from _compares(part)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _compares(part)


def _samples(compare: Compare, ruleset: RuleSet, *, meet: bool) -> Iterator[Value | None]:
    """Values of a fact that meet a comparison, or that miss it; None: unknown."""
    values = operands(compare, ruleset.scope)
    row = BY_OP[compare.op]
    yes = meet is not row.negative
    match row.family:
        case Family.PRESENCE:
            yield "known" if yes else None
        case Family.AMONG | Family.PHRASE | Family.AFFIX:
            yield from (map(_plain, values) if yes else _others(values))
        case Family.DIGITS:
            assert isinstance(values[0].value, int)
            yield "1" * (values[0].value if yes else values[0].value - 1)
        case Family.RANGE:
            low, high = values
            yield from ((_plain(low), _plain(high)) if yes else (_moved(low, -1), _moved(high, 1)))
        case Family.ORDER:
            step = 1 if row.op in (Op.GE, Op.GT) else -1
            at = _plain(values[0])
            beyond, short = _moved(values[0], step), _moved(values[0], -step)
            inclusive = row.op in (Op.GE, Op.LE)
            if meet:
                yield from ((at, beyond) if inclusive else (beyond,))
            else:
                yield from ((short,) if inclusive else (at, short))
        case _:
            assert_never(row.family)


def _plain(literal: Literal) -> Value:
    return scalar(literal)


def _others(values: tuple[Literal, ...]) -> Iterator[Value]:
    first = values[0]
    if isinstance(first.value, bool):
        yield not first.value
    elif first.kind in (Kind.NUMBER, Kind.DURATION):
        yield max(one.value for one in values if isinstance(one.value, int | float)) + 1
    else:
        yield "something_else"


def _moved(literal: Literal, step: int) -> Value:
    value = literal.value
    if isinstance(value, date):
        return (value + timedelta(days=step)).isoformat()
    if literal.kind is Kind.TIME and isinstance(value, int):
        minutes = (value + step) % (24 * 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return value + step if isinstance(value, int | float) else f"{value}_"


# --- words --------------------------------------------------------------------------------------------------


def _label(shown: Preview) -> str | None:
    return shown.matched.label if shown.matched else None


def _verbs(bodies: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(str(body["event"]) for body in bodies)


def _typed(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if isinstance(value, str) and _is_json(
        text
    ):  # The text "56" is not the number 56, and is typed apart from it.
        text = json.dumps(text, ensure_ascii=False)
    return f"'{text}'" if " " in text or '"' in text else text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
