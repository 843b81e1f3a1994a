"""What a browser sends over its WebSocket. Offsets are UTF-16 code units from the text's start; `version` counts the
changes of a file in one tab.
"""

from typing import Literal

import msgspec

MOST_BYTES = 8 * 1024 * 1024
"""Of one message."""
MOST_TEXT = 2_000_000
"""Characters of one file."""


class Change(msgspec.Struct, tag="change", tag_field="kind", frozen=True):
    """Stretches of a file are replaced; all of them count in the text of the version before."""

    file: str
    version: int
    changes: list[tuple[int, int, str]]


class Text(msgspec.Struct, tag="text", tag_field="kind", frozen=True):
    """The whole text of a file as the browser has it, after a lost connection. `digest` is that of the file on disk
    that the text began from, '' for a new file."""

    file: str
    version: int
    text: str
    digest: str


class Took(msgspec.Struct, tag="took", tag_field="kind", frozen=True):
    """The text in the editor goes back to the file on disk with this digest: it shows that text, or whoever edits has
    seen it beside the own one."""

    file: str
    digest: str


class Mine(msgspec.Struct, tag="mine", tag_field="kind", frozen=True):
    """The text on disk could not be taken: somebody has typed meanwhile."""

    file: str


class New(msgspec.Struct, tag="new", tag_field="kind", frozen=True):
    """A file that is not on disk yet."""

    file: str


class Ask(msgspec.Struct, tag="ask", tag_field="kind", frozen=True):
    """A question about a place, or a stretch, of a file. The answer has its `id`."""

    id: int
    what: Literal["completion", "hover", "words", "format"]
    file: str
    start: int = 0
    end: int = 0


class Save(msgspec.Struct, tag="save", tag_field="kind", frozen=True):
    """Save all that was edited. `losses_are_meant`: also where rules or promises are gone with it."""

    losses_are_meant: bool = False


class Show(msgspec.Struct, tag="show", tag_field="kind", frozen=True):
    """Show a panel from now on; '' shows none."""

    panel: str


class Act(msgspec.Struct, tag="act", tag_field="kind", frozen=True):
    """Something was pressed, or a form was sent, in a panel."""

    panel: str
    act: str
    fields: dict[str, str] = {}


class Ping(msgspec.Struct, tag="ping", tag_field="kind", frozen=True):
    """Is anybody there? The answer is a word of its own."""


Message = Change | Text | Took | Mine | New | Ask | Save | Show | Act | Ping
_DECODER = msgspec.json.Decoder(Message)


class Unreadable(ValueError):
    """A message that no page of ours sends."""


def read_message(data: str | bytes) -> Message:
    """Raises Unreadable."""
    try:
        message: Message = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    return message
