"""What two rule sets ask of a call: whatever they do not ask makes no difference to what they do.

Values of which the same is true are one class (`balance` 600 and 700, where rules ask for 500 and 800). Plain words and
small whole numbers that are quoted in a text and nothing else are one class with others of about their length. Where a
rule looks a value up, each is a class of its own.
"""

import re
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

from flowrules.call.machine import CallMachine
from flowrules.call.standing import standing
from flowrules.compiler.guards.conditions import CompiledCondition
from flowrules.compiler.guards.guard_codegen import Test
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.calendar import Calendar
from flowrules.compiler.times.clocks import CallClock
from flowrules.compiler.times.instants import next_clock
from flowrules.compiler.times.moment import Moment, is_open
from flowrules.compiler.triggers import trigger_test
from flowrules.engine.apply_event import happened
from flowrules.engine.event import Event
from flowrules.engine.key_entry import waits_for_keys
from flowrules.engine.state import SILENCE, VALUE, CallState
from flowrules.exploration.playing.asked import asked_of
from flowrules.language.nodes import LimitKind, On, OnAnything
from flowrules.language.traverse import zone_fact
from flowrules.language.values import Value

MOST_VALUES = 50_000
"""Values of one fact whose classes are kept."""
_MOST_VERBS = 100
"""Verbs of one call: far from the most that it may have."""
_ANSWERED = frozenset({"machine_answered", "person_answered", "human_answered"})
"""What an event may tell of who is on the line, whatever rules ask."""
_MOMENT_QUOTED = re.compile(r"\{\s*(?:time|today|date|turn|call\.elapsed)\b", re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_NOBODY = CallState("", _EPOCH)


PRINTED_STEP = 8
"""Characters by which plain values of one class may differ in length."""
_PLAIN_WORDS = re.compile(r"[^\W\d_]+(?:[ '-][^\W\d_]+)*")
_MOST_PRINTED = 40


def _printed_class(value: Value) -> Hashable:
    """Equal for values that a text quotes alike, but for the letters and digits themselves."""
    kind = value.__class__
    if kind is int and 0 <= value < 1_000_000:  # type: ignore[operator]
        return "number", value in (0, 1)
    if kind is str and len(value) <= _MOST_PRINTED and _PLAIN_WORDS.fullmatch(value):  # type: ignore[arg-type]
        return "words", -(-len(value) // PRINTED_STEP)  # type: ignore[arg-type]
    return kind, value


class TooMany(Exception):
    """More values than are kept: what is asked tells too many calls apart."""


class Values:
    """The classes of one fact's values. `exact`: each is its own; `quoted`: each is, but that plain ones are told apart
    by their length alone."""

    def __init__(self, name: str) -> None:
        self.exact = self.quoted = False
        self.questions: list[Test] = []
        self.texts: dict[str, int] = {}
        """The classes of texts, which most values are."""
        self._name = name
        self._others: dict[tuple[type, Value], int] = {}
        self._classes: dict[Hashable, int] = {}

    def of(self, value: Value | None) -> int:
        """The class of a value; -1 for none. Raises TooMany."""
        if value is None:
            return -1
        kind = value.__class__
        found = self.texts.get(value) if kind is str else self._others.get((kind, value))  # type: ignore[arg-type]
        if found is not None:
            return found
        if len(self.texts) + len(self._others) >= MOST_VALUES:
            raise TooMany
        told: Hashable = (kind, value)
        if not self.exact:
            facts = {self._name: value}
            told = tuple([ask(facts, (_EPOCH, _NOBODY)) for ask in self.questions])
            if self.quoted:
                told = told, _printed_class(value)
        found = self._classes.setdefault(told, len(self._classes))
        if kind is str:
            self.texts[value] = found  # type: ignore[index]
        else:
            self._others[kind, value] = found
        return found


class Asking:
    """What some rule sets ask together, and how a call under one of them stands."""

    def __init__(self, rulesets: Iterable[RuleSet]) -> None:
        self.values: dict[str, Values] = {}
        self.facts: tuple[str, ...] = ()
        """Names of facts that are asked for whatever an event carries."""
        self.any_event = False
        """A rule takes anything that happens."""
        self.silence = self.lasts = timedelta.max
        """The shortest silence, and the shortest time of another kind, that sets a rule off."""
        self.knows_moments = True
        """What follows from the moment can be told from the minute, and how long the call is."""
        self._clock: list[Callable[[Moment], Hashable]] = []
        self._at: list[Callable[[datetime], datetime]] = []
        self._by_minute: dict[int, int] = {}
        self._clock_classes: dict[Hashable, int] = {}
        self.elapsed: list[float] = []
        self.rulesets = tuple(rulesets)
        facts: dict[str, None] = {}
        for ruleset in self.rulesets:
            self._learn(ruleset, facts)
        for name in _ANSWERED:
            self._of(name).exact = True
        self.facts = tuple(facts)
        self.elapsed.sort()
        self.entries = any(waits_for_keys(ruleset) for ruleset in self.rulesets)

    def happened(self, event: Event) -> tuple[bool, ...]:
        """Whether a rule of each that takes anything takes this."""
        return tuple([happened(ruleset, event) for ruleset in self.rulesets])

    @property
    def quoted(self) -> frozenset[str]:
        """Facts of which values of one length are told apart no more: what is sent may be another text."""
        return frozenset(name for name, one in self.values.items() if one.quoted and not one.exact)

    @property
    def timed(self) -> bool:
        """Whether something else than the clock and what happens may set a rule off, or be asked by one."""
        never = timedelta.max
        return self.silence < never or self.lasts < never or bool(self._at) or bool(self.elapsed)

    @property
    def asks_clock(self) -> bool:
        return bool(self._clock)

    def minute_class(self, now: datetime) -> int:
        """Equal for minutes at which the clock says the same to the rules."""
        minute = (now - _EPOCH) // _MINUTE
        found = self._by_minute.get(minute)
        if found is None:
            moment = (_EPOCH + minute * _MINUTE, _NOBODY)
            told = tuple([ask(moment) for ask in self._clock])
            found = self._by_minute[minute] = self._clock_classes.setdefault(told, len(self._clock_classes))
        return found

    def next_at(self, began: datetime) -> datetime | None:
        """Before this no clock time sets a rule off in a call that began then; None: none ever does."""
        minute = _EPOCH + (began - _EPOCH) // _MINUTE * _MINUTE
        return min((after(minute) for after in self._at), default=None)

    def classes(self, state: CallState) -> tuple[int, ...]:
        """What is known, as far as it is asked for. Raises TooMany."""
        values, facts = self.values, state.facts
        return tuple([values[name].of(facts.get(name)) for name in self.facts])

    # --- inside ---

    def _of(self, name: str) -> Values:
        found = self.values.get(name)
        if found is None:
            found = self.values[name] = Values(name)
        return found

    def _learn(self, ruleset: RuleSet, facts: dict[str, None]) -> None:
        asked = asked_of(ruleset)
        for name in asked.facts:
            facts[name] = None
            values = self._of(name)
            questions = asked.questions.get(name)
            if questions is None and (questions := asked.quoted.get(name)) is not None:
                values.quoted = True
            if questions is None:
                values.exact = True
            else:
                values.questions += [one.test for one in questions]
        for rule in ruleset.rules:
            match rule.rule.trigger:
                case On(tests) as trigger:
                    for test in tests:
                        values = self._of(test.name.key)
                        values.questions.append(trigger_test(test, ruleset.scope))
                        values.exact = values.exact or bool(trigger.same)
                case OnAnything():
                    self.any_event = True
        self._clock += [partial(_ask, one) for one in asked.clock]
        for calendar in asked.calendars:
            self._clock.append(partial(_hours, calendar))
        self.elapsed += asked.elapsed
        for spec in ruleset.timers:
            if spec.at is not None and spec.clock is not None and not isinstance(spec.clock, CallClock):
                self._at.append(partial(next_clock, spec.at, spec.clock))
            elif spec.after is not None:
                length = timedelta(seconds=spec.after)
                if spec.fact == SILENCE:
                    self.silence = min(self.silence, length)
                else:
                    self.lasts = min(self.lasts, length)
        for file in ruleset.checked.files:
            if _MOMENT_QUOTED.search(file.source.text) or any(
                block.item is not None and zone_fact(block.item) is not None for block in file.blocks
            ):
                self.knows_moments = False


def _ask(condition: CompiledCondition, moment: Moment) -> Hashable:
    return condition.test({}, moment)


def _hours(calendar: Calendar, moment: Moment) -> Hashable:
    off = bool(calendar.holidays) and calendar.holiday(calendar.day(moment[0])) is not None
    return is_open(moment, calendar), off


class Stance:
    """How a call under one rule set stands while nothing is under way in it."""

    def __init__(self, ruleset: RuleSet, asking: Asking) -> None:
        self._asking = asking
        self._counters: list[tuple[str, int, bool]] = []
        """Rules that count turns: up to how many, and whether in a row."""
        self._counts_values: set[str] = set()
        self._most: dict[str, int] = {}
        self._cooling: set[str] = set()
        self._at_end = False
        """A rule waits for the end of a call."""
        for rule in ruleset.rules:
            match rule.rule.trigger:
                case On(tests) as trigger:
                    if trigger.times is not None:
                        self._counters.append((rule.id, trigger.times.count, trigger.times.in_a_row))
                    if trigger.same:
                        self._counts_values.add(rule.id)
                    self._at_end = self._at_end or any(test.name.key == "call_ended" for test in tests)
            for limit in rule.rule.limits:
                if limit.kind is LimitKind.PER_CALL:
                    self._most[rule.id] = max(limit.amount, self._most.get(rule.id, 0))
                else:
                    self._cooling.add(rule.id)
        asked = asked_of(ruleset)
        self._fenced = tuple(name for name in asked.facts if name in ruleset.fact_sources)
        self._turn = "turn" in asked.computed

    def of(self, machine: CallMachine) -> Hashable:
        """Equal for calls that go on alike, if the same happens to them; None where that depends on when it happens.
        Raises TooMany."""
        state, speech, call = machine.state, machine.speech, machine._call
        turns, here = state.turns, state.turns.now.place
        if machine.busy or state.caps or turns.ids or call.entry is not None or call.verbs > _MOST_VERBS:
            return None
        if speech.speaking or speech.signalled or speech.caller_signalled or speech.voiced is not None:
            return None
        if not self._cooling.isdisjoint(state.uses):
            return None
        if machine.over and not self._at_end:
            return standing(machine)  # Nothing that is known changes anything any more.
        said = state.utterance
        return (
            standing(machine),
            self._asking.classes(state),
            self._counted(state, here, told=turns.told) if state.counts else (),
            tuple(
                [
                    min(used.times, most) if (used := state.uses.get(rule)) else 0
                    for rule, most in self._most.items()
                ]
            ),
            state.timers_fired,
            tuple([state.sources.get(name) for name in self._fenced]),
            (state.turn, turns.now.number) if self._turn else 0,
            (state.place - here, here > 0, turns.told, turns.unfinished, turns.key_at is not None),
            said and (said.place - here, said.set_off, said.final),
        )

    def _counted(self, state: CallState, here: int, *, told: bool) -> Hashable:
        """What the counters say. Where each report is a turn, the next one is none that was counted."""
        counts = state.counts
        if self._counts_values or told:
            most = {rule: count for rule, count, _ in self._counters}
            return frozenset(
                [
                    (name, min(one.total, up_to), min(one.run, up_to), max(one.turn - here, -2))
                    for name, one in counts.items()
                    if (up_to := most.get(name.partition(VALUE)[0])) is not None
                ]
            )
        return tuple(
            [
                0
                if (one := counts.get(rule)) is None or (in_a_row and one.turn != here)
                else min(one.run if in_a_row else one.total, up_to)
                for rule, up_to, in_a_row in self._counters
            ]
        )
