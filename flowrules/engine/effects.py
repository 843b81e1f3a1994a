"""What a verb changes in what the engine knows of its call, once the platform has taken it."""

from collections.abc import Mapping
from typing import Any

from flowrules.language.names import fold
from flowrules.language.values import Scalar

_FLAGS: Mapping[str, tuple[str, Scalar]] = {
    "hold": ("call.on_hold", True),
    "unhold": ("call.on_hold", False),
    "recording_pause": ("call.recording", "paused"),
    "recording_resume": ("call.recording", "on"),
    "conference_start": ("call.in_conference", True),
    "conference_leave": ("call.in_conference", False),
    "schedule_callback": ("call.callback", True),
}


def effects_of(verb: str, body: Mapping[str, Any]) -> Mapping[str, Scalar]:
    """The facts that hold after a verb with this body was accepted, under folded names."""
    match verb:
        case "set_disposition":
            return {"call.disposition": body["disposition"]}
        case "set_lead_status":
            return {"call.lead_status": body["status"]}
        case "set_lead_field":
            return {f"lead.{fold(body['field'])}": body["value"]}
        case "mute" | "unmute" if body["target"] == "caller":
            return {"call.muted": verb == "mute"}
        case _:
            return dict([_FLAGS[verb]]) if verb in _FLAGS else {}
