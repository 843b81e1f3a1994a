"""The session as the rules need it: the caller's words are transcribed, and no answer comes without being asked for."""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

TRANSCRIPTION: Mapping[str, str] = {"model": "gpt-4o-mini-transcribe"}
"""How the caller's words are transcribed where the host does not say."""

_BYTES_A_SECOND: Mapping[str, float] = {"audio/pcm": 48_000.0, "audio/pcmu": 8_000.0, "audio/pcma": 8_000.0}
"""Of what the model speaks: 16-bit PCM at 24,000 Hz, or G.711."""


def under_rules(session: Mapping[str, Any]) -> dict[str, Any]:
    """The host's session, without its tools. What it says of the turns stays, but the server never answers by
    itself: the rules have the words first. A host that detects turns itself (`turn_detection` is null) commits them."""
    made = copy.deepcopy(dict(session))
    made.setdefault("type", "realtime")
    made.pop("tools", None)
    heard = made.setdefault("audio", {}).setdefault("input", {})
    if heard.get("transcription") is None:
        heard["transcription"] = dict(TRANSCRIPTION)
    detection = heard.setdefault("turn_detection", {"type": "server_vad"})
    if detection is not None:
        detection["create_response"] = False
        detection.pop("idle_timeout_ms", None)  # It would make the server answer by itself.
    return made


def other_tools(session: Mapping[str, Any], name: str) -> tuple[dict[str, Any], ...]:
    """The host's own tools, without one of the name of ours."""
    given: Iterable[dict[str, Any]] = session.get("tools") or ()
    return tuple(tool for tool in given if tool.get("name") != name)


def is_interruptible(session: Mapping[str, Any]) -> bool:
    """Whether the server cuts the model off when the caller speaks."""
    detection = session["audio"]["input"]["turn_detection"]
    return bool(detection is not None and detection.get("interrupt_response", True))


def bytes_a_second(session: Mapping[str, Any]) -> float:
    """Of the audio that the model speaks."""
    kind = (session["audio"].get("output") or {}).get("format") or {}
    return _BYTES_A_SECOND.get(kind.get("type", ""), _BYTES_A_SECOND["audio/pcm"])
