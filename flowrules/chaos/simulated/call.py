"""One call of a simulated process: a call machine, and the driver that performs its effects, in order."""

import re
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, assert_never

from pydantic import SecretStr

from flowrules.call.deduplication import digest
from flowrules.call.effects import (
    Bug,
    CallOff,
    Defer,
    Effect,
    LeftOut,
    MaySend,
    Ran,
    Record,
    Send,
    Tell,
    WakeAt,
)
from flowrules.call.entries import CapDue, Decided, Ended, Entry, Note, NotSent, Received, Sending, Settled
from flowrules.call.inputs import (
    AboutToSend,
    Answered,
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    Closed,
    Continued,
    Input,
    Reported,
    RulesChanged,
    Woken,
)
from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventOutcome
from flowrules.call.receipt import Reason, not_sent
from flowrules.chaos.script import Report, Speech
from flowrules.chaos.simulated.process import Process
from flowrules.chaos.simulated.sending import Sender
from flowrules.chaos.simulated.world import START, Happening
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.credentials import CallbackToken, CallCredentials
from flowrules.control.pace import Turn
from flowrules.engine.event import Event, Source, make_event
from flowrules.engine.state import start_call
from flowrules.runtime.calls.frames import Dtmf, Metadata, TokenRefresh, read_frame
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.input_json import Timing
from flowrules.verbs import BY_NAME
from flowrules.verbs import Effect as VerbEffect

_MOMENT = re.compile(r"@\d{4}-[^>]*")
_LEAST_DISK = 1.0
"""Seconds that the journal's disk has, however little of the verb's time is left."""
_LEAST_WAIT = 0.001
"""Seconds until a call is woken again, at least."""
_SIGNALS: Mapping[str, Input] = {
    "bot_speaking": BotSpeaking(),
    "bot_finished": BotFinished(),
    "caller_speaking": CallerSpeaking(),
    "caller_heard": CallerHeard(),
}


class Call:
    """From its metadata frame on. `waiting` holds what was reported and has no outcome yet, by ticket; `problems` are
    sentences on what no call may do."""

    def __init__(self, process: Process, first: Metadata, ruleset: RuleSet) -> None:
        self.call_id = first.call_id
        self._process = process
        started_at = process.world.now()
        self.credentials = CallCredentials(
            self.call_id, process.world, None, process.fallback, process.setup.lifetime
        )
        self._take_token(first.token)
        self._recorder = Recorder(process.journal, self.call_id, started_at)
        state = start_call(self.call_id, started_at, first.facts)
        left = process.journal.left.get(self.call_id)
        unknown_ending = left is not None and left.unknown_ending
        decided_before = () if left is None else left.decided
        self._recorder.opened(
            state,
            "live",
            ruleset.revision,
            process.call_setup if process.replayable else None,
            unknown_ending=unknown_ending,
            decided_before=decided_before,
        )
        self._machine = CallMachine(
            state,
            ruleset,
            process.call_setup,
            unknown_ending=unknown_ending,
            decided_before=decided_before,
        )
        self.waiting: dict[int, Report | None] = {}
        self.told: list[tuple[float, Report]] = []
        """What has its outcome, and since when."""
        self.problems: list[str] = []
        self.closing = False
        self._tickets = 0
        self._alarm: Happening | None = None
        self._alarm_at = started_at
        self._wanted_at: dict[int, datetime] = {}
        """When each request was wanted that is under way, by the numbers of their steps."""
        self._deferred_at = started_at
        self._sendings: dict[int, Sender] = {}
        self._writing: Coroutine[Any, Any, None] | None = None
        """An intent on its way to the disk."""
        self._intended = ""
        """Names the last one."""
        self.feed(Woken(started_at))

    @property
    def finished(self) -> bool:
        return self._machine.finished

    # --- what happens to it ---

    def report(self, report: Report) -> None:
        event = make_event(facts=report.facts, source=report.source, event_id=report.event_id)
        known_by = digest(event, self._process.journal.masker.fingerprint) if report.event_id else ""
        self._report(event, known_by, report)

    def speech(self, signal: Speech) -> None:
        self.feed(_SIGNALS[signal.signal])

    def frame(self, frame: Mapping[str, Any]) -> None:
        """A text frame that came after the first."""
        match read_frame(frame):
            case Dtmf(digit):
                self._report(make_event(facts={"dtmf": digit}, source=Source.CALLER), "", None)
            case TokenRefresh(token) | Metadata(token=token) if token is not None:
                if self._take_token(token):
                    self._recorder.note("the token was renewed")
                    for under_way in tuple(self._sendings.values()):
                        under_way.token_came()

    def withdraw(self) -> None:
        """The host makes the token worthless, if it has a turn for that."""
        token = self.credentials.token
        if token is None:
            return
        turn = self._process.pace.ask(self.call_id, tenant=True)
        if isinstance(turn, Turn):
            turn.sent = True
            turn.over()
            self._process.line.revoke(self.call_id, token.secret.get_secret_value())
            self.credentials.withdraw(token)
            self._recorder.note("the token was revoked")

    def close(self, why: str) -> None:
        if not self.closing:
            self.closing = True
            self.credentials.close()
            self._tickets += 1
            self.waiting[self._tickets] = None
            self.feed(Closed(self._tickets, why))

    def rules_changed(self, ruleset: RuleSet) -> None:
        self.feed(RulesChanged(ruleset))

    def feed(self, received: Input) -> None:
        now = self._process.world.now()
        if self._process.replayable:
            self._recorder.took(received, now, self._timing(received, now))
        for effect in self._machine.handle(received, now):
            if not self._process.dead:
                self._perform(effect)

    # --- what comes of it ---

    def _timing(self, received: Input, now: datetime) -> Timing:
        """As the driver of a live call has it: since when this was wanted, and which alarm should have rung before."""
        since = None
        match received:
            case AboutToSend(step):
                since = self._wanted_at.get(step)
            case Answered(step):
                since = self._wanted_at.pop(step, None)
            case Continued():
                since = self._deferred_at
        late = self._alarm is not None and self._alarm_at <= now
        return Timing(
            since, self._alarm_at if late and not isinstance(received, AboutToSend | Woken) else None
        )

    def _report(self, event: Event, known_by: str, report: Report | None) -> None:
        self._tickets += 1
        self.waiting[self._tickets] = report
        self.feed(Reported(self._tickets, event, known_by))

    def _perform(self, effect: Effect) -> None:
        process = self._process
        match effect:
            case Record(Sending() as entry):
                self._intend(entry)
            case Record(entry):
                if not process.may_die(f"{_name(entry)} is recorded"):
                    self._recorder.write(entry)
            case Send(step=step, request=request):
                self._wanted_at[step] = process.world.now()
                if self.closing and BY_NAME[request.verb].effect is not VerbEffect.RECORD:
                    self.problems.append(
                        f"{self.call_id}: {request.verb} was sent after the WebSocket's close"
                    )
                process.after(0.0, lambda: self._send(effect))
            case MaySend(step, allowed):
                self._may_send(step, allowed)
            case CallOff(step):
                if (called_off := self._sendings.get(step)) is not None:
                    called_off.call_off()
            case WakeAt(when):
                self._wake_at(when)
            case Defer():
                self._deferred_at = process.world.now()
                process.after(0.0, lambda: self.feed(Continued()))
            case Tell(ticket, outcome):
                self._tell(ticket, outcome)
            case Bug(where, error):
                self.problems.append(f"{self.call_id}: {where}: {type(error).__name__}: {error}")
            case Ran() | LeftOut():
                pass
            case _:
                assert_never(effect)

    def _wake_at(self, when: datetime | None) -> None:
        process = self._process
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if when is not None:
            seconds = max((when - process.world.now()).total_seconds(), _LEAST_WAIT)
            self._alarm, self._alarm_at = process.after(seconds, lambda: self._ring(when)), when

    def _ring(self, when: datetime) -> None:
        self._alarm = None
        self.feed(Woken(when))

    def _send(self, send: Send) -> None:
        sending = self._sendings[send.step] = Sender(
            self._process,
            send.request,
            self.credentials,
            (send.deadline - START).total_seconds(),
            look=lambda: self.feed(AboutToSend(send.step)),
            over=lambda receipt: self._answered(Answered(send.step, receipt)),
        )
        sending.begin()

    def _intend(self, entry: Sending) -> None:
        """The intent, on its way to the disk: what the machine says next waits for that."""
        process, name = self._process, f"{_name(entry)}/{entry.request.verb}"
        if not process.may_die(f"{name} is intended", ends=entry.request.ends):
            left = (entry.deadline - process.world.now()).total_seconds()
            self._writing = self._recorder.commit(entry, max(_LEAST_DISK, left))
            self._writing.send(None)
            self._intended = name

    def _may_send(self, step: int, allowed: bool) -> None:
        """Whether an attempt may leave; as soon as its intent is safe."""
        process, sending, writing = self._process, self._sendings[step], self._writing
        if writing is None:
            process.after(0.0, lambda: sending.looked(allowed))
            return
        sending.name, self._writing = self._intended, None

        def written() -> None:
            with suppress(StopIteration):
                writing.send(None)
            sending.looked(allowed)

        def not_written() -> None:
            try:
                writing.throw(JournalError("the journal's disk does not answer"))
            except JournalError as error:
                sending.give_up(not_sent(Reason.UNAVAILABLE, str(error)))

        takes = process.fates.of_write(self._intended)
        if takes is None:
            process.after(_LEAST_DISK, not_written)
        else:
            process.after(takes, written)

    def _answered(self, answered: Answered) -> None:
        del self._sendings[answered.step]
        self.feed(answered)

    def _tell(self, ticket: int | None, outcome: EventOutcome) -> None:
        if ticket is None:
            return
        if ticket not in self.waiting:
            self.problems.append(f"{self.call_id}: event {outcome.event_id} was told twice")
        elif (report := self.waiting.pop(ticket)) is not None:
            self.told.append((self._process.world.monotonic(), report))

    def _take_token(self, secret: SecretStr | None) -> bool:
        if secret is None:
            return False
        now, lifetime = self._process.world.monotonic(), self._process.setup.lifetime
        return self.credentials.renew(CallbackToken.received(self.call_id, secret, now, lifetime))


def _name(entry: Entry) -> str:
    """Names an entry, whatever else the story holds."""
    match entry:
        case Decided(event):
            return f"{_steady(event.event_id)} decided"
        case CapDue(event_id):
            return f"{_steady(event_id)} decided"
        case Sending(event_id, _, path) | Received(event_id, _, path) | NotSent(event_id, _, path):
            return f"{_steady(event_id)}/{path}"
        case Settled(outcome):
            return f"{_steady(outcome.event_id)} closed"
        case Ended():
            return "the end"
        case Note():
            return "a note"
        case _:
            assert_never(entry)


def _steady(event_id: str) -> str:
    """Without the moment that the event of a timer has in its name: that is another one in a shorter story."""
    return _MOMENT.sub("", event_id) if "@" in event_id else event_id
