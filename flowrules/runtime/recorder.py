"""What a call writes into the journal, entry by entry; without a journal, nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flowrules.call.outcome import EventOutcome
from flowrules.call.receipt import Receipt
from flowrules.call.request import VerbRequest
from flowrules.compiler.refs import RuleRef
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event, Source
from flowrules.engine.plan import Plan
from flowrules.engine.plan_json import plan_json
from flowrules.engine.state import CallState
from flowrules.engine.trace import facts_read, reasons
from flowrules.runtime.journal.masking import Cover, as_json
from flowrules.runtime.journal.open_calls import TELL_WHAT_IS_OPEN
from flowrules.runtime.journal.writer import Journal

_NO_MESSAGE = as_json({"message": None})
_NOTHING_SAID = as_json({"advise": (), "notes": ()})
"""What most verbs' outcomes say, and most events'."""
_SOURCES = {source: source.name.lower() for source in Source}
_TEXTS = frozenset({"body", "text", "value", "message"})
"""Members of a plan's JSON that may quote what somebody said."""


class Recorder:
    """One call's pen. An entry is the call's name, then what can be shown as it is, then what may quote somebody:
    that is masked with the cover of the event it belongs to."""

    __slots__ = ("_call", "_cover", "_intent", "_journal", "_names")

    def __init__(self, journal: Journal | None, call_id: str, session_start: datetime) -> None:
        self._journal = journal
        self._call = b""
        self._names = {"call": call_id, "session": session_start.isoformat()}
        self._cover: Cover | None = None
        self._intent: tuple[VerbRequest, bytes] | None = None
        """What the last intent was about, as its receipt will say again."""
        if journal is not None:
            self._call = as_json(self._names)

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
                **({"identity": event.identity} if event.identity else {}),
                "turn": state.turn,
                "source": _SOURCES[event.source],
                "timer": event.timer or None,
                "revision": decision.revision,
                "rules": _rules(plan),
            },
            _decided(cover, event.keys, decision, plan),
        )

    def cap_due(self, event_id: str, plan: Plan) -> None:
        """A cap has run out: what is to close the pair."""
        if self._journal is not None:
            parts = _parts(plan)
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

    async def sending(
        self, event_id: str, rule: RuleRef, path: str, request: VerbRequest, at_most: float
    ) -> None:
        """The intent: on record before the verb goes out, in so many seconds. Raises JournalError."""
        if self._journal is not None:
            step = _request(event_id, rule, path, request)
            self._intent = request, step
            await self._journal.commit_json(
                "sending",
                self._call,
                step,
                self._masked({"body": request.body}),
                about=self._about(event_id, rule, path, request),
                at_most=at_most,
            )

    def receipt(
        self, event_id: str, rule: RuleRef, path: str, request: VerbRequest, receipt: Receipt
    ) -> None:
        """What became of an intent."""
        if self._journal is not None:
            intent, step = self._intent or (None, b"")
            self._intent = None
            if intent is not request:
                step = _request(event_id, rule, path, request)
            fate = _fate(receipt)
            self._journal.note_json(
                "receipt",
                self._call,
                step,
                as_json(fate),
                self._message(receipt),
                about={**self._about(event_id, rule, path, request), "status": fate["status"]},
            )

    def step(self, event_id: str, rule: RuleRef, path: str, verb: str, receipt: Receipt) -> None:
        """A planned step that was not sent."""
        if self._journal is not None:
            step = _step(event_id, rule, path, verb)
            self._note("step", {**step, **_fate(receipt)}, self._message(receipt))

    def closed(self, outcome: EventOutcome) -> None:
        if self._journal is not None:
            notes = () if outcome.decision else outcome.notes
            said = _NOTHING_SAID
            if outcome.advise or notes:
                said = self._masked({"advise": outcome.advise, "notes": notes})
            self._note(
                "closed",
                {"event": outcome.event_id, "status": outcome.status.value},
                said,
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
        about = {**self._names, **shown} if kind in TELL_WHAT_IS_OPEN else shown
        self._journal.note_json(kind, self._call, as_json(shown), quoting, about=about)

    def _about(self, event_id: str, rule: RuleRef, path: str, request: VerbRequest) -> dict[str, Any]:
        """What tells an intent from others."""
        return {**self._names, **_step(event_id, rule, path, request.verb), "key": request.key}

    def _message(self, receipt: Receipt) -> bytes:
        return self._masked({"message": receipt.message}) if receipt.message else _NO_MESSAGE

    def _masked(self, quotes: Mapping[str, Any]) -> bytes:
        return as_json(quotes) if self._cover is None else self._cover.json(quotes)


def _decided(cover: Cover, keys: Mapping[str, Any], decision: Decision, plan: Plan) -> bytes:
    """What of a decision may quote somebody. Masked in the plan is what it says, not how it is built: a caller who
    presses 1 hides no step 1, and a digest in a place where everybody can tell what stood there would give the digit
    away."""
    facts, trace = facts_read(decision), reasons(decision)
    notes = (*decision.notes, *plan.notes)
    shown = as_json({"keys": cover.named(keys), "facts": cover.named(facts), "trace": trace})
    said = as_json({"notes": notes}) if notes else b'{"notes":[]}'
    data = b",".join((shown[:-1], _written(plan)[1:-1], said[1:]))
    if cover.clears(data):
        return data
    return as_json(
        {
            "keys": {name: cover.fact(name, value) for name, value in keys.items()},
            "facts": {name: cover.fact(name, value) for name, value in facts.items()},
            "trace": [(rule, verdict, cover.any(reason)) for rule, verdict, reason in trace],
            "plan": _where_texts_stand(_parts(plan), cover.any),
            "notes": cover.any(notes),
        }
    )


def _step(event_id: str, rule: RuleRef, path: str, verb: str) -> dict[str, Any]:
    return {"event": event_id, "rule": rule.id, "path": path, "verb": verb}


def _request(event_id: str, rule: RuleRef, path: str, request: VerbRequest) -> bytes:
    return as_json({**_step(event_id, rule, path, request.verb), "key": request.key})


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


def _written(plan: Plan) -> bytes:
    """A plan as it stands in an entry."""
    if plan.kept is None:
        return as_json({"plan": _parts(plan)})
    written = plan.kept.get("journal")
    if written is None:
        written = plan.kept["journal"] = as_json({"plan": _parts(plan)})
    return written


def _parts(plan: Plan) -> list[Any]:
    parts: list[Any] = plan_json(plan)["parts"]
    return parts


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
