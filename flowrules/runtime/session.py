"""One live call, as a host embeds it: events, frames and signals in; one plan at a time out."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from flowrules.compiler.ruleset import RuleSet
from flowrules.control.client import Revoked
from flowrules.control.credentials import CallbackToken, CallCredentials
from flowrules.engine.event import MOMENTARY, BadEvent, Event, Source, make_event
from flowrules.engine.preview import Preview, preview_in
from flowrules.engine.state import CallState
from flowrules.runtime.call import LiveCall
from flowrules.runtime.conductor import Conductor
from flowrules.runtime.frames import Dtmf, Frame, Ignored, Metadata, PlayDone, TokenRefresh, read_frame
from flowrules.runtime.lane import Job, Lane
from flowrules.runtime.log import Log
from flowrules.runtime.outcome import EventOutcome, EventStatus

MAX_KEYS = 256
MAX_TEXT = 16_384
"""Of an event: so many keys, and so many characters of each text."""
MAX_ID = 256
"""Characters of an event's id, or a turn's."""
MAX_KEPT = 16
"""Outcomes that are kept for events that are reported again, without what their decisions looked at: that would keep
every rule set alive by which a call was ever decided."""
MAX_ADVICE = 32
"""Texts for the model that may wait to be taken."""

_ENGINES_OWN = frozenset({"step_failed", "hangup_interrupted", "call_ended"})
_PERSON = frozenset({"person_answered", "human_answered"})
_log = Log(__name__)


class CallSession:
    """A call from its metadata frame to the close of its WebSocket. Engines make them: `engine.call_from(frame)`.

    All methods belong to the event loop that the engine runs in.
    """

    __slots__ = (
        "__dict__",  # Empty, unless a host keeps something there, or puts a listener in a method's place.
        "__weakref__",
        "_advice",
        "_call",
        "_caller_signalled",
        "_closing",
        "_credentials",
        "_events",
        "_kept",
        "_known",
        "_lane",
        "_on_closed",
        "_on_outcome",
        "_revoke",
        "_rules",
    )

    def __init__(
        self,
        call: LiveCall,
        credentials: CallCredentials | None,
        rules: Callable[[], RuleSet],
        *,
        trace: bool,
        decided_before: Iterable[str] = (),
        revoke: Callable[[], Awaitable[Revoked]] | None = None,
        on_outcome: Callable[["CallSession", EventOutcome], None] = lambda session, outcome: None,
        on_closed: Callable[["CallSession"], None] = lambda session: None,
    ) -> None:
        self._call = call
        self._rules = rules
        self._credentials = credentials
        self._lane = Lane(call, Conductor(call, rules, trace=trace), self._outcome)
        call.caps.ring = lambda cap: self._lane.add(Job(cap))
        self._revoke = revoke
        self._on_outcome = on_outcome
        self._on_closed = on_closed
        self._closing: asyncio.Task[EventOutcome] | None = None
        self._known: dict[str, asyncio.Future[EventOutcome] | EventOutcome | None] = dict.fromkeys(
            decided_before
        )
        self._kept: tuple[str, ...] = ()
        self._events = 0
        self._advice: tuple[str, ...] = ()
        self._caller_signalled = False
        self._lane.arm()

    def __repr__(self) -> str:
        return f"CallSession({self.call_id!r}, over={self._call.over!r})"

    @property
    def call_id(self) -> str:
        return self._call.call_id

    @property
    def state(self) -> CallState:
        """What is known of the call at this moment: immutable."""
        return self._call.state

    @property
    def over(self) -> str:
        """Why the AI's session has ended; '' while it has not."""
        return self._call.over

    @property
    def busy(self) -> bool:
        """Whether a plan is under way."""
        return self._lane.busy

    # --- events ---

    async def event(
        self,
        *bare: str,
        facts: Mapping[str, object] | None = None,
        source: Source = Source.HOST,
        event_id: str = "",
        turn_id: str = "",
        **keys: object,
    ) -> EventOutcome:
        """Report what happened, and wait until all that it leads to is over.

            await call.event("payment_done")
            await call.event(intent="sales", sentiment=-0.4, source=Source.MODEL, turn_id="t7")

        Names that are no Python names go into `facts`. An `event_id` that was reported before gets the first
        outcome, and nothing is done. If the task that waits here is cancelled, the plan goes on.
        Raises BadEvent for a name or a value that no event can have.
        """
        waiting = self.post(*bare, facts=facts, source=source, event_id=event_id, turn_id=turn_id, **keys)
        # Whoever reports the event again is to get its outcome, even if the first to wait for it has gone.
        return await (asyncio.shield(waiting) if event_id else waiting)

    def post(
        self,
        *bare: str,
        facts: Mapping[str, object] | None = None,
        source: Source = Source.HOST,
        event_id: str = "",
        turn_id: str = "",
        **keys: object,
    ) -> "asyncio.Future[EventOutcome]":
        """As `event`, without waiting: where the call is idle the event is decided at once, before this returns."""
        if event_id:
            event_id = _told_apart(event_id)
            if event_id in self._known:
                return self._again(event_id)
        self._events += 1
        event = make_event(
            *bare,
            facts={**(facts or {}), **keys},
            source=source,
            event_id=event_id or f"#{self._events}",
            turn_id=turn_id,
        )
        _check(event)
        self._call.house.counters.add("events")
        self._note_speakers(event)
        waiting: asyncio.Future[EventOutcome] = asyncio.get_running_loop().create_future()
        if event_id:
            self._remember(event_id, waiting)
        self._lane.report(Job(event, waiting), event)
        return waiting

    def preview(
        self,
        *bare: str,
        facts: Mapping[str, object] | None = None,
        source: Source = Source.HOST,
        turn_id: str = "",
        **keys: object,
    ) -> Preview:
        """What an event would lead to if it were decided now. Nothing is done, counted or written down. Raises
        BadEvent."""
        event = make_event(*bare, facts={**(facts or {}), **keys}, source=source, turn_id=turn_id)
        _check(event)
        return preview_in(self._rules(), self.state, event, self._call.now())

    def take_advice(self) -> tuple[str, ...]:
        """The `advise` texts that came since this was last asked, those of timers included: for the model's next
        turn."""
        texts, self._advice = self._advice, ()
        return texts

    # --- the WebSocket ---

    def frame(self, frame: str | bytes | Mapping[str, Any]) -> Frame:
        """Feed a text frame that came after the metadata frame. It never raises and never waits: a token is swapped
        at once, a key that the caller pressed becomes an event. Returns what the frame was."""
        read = read_frame(frame)
        match read:
            case TokenRefresh(token, call_id) | Metadata(call_id, token) if token is not None:
                read = self._renew(token, call_id) or read
            case Dtmf(digit):
                self.post(dtmf=digit, source=Source.CALLER)
            case PlayDone() if not self._call.gate.signalled:
                self._call.gate.played_out()
        if isinstance(read, Ignored):
            self._call.house.counters.add("frames_ignored")
            self._call.recorder.note(f"a frame was ignored: {read.note}")
            _log.warning("frame.ignored", call=self.call_id, note=read.note)
        return read

    async def close(self, why: str = "the WebSocket has closed") -> EventOutcome:
        """The WebSocket is closed: nothing live and nothing ending is sent from now on. What is on the wire is
        awaited, what waits is dropped, and `call_ended` is decided; the outcome is that event's."""
        if self._closing is None:
            closing = self._call.house.share.run(self._close(why))
            self._closing = asyncio.create_task(closing, name=f"close {self.call_id}")
        return await asyncio.shield(self._closing)

    async def revoke(self) -> Revoked:
        """Make the call's token worthless, at the platform and here. It takes a tenant key in the settings.
        Raises RequestFailed, and RuntimeError without a tenant key or a token."""
        if self._revoke is None or self._credentials is None:
            raise RuntimeError("revoking needs a tenant key, and a mode that sends")
        token = self._credentials.token
        revoked = await self._revoke()
        self._credentials.withdraw(token)
        self._call.recorder.note("the token was revoked")
        return revoked

    # --- who speaks ---

    def bot_speaking(self) -> None:
        """The bot's voice can be heard from now on."""
        self._call.bot_speaking()
        self._lane.arm()

    def bot_finished(self) -> None:
        """The bot has finished speaking: what was synthesised has been played out."""
        self._call.bot_finished()
        self._lane.arm()

    def caller_speaking(self) -> None:
        """The caller's voice was heard. Where a hangup waits for the bot to finish, it is dropped."""
        self._caller_signalled = True
        self._call.caller_speaking()
        self._lane.arm()

    # --- told by the engine ---

    def rules_changed(self) -> None:
        """New rules are live: their timers are armed."""
        self._lane.arm()

    # --- inside ---

    async def _close(self, why: str) -> EventOutcome:
        if self._credentials is not None:
            self._credentials.close()
        outcome = await self._lane.close(why)
        self._call.caps.cancel_all()
        self._call.recorder.ended(self._call.over)
        _log.info("call.ended", call=self.call_id, why=self._call.over)
        self._on_closed(self)
        return outcome

    def _outcome(self, outcome: EventOutcome) -> None:
        self._advice = (*self._advice, *outcome.advice)[-MAX_ADVICE:]
        self._on_outcome(self, outcome)

    def _renew(self, token: SecretStr, call_id: str | None) -> Ignored | None:
        """Take a token from a frame; or say why not."""
        call = self._call
        if call_id not in (None, self.call_id):
            return Ignored("a frame of another call")
        if self._credentials is None:
            return None
        now, lifetime = call.house.clock.monotonic(), call.house.settings.token_lifetime
        if not self._credentials.renew(CallbackToken.received(self.call_id, token, now, lifetime)):
            return Ignored("a token that this call has had before")
        call.house.counters.add("tokens_renewed")
        call.recorder.note("the token was renewed")
        _log.info("token.renewed", call=self.call_id)
        return None

    def _note_speakers(self, event: Event) -> None:
        """What an event tells about who is on the line, and who speaks."""
        if "machine_answered" in event.keys:
            self._call.machine = True
        elif not _PERSON.isdisjoint(event.keys):
            self._call.machine = False
        if not self._caller_signalled and not MOMENTARY.isdisjoint(event.keys):
            self._call.caller_speaking()

    def _remember(self, event_id: str, waiting: "asyncio.Future[EventOutcome]") -> None:
        def done(waiting: "asyncio.Future[EventOutcome]") -> None:
            self._known[event_id] = _kept(waiting)
            self._kept += (event_id,)
            if len(self._kept) > MAX_KEPT:
                oldest, *rest = self._kept
                self._known[oldest], self._kept = None, tuple(rest)

        self._known[event_id] = waiting
        waiting.add_done_callback(done)

    def _again(self, event_id: str) -> "asyncio.Future[EventOutcome]":
        """The first outcome of an event that was reported before."""
        self._call.house.counters.add("events_repeated")
        again: asyncio.Future[EventOutcome] = asyncio.get_running_loop().create_future()

        def tell(outcome: EventOutcome | None) -> None:
            if not again.done():
                again.set_result(outcome or EventOutcome(event_id, EventStatus.REPEATED, repeated=True))

        known = self._known[event_id]
        if isinstance(known, asyncio.Future):
            known.add_done_callback(lambda waiting: tell(_kept(waiting)))
        else:
            tell(known)
        return again


_LIKE_OURS = re.compile(r'[#"]|.*[>@]', re.DOTALL)
"""What the engine calls events itself: `#1`, `e1>failed1`, `silence@…`."""


def _told_apart(event_id: str) -> str:
    """A host's id for an event, in quotes where one of the engine's own could be the same: two events of one id would
    share their Idempotency-Keys, and the platform would answer the second from its memory."""
    return json.dumps(event_id) if _LIKE_OURS.match(event_id) else event_id


def _kept(waiting: "asyncio.Future[EventOutcome]") -> EventOutcome | None:
    """What is kept of an event that is over; None where the host had cancelled what waited for it."""
    return None if waiting.cancelled() else replace(waiting.result(), repeated=True, decision=None)


def _check(event: Event) -> None:
    if not _ENGINES_OWN.isdisjoint(event.keys):
        raise BadEvent("step_failed, hangup_interrupted and call_ended are raised by the engine itself")
    if len(event.event_id) > MAX_ID or len(event.turn_id) > MAX_ID:
        raise BadEvent(f"event_id and turn_id have {MAX_ID} characters at most")
    if len(event.keys) > MAX_KEYS:
        raise BadEvent(f"an event may carry {MAX_KEYS} keys at most")
    for name, value in event.keys.items():
        if isinstance(value, str):
            _check_text(name, value)
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, str):
                    _check_text(name, item)


def _check_text(name: str, text: str) -> None:
    if len(text) > MAX_TEXT:
        raise BadEvent(f"{name[:40]} is longer than {MAX_TEXT} characters")
    if not text.isascii() and not _is_unicode(text):
        raise BadEvent(f"{name[:40]} holds half of a surrogate pair")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
