"""What a verb that the platform accepted tells about the call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flowrules.engine.event import Source, is_too_weak
from flowrules.engine.state import CallState, forget, with_facts
from flowrules.language.names import fold
from flowrules.language.values import Value

_REPORTED = ("on_hold", "muted", "recording", "in_conference", "disposition", "lead_status", "callback")
"""What a reply to `get_call_state` may tell; which of them it does is in no public page."""


def apply_receipt(
    state: CallState,
    verb: str,
    body: Mapping[str, Any],
    result: Mapping[str, Any],
    now: datetime,
    *,
    keep_as: str | None = None,
    source: Source = Source.PLATFORM,
    weakest: Mapping[str, str] = {},
) -> CallState:
    """The call after an accepted verb. `body` is what was sent, `result` the reply's; `keep_as` names the fact
    that keeps the `member_id` of a reply.

    `source` is the weakest source among what the body quotes: what follows from the body has it too. A fact that
    `weakest` keeps for a stronger source is unknown after that. A reply that tells what was known already leaves its
    source as it was: the platform repeats what it was given.
    """
    written = told(verb, body, {})
    replied = {} if written else told(verb, body, result)
    for key in [key for key in written if is_too_weak(source, weakest.get(key))]:
        del written[key]
        state = forget(state, key)
    if keep_as is not None and isinstance(member := result.get("member_id"), str):
        replied[keep_as] = member
    sources = dict.fromkeys(written, source)
    for key, value in replied.items():
        repeated = key in state.facts and state.facts[key] == value
        sources[key] = state.sources.get(key, Source.HOST) if repeated else Source.PLATFORM
    facts = {**written, **replied}
    return with_facts(state, facts, now, sources) if facts else state


def told(verb: str, body: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Value]:
    """The facts that hold once a verb was accepted. A plan in the making asks this with an empty `result`."""
    match verb:
        case "hold" | "unhold":
            return {"call.on_hold": verb == "hold"}
        case "mute" | "unmute" if body.get("target", "caller") == "caller":
            return {"call.muted": verb == "mute"}
        case "recording_pause" | "recording_resume":
            return {"call.recording": "paused" if verb == "recording_pause" else "on"}
        case "conference_start" | "conference_leave":
            return {"call.in_conference": verb == "conference_start"}
        case "set_disposition":
            return {"call.disposition": body["disposition"]}
        case "set_lead_status":
            return {"call.lead_status": body["status"]}
        case "set_lead_field" if isinstance(body["value"], str | int | float):
            return {fold(f"lead.{body['field']}"): body["value"]}
        case "schedule_callback":
            return {"call.callback": body["scheduled_at"]}
        case "get_call_state":
            return dict(filter(None, (_reported(name, result.get(name)) for name in _REPORTED)))
        case _:
            return {}


def _reported(name: str, value: object) -> tuple[str, Value] | None:
    if name == "callback" and isinstance(value, Mapping):
        value = value.get("scheduled_at")
    return (f"call.{name}", value) if isinstance(value, str | int | float) else None
