"""What a panel shows, as data. A presenter makes these, and knows no HTML; `fragments` makes HTML of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Tone(StrEnum):
    """What something means to whoever looks at it; a colour never says so alone."""

    PLAIN = "plain"
    SOFT = "soft"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Lead:
    """Words that lead to a place in a file: a `line` from 1, or `start` in characters from the text's start."""

    text: str
    file: str
    start: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A short word with a sign before it: `passed`, `not tested`."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` from 2 to 4: a panel's own heading is 2."""

    text: str
    level: int = 3


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph; `parts` are texts, leads and marks."""

    parts: tuple["str | Lead | Mark", ...]
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Lines:
    """A list; `ordered`: its order matters."""

    lines: tuple["str | Lead | Mark", ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """Text of the rule language, or what is sent, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """The first column names the rows. A cell is a text, a number, a lead or a mark."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple["str | int | float | Lead | Mark", ...], ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """A text in Markdown, of which nothing is taken for HTML."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG document without styles or scripts, whose texts are escaped. `alternative` names it."""

    svg: str
    alternative: str


@dataclass(frozen=True, slots=True)
class Button:
    """Presses send `act` with `fields` to the panel. `primary`: what is mostly wanted."""

    text: str
    act: str
    fields: Mapping[str, str] = field(default_factory=dict)
    primary: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Buttons:
    """Buttons beside each other. `label` names them together, for who does not see them."""

    buttons: tuple[Button, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a form. `options`: it is chosen from these (value, words); `suggestions`: anything may be typed, and
    these are offered."""

    name: str
    label: str
    value: str = ""
    placeholder: str = ""
    options: tuple[tuple[str, str], ...] = ()
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """Sent as one. What was typed stays while the panel is shown anew; `empties`: its fields are empty once it was
    sent."""

    act: str
    fields: tuple[Field, ...]
    submit: str
    empties: bool = False


@dataclass(frozen=True, slots=True)
class Bubble:
    """What somebody said or did in a conversation. `who`: `caller`, `bot` or `call`."""

    who: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """A part with a frame. `opens`: what is in `more` is shown when it is asked for, under these words. `key` tells it
    from the others, so that it stays open while the panel is shown anew."""

    title: tuple["str | Lead | Mark", ...]
    blocks: tuple["Block", ...] = ()
    opens: str = ""
    more: tuple["Block", ...] = ()
    tone: Tone = Tone.PLAIN
    key: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Blocks that belong together. `scrolls_to_end`: the newest stands at the end, and is what is looked at."""

    blocks: tuple["Block", ...]
    label: str = ""
    scrolls_to_end: bool = False


Block = Heading | Note | Lines | Code | Table | Prose | Picture | Buttons | Form | Bubble | Card | Group
