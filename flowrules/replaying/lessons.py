"""What is learned of a call while it is played from its beginning to its end."""

from datetime import datetime
from typing import TYPE_CHECKING

from flowrules.recordings.call import RecordedCall, RecordedInput
from flowrules.replaying.asking import TooMany
from flowrules.replaying.course import Course
from flowrules.replaying.edges import Edge, Node
from flowrules.replaying.play import Player

if TYPE_CHECKING:
    from flowrules.replaying.known import Known


class Lesson:
    """`before` and `behind` each thing that happens, `over` at the end."""

    def __init__(self, known: "Known", call: RecordedCall, players: tuple[Player, Player]) -> None:
        self._players = players
        self._begun = [0, 0]
        """How much each side had done before the last input."""
        self._known = known
        self._course = Course(known.asking, call)
        self._speech = False
        self._edge: Edge | None = None
        self._rested = [0, 0]
        self._into: Node | None = None
        try:
            self._into = known.root(call)
        except TooMany:
            known.give_up()

    def before(self, received: RecordedInput, when: datetime) -> int | None:
        """Time has passed until something happens. Where more came of it than that the bot has spoken, what stood
        there before can't be looked up."""
        self.over()
        if self._into is None:
            return None
        sign = None
        try:
            sign = self._known.sign(self._course, received, when)
        except TooMany:
            self._known.give_up()
        self._begun = [len(player.handled) for player in self._players]
        self._speech = any(player.machine.speech.busy for player in self._players)
        return sign

    def behind(self, sign: int | None, when: datetime, until: datetime) -> None:
        """It has happened: what follows at once."""
        into, self._into = self._into, None
        if into is None or sign is None:
            return
        edge = self._known.maker.edge(self._players, self._begun, when, until)
        if (
            edge is None
            or (edge.speaks_last and self._speech)
            or any(player.bugs for player in self._players)
        ):
            return
        edge = self._known.keep(into, sign, edge)
        self._rested = [len(player.handled) for player in self._players]
        try:
            self._into = self._known.node(self._players)
        except TooMany:
            self._known.give_up()
        self._edge = edge

    def over(self) -> None:
        """Nothing else has happened since, or the call is over."""
        edge, self._edge = self._edge, None
        if [len(player.handled) for player in self._players] != self._rested:
            self._into = None
        elif edge is not None and edge.target is None:
            edge.target = self._into
