"""What the studio says, in the languages that it speaks: a file of JSON each, from the name of a text to the text.

A text holds places to fill in as {name}. A text that a language does not have is shown in English. What rules say, and
what is said of them, is not translated here: that is the same on the command line.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ENGLISH = "en"
_FOLDER = Path(__file__).parent
_PLACE = re.compile(r"\{(\w+)\}")


class Texts:
    """The texts of one language. `language` is its tag (BCP 47)."""

    def __init__(self, language: str, own: Mapping[str, str], english: Mapping[str, str]) -> None:
        self.language = language
        self.all: Mapping[str, str] = {**english, **own}

    def __call__(self, name: str, /, **values: object) -> str:
        """A text, filled in. Raises KeyError for one that no language has."""
        return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), self.all[name])

    def counted(self, name: str, count: int, /, **values: object) -> str:
        """`name.one` for one of something, `name.many` else; both may hold {count}."""
        return self(f"{name}.{'one' if count == 1 else 'many'}", count=f"{count:,}", **values)


@cache
def languages() -> Mapping[str, str]:
    """All languages by their tags, each by its own name; English first."""
    tags = sorted((path.stem for path in _FOLDER.glob("*.json")), key=lambda tag: (tag != ENGLISH, tag))
    return {tag: _read(tag)["language.name"] for tag in tags}


def texts(wanted: str = ENGLISH) -> Texts:
    """The texts of a language that was asked for (`hi`, `hi-IN`); English where it is not there."""
    tag = wanted.lower().split("-")[0]
    known = tag if tag in languages() else ENGLISH
    return Texts(known, _read(known), _read(ENGLISH))


@cache
def _read(tag: str) -> Mapping[str, str]:
    read: dict[str, str] = json.loads((_FOLDER / f"{tag}.json").read_text("utf-8"))
    return read
