"""By what two worlds are told apart. What a rule set never asks is no part of it, nor is what has happened so far;
and of moments it is their order that counts, not how long it is until then."""

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

from flowrules.call.standing import standing
from flowrules.compiler.guards.conditions import CompiledCondition
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.calendar import Calendar
from flowrules.compiler.times.moment import Moment, is_open
from flowrules.engine.state import SILENCE, VALUE, CallState
from flowrules.engine.timers import moment_of
from flowrules.engine.utterance import PAUSE
from flowrules.exploration.playing.asked import Asked
from flowrules.exploration.playing.world import World
from flowrules.exploration.watching.watch import Watcher
from flowrules.language.nodes import LimitKind, On
from flowrules.language.values import Value

NEAR = timedelta(minutes=2)
"""How soon opening hours must change for that to count."""
Key = tuple[Hashable, ...]
Dues = list[tuple[datetime, Hashable]]


class Sight(NamedTuple):
    """A world as it is compared. `counts` and `uses`: by the counters and the limits of the rule set; `order`: in which
    order things come due, which `dues` tell; `parts`: what is remembered, in parts that have nothing to do with one
    another; `due`: when something comes due by itself."""

    now: datetime
    facts: Key
    counts: Key
    uses: Key
    dues: Dues
    order: Key
    rest: Key
    parts: Key
    due: datetime | None

    @property
    def core(self) -> Key:
        """All but what is remembered."""
        return self.facts, self.counts, self.uses, self.order, self.rest


class Keys:
    """Makes the keys of a rule set's worlds."""

    def __init__(
        self,
        ruleset: RuleSet,
        asked: Asked,
        changes: tuple[datetime, ...],
        watchers: Sequence[Watcher],
        *,
        thorough: bool = False,
    ) -> None:
        """`thorough`: tell apart what is known to be alike, too."""
        self._asked = asked
        self._watchers = watchers
        self._facts = tuple((name, None if thorough else asked.questions.get(name)) for name in asked.facts)
        self._classes: dict[tuple[str, type, Value], Hashable] = {}
        self._fenced = tuple(name for name in asked.facts if name in ruleset.fact_sources)
        self._turn = "turn" in asked.computed
        self.counters = [
            (rule.id, rule.rule.trigger.times.count, rule.rule.trigger.times.in_a_row)
            for rule in ruleset.rules
            if isinstance(rule.rule.trigger, On) and rule.rule.trigger.times is not None
        ]
        self._counts_values = any(
            isinstance(rule.rule.trigger, On) and rule.rule.trigger.same for rule in ruleset.rules
        )
        self.per_call = [
            (rule.id, limit.amount)
            for rule in ruleset.rules
            for limit in rule.rule.limits
            if limit.kind is LimitKind.PER_CALL
        ]
        self.cooldowns = [
            (rule.id, timedelta(seconds=limit.amount))
            for rule in ruleset.rules
            for limit in rule.rule.limits
            if limit.kind is LimitKind.COOLDOWN
        ]
        self._timers = ruleset.timers
        self._timeless: dict[Key, Key] = {}
        self._ruleset = ruleset
        self._changes = changes
        self._clock = asked.clock
        self._calendars = asked.calendars
        self._words = any(
            test.name.key in ("said", "hearing")
            for rule in ruleset.rules
            if isinstance(rule.rule.trigger, On)
            for test in rule.rule.trigger.tests
        )

    def of(self, world: World, memories: Key, episode: int) -> Sight:
        """`episode` tells what is under way from what is under way in other worlds."""
        machine, now = world.machine, world.now
        state = machine.state
        speech = machine.speech
        get = state.facts.get
        dues: Dues = [(cap.due, (cap.verb, cap.path, cap.rule.id)) for cap in state.caps]
        if self._timers:
            self._armed(state, dues)
        for rule_id, length in self.cooldowns:
            if (used := state.uses.get(rule_id)) is not None and (over := used.last + length) > now:
                dues.append((over, rule_id))
        if state.utterance is not None and self._words and (over := state.utterance.last + PAUSE) > now:
            dues.append((over, "pause"))
        for seconds in self._asked.elapsed:
            if (when := state.started_at + timedelta(seconds=seconds)) > now:
                dues.append((when, seconds))
        if speech.said_until is not None:
            dues.append((speech.said_until, "spoken"))
        for change in self._changes:
            if now < change <= now + NEAR:
                dues.append((change, "hours"))
        due = machine.wakes_at
        for when, _ in dues:
            if when > now and (due is None or when < due):
                due = when
        parts = self._timeless.get(memories)
        if parts is None:
            parts = self._parts(memories, dues)
        for watcher, memory in zip(self._watchers, memories, strict=True):
            looks = watcher.due(memory)
            if looks is not None and looks > now and (due is None or looks < due):
                due = looks
        said = state.utterance if self._words else None
        stands = standing(machine)
        return Sight(
            now,
            tuple(
                [
                    value
                    if (value := get(name)) is None or questions is None
                    else self._class(name, value, questions, (now, state))
                    for name, questions in self._facts
                ]
            ),
            self._counted(state) if self.counters else (),
            tuple(
                [
                    min(used.times, most) if (used := state.uses.get(rule)) else 0
                    for rule, most in self.per_call
                ]
            )
            if self.per_call
            else (),
            dues,
            in_order(dues, now) if dues else (),
            (
                state.timers_fired,
                tuple([state.sources.get(name) for name in self._fenced]),
                state.turn if self._turn else 0,
                said and (said.set_off, said.final, said.place == state.place),
                self._of_clock(world) if self._clock or self._calendars else (),
                (speech.speaking, speech.signalled, speech.caller_signalled),
                world.session_over,
                len(world.pending),
                len(world.utterance),
                (episode, stands) if machine.busy or machine.closed else stands,
            ),
            parts,
            due if due is None or due > now else None,
        )

    def _class(
        self, name: str, value: Value, questions: tuple[CompiledCondition, ...], moment: Moment
    ) -> Hashable:
        """Equal for values of a fact of which the same is true."""
        key = name, type(value), value
        known = self._classes.get(key)
        if known is None:
            facts = {name: value}
            known = self._classes[key] = tuple([one.test(facts, moment) for one in questions])
        return known

    def _parts(self, memories: Key, dues: Dues) -> Key:
        """What the watchers remember, in parts. Where moments are in it they stand among what comes due, and it is one
        part. Of most memories it is known that there are none."""
        before = len(dues)
        told = _without_moments(memories, "", dues)
        if len(dues) > before:
            return (told,)
        pairs = zip(self._watchers, memories, strict=True)
        parts = tuple(chain.from_iterable([watcher.parts(memory) for watcher, memory in pairs]))
        self._timeless[memories] = parts
        return parts

    def _armed(self, state: CallState, dues: Dues) -> None:
        """What will set a rule off."""
        for spec in self._timers:
            if spec.key in state.timers_fired:
                continue
            if spec.after is None:
                if (comes := moment_of(spec, self._ruleset, state)) is not None:
                    dues.append((comes, spec.key))
                continue
            if spec.fact is None:
                began: datetime | None = state.started_at
            else:
                began = state.since.get(spec.fact)
            before = state.yes_for.get(spec.fact or "", timedelta()) if spec.in_all else timedelta()
            if began is not None:
                dues.append((began + timedelta(seconds=spec.after) - before, spec.key))
            elif before:
                dues.append((state.started_at + timedelta(seconds=spec.after) - before, ("held", spec.key)))
            elif spec.fact == SILENCE and state.silent_for:
                dues.append(
                    (state.started_at + timedelta(seconds=spec.after) - state.silent_for, ("held", spec.key))
                )

    def _counted(self, state: CallState) -> Key:
        counts = state.counts
        if self._counts_values:
            return self._each_counted(state)
        return tuple(
            [
                (
                    min(count.run if in_a_row else count.total, most),
                    min(state.place - count.turn, 2),
                )
                if (count := counts.get(rule_id)) is not None
                else None
                for rule_id, most, in_a_row in self.counters
            ]
        )

    def _each_counted(self, state: CallState) -> Key:
        """As above, with the counts of single values."""
        return tuple(
            [
                frozenset(
                    (
                        name,
                        min(count.run if in_a_row else count.total, most),
                        min(state.place - count.turn, 2),
                    )
                    for name, count in state.counts.items()
                    if name.partition(VALUE)[0] == rule_id
                )
                for rule_id, most, in_a_row in self.counters
            ]
        )

    def _of_clock(self, world: World) -> Key:
        moment = (world.now, world.machine.state)
        facts = world.machine.state.facts
        return (
            tuple([one.test(facts, moment) for one in self._clock]),
            tuple([_state(hours.of_call(facts.get), moment) for hours in self._calendars]),
        )


def _state(calendar: Calendar | None, moment: Moment) -> tuple[bool, bool] | None:
    """Whether hours are open, and whether it is a holiday; None where nobody knows."""
    if calendar is None:
        return None
    day_off = bool(calendar.holidays) and calendar.holiday(calendar.day(moment[0])) is not None
    return is_open(moment, calendar), day_off


def in_order(dues: Iterable[tuple[datetime, Hashable]], now: datetime) -> Key:
    """What comes due, in its order; what is due at the same time stands together, and what is over comes first."""
    ordered = sorted(dues, key=_moment)
    last: datetime | None = None
    groups: list[list[Hashable]] = []
    for when, what in ordered:
        when = max(when, now)
        if when == last:
            groups[-1].append(what)
        else:
            groups.append([when == now, what])
            last = when
    return tuple([tuple(group) for group in groups])


def _moment(due: tuple[datetime, Hashable]) -> datetime:
    return due[0]


def _without_moments(memory: Hashable, place: Hashable, dues: Dues) -> Hashable:
    """A watcher's memory. The moments in it stand among what comes due."""
    if memory is None or memory is True or memory is False or isinstance(memory, str):
        return memory
    if isinstance(memory, datetime):
        dues.append((memory, place))
        return None
    if isinstance(memory, tuple) and memory:
        return tuple([_without_moments(one, (place, at), dues) for at, one in enumerate(memory)])
    return memory
