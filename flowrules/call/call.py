"""What is true of one call at this moment: data that its machine keeps, and what changes in it as a whole."""

from datetime import datetime, timedelta
from typing import NamedTuple, Self, TypeVar

from flowrules.call.deduplication import Repeats
from flowrules.call.effects import Effect, Ran, Record
from flowrules.call.entries import Entry as JournalEntry
from flowrules.call.fact_limits import Kept
from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.call.setup import Setup
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import CALLER_KEYS, PRESSED, Event
from flowrules.engine.key_entry import Entry
from flowrules.engine.planning.plan import PlannedStep, PlannedVerb
from flowrules.engine.planning.receipts import apply_receipt, spoken
from flowrules.engine.state import (
    CallState,
    OpenCap,
    break_silence,
    close_cap,
    fall_silent,
    machine_at_start,
    open_cap,
    pause_silence,
)
from flowrules.verbs import LOOK
from flowrules.verbs import Effect as VerbEffect

SESSION_OVER = "the platform says that the AI's session has ended"
T = TypeVar("T")


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two moments; the other one if one is None."""
    if one is None or other is None:
        return one or other
    return min(one, other)


def twin_of(one: T) -> T:
    """A copy that shares all that it holds; `copy.copy` takes five times as long."""
    twin = object.__new__(type(one))
    twin.__dict__.update(one.__dict__)
    return twin


class Speech(NamedTuple):
    """`signalled`, `caller_signalled`: whether the host tells when the bot, or the caller, speaks. `interruptions`
    counts how often the caller has spoken in a way that drops a hangup which waits."""

    speaking: bool = False
    said_until: datetime | None = None
    """When the platform will have spoken what it was given."""
    interruptions: int = 0
    signalled: bool = False
    caller_signalled: bool = False
    voiced: int | None = None
    """The number of the request that the host's own voice speaks at present."""

    @property
    def busy(self) -> bool:
        """The bot speaks, or the platform speaks for it."""
        return self.speaking or self.voiced is not None or self.said_until is not None

    def bot_speaking(self) -> Self:
        return self._replace(signalled=True, speaking=True)

    def bot_finished(self) -> Self:
        return self._replace(signalled=True, speaking=False, said_until=None)

    def played_out(self) -> Self:
        """What was being played has come to its end."""
        return self._replace(speaking=False, said_until=None)

    def said(self, seconds: float, now: datetime) -> Self:
        """The platform speaks a text of the rules from now on, after what it speaks already."""
        begins = max(now, self.said_until or now)
        return self._replace(said_until=begins + timedelta(seconds=seconds))

    def interrupted(self) -> Self:
        return self._replace(interruptions=self.interruptions + 1)

    def at(self, now: datetime) -> Self:
        """As it is at this moment: a text whose time is over has been spoken."""
        if self.said_until is not None and self.said_until <= now:
            return self._replace(said_until=None)
        return self

    def quiet_at(self, now: datetime, until: datetime) -> datetime:
        """When nobody speaks any more, as far as can be told, at the latest at `until`; not after `now`: at once."""
        if self.speaking or self.voiced is not None:
            return until
        return min(until, self.said_until or now)


class Call:
    """`over` says why the AI's session has ended, '' while it has not."""

    def __init__(
        self, setup: Setup, ruleset: RuleSet, state: CallState, *, unknown_ending: bool, repeats: Repeats
    ) -> None:
        self.setup = setup
        self.ruleset = ruleset
        self.state = state
        self.now = state.started_at
        self.over = ""
        self.unknown_ending = unknown_ending
        """An ending verb went out, and nobody knows whether it acted."""
        self.unknown_to_host = False
        """The host carried that verb out itself, so the platform can't tell."""
        self.machine = machine_at_start(state.facts)
        """A machine has answered, not a person."""
        self.speech = Speech()
        self.silent_at = -1
        """The place of the last turn in which the model is not to answer."""
        self.entry: Entry | None = None
        """The keys of an entry that is not over."""
        self.verbs = 0
        """How many were sent, or would have been."""
        self.requests = 0
        """How many were begun: each has its number."""
        self.repeats = repeats
        self.kept = Kept()
        self.events: frozenset[str] = frozenset()
        """What events that the engine raised itself are called."""
        self.effects: list[Effect] = []
        """What the input that is being handled has led to so far."""

    def fork(self) -> "Call":
        twin = twin_of(self)
        twin.repeats, twin.effects = self.repeats.fork(), []
        return twin

    @property
    def can_look(self) -> bool:
        """Whether there is anybody to ask whether an unknown ending verb has acted."""
        return not self.unknown_to_host or LOOK.name in self.setup.served

    def do(self, effect: Effect) -> None:
        self.effects.append(effect)

    def record(self, entry: JournalEntry) -> None:
        self.effects.append(Record(entry))

    def ran(self, event_id: str, step: PlannedStep, reason: str | None = None, *, sent: bool = False) -> None:
        """A step of a plan has been dealt with."""
        if self.setup.steps:
            self.effects.append(Ran(event_id, step, reason, sent))

    def event_name(self, name: str, tail: str = "") -> str:
        """A name that no other event of this call has: events of one name would share their Idempotency-Keys."""
        unique, number = name + tail, 1
        while unique in self.events:
            number += 1
            unique = f"{name}~{number}{tail}"
        self.events |= {unique}
        return unique

    def end(self, why: str) -> None:
        """The AI's session is over: no cap can act any more. Only the first reason counts."""
        self.over = self.over or why
        if self.state.caps:
            self.state = self.state._replace(caps=())

    def received(
        self,
        ruleset: RuleSet,
        rule: RuleRef,
        event_id: str,
        step: PlannedVerb,
        receipt: Receipt,
        *,
        by_host: bool,
    ) -> None:
        """What the outcome of a verb changes: what is known, heard, held, open or over. `step` as it was sent for a
        rule and an event; `by_host`: the host has carried it out."""
        if receipt.went_well:
            before = self.state
            state = apply_receipt(
                before,
                step.verb,
                step.body,
                receipt.result,
                self.now,
                keep_as=step.keep_as,
                source=step.source,
                fact_sources=ruleset.fact_sources,
            )
            self.state = close_cap(state, step.verb, step.body)
            text = spoken(step.verb, step.body)
            if text is not None and not self.setup.is_voiced(step.verb, step.body):
                self.platform_says(text)
            # Not only `hold` tells: others with a key may have held the caller, and `get_call_state` says so.
            self.held_since(before)
        if step.cap is not None and (receipt.went_well or receipt.may_have_acted):
            cap = step.cap
            due = self.now + timedelta(seconds=cap.seconds)
            opened = OpenCap(due, rule, event_id, step.path, cap.verb, cap.body)
            self.state = open_cap(self.state, opened)
        if receipt.reason is Reason.ENDED:
            self.end(SESSION_OVER)
        if step.effect is VerbEffect.ENDING:
            if receipt.went_well:
                self.end(f"{step.verb} ended the AI's session")
            elif receipt.status is Status.UNKNOWN:
                self.unknown_ending = True
                self.unknown_to_host = self.unknown_to_host or by_host

    # --- who speaks, and what that does to the caller's silence ---

    def bot_speaking(self) -> None:
        self.speech = self.speech.bot_speaking()
        self.state = pause_silence(self.state, self.now)

    def bot_finished(self) -> None:
        self.speech = self.speech.bot_finished()
        self.fall_silent()

    def played_out(self) -> None:
        """The platform tells that what it played has come to its end. A host that tells so itself knows better."""
        if not self.speech.signalled:
            self.speech = self.speech.played_out()
            self.fall_silent()

    @property
    def pause_ends(self) -> datetime | None:
        """When the entry of several keys ends, if no other key comes; None where there is none."""
        return None if self.entry is None else self.entry.last + self.setup.limits.key_pause

    def note_speakers(self, event: Event) -> None:
        """Note what an event tells about who is on the line and who speaks. Keys always interrupt a waiting hangup.
        Words do so only if the host reports no better signal of a caller who speaks."""
        self.machine = event.answered_by_machine(self.machine)
        if not CALLER_KEYS.isdisjoint(event.keys):
            signalled = self.speech.caller_signalled
            pressed = not PRESSED.isdisjoint(event.keys)
            self.caller_heard(interrupts=pressed or not signalled)

    def caller_heard(self, *, interrupts: bool) -> None:
        """The caller's voice, words or keys came in. Where they interrupt, a hangup that waits is dropped."""
        self.state = break_silence(self.state, self.now)
        if interrupts and not self.machine:
            self.speech = self.speech.interrupted()

    def host_speaks(self, number: int) -> None:
        """The host's own voice speaks a text of the rules, under the number of its request."""
        self.speech = self.speech._replace(voiced=number)
        self.state = pause_silence(self.state, self.now)

    def host_spoke(self, *, interrupted: bool) -> None:
        """It has finished, or the caller has interrupted it."""
        self.speech = self.speech._replace(voiced=None)
        self.fall_silent()
        if interrupted:
            self.caller_heard(interrupts=True)

    def platform_says(self, text: str) -> None:
        """The platform speaks a text of the rules."""
        self.state = pause_silence(self.state, self.now)
        self.speech = self.speech.said(self.setup.spoken_seconds(text), self.now)

    def speech_passes(self) -> None:
        """Time has passed: what the platform spoke may have come to its end."""
        until, self.speech = self.speech.said_until, self.speech.at(self.now)
        if until is not None and self.speech.said_until is None:
            self.fall_silent(until)

    def fall_silent(self, since: datetime | None = None) -> None:
        """From now on, or since then, it is the caller's silence, unless the bot still speaks or the caller is on
        hold."""
        if self.state.facts.get("call.on_hold") is not True and not self.speech.busy:
            self.state = fall_silent(self.state, since or self.now)

    def held_since(self, before: CallState) -> None:
        """The caller may have been put on hold since, or taken off it."""
        on_hold = self.state.facts.get("call.on_hold")
        if on_hold == before.facts.get("call.on_hold"):
            return
        if on_hold is True:
            self.state = pause_silence(self.state, self.now)
        else:
            self.fall_silent()
