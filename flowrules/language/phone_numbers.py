"""A telephone number however people spell it."""

import re
from typing import Final

from flowrules.verbs.addresses import plainly_spelled

SHORTEST: Final = 7
"""Digits, the country's code included: no country has shorter numbers (Niue's have seven)."""
EMERGENCY: Final = (
    "An emergency number, or another short one, belongs to the place of the caller, so it can't be dialled with a +. "
    "Ask whoever runs the platform for a queue, an agent or a SIP address that reaches it. To hand the caller over: "
    "transfer queue emergency. To stay on the line with the caller: conference_start then "
    'conference_add sip "sip:emergency@pbx.example.com"'
)
"""What to do instead of dialling 112."""
_PARAMETERS = re.compile(r"\s*(?:;|,|(?:ext|extn|extension|x|#)\.?\s*:?\s*\d).*", re.IGNORECASE | re.DOTALL)
_TRUNK = re.compile(r"^(\s*(?:\+|00)[\s\d.\-/]*)\(0\)")
_SPELLED = re.compile(r"(?:\+|00)[\s().\-/]*\d(?:[\s().\-/]*\d)*")


def as_dialled(text: str) -> str:
    """A number however it is spelled (`tel:`, `00`, spaces, `;ext=`, digits of any script, characters nobody sees) as +
    and digits; '' for a text that is no number with its country's code."""
    plain = plainly_spelled(text)
    if plain[:4].casefold() in ("tel:", "tel "):
        plain = plain[4:].strip()
    plain = _TRUNK.sub(r"\1", _PARAMETERS.sub("", plain))
    if _SPELLED.fullmatch(plain) is None:
        return ""
    digits = "".join(filter(str.isdecimal, plain))
    return f"+{digits if plain.startswith('+') else digits.removeprefix('00')}"


def is_too_short(number: str) -> bool:
    """Whether a number with its + has fewer digits than any telephone's."""
    return len(number) - 1 < SHORTEST
