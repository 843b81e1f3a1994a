"""What the server asks of the process that plays calls, and what that answers."""

from typing import NamedTuple

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.editor.played import Explored, Played
from flowrules.source import SourceFile


class Question(NamedTuple):
    """`key`: which rule set. `sources` None: nothing is to be played of it for now; `forget`: it is closed. `place`: a
    rule to look around; else what an edit can touch is played."""

    number: int
    key: str
    sources: tuple[SourceFile, ...] | None
    fence: DestinationPolicy
    seconds: float
    place: tuple[str, int] | None = None
    forget: bool = False


class Answer(NamedTuple):
    """`found` is None where nothing is to be told. `last`: nothing more comes of the question."""

    found: Played | Explored | None
    last: bool
