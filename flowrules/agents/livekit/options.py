"""An agent's options as the rules need them."""

from typing import Any

from livekit.agents.utils import is_given


def not_preemptive(options: dict[str, Any]) -> dict[str, Any]:
    """An agent's options, with preemptive generation off. LiveKit reads its older options for the handling of turns
    only where `turn_handling` is not given, so they are moved into it."""
    options = dict(options)
    handling: dict[str, Any] = dict(given) if (given := _taken(options, "turn_handling")) else {}
    if not given:
        if (detection := options.pop("turn_detection", _ABSENT)) is not _ABSENT and is_given(detection):
            handling["turn_detection"] = detection
        delays = {"min_delay": "min_endpointing_delay", "max_delay": "max_endpointing_delay"}
        taken = {key: _taken(options, name) for key, name in delays.items()}
        if endpointing := {key: value for key, value in taken.items() if value is not None}:
            handling["endpointing"] = endpointing
        if _taken(options, "allow_interruptions") is False:
            handling["interruption"] = {"enabled": False}
    handling["preemptive_generation"] = {**handling.get("preemptive_generation", {}), "enabled": False}
    return {**options, "turn_handling": handling}


_ABSENT = object()


def _taken(options: dict[str, Any], name: str) -> Any:
    """An option that is taken out; None where it is not given."""
    value = options.pop(name, None)
    return value if is_given(value) else None
