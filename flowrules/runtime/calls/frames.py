"""The text frames of the WebSocket, read with tolerance: they are written by the platform, in two spellings at least.

A frame says what it is under `type` or `event`; a call's id is `call_id` or `callId`, a token `callback_token` or
`token`; all of it flat, or one object deeper. The first frame of a connection may leave out what it is: it is the
metadata. What can't be read is Ignored with a note; nothing here raises.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from flowrules.control.call_id import is_call_id
from flowrules.control.credentials import is_sendable
from flowrules.engine.event import BadEvent, flatten
from flowrules.language.names import fold
from flowrules.language.unicode import mended, read_json
from flowrules.language.values import Value
from flowrules.redaction import redact

MAX_FRAME = 64 * 1024
"""Characters of a text frame. The platform sends 8 KiB at most."""
MAX_FACTS = 256
MAX_TEXT = 2_048
"""Of the metadata: so many facts, and so many characters of each."""

_GROUPS = ("lead", "caller", "called", "campaign")
_INNER = ("data", "metadata", "payload", "session", "call")
_DISCRIMINATORS = ("type", "event", "event_type")
_CALL_ID = ("call_id", "callId", "call_sid", "callSid")
_TOKEN = ("callback_token", "callbackToken", "token")
_DIGIT = re.compile(r"[0-9A-D*#]")
_SECRET_NAME = re.compile(r"token|secret|password|authori[sz]ation|api_?key", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """The first frame: which call this is, its token, and what is known of caller, lead and campaign."""

    call_id: str
    token: SecretStr | None
    facts: Mapping[str, Value] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenRefresh:
    """The next token. `call_id` is None where the frame named none: then it is this connection's call."""

    token: SecretStr
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Dtmf:
    """A key that the caller pressed."""

    digit: str


@dataclass(frozen=True, slots=True)
class PlayDone:
    """Audio that was sent over the WebSocket has been played to the end."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in the audio was reached (`playout`) or dropped (`cleared`)."""

    name: str
    event: str


@dataclass(frozen=True, slots=True)
class Other:
    """A frame of a kind that nothing here needs."""

    kind: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """What could not be read, and why. The note quotes nothing of the frame."""

    note: str


Frame = Metadata | TokenRefresh | Dtmf | PlayDone | Mark | Other | Ignored


def read_frame(text: str | bytes | Mapping[str, Any], *, first: bool = False) -> Frame:
    """One text frame, as text or as an object that the host has parsed already. `first`: it opens the connection."""
    frame = text if isinstance(text, Mapping) else _parse(text)
    if isinstance(frame, str):
        return Ignored(frame)
    kind = next((str(frame[key]) for key in _DISCRIMINATORS if isinstance(frame.get(key), str)), "")
    match fold(kind).replace("_", "").replace("-", ""):
        case "metadata" | "connected" | "start":
            return _metadata(frame)
        case "" if first:
            return _metadata(frame)
        case "tokenrefresh":
            return _refresh(frame)
        case "dtmf":
            digit = _text(frame, ("dtmf", "digit"))
            return Dtmf(digit) if _DIGIT.fullmatch(digit) else Ignored("a dtmf frame without a telephone key")
        case "playdone":
            return PlayDone()
        case "mark":
            data = frame.get("data")
            inner = data if isinstance(data, Mapping) else frame
            return Mark(_short(inner.get("name")), _short(inner.get("event")))
        case "":
            return Ignored("a frame that does not say what it is")
    return Other(_short(kind))


def _parse(text: object) -> Mapping[str, Any] | str:
    if isinstance(text, bytearray):
        text = bytes(text)
    if not isinstance(text, str | bytes):  # A WebSocket that has closed may bring None.
        return "a frame that is neither text nor an object"
    if len(text) > MAX_FRAME:
        return f"a frame of more than {MAX_FRAME} characters"
    try:
        frame = read_json(text)
    except ValueError:
        return "a frame that is no JSON"
    return frame if isinstance(frame, dict) else "a frame that is no JSON object"


def _layers(frame: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The frame, then the objects one step deeper that may hold its fields."""
    yield frame
    for key in _INNER:
        inner = frame.get(key)
        if isinstance(inner, Mapping):
            yield inner


def _text(frame: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    for layer in _layers(frame):
        for key in keys:
            value = layer.get(key)
            if isinstance(value, str) and value:
                return value
    return ""


def _metadata(frame: Mapping[str, Any]) -> Frame:
    call_id, token = _text(frame, _CALL_ID), _secret(frame)
    if not is_call_id(call_id):
        return Ignored("a metadata frame without a call id")
    facts: dict[str, Value] = {}
    notes: list[str] = []
    if token is None and _text(frame, _TOKEN):
        notes.append("the metadata frame's token can't be one")
    for layer in _layers(frame):
        for name, value in _leaves(layer, notes):
            if len(facts) >= MAX_FACTS:
                notes.append(f"the metadata frame has more than {MAX_FACTS} facts")
                return Metadata(call_id, token, facts, tuple(notes))
            facts.setdefault(name, value)
    return Metadata(call_id, token, facts, tuple(notes))


def _leaves(layer: Mapping[str, Any], notes: list[str]) -> Iterator[tuple[str, Value]]:
    """What one layer tells: `lead.…`, `caller.…`, `campaign.…`, and its own plain values."""
    for key, value in layer.items():
        if not isinstance(key, str) or key in _DISCRIMINATORS or key in _CALL_ID:
            continue
        if isinstance(value, Mapping) and fold(key) in _GROUPS:
            for name, inner in value.items():
                yield from _leaf(f"{key}.{name}", inner, notes)
        elif not isinstance(value, (Mapping, list)) and not fold(key).startswith(("call.", "lead.")):
            yield from _leaf(key, value, notes)


def _leaf(name: str, value: object, notes: list[str]) -> Iterator[tuple[str, Value]]:
    try:
        for path, leaf in flatten({name: value}):
            name = fold(mended(path))
            # Of a name that is made of what nobody sees, nothing is left.
            if name.strip(" .") and not _SECRET_NAME.search(path) and redact(str(leaf)) == str(leaf):
                yield name, _cut(leaf)
    except (BadEvent, RecursionError):
        notes.append("a value in the metadata frame has a shape that no fact can have")


def _cut(value: Value) -> Value:
    if isinstance(value, str):
        return mended(value[:MAX_TEXT])
    return tuple(_cut(item) for item in value[:64]) if isinstance(value, tuple) else value  # type: ignore[misc]


def _refresh(frame: Mapping[str, Any]) -> Frame:
    token = _secret(frame)
    if token is None:
        return Ignored("a token_refresh frame without a token")
    return TokenRefresh(token, _text(frame, _CALL_ID) or None)


def _secret(frame: Mapping[str, Any]) -> SecretStr | None:
    secret = SecretStr(_text(frame, _TOKEN))
    return secret if is_sendable(secret) else None


def _short(value: object) -> str:
    return value[:64] if isinstance(value, str) else ""
