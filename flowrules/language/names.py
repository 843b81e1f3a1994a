"""The form in which names and texts are held against each other.

It is Unicode's own form for comparing without regard to case (NFKC_Casefold): one letter whatever its case, its
composition and its width, and nothing that can't be seen. White space at the ends is left out, and any run of it
within counts as one space. `I`, `i`, `İ` and `ı` are one letter: a sentence in Turkish begins with a capital as any
other does, and which of the four was meant can't be told where nobody says which language it is.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import chain

_UNSEEN = dict.fromkeys(
    chain(
        (0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0),
        range(0x180B, 0x1810),
        range(0x200B, 0x2010),
        range(0x202A, 0x202F),
        range(0x2060, 0x2070),
        range(0xFE00, 0xFE10),
        range(0xFFF0, 0xFFF9),
        range(0x1BCA0, 0x1BCA4),
        range(0x1D173, 0x1D17B),
        range(0xE0000, 0xE1000),
    )
)
"""What Unicode says can be ignored when it is shown: joiners, marks of direction, soft hyphens. Two texts that look the
same may differ in them."""
_CHILLUS = {
    0x0D7A: "\u0d23\u0d4d",
    0x0D7B: "\u0d28\u0d4d",
    0x0D7C: "\u0d30\u0d4d",
    0x0D7D: "\u0d32\u0d4d",
    0x0D7E: "\u0d33\u0d4d",
    0x0D7F: "\u0d15\u0d4d",
}
"""Letters of Malayalam that are also written as a consonant, its virama and a joiner (Unicode, 12.9)."""
_ONE_LETTER: dict[int, str | None] = {**_UNSEEN, **_CHILLUS, 0x0131: "i"}
_ODD = re.compile(
    "[\u00ad\u0130\u0131\u0307\u0345\u034f\u061c\u0d7a-\u0d7f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u1f80-\u1fff"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001d6a4\U000e0000-\U000e0fff]"
)
"""Few texts hold any of these, and most of what is done below is for them alone."""
_DOTTED = re.compile("i\u0307+")


@lru_cache(maxsize=8_192)
def fold(text: str) -> str:
    """The form in which two names, or two texts, are held against each other. Folding it again changes nothing."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", text.casefold())
    if folded.casefold() == folded and not _ODD.search(text):
        return " ".join(folded.split())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    folded = unicodedata.normalize("NFKC", folded.translate(_ONE_LETTER).casefold())
    return " ".join(unicodedata.normalize("NFKC", _DOTTED.sub("i", folded)).split())
