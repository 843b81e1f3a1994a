"""Spans of events, for OpenTelemetry: an event with its plan, its verbs and what it raised as children.

What happened is noted while the call runs, which costs next to nothing there. A thread makes spans of it afterwards,
with the times of then, through the host's own tracer, so that its sampler and its processors hold. Attributes that the
semantic conventions name are called so (`error.type`, `http.response.status_code`, `http.request.resend_count`,
`server.address`); there are none for rules, so the others begin with `flowrules.`.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context, get_current
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from flowrules.call.receipt import Status as Fate
from flowrules.redaction import redact
from flowrules.runtime.log import Log
from flowrules.telemetry.noted import EventSpan, VerbSpan

MOST_WAITING = 20_000
"""Events that may wait for their spans; what comes then has none, and is counted."""
EVERY = 0.2
"""Seconds between two looks for new ones."""
AT_A_TIME = 200_000
"""Nanoseconds for which the thread works until the event loop has its turn: each change of threads costs both of them
as much as a span does, and the loop may wait for one."""
_log = Log(__name__)


class Spans:
    """`tracer` makes them; `on_dropped` is told of each event that has none since too many wait. `beside` is a step of
    other work for the same thread: whether there was any."""

    def __init__(
        self,
        tracer: trace.Tracer,
        server: str,
        on_dropped: Callable[[], None],
        beside: Callable[[], bool] = lambda: False,
    ) -> None:
        self._tracer, self._server, self._on_dropped = tracer, server, on_dropped
        self._beside = beside
        self._waiting: deque[EventSpan] = deque()
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flowrules-spans", daemon=True)

    def start(self) -> None:
        self._thread.start()

    current = staticmethod(get_current)
    """The context in which an event is reported. The span in it is looked up in the thread."""

    def put(self, span: EventSpan) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._on_dropped()
        else:
            self._waiting.append(span)

    def stop(self, seconds: float) -> None:
        """Make what waits, for so long at most."""
        self._leaving.set()
        self._thread.join(seconds)

    # --- in the thread ---

    def _run(self) -> None:
        while True:
            leaving = self._leaving.wait(EVERY)
            try:
                self._work()
            except Exception:  # The host's tracer may raise anything; the next ones are made all the same.
                _log.exception("telemetry.broken")
            if leaving:
                return

    def _work(self) -> None:
        """Do all that there is."""
        until = time.perf_counter_ns() + AT_A_TIME
        while self._waiting or self._beside():
            if self._waiting:
                self._make(self._waiting.popleft(), None)
            if time.perf_counter_ns() >= until:
                time.sleep(0)
                until = time.perf_counter_ns() + AT_A_TIME

    def _make(self, event: EventSpan, parent: Any) -> None:
        within = None if event.within is None else _span_in(event.within)
        if parent is None and within is not None:
            parent = trace.set_span_in_context(trace.NonRecordingSpan(within))
        span = self._tracer.start_span(
            "flowrules.event",
            context=parent,
            attributes=_told_of(event),
            links=[] if within is None else [Link(within)],
            start_time=event.began,
        )
        # Where the sampler has left the event out, nothing inside of it is made.
        if span.is_recording():
            inside = trace.set_span_in_context(span)
            if event.planned is not None:
                began, took = event.planned
                attributes: dict[str, Any] = {
                    "flowrules.revision": event.revision,
                    "flowrules.plan.verbs": len(event.verbs),
                }
                self._tracer.start_span(
                    "flowrules.plan", context=inside, attributes=attributes, start_time=began
                ).end(began + took)
            for verb in event.verbs:
                self._make_verb(verb, inside)
            for raised in event.raised:
                self._make(raised, inside)
            if event.status in ("failed", "broken", "queue full"):
                span.set_status(Status(StatusCode.ERROR, event.status))
        span.end(event.ended)

    def _make_verb(self, verb: VerbSpan, parent: Any) -> None:
        receipt = verb.receipt
        attributes: dict[str, Any] = {
            "flowrules.verb": verb.verb,
            "flowrules.rule": verb.rule,
            "flowrules.step": verb.path,
            "flowrules.verb.status": receipt.status.value,
        }
        if receipt.attempts and self._server:
            attributes["server.address"] = self._server
        if receipt.attempts > 1:
            attributes["http.request.resend_count"] = receipt.attempts - 1
        if receipt.http_status is not None:
            attributes["http.response.status_code"] = receipt.http_status
        if receipt.reason is not None:
            attributes["error.type"] = receipt.reason.value
        kind = SpanKind.CLIENT if receipt.attempts else SpanKind.INTERNAL
        span = self._tracer.start_span(
            f"flowrules.verb {verb.verb}",
            context=parent,
            kind=kind,
            attributes=attributes,
            start_time=verb.began,
        )
        if receipt.status in (Fate.REFUSED, Fate.UNKNOWN) and span.is_recording():
            span.set_status(Status(StatusCode.ERROR, receipt.reason.value if receipt.reason else ""))
        span.end(verb.ended)


def _span_in(context: Context) -> trace.SpanContext | None:
    found = trace.get_current_span(context).get_span_context()
    return found if found.is_valid else None


def _told_of(event: EventSpan) -> dict[str, Any]:
    told: dict[str, Any] = {
        "flowrules.call": redact(event.call_id),
        "flowrules.event": redact(event.event_id),
        "flowrules.event.status": event.status,
        "flowrules.revision": event.revision,
    }
    if event.rules:
        told["flowrules.rule"] = event.rules[-1][0]
        told["flowrules.rule.outcome"] = event.rules[-1][1]
        if len(event.rules) > 1:
            told["flowrules.rules"] = tuple(rule for rule, _ in event.rules)
    return told
