"""What every verb's model shares: strict fields, a fixed order, and the exact body that goes on the wire."""

import re
import unicodedata
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Verb(BaseModel):
    """One control request's fields. The platform's names and order (control API of the Yotel platform)."""

    # Built when a verb is first looked at: 25 models take longer than most of a start.
    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=8_192, defer_build=True)

    event: str

    def body(self) -> dict[str, Any]:
        """The JSON object that is sent: `event` first, an optional field that was not given left out."""
        return self.model_dump(exclude_none=True)


_E164 = re.compile(r"\+[1-9][0-9]{2,14}")
_SIP = re.compile(r"sips?:(?:[^\s\"<>{}@]+@)?[^\s\"<>{}@]+", re.IGNORECASE)
_SIP_HOST = re.compile(r"sips?:(?:[^@]*@)?(?:\[([^\]]*)\]|([^:;?/]*))", re.IGNORECASE)
_NO_URL = re.compile(r"[\s\\\x00-\x1f\x7f]")
"""What one reader of web addresses passes over and another takes for the end of the host."""
_DTMF = re.compile(r"[0-9A-D*#]{1,64}")


def is_e164(text: str) -> bool:
    """`+` and 3 to 15 digits, the first not 0 (ITU-T E.164)."""
    return _E164.fullmatch(text) is not None


def is_sip_uri(text: str) -> bool:
    """`sip:` or `sips:`, who where there is somebody, and a host; one `@` at most, so that all read the same host."""
    return _SIP.fullmatch(text) is not None


def sip_host(address: str) -> str:
    """The host of a SIP address (RFC 3261, 19.1.1: it stands behind the `@`, whatever stands before), in small
    letters; '' if none."""
    found = _SIP_HOST.match(address)
    return (found[1] or found[2] or "").lower() if found else ""


def sip_user(address: str) -> str:
    """Who stands before the `@` of a SIP address (RFC 3261, 19.1.1), decoded, without a password; '' if nobody."""
    user = address.partition(":")[2].rpartition("@")[0]
    return unquote(user).partition(":")[0]


def is_address(text: str) -> bool:
    """Whether the whole text reads as an address that somebody could dial or open, in any usual spelling: a telephone
    number of three digits or more (`+1 900 555 1234`, `tel:…`, `00…`, `…;ext=1`), a SIP address, a web address, or
    `user@host`."""
    plain = plainly_spelled(text)
    return any(shape.fullmatch(plain) for shape in _ADDRESSES)


def plainly_spelled(text: str) -> str:
    """A text as who dials it reads it: digits of any script as 0 to 9, any dash as a hyphen, and nothing that is not
    seen."""
    return "".join(map(_plain, unicodedata.normalize("NFKC", text))).strip()


def _plain(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    category = unicodedata.category(sign)
    if category in ("Cf", "Mn"):
        return ""
    return "-" if category == "Pd" or sign == "\N{MINUS SIGN}" else sign


_ADDRESSES = (
    re.compile(
        r"(?:(?:tel|callto|sms|whatsapp):)?[+(]*[0-9][0-9\s().\-/*#]*[0-9][0-9\s().\-/*#]*[0-9]"
        r"(?:\s*(?:;|,|x|ext\.?).*)?",
        re.IGNORECASE | re.DOTALL,
    ),
    re.compile(r"[a-z][a-z0-9+.\-]*:\S+", re.IGNORECASE),
    re.compile(r"[^\s@]+@[^\s@]+"),
)


def url_host(url: str) -> str:
    """The host of a web address, in small letters; '' where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


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
