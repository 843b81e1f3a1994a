"""The text frames that the platform sends to the agent.

No public page shows the metadata and token_refresh frames' keys, so there are two spellings: `snake`, flat, and
`camel`, nested under `data`. DTMF frames are as documented.
"""

from typing import Any, Literal

Spelling = Literal["snake", "camel"]
METADATA_LIMIT = 8 * 1024 - 256
"""Bytes of a call's metadata at most: the audio fork carries 8 KiB, and the token needs room."""

AUDIO_FORMATS: dict[str, dict[str, Any]] = {
    "pcma": {"encoding": "pcma", "sample_rate_hz": 8000, "channels": 1, "frame_ms": 20},
    "pcm_s16le": {"encoding": "pcm_s16le", "sample_rate_hz": 16000, "channels": 1, "frame_ms": 20},
    "none": {"encoding": "pcma", "sample_rate_hz": 8000, "channels": 1, "frame_ms": 20},
}
SILENCE: dict[str, bytes] = {"pcma": b"\xd5" * 160, "pcm_s16le": b"\x00" * 640}
"""20 ms each; 0xD5 is A-law's zero."""


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with `changes` laid over it, objects key by key."""
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


def metadata(data: dict[str, Any], token: str, expires_at: str, spelling: Spelling) -> dict[str, Any]:
    """The first frame: `data` is what Call.metadata holds."""
    if spelling == "camel":
        rest = {key: value for key, value in data.items() if key != "call_id"}
        inner = {**rest, "callId": data["call_id"], "token": token, "tokenExpiresAt": expires_at}
        return {"event": "metadata", "data": inner}
    return {"type": "metadata", **data, "callback_token": token, "callback_token_expires_at": expires_at}


def token_refresh(call_id: str, token: str, expires_at: str, spelling: Spelling) -> dict[str, Any]:
    if spelling == "camel":
        return {
            "event": "token_refresh",
            "data": {"callId": call_id, "token": token, "tokenExpiresAt": expires_at},
        }
    return {
        "type": "token_refresh",
        "call_id": call_id,
        "callback_token": token,
        "callback_token_expires_at": expires_at,
    }


def dtmf(digit: str, duration: int = 1600) -> dict[str, Any]:
    """A key that the caller pressed; duration in samples, as text."""
    return {"event": "dtmf", "dtmf": digit, "duration": str(duration)}


def kind_of(frame: dict[str, Any]) -> str:
    kind = frame.get("type", frame.get("event"))
    return kind if isinstance(kind, str) else "frame"
