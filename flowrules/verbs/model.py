"""What every verb's model shares: strict fields, a fixed order, and the exact body that goes on the wire."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from flowrules.verbs.addresses import is_e164, is_sip_uri


class Verb(BaseModel):
    """One control request's fields. The platform's names and order (control API of the Yotel platform)."""

    # Built when a verb is first looked at: 25 models take longer than most of a start.
    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=8_192, defer_build=True)

    event: str

    def body(self) -> dict[str, Any]:
        """The JSON object that is sent: `event` first, an optional field that was not given left out."""
        return self.model_dump(exclude_none=True)


_NO_URL = re.compile(r"[\s\\\x00-\x1f\x7f]")
"""What one reader of web addresses passes over and another takes for the end of the host."""
_DTMF = re.compile(r"[0-9A-D*#]{1,64}")


def _dtmf(text: str) -> str:
    if _DTMF.fullmatch(text) is None:
        raise ValueError("digits may hold 0-9, A-D, * and #, at most 64 of them")
    return text


def _http_url(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or _NO_URL.search(text):
        raise ValueError("must be a web address that begins with https:// or http://")
    return text


NonEmpty = Annotated[str, StringConstraints(min_length=1)]
Digits = Annotated[str, AfterValidator(_dtmf)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Metadata = dict[str, Any]
Party = Literal["caller", "agent"]


def check_destination(kind: str, destination: str) -> None:
    """Raise ValueError where a number or a SIP address is not one."""
    if kind == "e164" and not is_e164(destination):
        raise ValueError("a number is + and 3 to 15 digits, such as +911234567890")
    if kind == "sip_uri" and not is_sip_uri(destination):
        raise ValueError('a SIP address begins with "sip:" or "sips:"')


def exactly_one(**choices: object) -> None:
    """Raise ValueError unless exactly one of the named fields has a value."""
    if sum(value is not None for value in choices.values()) != 1:
        raise ValueError(f"exactly one of {' and '.join(choices)} must be given")
