"""What an event leads to, and why, in lines for people."""

import json as jsonlib
from collections.abc import Iterator
from typing import Any, assert_never

from flowrules.compiler.explain import shown as shown_value
from flowrules.engine.planning.plan import (
    AdviseStep,
    FailedStep,
    PlannedStep,
    PlannedVerb,
    RememberStep,
    SilentStep,
    WaitStep,
)
from flowrules.engine.planning.rail_lines import rail_lines
from flowrules.engine.preview import Preview
from flowrules.engine.promised import promise_notes
from flowrules.engine.trace import otherwise_because, trace_lines
from flowrules.language.printer.words import duration

_PROVISIONAL = "counts only if the ending comes"
"""Of what a provisional record tells the call."""


def why_lines(shown: Preview) -> Iterator[str]:
    """A line a rule, in the order of the files, then the guard rails with a name, and what guard rails and sources
    stopped."""
    for line in trace_lines(shown.decision):
        yield f"{line.rule.file}:{line.rule.line}  {line.rule.label}"
        yield f"    {line.reason}"
    assert shown.decision.trace is not None
    for rail in rail_lines(shown.decision.trace.ruleset, shown.plan):
        yield f"{rail.rail.file}:{rail.rail.line}  {rail.rail.label}"
        yield f"    {rail.reason}"
    for part in shown.plan.parts:
        for step in part.steps:
            if isinstance(step, FailedStep):
                yield f"{step.verb} is not sent ({step.reason}): {step.message}"
    for note in shown.notes:
        yield f"note: {note}"
    yield from promise_notes(shown.decision, shown.plan)


def preview_lines(shown: Preview) -> Iterator[str]:
    """The preview for people."""
    if not shown.plan.parts:
        yield "No rule takes this event: nothing is sent. (`flowrules why` says why not.)"
    for part in shown.plan.parts:
        rule = part.rule
        took = "takes the event" if rule == shown.matched else "runs in addition"
        otherwise = ", with its otherwise" if part.outcome == "otherwise" else ""
        yield f"{rule.file}:{rule.line} {took}{otherwise}: {rule.label}"
        if otherwise:
            yield f"  {otherwise_because(shown.decision, rule.id)}"
        if not part.steps:
            yield "  nothing to do"
        for step in part.steps:
            yield from step_lines(step, "  ")
    for note in shown.notes:
        yield f"note: {note}"
    yield from promise_notes(shown.decision, shown.plan)


def step_lines(step: PlannedStep, indent: str) -> Iterator[str]:
    """A step, what is sent for it, and what follows where it fails."""
    match step:
        case PlannedVerb():
            yield f"{indent}{step.path}. {step.word}{_remarks(step)}"
            yield f"{indent}   {_json(step.body)}"
        case FailedStep():
            yield f"{indent}{step.path}. {step.verb} is not sent ({step.reason}): {step.message}"
        case WaitStep(path, seconds):
            yield f"{indent}{path}. wait {duration(seconds)}"
        case RememberStep(path, name, None, provisional):
            yield f"{indent}{path}. forget {name}{_counts(provisional)}"
        case RememberStep(path, name, value, provisional):
            assert value is not None
            yield f"{indent}{path}. remember {name} is {step.words or shown_value(value)}{_counts(provisional)}"
        case AdviseStep(path, text):
            yield f"{indent}{path}. advise {_json(text)}"
        case SilentStep(path):
            yield f"{indent}{path}. stay silent"
        case _:
            assert_never(step)
    if isinstance(step, PlannedVerb | FailedStep):
        for branch in step.branches:
            because = f" because {', '.join(branch.reasons)}" if branch.reasons else ""
            yield f"{indent}   if it fails{because}:"
            for inner in branch.steps:
                yield from step_lines(inner, f"{indent}     ")
            if branch.goes_on:
                yield f"{indent}     go on behind step {branch.behind}"


def _remarks(step: PlannedVerb) -> str:
    remarks = []
    if step.wait_for_speech:
        remarks.append("when the bot has finished speaking")
    if step.patience is not None:
        remarks.append(f"within {duration(step.patience)}")
    if step.cap is not None:
        remarks.append(f"{step.cap.verb} after {duration(step.cap.seconds)} at the latest")
    if step.note:
        remarks.append(step.note)
    if step.provisional:
        remarks.append(_PROVISIONAL)
    return f"  ({'; '.join(remarks)})" if remarks else ""


def _counts(provisional: bool) -> str:
    return f"  ({_PROVISIONAL})" if provisional else ""


def _json(value: Any) -> str:
    return jsonlib.dumps(dict(value) if hasattr(value, "items") else value, ensure_ascii=False)
