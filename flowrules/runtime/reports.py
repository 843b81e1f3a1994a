"""What a host reports as JSON, on a line of standard input or in an HTTP body, and what it is answered."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, StringConstraints, ValidationError

from flowrules.call.outcome import EventOutcome, StepOutcome
from flowrules.engine.event import BadEvent, Source
from flowrules.language.unicode import read_json
from flowrules.runtime.calls.session import CallSession

Text = Annotated[str, StringConstraints(max_length=256)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]


Call = TypeVar("Call")

SHOWN_CALLS = 5
"""Live calls that a message names at most."""


class BadReport(ValueError):
    """A report that can't be taken; the message says why."""


class Report(BaseModel):
    """`{"intent": "sales", "turn_id": "t7"}`: what carries none of these names is a fact of the event.

    `events` are bare events; `facts` holds facts that bear one of these names. `signal` tells who speaks, or that
    the call is over; it comes without anything else. Without a `call_id` the one live call is meant.
    """

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)

    call_id: Text = ""
    event_id: Text = ""
    turn_id: Text = ""
    source: Literal["host", "model", "caller"] = "host"
    events: list[Name] = []
    facts: dict[str, JsonValue] = {}
    signal: Literal["bot_speaking", "bot_finished", "caller_speaking", "close"] | None = None

    @property
    def all_facts(self) -> dict[str, Any]:
        return {**(self.model_extra or {}), **self.facts}


def read_report(text: str | bytes) -> Report:
    """Raises BadReport."""
    try:
        return Report.model_validate(read_json(text))
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in detail["loc"])
        raise BadReport(f"{where}: {detail['msg']}" if where else f"{detail['msg']}") from None
    except ValueError as error:
        raise BadReport(f"Invalid JSON: {error}") from None


def find_call(calls: Mapping[str, Call], call_id: str) -> Call:
    """The live call that is meant. Raises BadReport."""
    if not call_id and len(calls) == 1:
        return next(iter(calls.values()))
    if call_id in calls:
        return calls[call_id]
    if call_id:
        raise BadReport(f"there is no live call {call_id}")
    if not calls:
        raise BadReport("no call is live")
    shown = ", ".join([*calls][:SHOWN_CALLS]) + (", …" if len(calls) > SHOWN_CALLS else "")
    raise BadReport(f"{len(calls)} calls are live: name one by its call_id ({shown})")


async def act_on(report: Report, call: CallSession) -> EventOutcome | None:
    """Pass a report on to its call; the outcome of an event, None for a signal. Raises BadReport."""
    match report.signal:
        case "bot_speaking":
            call.bot_speaking()
        case "bot_finished":
            call.bot_finished()
        case "caller_speaking":
            call.caller_speaking()
        case "close":
            return await call.close("the host closed the call")
        case None:
            try:
                return await call.event(
                    *report.events,
                    facts=report.all_facts,
                    source=Source[report.source.upper()],
                    event_id=report.event_id,
                    turn_id=report.turn_id,
                )
            except BadEvent as error:
                raise BadReport(str(error)) from None
    return None


def outcome_json(call_id: str, outcome: EventOutcome) -> dict[str, Any]:
    """An outcome as JSON data."""
    return {
        "call_id": call_id,
        "event_id": outcome.event_id,
        "status": outcome.status.value,
        "revision": outcome.revision,
        "rules": [{"rule": rule.label, "outcome": how} for rule, how in outcome.rules],
        "steps": [_step_json(step) for step in outcome.steps],
        "advise": list(outcome.advise),
        "stay_silent": outcome.stay_silent,
        "notes": list(outcome.notes),
        "raised": [outcome_json(call_id, raised) for raised in outcome.raised],
    }


def _step_json(step: StepOutcome) -> dict[str, Any]:
    reason = {"reason": step.reason} if step.reason else {}
    said = {"said": step.said} if step.said else {}
    return {"verb": step.verb, "path": step.path, "status": step.status.value, **reason, **said}
