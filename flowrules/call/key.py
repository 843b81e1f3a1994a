"""What a call's future depends on, as one value: calls with equal keys go on alike, whatever has led to them.

Left out are histories (what events are called, what was sent and answered), times are counted from now, and what the
live rules never ask for is not told apart. The most verbs of a call, and the most facts, count as far away.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from flowrules.call.fact_limits import names_in
from flowrules.call.running.progress import InFlight
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event
from flowrules.engine.key_entry import Entry
from flowrules.engine.planning.plan import PlannedVerb
from flowrules.engine.state import SILENCE, VALUE, CallState, OpenCap
from flowrules.engine.timers import moment_of
from flowrules.engine.turns import ENTRY_GAP
from flowrules.engine.utterance import PAUSE
from flowrules.language.nodes import LimitKind, On
from flowrules.verbs import CATALOGUE

if TYPE_CHECKING:
    from flowrules.call.agenda import Agenda
    from flowrules.call.handling import Handling
    from flowrules.call.running.run import Run

_CLOCK = frozenset({"time", "today", "date", "during", "outside", "hours", "callback"}).union(
    form.word for spec in CATALOGUE if spec.slots_of("callback_time") for form in spec.forms
)
"""Words of rules that ask what time it is, of which day."""
_MICROSECOND = timedelta(microseconds=1)


def key_of(call: "Agenda", now: datetime) -> Hashable:
    """The key of a call that may be in the middle of anything, at this time."""
    data = call._call
    speech = data.speech
    return (
        data.ruleset.revision,
        state_key(data.ruleset, data.state, now),
        data.over,
        (data.unknown_ending, data.unknown_to_host),
        data.machine,
        (
            speech.speaking,
            speech.voiced is not None,
            _until(speech.said_until, now),
            speech.signalled,
            speech.caller_signalled,
        ),
        _entry_key(data.entry, data.state, now),
        data.repeats.key,
        call._closing is not None,
        call.finished,
        len(call._closed_again),
        (call._deferred, call._may_continue, call._timers_broken),
        tuple(
            [
                tuple([(_event_key(one.event, data.state), _until(one.since, now)) for one in queue])
                for queue in (call._beside, call._urgent, call._ordinary)
            ]
        ),
        tuple([_handling_key(one, call, now) for one in call._stack]),
    )


def _entry_key(entry: Entry | None, state: CallState, now: datetime) -> Hashable:
    if entry is None:
        return None
    return entry.keys, now - entry.last, entry.turn and entry.turn.place - state.turns.now.place


def state_key(ruleset: RuleSet, state: CallState, now: datetime) -> Hashable:
    """What the decisions of a rule set depend on in a call's state."""
    asks = _asks(ruleset)
    turns, here = state.turns, state.turns.now.place
    said = state.utterance
    timers: list[Hashable] = []
    for spec in ruleset.timers:
        if spec.key in state.timers_fired:
            timers.append(None)
        elif spec.fact == SILENCE and SILENCE not in state.since:
            timers.append(state.silent_for // _MICROSECOND)
        elif spec.in_all and spec.fact is not None and spec.fact not in state.since:
            timers.append(state.yes_for.get(spec.fact, timedelta()) // _MICROSECOND)
        else:
            timers.append(_until(moment_of(spec, ruleset, state), now))
    return (
        frozenset(state.facts.items()),
        frozenset(state.sources.items()),
        now if asks.clock else now - state.started_at if asks.elapsed else None,
        (state.turn, turns.now.number) if asks.turn else None,
        state.place - here,
        turns.turn_id if turns.ids else "",
        tuple([(name, turn.place - here) for name, turn in turns.ids]),
        (turns.told, turns.unfinished, turns.told or here > 0),
        None if turns.key_at is None or now - turns.key_at >= ENTRY_GAP else now - turns.key_at,
        tuple(timers),
        frozenset(
            [
                (rule, min(use.times, asks.limits[rule][0]), min(now - use.last, asks.limits[rule][1]))
                for rule, use in state.uses.items()
                if rule in asks.limits
            ]
        ),
        frozenset(
            [
                (rule, min(count.total, most), min(count.run, most), _behind(count.turn - here, turns.ids))
                for rule, count in state.counts.items()
                if (most := asks.counts.get(rule.partition(VALUE)[0]))
            ]
        ),
        None if said is None else (said.place - here, min(now - said.last, PAUSE), said.set_off, said.final),
        tuple([_cap_key(cap, now) for cap in state.caps]),
    )


class _Asks(NamedTuple):
    """What a rule set asks for: the clock, how long the call is, its turns; by rule, how many times and how long before
    now its last runs count; by rule, how many turns its counter counts."""

    clock: bool
    elapsed: bool
    turn: bool
    limits: Mapping[str, tuple[int, timedelta]]
    counts: Mapping[str, int]


@lru_cache(maxsize=16)
def _asks(ruleset: RuleSet) -> _Asks:
    words, limits, counts = names_in(ruleset), {}, {}
    for rule in ruleset.rules:
        trigger = rule.rule.trigger
        if isinstance(trigger, On) and trigger.times is not None:
            counts[rule.id] = trigger.times.count
        if rule.rule.limits:
            amounts: dict[LimitKind, int] = {}
            for limit in rule.rule.limits:
                amounts[limit.kind] = max(limit.amount, amounts.get(limit.kind, 0))
            cooldown = timedelta(seconds=amounts.get(LimitKind.COOLDOWN, 0))
            limits[rule.id] = amounts.get(LimitKind.PER_CALL, 1), cooldown
    clock = not _CLOCK.isdisjoint(words)
    return _Asks(clock, "call.elapsed" in words, "turn" in words, limits, counts)


def _handling_key(handling: "Handling", call: "Agenda", now: datetime) -> Hashable:
    data, run, subject = call._call, handling.run, handling.subject
    about: Hashable = None
    if isinstance(subject, OpenCap):
        about = _cap_key(subject, now), handling.left_open is None
    elif handling.stage.value == 1:  # Its plan is still to be made.
        event, decision = subject
        then = None if handling.state is data.state else state_key(run.ruleset, handling.state, handling.now)
        parts = tuple([(rule.id, outcome) for rule, outcome in decision.parts])
        about = parts, _event_key(event, data.state), _until(handling.now, now), then
    return (
        about,
        handling.stage,
        handling.ticket is None,
        handling.raised_by_another,
        handling.at_once,
        handling.causes,
        tuple([_event_key(event, data.state) for event in handling.to_raise]),
        bool(handling.raised) and handling.raised[-1].status,
        _until(handling.suspended_at, now),
        _run_key(run, call, now),
    )


def _run_key(run: "Run", call: "Agenda", now: datetime) -> Hashable:
    waiting = run.waiting
    under_way: Hashable = None
    if isinstance(waiting, InFlight):
        under_way = (
            waiting.ready.path,
            frozen(waiting.request.body, now),
            _until(waiting.deadline, now),
            waiting.looks,
            waiting.intended,
            waiting.objection,
        )
    elif waiting is not None:
        under_way = _until(waiting.until, now), _until(waiting.since, now), waiting.listens
    return (
        run.ruleset.revision,
        under_way,
        run.status,
        (run.stopped, run.over, run.why, run.spent.stopped),
        run.urgent_rule,
        (run.records_only, run.closed_in_goodbye),
        run.ending_unknown,
        call._call.speech.interruptions > run.interruptions,
        _until(run.deadline, now),
        _until(run.speech_since, now),
        run.rule and run.rule.id,
        (run.cleans_up, run.part_rule, run.tried, run.counted),
        run.failures,
        run.failing,
        frozen((run.open_pairs, run.closed_caps, run.provisional), now),
        frozen((run.position.branches, run.ahead()), now),
    )


def _event_key(event: Event, state: CallState) -> Hashable:
    turn = None if event.turn is None else event.turn.place - state.turns.now.place
    sources = None if event.sources is None else frozenset(event.sources.items())
    return (
        frozenset(event.keys.items()),
        event.passing,
        event.source,
        sources,
        event.turn_id,
        event.reported,
        event.timer,
        event.identity,
        turn,
    )


def _cap_key(cap: OpenCap, now: datetime) -> Hashable:
    return _until(cap.due, now), cap.rule.id, cap.path, cap.verb, frozen(cap.body, now)


def _until(moment: datetime | None, now: datetime) -> timedelta | None:
    return None if moment is None else moment - now


def _behind(turns: int, ids: Iterable[object]) -> int:
    """How far back a counter's last turn is. A late report may come for one of the turns that have an id."""
    return turns if ids else max(turns, -2)


def frozen(value: Any, now: datetime) -> Hashable:
    """A value of ours as one that can be a key, its times counted from now."""
    if isinstance(value, datetime):
        return value - now
    if isinstance(value, Mapping):
        return frozenset([(name, frozen(held, now)) for name, held in value.items()])
    if isinstance(value, PlannedVerb):
        return _frozen_verb(_Same(value))
    if isinstance(value, tuple | list):
        return tuple([frozen(one, now) for one in value])
    names = _names(value.__class__)
    return tuple([frozen(getattr(value, name), now) for name in names]) if names else value


class _Same:
    """Equal to what holds the same object."""

    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


@lru_cache(maxsize=4096)
def _frozen_verb(verb: _Same) -> Hashable:
    """A planned verb says nothing of when it is, and copies of a call share it."""
    now = datetime.min
    return tuple([frozen(getattr(verb.held, name), now) for name in _names(PlannedVerb)])


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
