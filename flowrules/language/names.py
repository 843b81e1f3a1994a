"""How names and texts are compared: after NFC and case folding, joiners left out."""

import unicodedata
from functools import lru_cache

_JOINERS = {0x200C: None, 0x200D: None}
"""ZWNJ and ZWJ belong to Indic names and are invisible, so two spellings of one name may differ in them."""


@lru_cache(maxsize=8_192)
def fold(text: str) -> str:
    """The form in which two names, or two texts, are held against each other."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return folded.translate(_JOINERS)
