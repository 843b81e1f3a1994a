"""What is known about one call: an immutable snapshot, and the steps from one to the next."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from flowrules.compiler.guards import coerce
from flowrules.compiler.refs import RuleRef
from flowrules.engine.event import BadEvent, Event, Source, Turn, fact_value, leaves
from flowrules.engine.turns import Turns
from flowrules.language.names import fold
from flowrules.language.unicode import mended
from flowrules.language.values import Scalar, Value


class Use(NamedTuple):
    """How often a rule's limits were used in this call, and when last."""

    times: int
    last: datetime


class Count(NamedTuple):
    """A trigger counter (`2 times`): turns so far, the run without a gap, the place of the last turn that counted."""

    total: int
    run: int
    turn: int


VALUE = "\0"
"""Between a rule's id and the value that is counted."""
MAX_VALUES = 64
"""How many values of a fact a rule counts; beyond that, those that have not come for longest are forgotten."""


def value_counter(rule: str, value: Scalar) -> str:
    """Where a rule that counts each value by itself keeps the count of one: equal for values that `=` takes for the
    same."""
    number = coerce.number(value)
    if number is not None:
        return f"{rule}{VALUE}{coerce.in_digits(number)}"
    said = coerce.yesno(value)
    return f"{rule}{VALUE}{fold(str(value)) if said is None else said}"


class Utterance(NamedTuple):
    """What the caller says in one go: the place of its turn, when the last of it was heard, and the ids of the rules
    that it has set off. It sets off each once, however often a recogniser reports what there is of it."""

    place: int
    last: datetime
    set_off: frozenset[str] = frozenset()
    final: bool = False
    """Whether some of its words were final."""


class OpenCap(NamedTuple):
    """An open pair that a cap (`for at most …`) will close at `due`: the closing request, as the rules had it when the
    pair was opened. `path` is the opening step's, `rule` and `event_id` are those that it ran for."""

    due: datetime
    rule: RuleRef
    event_id: str
    path: str
    verb: str
    body: Mapping[str, Any]


class CallState(NamedTuple):
    """A call as the engine believes it to be. A tuple: every event makes a new one, which shares what did not
    change with the last.

    `facts` holds everything known under folded names: the caller's and the lead's data, what events said, what
    rules remembered, and `call.*` as receipts told it. Computed facts (`call.elapsed`, `turn`, `time`, `today`,
    `date`) are not in it: they follow from `started_at`, `turn` and now. `sources` says who said each fact;
    one that is absent came from the host.
    """

    call_id: str
    started_at: datetime
    facts: Mapping[str, Value] = {}
    sources: Mapping[str, Source] = {}
    turn: int = 0
    """The fact `turn`: that of the last event."""
    place: int = 0
    """The place of that event's turn among the call's: counters tell turns apart by it."""
    uses: Mapping[str, Use] = {}
    counts: Mapping[str, Count] = {}
    """By the rule's id, so that a count survives a reload. Of `on the same FACT 3 times`: that of the value which came
    last, and under `value_counter` those of all values."""
    since: Mapping[str, datetime] = {}
    """Since when each fact that is yes has been so (for `after D of FACT`). `silence` is among them from the call's
    start, except while the bot speaks or the caller is held."""
    timers_fired: frozenset[str] = frozenset()
    """Timers that have fired and are not armed again yet."""
    silent_for: timedelta = timedelta()
    """The caller's silence that was counted before the bot spoke or held the caller."""
    turns: Turns = Turns()
    utterance: Utterance | None = None
    """What the caller said last."""
    caps: tuple[OpenCap, ...] = ()
    """Open pairs that a cap will close, in the order in which they were opened."""
    yes_for: Mapping[str, timedelta] = {}
    """Of facts for which all the time counts in which they were yes (`after D of FACT in all`): how long they were so
    before they became yes last."""


SILENCE = "silence"

AT_START: Mapping[str, Value] = {
    "call.on_hold": False,
    "call.muted": False,
    "call.recording": "on",
    "call.in_conference": False,
}
"""What is believed of a call that has just begun."""


def start_call(call_id: str, started_at: datetime, metadata: Mapping[str, object] | None = None) -> CallState:
    """A call's first state. `metadata` is what the platform said of caller, lead and campaign, nested or dotted;
    what no fact can hold (a list of objects) is left out."""
    facts = dict(AT_START)
    for group, inner in (metadata or {}).items():
        with suppress(
            BadEvent
        ):  # A name that is none, or too deep a nest: it ends its own group and no other.
            for name, value in leaves({group: inner}):
                with suppress(BadEvent):
                    facts[fold(mended(name))] = fact_value(name, value)
    started_at = started_at.astimezone(UTC)
    sources = dict.fromkeys(facts, Source.PLATFORM)
    since = {key: started_at for key, value in facts.items() if is_yes(value)}
    since[SILENCE] = started_at
    return CallState(call_id, started_at, facts, sources, since=since)


def machine_at_start(facts: Mapping[str, Value]) -> bool:
    """Whether the platform's metadata say that a machine has answered."""
    verdict = facts.get("answered_by_amd")
    said = isinstance(verdict, str) and fold(verdict).startswith("machine")
    return said or Event(facts).answered_by_machine(False)


def is_yes(value: Value) -> bool:
    return value is True or (type(value) is str and coerce.yesno(value) is True)


def with_facts(
    state: CallState,
    facts: Mapping[str, Value],
    now: datetime,
    sources: Mapping[str, Source],
    turn: Turn | None = None,
    turns: Turns | None = None,
) -> CallState:
    """The state with new facts, each said by `sources` (absent: the host), in `turn` (None: the turn goes on)."""
    (
        call_id,
        started_at,
        known,
        said,
        number,
        place,
        uses,
        counts,
        since,
        fired,
        silent_for,
        so_far,
        utterance,
        caps,
        yes_for,
    ) = state
    began, ended = [], []
    for key, value in facts.items():
        if key in since:
            if not is_yes(value):
                ended.append(key)
        elif value is True or (type(value) is str and fold(value) in coerce.YES_TEXTS):
            began.append(key)
    if began or ended:
        since = {**since, **dict.fromkeys(began, now)}
        for key in ended:
            del since[key]
        fired = rearmed(fired, ended)
    if sources or not said.keys().isdisjoint(facts):
        said = {key: source for key, source in said.items() if key not in facts} | dict(sources)
    if turn is not None:
        place, number = turn
    if turns is not None:
        so_far = turns
    known = {**known, **facts}
    return _new(
        CallState,
        (
            call_id,
            started_at,
            known,
            said,
            number,
            place,
            uses,
            counts,
            since,
            fired,
            silent_for,
            so_far,
            utterance,
            caps,
            yes_for,
        ),
    )


_new = tuple.__new__
"""Makes a named tuple in half the time that its own constructor takes; every event makes one."""


def counted_in_all(
    state: CallState, since: Mapping[str, datetime], facts: frozenset[str], now: datetime
) -> CallState:
    """The state with the time in which these facts were yes, where they are so no longer. `since`: as it was before."""
    added = {
        fact: state.yes_for.get(fact, timedelta()) + (now - since[fact])
        for fact in facts
        if fact in since and state.since.get(fact) != since[fact]
    }
    return state._replace(yes_for={**state.yes_for, **added}) if added else state


def rearmed(fired: frozenset[str], facts: list[str]) -> frozenset[str]:
    """Fired timers without those of facts that are no longer yes: they may fire again."""
    return frozenset(timer for timer in fired if timer.partition("/")[0] not in facts)


def timers_of(fired: frozenset[str], fact: str) -> frozenset[str]:
    """Those of the fired timers that wait for this fact."""
    return frozenset(timer for timer in fired if timer.partition("/")[0] == fact)


def remember(
    state: CallState, fact: str, value: Scalar, now: datetime, source: Source = Source.HOST
) -> CallState:
    """Keep a fact in the call's memory under its folded name. `source` is the weakest source of what fills it."""
    return with_facts(state, {fact: value}, now, {fact: source} if source > Source.HOST else {})


def forget(state: CallState, fact: str) -> CallState:
    """Make a fact unknown."""
    return state._replace(
        facts={key: value for key, value in state.facts.items() if key != fact},
        sources={key: source for key, source in state.sources.items() if key != fact},
        since={key: moment for key, moment in state.since.items() if key != fact},
        timers_fired=rearmed(state.timers_fired, [fact]),
    )


def use_limits(state: CallState, rule_id: str, now: datetime) -> CallState:
    """Count one run of a rule. Due when its plan's first verb is sent."""
    used = state.uses.get(rule_id)
    count = used.times + 1 if used else 1
    return state._replace(uses={**state.uses, rule_id: Use(count, now)})


# --- silence ------------------------------------------------------------------------------------------------


def fall_silent(state: CallState, now: datetime) -> CallState:
    """The bot does not speak and the caller is not held: the caller's silence counts from now on, on top of what was
    counted before. Call it when the bot has finished speaking, and when the caller is taken off hold."""
    if SILENCE in state.since:
        return state
    return state._replace(since={**state.since, SILENCE: now - state.silent_for})


def pause_silence(state: CallState, now: datetime) -> CallState:
    """The bot begins to speak, or the caller is held: what follows is not the caller's silence."""
    began = state.since.get(SILENCE)
    if began is None:
        return state
    since = {key: moment for key, moment in state.since.items() if key != SILENCE}
    return state._replace(since=since, silent_for=now - began)


def break_silence(state: CallState, now: datetime) -> CallState:
    """The caller was heard: silence begins anew, and its timers may fire again. While the bot speaks or the caller is
    held it does not count yet."""
    fired = rearmed(state.timers_fired, [SILENCE]) if state.timers_fired else state.timers_fired
    since = {**state.since, SILENCE: now} if SILENCE in state.since else state.since
    return state._replace(since=since, silent_for=timedelta(), timers_fired=fired)


# --- caps ---------------------------------------------------------------------------------------------------


def open_cap(state: CallState, cap: OpenCap) -> CallState:
    """A verb with a cap was accepted, or may have been. It stands for any earlier cap of the same pair: what is opened
    again lasts as long as the last one says."""
    return state._replace(caps=(*_others(state.caps, cap.verb, cap.body), cap))


def close_cap(state: CallState, verb: str, body: Mapping[str, Any]) -> CallState:
    """A verb was accepted: where it closes a pair, that pair's cap has nothing left to do."""
    caps = _others(state.caps, verb, body) if state.caps else ()
    return state if len(caps) == len(state.caps) else state._replace(caps=caps)


def is_open(state: CallState, verb: str, body: Mapping[str, Any]) -> bool:
    """Whether this request closes a pair that a cap would close."""
    return len(_others(state.caps, verb, body)) < len(state.caps)


def due_caps(state: CallState, now: datetime) -> tuple[OpenCap, ...]:
    """The caps whose time has come, the first one first."""
    return tuple(sorted((cap for cap in state.caps if cap.due <= now), key=lambda cap: cap.due))


def _others(caps: tuple[OpenCap, ...], verb: str, body: Mapping[str, Any]) -> tuple[OpenCap, ...]:
    """The caps that this request does not close."""
    target = body.get("target")
    return tuple(cap for cap in caps if cap.verb != verb or cap.body.get("target") != target)
