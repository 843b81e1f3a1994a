"""A plan as JSON data, for the preview, the journal and other programs."""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from flowrules.compiler.refs import RuleRef
from flowrules.engine.event import Source
from flowrules.engine.planning.plan import (
    AdviseStep,
    Branch,
    FailedStep,
    Plan,
    PlannedStep,
    PlannedVerb,
    PlanPart,
    RememberStep,
    SilentStep,
    WaitStep,
    branch_for,
)

Json = dict[str, Any]


def plan_json(plan: Plan) -> Json:
    """The whole tree. A member that would be false, empty or null is left out, `value` of a `remember` aside."""
    return {
        "revision": plan.revision,
        "parts": [_part(part) for part in plan.parts],
        "notes": list(plan.notes),
    }


def requests(plan: Plan) -> list[Mapping[str, Any]]:
    """The exact bodies in sending order, where every step that can be sent is accepted.

    Failure branches are left out, except that of a step which has already failed while planning: its branch is
    what will run. They are copies: what a host writes into them changes no rule, which may hold the very body.
    """
    return [deepcopy(step.body) for part in plan.parts for step in _sent(part.steps)]


def _sent(steps: Iterable[PlannedStep]) -> Iterator[PlannedVerb]:
    for step in steps:
        match step:
            case PlannedVerb():
                yield step
            case FailedStep(reason=reason, branches=branches):
                if (branch := branch_for(branches, reason)) is not None:
                    yield from _sent(branch.steps)


def _part(part: PlanPart) -> Json:
    rule = part.rule
    return {
        "rule": _ref(rule),
        "outcome": part.outcome,
        **_given(urgent=part.urgent, rails=[{"at": at, "rail": _ref(rail)} for at, rail in part.rails]),
        "steps": [_step(step) for step in part.steps],
    }


def _ref(rule: RuleRef) -> Json:
    return {"id": rule.id, "label": rule.label, "file": rule.file, "line": rule.line}


def _step(step: PlannedStep) -> Json:
    match step:
        case PlannedVerb():
            cap = step.cap
            return {
                "step": "verb",
                "path": step.path,
                "verb": step.verb,
                "body": dict(step.body),
                "effect": step.effect.value,
                **_given(
                    wait_for_speech=step.wait_for_speech,
                    optional=step.optional,
                    best_effort=step.best_effort,
                    provisional=step.provisional,
                    closes_cap=step.closes_cap,
                    late=dict(step.late or {}),
                    keep_as=step.keep_as,
                    patience=step.patience,
                    cap=cap and {"seconds": cap.seconds, "verb": cap.verb, "body": dict(cap.body)},
                    note=step.note,
                    source=step.source.name.lower() if step.source > Source.HOST else "",
                    if_it_fails=_branches(step.branches),
                ),
            }
        case FailedStep():
            return {
                "step": "failed",
                "path": step.path,
                "verb": step.verb,
                "reason": step.reason,
                "message": step.message,
                **_given(optional=step.optional, if_it_fails=_branches(step.branches)),
            }
        case WaitStep(path, seconds):
            return {"step": "wait", "path": path, "seconds": seconds}
        case RememberStep(path, fact, None, provisional):
            return {"step": "forget", "path": path, "fact": fact, **_given(provisional=provisional)}
        case RememberStep(path, fact, value, provisional, source):
            said_by = source.name.lower() if source > Source.HOST else ""
            return {
                "step": "remember", "path": path, "fact": fact, "value": value,
                **_given(provisional=provisional, source=said_by),
            }  # fmt: skip
        case AdviseStep(path, text):
            return {"step": "advise", "path": path, "text": text}
        case SilentStep(path):
            return {"step": "stay silent", "path": path}


def _branches(branches: tuple[Branch, ...]) -> list[Json]:
    return [
        {
            **_given(reasons=list(branch.reasons)),
            "steps": [_step(step) for step in branch.steps],
            **_given(goes_on=branch.goes_on),
        }
        for branch in branches
    ]


def _given(**members: Any) -> Json:
    return {name: value for name, value in members.items() if value}
