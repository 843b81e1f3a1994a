"""One call's lane: what happens waits its turn, and one plan at a time is on its way.

While the lane is idle an event is decided at once, in the caller's own step; a task exists only while there is
something to carry out.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.engine.event import Event
from flowrules.engine.raised import call_ended
from flowrules.runtime.alarms import Alarm
from flowrules.runtime.call import LiveCall
from flowrules.runtime.caps import OpenCap
from flowrules.runtime.cleanup import swallow, undisturbed
from flowrules.runtime.conductor import Conductor, Decided
from flowrules.runtime.log import Log

_CLOSED = "the WebSocket is closed"
_CANCELLED = "its task was cancelled before it began"
_log = Log(__name__)


@dataclass(slots=True, eq=False)
class Job:
    """An event, or a cap that is due. `waiting` is None where nobody asked for it."""

    what: Event | OpenCap
    waiting: "asyncio.Future[EventOutcome] | None" = None


class Lane:
    """`on_outcome` is told of every outcome, those of timers and caps included."""

    __slots__ = ("_alarm", "_call", "_conductor", "_on_outcome", "_queue", "_urgent", "_worker", "closed")

    def __init__(
        self, call: LiveCall, conductor: Conductor, on_outcome: Callable[[EventOutcome], None]
    ) -> None:
        self._call = call
        self._conductor = conductor
        self._on_outcome = on_outcome
        self._urgent: list[Job] = []
        self._queue: list[Job] = []
        self._worker: asyncio.Task[None] | None = None
        self._alarm: Alarm | None = None
        self.closed = False
        """The WebSocket is gone: nothing is taken in any more."""

    @property
    def busy(self) -> bool:
        return self._worker is not None

    @property
    def ending_ahead(self) -> bool:
        """Whether the call is about to end, by what is under way or what waits behind it, as it looks now."""
        if self._worker is None or self._call.over or self.closed:
            return False
        waiting = (job.what for job in (*self._urgent, *self._queue) if isinstance(job.what, Event))
        try:
            return self._conductor.ends_ahead(waiting)
        except Exception:
            self._report_bug("event.broken")
            return False

    def report(self, job: Job, event: Event) -> None:
        """Take in an event that the host reports. An urgent rule may have it pass the others; a full queue refuses
        it."""
        house = self._call.house
        if self._is_over(job):
            return
        if self._worker is None:
            self._start(job)
            return
        waiting = self._urgent if self._preempts(event) else self._queue
        if len(waiting) >= house.settings.queue_size:
            house.counters.add("events_queue_full")
            _log.warning("event.queue_full", call=self._call.call_id)
            self._refuse(job, EventStatus.QUEUE_FULL, f"{house.settings.queue_size} events were waiting")
        else:
            waiting.append(job)

    def add(self, job: Job) -> None:
        """Take in what time has set off: it waits behind what was reported."""
        if self._is_over(job):
            return
        if self._worker is None:
            self._start(job)
        else:
            self._queue.append(job)

    async def close(self, why: str) -> EventOutcome:
        """Drop what waits, let what is on the wire come to its end, then decide on `call_ended`."""
        call, conductor = self._call, self._conductor
        self.closed = True
        if conductor.running is not None:
            conductor.running.stop(why, EventStatus.ENDED)
        self._disarm()
        self._flush()
        await self._worker_done()
        call.over = call.over or why
        job = Job(call_ended("#ended"))
        decided = self._take(job, records_only=True)
        if decided is None:
            return EventOutcome("#ended", EventStatus.BROKEN)
        outcome = await self._carry_out(decided)
        self._settle(job, outcome)
        return outcome

    def arm(self) -> None:
        """Wake up when the next timer is due. While a plan runs there is no need: its end looks at the timers."""
        if self._worker is not None or self.closed:
            return
        self._disarm()
        if self._call.over:
            self._call.caps.cancel_all()
            return
        seconds = self._conductor.seconds_to_timer()
        if seconds is not None:
            self._alarm = self._call.house.alarms.after(max(seconds, 0.001), self._timer_due)

    # --- inside ---

    def _start(self, job: Job) -> None:
        decided = self._take(job)
        if decided is None:
            return
        if not decided.takes_time:
            self._settle(job, _at_once(self._carry_out(decided)))
            self.arm()
            return
        self._disarm()
        self._worker = asyncio.create_task(self._play(job, decided), name=f"call {self._call.call_id}")
        self._worker.add_done_callback(partial(self._worker_ended, job, decided))

    async def _play(self, job: Job, decided: Decided) -> None:
        # What is to run in the share is made when the task begins: one that is cancelled before leaves nothing over.
        await self._call.house.share.run(self._work(job, decided))

    async def _work(self, job: Job | None, decided: Decided | None) -> None:
        """Play a job, then whatever waits, then whatever time has set off."""
        while job is not None:
            if decided is not None:
                self._settle(job, await self._carry_out(decided))
            job = self._next()
            decided = self._take(job) if job is not None else None
        self._worker = None
        self.arm()

    async def _worker_done(self) -> None:
        """Wait for what is on the wire, whoever cancels the waiting: it comes to an end by itself."""
        worker = self._worker
        if worker is not None:
            try:
                await undisturbed(worker)
            except asyncio.CancelledError:
                swallow()
            # Its callback may still be to come.
            self._worker = None

    def _worker_ended(self, job: Job, decided: Decided, worker: "asyncio.Task[None]") -> None:
        """A worker that was cancelled before it began has done nothing: its event gets an outcome all the same, and
        the lane goes on."""
        if not worker.cancelled():
            return
        self._worker = None
        if decided.run is not None:
            decided.run.abandon(_CANCELLED)
        self._conductor.running = None
        outcome = EventOutcome(decided.event_id, EventStatus.ENDED, notes=(_CANCELLED,))
        self._call.recorder.closed(outcome)
        self._settle(job, outcome)
        self.arm()

    def _next(self) -> Job | None:
        if self._call.over or self.closed:
            self._flush()
            return None
        if self._urgent:
            return self._urgent.pop(0)
        if self._queue:
            return self._queue.pop(0)
        try:
            event = self._conductor.due_timer()
        except Exception:
            self._report_bug("timer.broken")
            return None
        return None if event is None else Job(event)

    def _preempts(self, event: Event) -> bool:
        """Whether an urgent rule takes this event; then what is under way is dropped. A plan of that same rule is
        left alone."""
        try:
            rule = self._conductor.urgent_rule(event)
        except Exception:
            self._report_bug("event.broken")
            return False
        running = self._conductor.running
        if not rule or (running is not None and running.urgent_rule == rule):
            return False
        if running is not None:
            running.stop("an urgent rule took the call", EventStatus.PREEMPTED)
        return True

    def _take(self, job: Job, *, records_only: bool = False) -> Decided | None:
        try:
            if isinstance(job.what, OpenCap):
                if not self._call.caps.take(job.what):
                    return None
                return self._conductor.take_cap(job.what)
            return self._conductor.take(job.what, records_only=records_only)
        except Exception:
            self._report_bug("event.broken")
            self._refuse(job, EventStatus.BROKEN, "flowrules could not decide this event; please report it")
            return None

    async def _carry_out(self, decided: Decided) -> EventOutcome:
        try:
            return await self._conductor.carry_out(decided)
        except Exception:
            self._conductor.running = None
            self._report_bug("plan.broken")
            return EventOutcome(decided.event_id, EventStatus.BROKEN)

    def _report_bug(self, name: str) -> None:
        _log.exception(name, call=self._call.call_id)
        self._call.house.counters.add("plans_broken")

    def _settle(self, job: Job, outcome: EventOutcome) -> None:
        if job.waiting is not None and not job.waiting.done():
            job.waiting.set_result(outcome)
        self._on_outcome(outcome)
        self._call.ending.changed()

    def _refuse(self, job: Job, status: EventStatus, note: str) -> None:
        """An outcome for what was not decided."""
        if isinstance(job.what, Event):
            outcome = EventOutcome(job.what.event_id, status, notes=(note,))
            self._call.recorder.closed(outcome)
            self._settle(job, outcome)

    def _is_over(self, job: Job) -> bool:
        """Refuse what comes after the call's end."""
        if not self._call.over and not self.closed:
            return False
        self._call.house.counters.add("events_after_the_end")
        self._refuse(job, EventStatus.CALL_OVER, self._call.over or _CLOSED)
        return True

    def _flush(self) -> None:
        """The call is over: what still waits is not decided, and says so."""
        for waiting in (self._urgent, self._queue):
            while waiting:
                self._is_over(waiting.pop(0))

    def _timer_due(self) -> None:
        if self._worker is not None or self.closed or self._call.caps.ring_due():
            return
        event = self._conductor.due_timer()
        if event is None:
            self.arm()
        else:
            self.add(Job(event))

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


def _at_once(never_waits: Coroutine[Any, Any, EventOutcome]) -> EventOutcome:
    """Run a coroutine that has nothing to wait for, here and now."""
    try:
        never_waits.send(None)
    except StopIteration as done:
        outcome: EventOutcome = done.value
        return outcome
    raise RuntimeError("a plan without a verb has waited")
