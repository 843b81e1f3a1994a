"""What was done, in words short enough for one line."""

from flowrules.engine.planning.plan import (
    AdviseStep,
    FailedStep,
    PlannedStep,
    PlannedVerb,
    RememberStep,
    SilentStep,
    WaitStep,
)
from flowrules.language.printer.words import duration
from flowrules.scenarios.happenings import Done


def describe(done: Done) -> str:
    """`transfer agent_queue sales_q (failed: unavailable)`."""
    failed = f" (failed: {done.reason})" if done.reason is not None else ""
    return f"{describe_step(done.step)}{failed}"


def describe_step(step: PlannedStep) -> str:
    match step:
        case PlannedVerb(body=body):
            return " ".join([step.word, *(_value(value) for name, value in body.items() if name != "event")])
        case FailedStep(verb=verb, message=message):
            return f"{verb}: {message}"
        case WaitStep(seconds=seconds):
            return f"wait {duration(seconds)}"
        case RememberStep(fact=fact, value=None):
            return f"forget {fact}"
        case RememberStep(fact=fact, value=value):
            return f"remember {fact} is {step.words or _value(value)}"
        case AdviseStep(text=text):
            return f'advise "{text}"'
        case SilentStep():
            return "stay silent"


def _value(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            return "with " + ", ".join(f"{key} {_value(inner)}" for key, inner in value.items())
        case str() if " " in value or not value:
            return f'"{value}"'
        case _:
            return str(value)
