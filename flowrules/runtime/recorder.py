"""What a call writes into the journal, entry by entry; without a journal, nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flowrules.compiler.refs import RuleRef
from flowrules.control.outcomes import Receipt
from flowrules.control.requests import VerbRequest
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.plan import Plan
from flowrules.engine.plan_json import plan_json
from flowrules.engine.state import CallState
from flowrules.engine.trace import facts_read, trace_lines
from flowrules.runtime.journal.masking import Cover
from flowrules.runtime.journal.writer import Journal
from flowrules.runtime.outcome import EventOutcome

_TEXTS = frozenset({"body", "text", "value", "message"})
"""Members of a plan's JSON that may quote what somebody said."""


class Recorder:
    """One call's pen. Values that may not be shown are masked with the cover of the event they belong to."""

    __slots__ = ("_call", "_cover", "_journal")

    def __init__(self, journal: Journal | None, call_id: str, session_start: datetime) -> None:
        self._journal = journal
        self._call = {"call": call_id, "session": session_start.isoformat()}
        self._cover: Cover | None = None

    @property
    def writes(self) -> bool:
        return self._journal is not None

    def opened(self, state: CallState, mode: str, revision: str) -> None:
        if self._journal is not None:
            cover = self._journal.masker.over(state.facts, state.sources)
            facts = {name: cover.fact(name, value) for name, value in state.facts.items()}
            self._journal.note("call", **self._call, mode=mode, revision=revision, facts=facts)

    def decided(self, event: Event, state: CallState, decision: Decision, plan: Plan) -> None:
        """Which rules took an event, what they looked at, and what is to come of it."""
        if self._journal is None:
            return
        sources = {**state.sources, **{key: event.source_of(key) for key in event.keys}}
        facts = {**state.facts, **event.keys}
        cover = self._cover = self._journal.masker.over(facts, sources)
        self._journal.note(
            "decided",
            **self._call,
            event=event.event_id,
            turn=state.turn,
            source=event.source.name.lower(),
            timer=event.timer or None,
            keys={name: cover.fact(name, value) for name, value in event.keys.items()},
            revision=decision.revision,
            rules=[{**_rule(part.rule), "outcome": part.outcome} for part in plan.parts],
            facts={name: cover.fact(name, value) for name, value in facts_read(decision).items()},
            trace=[[rule, verdict, cover.json(reason)] for rule, verdict, reason in _trace(decision)],
            plan=self._masked_plan(plan),
            notes=cover.json((*decision.notes, *plan.notes)),
        )

    def cap_due(self, event_id: str, plan: Plan) -> None:
        """A cap has run out: what is to close the pair."""
        if self._journal is not None:
            self._journal.note(
                "decided",
                **self._call,
                event=event_id,
                keys={},
                revision=plan.revision,
                rules=[{**_rule(part.rule), "outcome": part.outcome} for part in plan.parts],
                plan=self._masked_plan(plan),
                notes=list(plan.notes),
            )

    async def sending(self, event_id: str, rule: RuleRef, path: str, request: VerbRequest) -> None:
        """The intent: on record before the verb goes out. Raises JournalError."""
        if self._journal is not None:
            await self._journal.commit(
                "sending",
                **self._step(event_id, rule, path, request.verb),
                key=request.key,
                body=self._masked(request.body),
            )

    def receipt(
        self, event_id: str, rule: RuleRef, path: str, request: VerbRequest, receipt: Receipt
    ) -> None:
        """What became of an intent."""
        if self._journal is not None:
            self._journal.note(
                "receipt",
                **self._step(event_id, rule, path, request.verb),
                key=request.key,
                **self._fate(receipt),
            )

    def step(self, event_id: str, rule: RuleRef, path: str, verb: str, receipt: Receipt) -> None:
        """A planned step that was not sent."""
        if self._journal is not None:
            self._journal.note("step", **self._step(event_id, rule, path, verb), **self._fate(receipt))

    def closed(self, outcome: EventOutcome) -> None:
        if self._journal is not None:
            self._journal.note(
                "closed",
                **self._call,
                event=outcome.event_id,
                status=outcome.status.value,
                advise=self._masked(outcome.advise),
                notes=self._masked(outcome.notes) if not outcome.decision else [],
            )

    def ended(self, why: str) -> None:
        if self._journal is not None:
            self._journal.note("ended", **self._call, why=why)

    def note(self, message: str) -> None:
        """`message` must not quote what somebody said."""
        if self._journal is not None:
            self._journal.note("note", **self._call, message=message)

    def _step(self, event_id: str, rule: RuleRef, path: str, verb: str) -> dict[str, Any]:
        return {**self._call, "event": event_id, "rule": rule.id, "path": path, "verb": verb}

    def _fate(self, receipt: Receipt) -> dict[str, Any]:
        return {
            "status": receipt.status.value,
            "reason": receipt.reason,
            "http_status": receipt.http_status,
            "code": receipt.code or None,
            "message": self._masked(receipt.message) or None,
            "attempts": receipt.attempts,
            "may_have_acted": receipt.may_have_acted,
        }

    def _masked_plan(self, plan: Plan) -> Any:
        """The plan's parts. Masked is what it says, not how it is built: a caller who presses 1 hides no step 1, and
        a digest in a place where everybody can tell what stood there would give the digit away."""
        return _where_texts_stand(plan_json(plan)["parts"], self._masked)

    def _masked(self, value: Any) -> Any:
        return value if self._cover is None or not value else self._cover.json(value)


def _trace(decision: Decision) -> list[tuple[str, str, str]]:
    """Rule, verdict and reason of every rule that the decision looked at."""
    if decision.trace is None:
        return []
    return [
        (line.rule.id, line.verdict.value, line.reason) for line in trace_lines(decision, everything=False)
    ]


def _where_texts_stand(value: Any, mask: Callable[[Any], Any]) -> Any:
    """A plan's JSON with `mask` laid over its bodies and texts."""
    match value:
        case list():
            return [_where_texts_stand(item, mask) for item in value]
        case dict():
            return {
                name: mask(inner) if name in _TEXTS else _where_texts_stand(inner, mask)
                for name, inner in value.items()
            }
    return value


def _rule(rule: RuleRef) -> Mapping[str, Any]:
    return {"id": rule.id, "label": rule.label, "file": rule.file, "line": rule.line}
