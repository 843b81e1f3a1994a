"""What the host answers about a verb that it carries out, or a sentence that it speaks.

An answer is checked where it is made, so that a mistake is raised in the handler's own line.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flowrules.call.receipt import Reason, Status
from flowrules.language.unicode import mended, read_json

MAX_REPLY = 256 * 1024
"""Characters of a reply as JSON: as many as a reply of the platform may have."""
MAX_MESSAGE = 1_000
"""Characters of a message that are kept."""

_STATUSES = (Status.ACCEPTED, Status.REFUSED, Status.UNKNOWN)
_SPOKEN = ("spoken", "interrupted", "failed")


@dataclass(frozen=True, slots=True)
class VerbAnswer:
    """What became of a verb that the host serves. Raises ValueError for what is no status, no reason or no reply."""

    status: Literal[Status.ACCEPTED, Status.REFUSED, Status.UNKNOWN]
    reason: Reason | None = None
    message: str = ""
    reply: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.status not in _STATUSES:
            raise ValueError("a verb's status is accepted, refused or unknown")
        _set(self, "status", Status(self.status))
        _set(self, "reason", None if self.reason is None else Reason(self.reason))
        _set(self, "message", _message(self.message))
        _set(self, "reply", _reply(self.reply))

    @classmethod
    def accepted(cls, reply: Mapping[str, Any] | None = None) -> "VerbAnswer":
        """It is done. `reply` is what the platform would tell: `{"member_id": …}` of one who has joined a conference,
        and what `get_call_state` tells."""
        return cls(Status.ACCEPTED, reply=reply or {})

    @classmethod
    def refused(cls, reason: Reason | str = Reason.REFUSED, message: str = "") -> "VerbAnswer":
        """It is not done, for a reason that rules can ask for: `if it fails because unavailable then …`. Raises
        ValueError for what is none."""
        return cls(Status.REFUSED, Reason(reason), message)

    @classmethod
    def unknown(cls, message: str = "") -> "VerbAnswer":
        """Nobody knows whether it is done. It is not done again, and no other ending follows an unknown ending."""
        return cls(Status.UNKNOWN, Reason.TIMEOUT, message)


@dataclass(frozen=True, slots=True)
class VoiceAnswer:
    """What became of a sentence that the agent's own voice was to speak. Raises ValueError for what is no status, no
    reason or no text."""

    status: Literal["spoken", "interrupted", "failed"]
    heard: str | None = None
    reason: Reason = Reason.UNAVAILABLE
    message: str = ""

    def __post_init__(self) -> None:
        if self.status not in _SPOKEN:
            raise ValueError("a sentence's status is spoken, interrupted or failed")
        if not isinstance(self.heard, str | None):
            raise ValueError("what was heard is text, or None where nobody knows")
        _set(self, "heard", None if self.heard is None else mended(self.heard))
        _set(self, "reason", Reason(self.reason))
        _set(self, "message", _message(self.message))

    @classmethod
    def spoken(cls) -> "VoiceAnswer":
        """It was played out to its end."""
        return cls("spoken")

    @classmethod
    def interrupted(cls, heard: str | None = None) -> "VoiceAnswer":
        """The caller has interrupted it. `heard`: the words that were played out until then, where they are known. The
        step counts as done, and a hangup behind it is dropped."""
        return cls("interrupted", heard)

    @classmethod
    def failed(cls, reason: Reason | str = Reason.UNAVAILABLE, message: str = "") -> "VoiceAnswer":
        """It was not spoken. Raises ValueError for what is no reason of the language."""
        return cls("failed", reason=Reason(reason), message=message)


def told(error: object) -> str:
    """What an exception says of itself, or something in its place; '' where that fails, too."""
    try:
        return mended(str(error))[:MAX_MESSAGE]
    except Exception:  # It is the host's own class: its text may fail in any way.
        return ""


def _set(answer: VerbAnswer | VoiceAnswer, name: str, value: object) -> None:
    object.__setattr__(answer, name, value)


def _message(message: object) -> str:
    """Whatever a host has at hand, the exception of its own client for one, in words."""
    return "" if message is None else told(message)


def _reply(reply: object) -> Mapping[str, Any]:
    """A copy that nobody changes any more. Raises ValueError for what is no JSON object."""
    if reply is None or reply == {}:
        return {}
    if not isinstance(reply, Mapping):
        raise ValueError("a reply is a mapping, such as {'member_id': 'm-1'}")
    try:
        text = json.dumps(dict(reply))
        if len(text) > MAX_REPLY:
            raise ValueError(f"it has more than {MAX_REPLY} characters")
        read = read_json(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"a reply is what JSON can hold: {error}") from None
    assert isinstance(read, dict)
    return read
