"""Drives the machine of one live call: performs its effects in order, and tells it what came of them.

While nothing is under way an event is decided in the caller's own step; a task exists only while there is something to
send, or a piece of work that may wait a moment.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import assert_never

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
from flowrules.call.entries import Entry, Received, Sending, Settled
from flowrules.call.inputs import (
    AboutToSend,
    Answered,
    Continued,
    Failed,
    Input,
    RulesChanged,
    Stopped,
    Woken,
)
from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.receipt import Reason, Receipt, dropped, no_answer, not_sent
from flowrules.call.said import Said, said_in
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.clock import yield_to_loop
from flowrules.control.errors import WrongCall
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.counters import count
from flowrules.runtime.engine_context import EngineContext
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.input_json import IN_TIME, Timing
from flowrules.runtime.log import Log
from flowrules.runtime.loop.timer_scheduler import TimerHandle
from flowrules.runtime.sending.cleanup import swallow
from flowrules.runtime.sending.senders import Sender

_CANCELLED = "its task was cancelled"
_SHUT_DOWN = "the program is shutting down: its tasks were cancelled"
_LEAST_DISK = 1.0
"""Seconds that the journal's disk has, however little of the verb's time is left: most need some milliseconds."""
_LEAST_WAIT = 0.001
"""Seconds until the call is woken again, at least: the loop goes round meanwhile."""
_UNSENT = "flowrules failed before it went out"
_ALWAYS = (Bug, CallOff, Defer, Tell, WakeAt)
"""What is done even after a failure: none of it sends anything, and the call would wait for it for ever."""
_log = Log(__name__)


class Driver:
    """`feed` takes an input in, at any moment of the event loop. `on_tell` is told of every outcome: the ticket of
    whoever reported the event, or None, and the outcome. `on_said` is told of every sentence of the rules that was
    accepted. `rules` gives those that are live."""

    __slots__ = (
        "_alarm",
        "_alarm_at",
        "_began",
        "_called_off",
        "_changed",
        "_context",
        "_deferred",
        "_deferred_at",
        "_on_said",
        "_on_tell",
        "_performed_at",
        "_performing",
        "_recorder",
        "_rules",
        "_send",
        "_sender",
        "_started_at",
        "_to_perform",
        "_wanted_at",
        "_worker",
        "machine",
    )  # fmt: skip

    def __init__(
        self,
        machine: CallMachine,
        rules: Callable[[], RuleSet],
        sender: Sender,
        recorder: Recorder,
        context: EngineContext,
        on_tell: Callable[[int | None, EventOutcome], None],
        on_said: Callable[[Said], None],
    ) -> None:
        self.machine = machine
        self._rules = rules
        self._sender = sender
        self._recorder = recorder
        self._context = context
        self._on_tell = on_tell
        self._on_said = on_said
        self._started_at = machine.state.started_at
        self._began = context.clock.monotonic()
        """When the call was taken over (the clock's `monotonic`)."""
        self._alarm: TimerHandle | None = None
        self._alarm_at = self._performed_at = self._wanted_at = self._deferred_at = self._started_at
        """For when the alarm is set; of which moment the effects are that are performed; when the last request was
        wanted, and when the call was last put off."""
        self._worker: asyncio.Task[None] | None = None
        self._deferred = False
        """The call waits for Continued."""
        self._send: Send | None = None
        """A request that is about to be sent."""
        self._called_off: asyncio.Event | None = None
        """Set where the request that is under way is called off."""
        self._changed: asyncio.Event | None = None
        self._to_perform: deque[tuple[Input, datetime, tuple[Effect, ...]]] = deque()
        """What came in, when, and what the call wants done about it."""
        self._performing = False

    def now(self) -> datetime:
        """The time in this call: by the clock at its start, and from there on evenly. Whoever sets the machine's clock
        in mid-call sets off no timer of it."""
        return self._started_at + timedelta(0, self._context.clock.monotonic() - self._began)

    def feed(self, received: Input) -> None:
        """What comes of it is done in the order in which the call wanted it. A listener that is told of an outcome may
        feed in something else: that has its turn when what was wanted before is done."""
        machine, to_perform = self.machine, self._to_perform
        if (ruleset := self._rules()) is not machine.ruleset and not isinstance(received, RulesChanged):
            self.feed(RulesChanged(ruleset))
        now = self.now()
        to_perform.append((received, now, machine.handle(received, now)))
        if not self._performing:
            self._performing = True
            try:
                while to_perform:
                    received, now, effects = to_perform.popleft()
                    self._note(received, now)
                    self._performed_at = now
                    self._perform_all(effects)
            finally:
                self._performing = False
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    def tell_to(
        self, on_tell: Callable[[int | None, EventOutcome], None], on_said: Callable[[Said], None]
    ) -> None:
        """Others are told from now on."""
        self._on_tell, self._on_said = on_tell, on_said

    def refresh(self) -> None:
        """Let the call know of the rules that are live."""
        if self._rules() is not self.machine.ruleset:
            self.feed(RulesChanged(self._rules()))

    def ending_ahead(self) -> bool:
        """Whether the call is about to end, as it looks now."""
        try:
            self.refresh()
            return self.machine.ending_ahead()
        except Exception as error:
            self._report_bug("event.broken", error)
            return False

    async def change(self) -> None:
        """Wait until something has happened to the call."""
        self._changed = self._changed or asyncio.Event()
        await self._changed.wait()

    # --- effects ---

    def _note(self, received: Input, now: datetime) -> None:
        """What has happened is on record beside what came of it."""
        try:
            self._recorder.took(received, now, self._timing(received, now))
        except Exception as error:
            self._report_bug("input.broken", error)

    def _timing(self, received: Input, now: datetime) -> Timing:
        """How long the program has taken for what comes now, and whether it is late with something else."""
        since = None
        if isinstance(received, AboutToSend | Answered):
            since = self._wanted_at
        elif isinstance(received, Continued):
            since = self._deferred_at
        overdue = None
        if (
            self._alarm is not None
            and self._alarm_at <= now
            and not isinstance(received, AboutToSend | Woken)
        ):
            overdue = self._alarm_at
        return IN_TIME if since is None and overdue is None else Timing(since, overdue)

    def _perform_all(self, effects: tuple[Effect, ...]) -> None:
        """Where one can't be performed, what comes after it is not sent either: it would be on no record. Whoever waits
        for an outcome gets one all the same."""
        failed, unsent = False, None
        for effect in effects:
            if not failed or isinstance(effect, _ALWAYS):
                try:
                    self._perform(effect)
                    continue
                except Exception as error:
                    failed = True
                    self._report_bug("effect.broken", error)
            if isinstance(effect, Send):
                self._send, unsent = None, effect
        if unsent is not None:
            self.feed(Answered(unsent.step, not_sent(Reason.UNAVAILABLE, _UNSENT), broken=True))
        elif failed:
            self.feed(Failed())

    def _report_bug(self, where: str, error: Exception) -> None:
        self._context.counters.add("plans_broken")
        _log.failure(where, error, call=self.machine.state.call_id)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Record(entry):
                self._write(entry)
            case Tell(ticket, outcome):
                self._on_tell(ticket, outcome)
            case WakeAt(when):
                self._wake_at(when)
            case Defer():
                self._deferred, self._deferred_at = True, self._performed_at
                self._have_worker()
            case Send():
                self._send, self._called_off = effect, asyncio.Event()
                self._wanted_at = self._performed_at
                self._have_worker()
            case CallOff():
                if self._called_off is not None:
                    self._called_off.set()
            case LeftOut(facts, first):
                self._context.counters.add("facts_not_kept", facts)
                if first:
                    _log.warning("facts.not_kept", call=self.machine.state.call_id)
            case Bug(where, error):
                self._report_bug(where, error)
            case Ran() | MaySend():
                pass  # The answer to the question of a request that is no longer under way.
            case _:
                assert_never(effect)

    def _write(self, entry: Entry) -> None:
        if not isinstance(entry, Sending):  # Who sends commits that.
            self._recorder.write(entry)
        count(self._context.counters, entry)
        if isinstance(entry, Received):
            said = said_in(entry.event_id, entry.rule, entry.request, entry.receipt)
            if said is not None:
                self._on_said(said)
        if isinstance(entry, Settled) and (
            entry.outcome.rules or entry.outcome.status is EventStatus.QUEUE_FULL
        ):
            self._log_outcome(entry.outcome)

    def _wake_at(self, when: datetime | None) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if when is not None:
            seconds = max((when - self.now()).total_seconds(), _LEAST_WAIT)
            self._alarm_at = when
            self._alarm = self._context.scheduler.after(seconds, lambda: self.feed(Woken(when)))

    def _log_outcome(self, outcome: EventOutcome) -> None:
        if outcome.status is EventStatus.QUEUE_FULL:
            _log.warning("event.queue_full", call=self.machine.state.call_id)
        if outcome.matched and _log.tells:
            _log.info(
                "event.decided",
                call=self.machine.state.call_id,
                event_id=outcome.event_id,
                rules=[rule.label for rule, _ in outcome.rules],
                status=outcome.status.value,
                steps=[str(step) for step in outcome.steps],
                revision=outcome.revision,
            )

    # --- the worker ---

    def _have_worker(self) -> None:
        if self._worker is None:
            call_id = self.machine.state.call_id
            self._worker = asyncio.create_task(self._work_in_share(), name=f"call {call_id}")
            self._worker.add_done_callback(self._worker_ended)

    async def _work_in_share(self) -> None:
        # What runs in the share is made when the task begins: one that is cancelled before leaves nothing over.
        await self._context.loop_budget.run(self._work())

    async def _work(self) -> None:
        """Send what is to be sent, and go on with what was put off, until there is nothing of it."""
        while True:
            if self._deferred:
                self._deferred = False
                self.feed(Continued())
                if self._deferred:
                    await self._give_way()
            elif (send := self._send) is not None:
                self._send = None
                self.feed(Answered(send.step, *await self._deliver(send)))
            else:
                self._worker = None
                return

    async def _give_way(self) -> None:
        try:
            await yield_to_loop()
        except asyncio.CancelledError:
            self._stop()

    def _stop(self) -> None:
        """Whoever ends all tasks has cancelled this one. Nothing of the plan is sent any more; records after the close
        go on, for there is nobody else to send them."""
        swallow()
        self.feed(Stopped(_SHUT_DOWN))

    def _worker_ended(self, worker: "asyncio.Task[None]") -> None:
        """One that was cancelled before it began has done nothing: another takes its place. So it is with one that has
        failed: nobody would be left to go on with the call."""
        error = None if worker.cancelled() else worker.exception()
        if self._worker is not worker:
            return
        self._worker = None
        if isinstance(error, Exception):
            self._report_bug("plan.broken", error)
            self.feed(Failed())
        elif worker.cancelled():
            self.feed(Stopped(_SHUT_DOWN))
        if self._deferred or self._send is not None:
            self._have_worker()

    # --- sending ---

    async def _deliver(self, send: Send) -> tuple[Receipt, bool]:
        """Send a request; what became of it, and whether something of ours has failed on the way."""
        called_off = self._called_off
        assert called_off is not None
        left = False

        async def before() -> bool:
            nonlocal left
            left = await self._may_send(send) and not called_off.is_set()
            return left

        until = self._began + (send.deadline - self._started_at).total_seconds()
        try:
            while True:
                try:
                    receipt = await self._sender.send(
                        send.request, until=until, before=before, called_off=called_off
                    )
                    return receipt, False
                except asyncio.CancelledError:
                    if left or not self.machine.records_only:
                        raise
                    swallow()  # It has not left: it is sent all the same.
        except JournalError as error:
            return not_sent(Reason.UNAVAILABLE, str(error)), False
        except WrongCall as error:
            return not_sent(Reason.UNAUTHORISED, str(error)), False
        except asyncio.CancelledError:
            # The request is lost to us. If it was under way nobody knows what became of it; that is an outcome, too.
            self._stop()
            lost = left and self._sender.live
            return no_answer(_CANCELLED, 1) if lost else dropped(_CANCELLED), False
        except Exception as error:
            self._report_bug("plan.broken", error)
            if left and self._sender.live:
                return no_answer("flowrules failed on the way", 1), True
            return not_sent(Reason.UNAVAILABLE, _UNSENT), True

    async def _may_send(self, send: Send) -> bool:
        """Ask whether an attempt may leave, and have the intent on record before it does. Raises JournalError."""
        self.refresh()
        asked, now = AboutToSend(send.step), self.now()
        self._note(asked, now)
        allowed, intent, others = False, None, []
        for effect in self.machine.handle(asked, now):
            if isinstance(effect, MaySend):
                allowed = effect.allowed
            elif isinstance(effect, Record) and isinstance(effect.entry, Sending):
                intent = effect.entry
            else:
                others.append(effect)
        self._perform_all(tuple(others))
        if intent is not None:
            left = (intent.deadline - self.now()).total_seconds()
            await self._recorder.commit(intent, max(_LEAST_DISK, left))
        return allowed
