"""What can be dialled or opened: telephone numbers, SIP addresses, web addresses."""

import re
import unicodedata
from urllib.parse import unquote, urlsplit

_E164 = re.compile(r"\+[1-9][0-9]{2,14}")
_SIP = re.compile(r"sips?:(?:[^\s\"<>{}@]+@)?[^\s\"<>{}@]+", re.IGNORECASE)
_SIP_HOST = re.compile(r"sips?:(?:[^@]*@)?(?:\[([^\]]*)\]|([^:;?/]*))", re.IGNORECASE)


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
