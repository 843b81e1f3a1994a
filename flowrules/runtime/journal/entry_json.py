"""What a call's entries say, as JSON: what can be shown as it is, and what may quote somebody and is masked."""

from collections.abc import Callable, Mapping
from typing import Any

from flowrules.call.entries import CapDue, Decided
from flowrules.call.receipt import Receipt
from flowrules.call.request import VerbRequest
from flowrules.compiler.refs import RuleRef
from flowrules.engine.decision import Decision
from flowrules.engine.event import Source
from flowrules.engine.planning.plan import Plan, PlannedVerb, every_step
from flowrules.engine.planning.plan_json import plan_json
from flowrules.engine.planning.receipts import spoken
from flowrules.engine.spoken_length import spoken_seconds
from flowrules.engine.trace import facts_read, reasons
from flowrules.runtime.journal.masking import Cover, as_json

_SOURCES = {source: source.name.lower() for source in Source}
_TEXTS = frozenset({"body", "text", "value", "message"})
"""Members of a plan's JSON that may quote what somebody said."""


def decided_shown(entry: Decided) -> dict[str, Any]:
    event = entry.event
    return {
        "event": event.event_id,
        **({"identity": event.identity} if event.identity else {}),
        "turn": entry.state.turn,
        "source": _SOURCES[event.source],
        "timer": event.timer or None,
        "revision": entry.decision.revision,
        "rules": _rules(entry.plan),
    }


def decided_said(cover: Cover, keys: Mapping[str, Any], decision: Decision, plan: Plan) -> bytes:
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
            **_spoken(plan, cover),
        }
    )


def _spoken(plan: Plan, cover: Cover) -> dict[str, Any]:
    """How many seconds the platform needs for texts that are masked: a replay can't tell by what stands there."""
    seconds = {}
    for part in plan.parts:
        for step in every_step(part.steps):
            if isinstance(step, PlannedVerb) and (text := spoken(step.verb, step.body)) is not None:
                masked = cover.text(text)
                if masked != text:
                    seconds[masked] = spoken_seconds(text)
    return {"spoken": seconds} if seconds else {}


def cap_due_shown(cover: Cover | None, entry: CapDue) -> dict[str, Any]:
    plan = entry.plan
    parts = _parts(plan)
    return {
        "event": entry.event_id,
        "keys": {},
        "revision": plan.revision,
        "rules": _rules(plan),
        "plan": parts if cover is None else _where_texts_stand(parts, cover.any),
        "notes": plan.notes,
    }


def step_shown(event_id: str, rule: RuleRef, path: str, verb: str) -> dict[str, Any]:
    return {"event": event_id, "rule": rule.id, "path": path, "verb": verb}


def request_shown(event_id: str, rule: RuleRef, path: str, request: VerbRequest) -> bytes:
    by = {"by": "host"} if request.by_host else {}
    return as_json({**step_shown(event_id, rule, path, request.verb), "key": request.key, **by})


def fate_shown(receipt: Receipt) -> dict[str, Any]:
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
