"""Calls that are like calls which were played before need not be played again.

A call under two rule sets stands somewhere (`Node`), and something happens (`Edge`): if calls that stand alike meet the
same, as far as rules ask (`asking.py`), the same follows. So what was played once is looked up from then on: the course
of a call is a walk from edge to edge. It is a deterministic automaton that is made while it is used, as those of
regular expressions are (lazy DFA). Where an edge is missing, a call that has stood there is played on by one step, if
nothing depends on when that is; else the call is played from its beginning.

Everything that depends on how long something takes is played, not looked up: timers that may come due, caps and pauses
that run, an event that comes while a plan is under way. A walk that meets such a thing ends there, and the call is
played. `tests/replaying/test_known.py` holds both ways against each other, on random rules and calls.
"""

from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from flowrules.call.inputs import Learned, Reported
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.state import machine_at_start, start_call
from flowrules.recordings.call import NO_TIME, RecordedCall, RecordedInput
from flowrules.recordings.journal_quick import Late
from flowrules.recordings.pace import EVEN
from flowrules.replaying.asking import Asking, Stance, TooMany
from flowrules.replaying.changes import Counterparts
from flowrules.replaying.course import Course
from flowrules.replaying.edges import LONGEST, Edge, Edges, Node
from flowrules.replaying.lateness import INSTANT
from flowrules.replaying.lessons import Lesson
from flowrules.replaying.matching import Origins, by_event, is_plain, matches, name_of, origins_of
from flowrules.replaying.outcomes import Supposing
from flowrules.replaying.play import Played, Player

MOST_EDGES = 200_000
"""Edges that are kept."""
MOST_STANDING = 5_000
"""Nodes at which a call is kept standing, to be played on from there."""
TRIAL, WORTH_IT = 4_000, 0.1
"""After so many calls it is given up where a smaller share than this was known."""


class Walk(NamedTuple):
    """The course of a call. `origins`: of the sides that do not send what the recording holds, where their outcomes
    come from; on other sides all of them are the recording's, or all are supposed."""

    edges: Sequence[Edge]
    origins: Sequence[Origins] = ()


class Known:
    """What was played of two rule sets."""

    def __init__(self, old: RuleSet, new: RuleSet, counterpart: Counterparts, supposing: Supposing) -> None:
        self._sides = (old, new)
        self._supposing = supposing
        self.asking = Asking((old, new))
        self.maker = Edges(old, new, counterpart, self.asking.quoted)
        self._stances = Stance(old, self.asking), Stance(new, self.asking)
        self._timed = self.asking.timed or self.asking.asks_clock
        """When something happens makes a difference."""
        self._roots: dict[Hashable, Node] = {}
        self._nodes: dict[Hashable, Node] = {}
        self._signs: dict[Hashable, int] = {}
        self._standing = self._asked = self.found = 0
        self.gives_up = not self.asking.knows_moments
        self.edges: list[Edge] = []

    def walk(self, call: RecordedCall, late: Late) -> "Walk | None":
        """The course of a call, which is found where it was not known; None where it has to be played. `late`: by how
        much it was."""
        if late is None or not self._may_know(call):
            return None
        try:
            found = self._walk(call, late)
        except TooMany:
            self.give_up()
            return None
        self.count(known=found is not None)
        return found

    def count(self, *, known: bool) -> None:
        """A call was looked up, and known or not. Where too few are, looking up is not worth it."""
        self._asked += 1
        self.found += known
        if self._asked >= TRIAL and self.found < self._asked * WORTH_IT:
            self.give_up()

    def give_up(self) -> None:
        self.gives_up = True

    def play(self, call: RecordedCall) -> tuple[Played, Played]:
        """Play a call on both sides, and keep what may be looked up."""
        old, new = (Player(side, call, self._supposing) for side in self._sides)
        lesson = None
        if len(self.edges) < MOST_EDGES and self._may_know(call):
            lesson = Lesson(self, call, (old, new))
        inputs = call.inputs
        for number, (when, received) in enumerate(inputs):
            old.come_to(when, number)
            new.come_to(when, number)
            sign = lesson.before(received, when) if lesson else None
            old.feed(received, when)
            new.feed(received, when)
            if lesson:
                until = datetime.max.replace(tzinfo=when.tzinfo)
                if number + 1 < len(inputs):
                    # What comes at the moment of the next input may come behind it.
                    until = inputs[number + 1][0] - (NO_TIME if call.pace is EVEN else INSTANT)
                lesson.behind(sign, when, until)
        played = old.end(call.until), new.end(call.until)
        if lesson:
            lesson.over()
        return played

    # --- what it is made of ---

    def root(self, call: RecordedCall) -> Node:
        """Where a call begins. Raises TooMany."""
        state = start_call(call.call_id, call.started, call.facts)
        key = self.asking.classes(state), machine_at_start(state.facts)
        found = self._roots.get(key)
        if found is None:
            found = self._roots[key] = Node()
            if not call.outcomes and not self.asking.timed:
                even = call._replace(pace=EVEN)  # Other calls are played on from there.
                found.players = self._stand([Player(side, even, self._supposing) for side in self._sides])
        return found

    def node(self, players: tuple[Player, Player]) -> Node | None:
        """Where a call stands on both sides. Raises TooMany."""
        old, new = (stance.of(player.machine) for stance, player in zip(self._stances, players, strict=True))
        if old is None or new is None:
            return None
        found = self._nodes.get((old, new))
        if found is None:
            found = self._nodes[old, new] = Node()
        return found

    def sign(self, course: Course, received: RecordedInput, when: datetime) -> int | None:
        """The number of what happens; None: it has to be played. Raises TooMany."""
        sign = course.sign(received, when)
        return None if sign is None else self.number(sign)

    def number(self, sign: Hashable) -> int:
        return self._signs.setdefault(sign, len(self._signs))

    def keep(self, node: Node, sign: int, edge: Edge) -> Edge:
        """The edge that is kept: one that was known before lasts as long as the longer of the two."""
        known = node.edges.get(sign)
        if known is None:
            self.edges.append(edge)
            node.edges[sign] = edge
            return edge
        known.lasts(edge.span)
        return known

    def step(self, node: Node, sign: int, received: RecordedInput, when: datetime) -> Edge | None:
        """The edge that is missing, by playing a call on that stands there; None where that can't be known from it.
        Raises TooMany."""
        if node.players is None or len(self.edges) >= MOST_EDGES:
            return None
        players = [player.fork() for player in node.players]
        now = max(when, *(player.now for player in players))
        if now > when and self.asking.asks_clock:
            return None
        begun = [len(player.handled) for player in players]
        for player in players:
            player.pass_until(now)
        if [len(player.handled) for player in players] != begun:
            return None
        speech = any(player.machine.speech.busy for player in players)
        for player in players:
            player.feed(received, now)
        pair = players[0], players[1]
        edge = self.maker.edge(pair, begun, now, datetime.max.replace(tzinfo=when.tzinfo))
        if edge is None or (edge.speaks_last and speech) or any(player.bugs for player in players):
            return None
        target = self.node(pair)
        if target is not None and target.players is None:
            target.players = self._stand(players)
        edge.target = target
        return self.keep(node, sign, edge)

    # --- inside ---

    def _stand(self, players: Sequence[Player]) -> tuple[Player, Player] | None:
        if self._standing >= MOST_STANDING:
            return None
        self._standing += 1
        old, new = (player.at_rest() for player in players)
        return old, new

    def _may_know(self, call: RecordedCall) -> bool:
        return not self.gives_up and is_plain(call) and not (call.outcomes and self._supposing)

    def _walk(self, call: RecordedCall, late: Sequence[timedelta]) -> "Walk | None":
        course, timed = Course(self.asking, call), self._timed
        recorded = by_event(call.outcomes) if call.outcomes else None
        longest = sum((sent.took for sent in call.outcomes), start=NO_TIME)
        matched = reports = 0
        apart, names = set[int](), list[str]()
        node: Node | None = self.root(call)
        free = old_says = new_says = call.started
        edges: list[Edge] = []
        for number, (when, received) in enumerate(call.inputs):
            if (
                node is None
                or when < free
                or (late and when == free and edges)
                or (timed and course.may_wake(when))
            ):
                return None
            sign = self.sign(course, received, when)
            edge = None if sign is None else node.edges.get(sign)
            if edge is None and sign is not None and recorded is None and not course.is_its_own:
                edge = self.step(node, sign, received, when)
            if edge is None or (edge.speaks_last and (old_says > when or new_says > when)):
                return None
            took = late[number] if late else NO_TIME
            if recorded is not None:
                reports += type(received) is Reported
                name = name_of(received, reports)
                names.append(name)
                sent = recorded.get(name, ()) if type(received) is not Learned else ()
                if sent or edge.sends:
                    for side in (0, 1):
                        if not (side and edge.sends_alike):
                            is_same = matches(sent, edge.sent[side])
                        if not is_same:
                            if not edge.fixed[side]:
                                return None
                            apart.add(side)
                    for one in sent:
                        took += one.took
                        matched += 1
                if apart:
                    took += longest  # Any of them may have the outcome of any event.
            if edge.span or took:
                lasts = edge.span + took
                free = when + lasts
                if lasts > LONGEST or (timed and course.moment(free) != course.moment(when)):
                    return None
            if edge.old.says:
                old_says = max(old_says, when) + edge.old.says + took
            if edge.new.says:
                new_says = max(new_says, when) + edge.new.says + took
            edges.append(edge)
            node = edge.target
        if (
            node is None
            or matched != len(call.outcomes)
            or (timed and course.may_wake(max(call.until, free)))
        ):
            return None
        if not apart:
            return Walk(edges)
        if any(not edge.fixed[side] for edge in edges for side in apart):
            return None
        handled = [[edge.old.handled for edge in edges], [edge.new.handled for edge in edges]]
        told = [
            origins_of(call, zip(names, handled[side], strict=True), is_new=side == 1)
            for side in sorted(apart)
        ]
        return Walk(edges, tuple(told))
