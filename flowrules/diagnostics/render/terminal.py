"""Text as a terminal shows it: what is safe to send there, how wide it is, how it is broken into lines."""

import unicodedata

_REPLACED = "�"
_BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def cell_len(text: str) -> int:
    """How many cells of a terminal a text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len as cells  # imported where a letter can be wider than one cell

    return cells(text)


def visible(text: str) -> str:
    """The text with control characters replaced, which could rewrite the screen or reorder what is read."""
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == "\t":
        return "    "
    unsafe = character in _BIDI_CONTROLS or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
    return _REPLACED if unsafe else character


def wrapped(text: str, width: int) -> list[str]:
    """The text's words in lines of at most `width` cells; a longer word has a line of its own."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and cell_len(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def last_cells(text: str, width: int) -> str:
    """The end of a text that fits into `width` cells, never beginning with a mark that belongs to a letter
    before it. An ellipsis stands for what was cut off."""
    kept = text[-width:] if width > 0 else ""
    while kept and (cell_len(kept) > width - 1 or unicodedata.category(kept[0]).startswith("M")):
        kept = kept[1:]
    return f"…{kept}"


def first_cells(text: str, width: int) -> str:
    """The beginning of a text that fits into `width` cells, and an ellipsis for what was cut off."""
    kept = text[: 4 * width]
    while kept and cell_len(kept) > width - 1:
        kept = kept[:-1]
    return f"{kept}…"
