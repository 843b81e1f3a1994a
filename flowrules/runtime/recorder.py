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
from flowrules.engine.trace import facts_read, reasons
from flowrules.runtime.journal.masking import Cover, as_json
from flowrules.runtime.journal.writer import Journal
from flowrules.runtime.outcome import EventOutcome

_TEXTS = frozenset({"body", "text", "value", "message"})
"""Members of a plan's JSON that may quote what somebody said."""


class Recorder:
    """One call's pen. An entry is the call's name, then what can be shown as it is, then what may quote somebody:
    that is masked with the cover of the event it belongs to."""

    __slots__ = ("_call", "_cover", "_journal")

    def __init__(self, journal: Journal | None, call_id: str, session_start: datetime) -> None:
        self._journal = journal
        self._call = b""
        self._cover: Cover | None = None
        if journal is not None:
            self._call = as_json({"call": call_id, "session": session_start.isoformat()})

    @property
    def writes(self) -> bool:
        return self._journal is not None

    def opened(self, state: CallState, mode: str, revision: str) -> None:
        if self._journal is not None:
            cover = self._journal.masker.over(state.facts, state.sources)
            facts = {name: cover.fact(name, value) for name, value in state.facts.items()}
            self._note("call", {"mode": mode, "revision": revision, "facts": facts})

    def decided(self, event: Event, state: CallState, decision: Decision, plan: Plan) -> None:
        """Which rules took an event, what they looked at, and what is to come of it."""
        if self._journal is None:
            return
        self._cover = cover = self._journal.masker.over(state.facts, state.sources, event)
        self._note(
            "decided",
            {
                "event": event.event_id,
                "turn": state.turn,
                "source": event.source.name.lower(),
                "timer": event.timer or None,
                "revision": decision.revision,
                "rules": _rules(plan),
            },
            _decided(cover, event.keys, decision, plan),
        )

    def cap_due(self, event_id: str, plan: Plan) -> None:
        """A cap has run out: what is to close the pair."""
        if self._journal is not None:
            parts = plan_json(plan)["parts"]
            self._note(
                "decided",
                {
                    "event": event_id,
                    "keys": {},
                    "revision": plan.revision,
                    "rules": _rules(plan),
                    "plan": parts if self._cover is None else _where_texts_stand(parts, self._cover.any),
                    "notes": plan.notes,
                },
            )

    async def sending(self, event_id: str, rule: RuleRef, path: str, request: VerbRequest) -> None:
        """The intent: on record before the verb goes out. Raises JournalError."""
        if self._journal is not None:
            step = _step(event_id, rule, path, request.verb)
            await self._journal.commit_json(
                "sending",
                self._call,
                as_json({**step, "key": request.key}),
                self._masked({"body": request.body}),
            )

    def receipt(
        self, event_id: str, rule: RuleRef, path: str, request: VerbRequest, receipt: Receipt
    ) -> None:
        """What became of an intent."""
        if self._journal is not None:
            step = _step(event_id, rule, path, request.verb)
            self._note("receipt", {**step, "key": request.key, **_fate(receipt)}, self._message(receipt))

    def step(self, event_id: str, rule: RuleRef, path: str, verb: str, receipt: Receipt) -> None:
        """A planned step that was not sent."""
        if self._journal is not None:
            step = _step(event_id, rule, path, verb)
            self._note("step", {**step, **_fate(receipt)}, self._message(receipt))

    def closed(self, outcome: EventOutcome) -> None:
        if self._journal is not None:
            quotes = {"advise": outcome.advise, "notes": () if outcome.decision else outcome.notes}
            self._note(
                "closed",
                {"event": outcome.event_id, "status": outcome.status.value},
                self._masked(quotes),
            )

    def ended(self, why: str) -> None:
        if self._journal is not None:
            self._note("ended", {"why": why})

    def note(self, message: str) -> None:
        """`message` must not quote what somebody said."""
        if self._journal is not None:
            self._note("note", {"message": message})

    def _note(self, kind: str, shown: Mapping[str, Any], quoting: bytes = b"") -> None:
        assert self._journal is not None
        self._journal.note_json(kind, self._call, as_json(shown), quoting)

    def _message(self, receipt: Receipt) -> bytes:
        return self._masked({"message": receipt.message or None})

    def _masked(self, quotes: Mapping[str, Any]) -> bytes:
        return as_json(quotes) if self._cover is None else self._cover.json(quotes)


def _decided(cover: Cover, keys: Mapping[str, Any], decision: Decision, plan: Plan) -> bytes:
    """What of a decision may quote somebody. Masked in the plan is what it says, not how it is built: a caller who
    presses 1 hides no step 1, and a digest in a place where everybody can tell what stood there would give the digit
    away."""
    facts, trace = facts_read(decision), reasons(decision)
    parts, notes = plan_json(plan)["parts"], (*decision.notes, *plan.notes)
    data = as_json(
        {
            "keys": cover.named(keys),
            "facts": cover.named(facts),
            "trace": trace,
            "plan": parts,
            "notes": notes,
        }
    )
    if cover.clears(data):
        return data
    return as_json(
        {
            "keys": {name: cover.fact(name, value) for name, value in keys.items()},
            "facts": {name: cover.fact(name, value) for name, value in facts.items()},
            "trace": [(rule, verdict, cover.any(reason)) for rule, verdict, reason in trace],
            "plan": _where_texts_stand(parts, cover.any),
            "notes": cover.any(notes),
        }
    )


def _step(event_id: str, rule: RuleRef, path: str, verb: str) -> dict[str, Any]:
    return {"event": event_id, "rule": rule.id, "path": path, "verb": verb}


def _fate(receipt: Receipt) -> dict[str, Any]:
    return {
        "status": receipt.status.value,
        "reason": receipt.reason,
        "http_status": receipt.http_status,
        "code": receipt.code or None,
        "attempts": receipt.attempts,
        "may_have_acted": receipt.may_have_acted,
    }


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


def _rules(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            "id": part.rule.id,
            "label": part.rule.label,
            "file": part.rule.file,
            "line": part.rule.line,
            "outcome": part.outcome,
        }
        for part in plan.parts
    ]
