"""One live call, as a host embeds it: events, frames and signals in; one plan at a time out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any

from pydantic import SecretStr

from flowrules.call.deduplication import Fingerprint, digest, plain_fingerprint
from flowrules.call.inputs import (
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    Closed,
    PlayedOut,
    Reported,
    Woken,
)
from flowrules.call.machine import NOTHING, CallMachine
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.said import Said
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.client import Revoked
from flowrules.control.credentials import CallbackToken, CallCredentials
from flowrules.engine.event import Event, Source, make_event
from flowrules.engine.preview import Preview, preview_in
from flowrules.engine.state import CallState
from flowrules.runtime.calls.driver import Driver
from flowrules.runtime.calls.event_limits import check_told, escaped_event_id, validated_event
from flowrules.runtime.calls.frames import Dtmf, Frame, Ignored, Metadata, PlayDone, TokenRefresh, read_frame
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.engine_context import EngineContext
from flowrules.runtime.log import Log
from flowrules.runtime.loop.listeners import Listeners
from flowrules.runtime.rules.sharing import Side
from flowrules.runtime.sending.cleanup import swallow, undisturbed
from flowrules.runtime.sending.line import Line
from flowrules.runtime.sending.senders import Sender
from flowrules.runtime.sending.serving import Voice, Voices, check_waiting, checked_handler

_OTHER_CONNECTION = "another connection has taken the call over"
_TAKEN_OVER = EventOutcome("", EventStatus.DONE, notes=(_OTHER_CONNECTION,))
MAX_ADVICE = 32
"""Texts for the model that may wait to be taken."""

_log = Log(__name__)


class CallSession:
    """A call from its metadata frame to the close of its WebSocket. Engines make them: `engine.call_from(frame)`.

    All methods belong to the event loop that the engine runs in.
    """

    __slots__ = (
        "__dict__",  # Empty, unless a host keeps something there, or puts a listener in a method's place.
        "__weakref__",
        "_advice",
        "_closing",
        "_connection",
        "_context",
        "_credentials",
        "_driver",
        "_fingerprint",
        "_line",
        "_on_closed",
        "_on_outcome",
        "_recorder",
        "_revoke",
        "_rules",
        "_said",
        "_said_listeners",
        "_taken_over",
        "_tickets",
        "_voices",
        "_waiting",
    )

    def __init__(
        self,
        machine: CallMachine,
        credentials: CallCredentials | None,
        rules: Callable[[], RuleSet],
        sender: Sender,
        recorder: Recorder,
        context: EngineContext,
        *,
        fingerprint: Fingerprint = plain_fingerprint,
        revoke: Callable[[], Awaitable[Revoked]] | None = None,
        voices: Voices | None = None,
        line: Line | None = None,
        on_outcome: Callable[["CallSession", EventOutcome], None] = lambda session, outcome: None,
        on_closed: Callable[["CallSession"], None] = lambda session: None,
    ) -> None:
        self._credentials = credentials
        self._rules = rules
        self._context = context
        self._recorder = recorder
        self._fingerprint = fingerprint
        self._revoke = revoke
        self._on_outcome = on_outcome
        self._on_closed = on_closed
        self._closing: asyncio.Task[EventOutcome] | None = None
        self._line = line or Line(0, context.scheduler)
        self._connection = self._line.connection
        self._taken_over: Listeners[[]] = Listeners()
        self._tickets = count(1)
        self._waiting: dict[int, asyncio.Future[EventOutcome]] = {}
        """Who waits for an outcome, by their tickets."""
        self._advice: tuple[str, ...] = ()
        self._said: tuple[Said, ...] = ()
        """Sentences that nobody has been told of yet."""
        self._said_listeners = self._new_said_listeners()
        self._voices = voices or Voices()
        self._driver = Driver(machine, rules, sender, recorder, context, self._tell, self._heard)
        self._driver.feed(Woken(machine.state.started_at))

    def __repr__(self) -> str:
        return f"CallSession({self.call_id!r}, over={self.over!r})"

    @property
    def call_id(self) -> str:
        return self.state.call_id

    @property
    def state(self) -> CallState:
        """What is known of the call at this moment: immutable."""
        return self._driver.machine.state

    @property
    def ruleset(self) -> RuleSet:
        """The rules that decide it at this moment."""
        return self._rules()

    @property
    def is_candidates(self) -> bool:
        """Whether it is one of the calls that a candidate decides."""
        return isinstance(self._rules, Side) and self._rules.is_candidates

    @property
    def over(self) -> str:
        """Why the AI's session has ended; '' while it has not."""
        return self._driver.machine.over

    @property
    def may_have_ended(self) -> bool:
        """Whether a verb that ends the AI's session is unknown: it may have acted."""
        return self._driver.machine.unknown_ending

    @property
    def may_have_ended_by_host(self) -> bool:
        """Whether the host carried that verb out itself."""
        return self._driver.machine.unknown_to_host

    @property
    def busy(self) -> bool:
        """Whether a plan is under way."""
        return self._driver.machine.busy

    @property
    def waiting(self) -> int:
        """How many events wait for their turn, behind what is under way."""
        return self._driver.machine.waiting

    @property
    def ending(self) -> bool:
        """Whether a transfer, or another verb that ends the AI's session, is decided and has neither acted nor failed,
        or an event waits its turn that would lead to one: what the bot would say now is said over it."""
        return self._driver.ending_ahead()

    async def ending_settled(self) -> None:
        """Wait until none is: then `over` says something, or the bot may speak again. Raises WaitsForItself in a
        handler of this call."""
        check_waiting(self.call_id)
        while self.ending:
            await self._driver.change()

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

        Names that are no Python names go into `facts`. A turn begins with the caller's words (`said`, final) or keys;
        what is reported belongs to the turn that goes on, unless a `turn_id` says otherwise. Words with the `turn_id`
        of that turn go on with it. An event that comes again with its `event_id` gets the first outcome, and nothing
        is done; an id with another content is another event. Ids of the model and the caller count within their turn.
        Words without a letter or digit are none. If the task that waits here is cancelled, the plan goes on.
        Raises BadEvent for a name or a value that no event can have, and WaitsForItself in a handler or a voice of
        this call: what it waits for would wait for it. `post` does for those.
        """
        check_waiting(self.call_id)
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
        event = _as_told(bare, {**(facts or {}), **keys}, source, event_id, turn_id)
        waiting: asyncio.Future[EventOutcome] = asyncio.get_running_loop().create_future()
        if event.is_nothing:
            waiting.set_result(EventOutcome(event.event_id, EventStatus.DONE, notes=(NOTHING,)))
            return waiting
        told = digest(event, self._fingerprint) if event_id else ""
        again = bool(told) and self._driver.machine.knows(event, told)
        self._context.counters.add("events_repeated" if again else "events")
        reported = Reported(self._ticket(waiting), event, told)
        self._context.loop_budget.run_now(self._driver.feed, reported)
        return waiting

    def reported_before(
        self,
        *bare: str,
        facts: Mapping[str, object] | None = None,
        source: Source = Source.HOST,
        event_id: str,
        turn_id: str = "",
        **keys: object,
    ) -> bool:
        """Whether `post` would take this event for one that has come before: it was decided, or is about to be. Raises
        BadEvent."""
        event = _as_told(bare, {**(facts or {}), **keys}, source, event_id, turn_id)
        if event.is_nothing or not event_id:
            return False
        return self._driver.machine.knows(event, digest(event, self._fingerprint))

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
        event = _as_told(bare, {**(facts or {}), **keys}, source, "", turn_id)
        self._driver.refresh()
        return preview_in(self._driver.machine.ruleset, self.state, event, self._driver.now())

    def take_advice(self) -> tuple[str, ...]:
        """The `advise` texts that came since this was last asked, those of timers included: for the model's next
        turn."""
        texts, self._advice = self._advice, ()
        return texts

    @property
    def stays_silent(self) -> bool:
        """Whether a rule has said `stay silent` in the turn that goes on, so that the model is not to answer. No more
        once the caller's next words, or keys, have begun another turn."""
        return self._driver.machine.stays_silent

    # --- what rules say aloud ---

    def on_said(self, listener: Callable[[Said], object]) -> Callable[[], None]:
        """Be told of every sentence of the rules as soon as it is accepted, those of timers and urgent rules included:
        in order, each once. Those that nobody has been told of are told at once. Returns what ends it."""
        stop = self._said_listeners.add(listener)
        waiting, self._said = self._said, ()
        for said in waiting:
            self._said_listeners.tell(said)
        return stop

    def take_said(self) -> tuple[Said, ...]:
        """The sentences that were accepted since this was last asked, where nobody listens (`on_said`)."""
        said, self._said = self._said, ()
        return said

    @property
    def said_is_heard(self) -> bool:
        """Whether somebody listens to what the rules say."""
        return bool(self._said_listeners)

    def speak_with(self, voice: Voice | None) -> None:
        """Speak what the rules say with this voice, where `Settings.say` is `host`; None: with none, so that each `say`
        fails as `not_configured`. Where another connection has taken the call over nothing changes. Raises ValueError
        for what can't be awaited."""
        given = None if voice is None else checked_handler("voice", voice)
        if not self.is_taken_over:
            self._voices.voice = given

    # --- the WebSocket ---

    def frame(self, frame: str | bytes | Mapping[str, Any]) -> Frame:
        """Feed a text frame that came after the metadata frame. It never raises and never waits: a token is swapped
        at once, a key that the caller pressed becomes an event. Returns what the frame was."""
        read = Ignored(_OTHER_CONNECTION) if self.is_taken_over else read_frame(frame)
        del frame  # It may hold a token: a logger that prints the variables of a traceback would print it.
        match read:
            case TokenRefresh(token, call_id) | Metadata(call_id, token) if token is not None:
                read = self._renew(token, call_id) or read
            case Dtmf(digit):
                self.post(dtmf=digit, source=Source.CALLER)
            case PlayDone():
                self._driver.feed(PlayedOut())
        if isinstance(read, Ignored):
            self._context.counters.add("frames_ignored")
            self._recorder.note(f"a frame was ignored: {read.note}")
            _log.warning("frame.ignored", call=self.call_id, note=read.note)
        return read

    async def close(self, why: str = "the WebSocket has closed") -> EventOutcome:
        """The WebSocket is closed: nothing live and nothing ending is sent from now on. What is on the wire is
        awaited, what waits is dropped, and `call_ended` is decided; the outcome is that event's.

        With `reconnect_within` in the settings it waits so long before that for the call to come again. Where another
        connection has taken the call over nothing is closed, and a note of the outcome says so. Raises WaitsForItself
        in a handler of this call."""
        check_waiting(self.call_id)
        if self.is_taken_over:
            return _TAKEN_OVER
        if (
            self._closing is None or self._closing.cancelled()
        ):  # Who cancels all tasks cancels those not begun.
            self._closing = asyncio.create_task(self._close(why), name=f"close {self.call_id}")
        return await asyncio.shield(self._closing)

    async def revoke(self) -> Revoked:
        """Make the call's token worthless, at the platform and here. It takes a tenant key in the settings.
        Raises RequestFailed, and RuntimeError without a tenant key or a token."""
        if self._revoke is None or self._credentials is None:
            raise RuntimeError("revoking needs a tenant key, and a mode that sends")
        token = self._credentials.token
        revoked = await self._revoke()
        self._credentials.withdraw(token)
        self._recorder.note("the token was revoked")
        return revoked

    # --- who speaks: on a connection that another has taken over, nobody any more ---

    def bot_speaking(self) -> None:
        """The bot's voice can be heard from now on."""
        self._signalled(BotSpeaking())

    def bot_finished(self) -> None:
        """The bot has finished speaking: what was synthesised has been played out."""
        self._signalled(BotFinished())

    def caller_speaking(self) -> None:
        """The caller's voice was heard: silence begins anew. Where a hangup waits for the bot to finish, it is dropped.
        Call `caller_heard` when the voice has ended: a caller who speaks for long is not silent."""
        self._signalled(CallerSpeaking())

    def caller_heard(self) -> None:
        """The caller's voice goes on, or has just ended: silence begins anew. Nothing is interrupted: these may be the
        last sounds of the very words that have decided a hangup."""
        self._signalled(CallerHeard())

    # --- connections ---

    @property
    def is_taken_over(self) -> bool:
        """Whether another connection has taken the call over: this object is that of a connection before."""
        return self._connection != self._line.connection

    def on_taken_over(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Be told when another connection takes the call over: close the one of this object then. Returns what ends
        it."""
        return self._taken_over.add(listener)

    # --- told by the engine ---

    @property
    def may_come_again(self) -> bool:
        """Whether a connection of the same call id goes on with this call."""
        return self._line.may_come_again and not self.over

    def comes_no_more(self) -> None:
        """No other connection is waited for."""
        self._line.give_up()

    def take_over(self, token: SecretStr | None) -> "CallSession":
        """The call as another connection has it, with all that is known, counted and under way. Who listens to what is
        said, and the voice that speaks it, belong to a connection."""
        twin = object.__new__(CallSession)
        for name in CallSession.__slots__:
            if not name.startswith("__"):
                setattr(twin, name, getattr(self, name))
        twin._closing, twin._taken_over, twin._said_listeners = None, Listeners(), self._new_said_listeners()
        twin._connection = self._line.take_over()
        twin._driver.tell_to(twin._tell, twin._heard)
        self._advice, self._said = (), ()
        self._voices.be_usual()
        if token is not None:
            twin._renew(token, None)
        self._recorder.note("the call has come again, and goes on")
        # What the bot said on the connection before is not heard any more, and nobody was there to be silent.
        twin._driver.feed(PlayedOut())
        twin._driver.feed(CallerHeard())
        self._taken_over.tell()
        return twin

    def rules_changed(self) -> None:
        """New rules are live: their timers are armed."""
        self._driver.refresh()

    # --- inside ---

    def _new_said_listeners(self) -> Listeners[[Said]]:
        return Listeners(lambda: self._context.counters.add("listeners_broken"))

    def _signalled(self, signal: BotSpeaking | BotFinished | CallerSpeaking | CallerHeard) -> None:
        if not self.is_taken_over:
            self._driver.feed(signal)

    async def _close(self, why: str) -> EventOutcome:
        if not self.over and self._line.may_come_again:
            self._recorder.note("the connection is gone, and the call may come again")
            if await self._line.comes_again():
                return _TAKEN_OVER
        self._line.give_up()
        # What is to run in the share is made when the task begins: one that is cancelled before leaves nothing over.
        return await self._context.loop_budget.run(self._end(why))

    async def _end(self, why: str) -> EventOutcome:
        if self._credentials is not None:
            self._credentials.close()
        waiting: asyncio.Future[EventOutcome] = asyncio.get_running_loop().create_future()
        self._driver.feed(Closed(self._ticket(waiting), why))
        try:
            await undisturbed(waiting)
        except asyncio.CancelledError:
            swallow()
        _log.info("call.ended", call=self.call_id, why=self.over)
        self._on_closed(self)
        return waiting.result()

    def _ticket(self, waiting: "asyncio.Future[EventOutcome]") -> int:
        ticket = next(self._tickets)
        self._waiting[ticket] = waiting
        return ticket

    def _tell(self, ticket: int | None, outcome: EventOutcome) -> None:
        waiting = self._waiting.pop(ticket, None) if ticket is not None else None
        if waiting is not None and not waiting.done():
            waiting.set_result(outcome)
        if not outcome.repeated:
            if outcome.advise or outcome.raised:
                self._advice = (*self._advice, *outcome.advice)[-MAX_ADVICE:]
            self._on_outcome(self, outcome)

    def _heard(self, said: Said) -> None:
        if self._said_listeners:
            self._said_listeners.tell(said)
        else:
            self._said = (*self._said, said)

    def _renew(self, token: SecretStr, call_id: str | None) -> Ignored | None:
        """Take a token from a frame; or say why not."""
        if call_id not in (None, self.call_id):
            return Ignored("a frame of another call")
        if self._credentials is None:
            return None
        now, lifetime = self._context.clock.monotonic(), self._context.settings.token_lifetime
        if not self._credentials.renew(CallbackToken.received(self.call_id, token, now, lifetime)):
            return Ignored("a token that this call has had before")
        self._context.counters.add("tokens_renewed")
        self._recorder.note("the token was renewed")
        _log.info("token.renewed", call=self.call_id)
        return None


def _as_told(
    bare: tuple[str, ...], facts: Mapping[str, object], source: Source, event_id: str, turn_id: str
) -> Event:
    """An event as a host reports it. Raises BadEvent."""
    check_told(bare, source, event_id, turn_id)
    name = escaped_event_id(event_id) if event_id else ""
    return validated_event(make_event(*bare, facts=facts, source=source, event_id=name, turn_id=turn_id))
