"""Calls that are like calls which were played before need not be played again.

A call under two rule sets stands somewhere (`Node`), and something happens (`Edge`): if calls that stand alike meet the
same, as far as rules ask (`asking.py`), the same follows. So what was played once is looked up from then on: the course
of a call is a walk from edge to edge. It is a deterministic automaton that is made while it is used, as those of
regular expressions are (lazy DFA).

Everything that depends on how long something takes is played, not looked up: timers that may come due, caps and pauses
that run, an event that comes while a plan is under way. A walk that meets such a thing ends there, and the call is
played. `tests/replaying/test_known.py` holds both ways against each other, on random rules and calls.
"""

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from flowrules.call.agenda import ENDING_EVENT
from flowrules.call.inputs import Closed, Learned, Reported
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import CALLER_KEYS, MOMENTARY, PRESSED, Event
from flowrules.engine.state import machine_at_start, start_call
from flowrules.engine.turns import ENTRY_GAP
from flowrules.engine.utterance import PAUSE
from flowrules.recordings.call import NO_TIME, RECORDED, Handled, RecordedCall, RecordedInput, Sent
from flowrules.replaying.asking import Asking, Stance, TooMany
from flowrules.replaying.changes import Counterparts, EventChange, compare
from flowrules.replaying.outcomes import Supposing
from flowrules.replaying.play import Played, Player
from flowrules.replaying.verbs import is_ending
from flowrules.scenarios.changed_parts import changed_parts
from flowrules.verbs import BY_NAME

MOST_EDGES = 200_000
"""Edges that are kept."""
MOST_EVENTS, MOST_KEYS = 150, 600
"""Of a longer call, or with more facts, what is kept of it may have an end: it is played."""
LONGEST = timedelta(seconds=7)
"""A plan that takes longer may run into a limit: it is played."""
TRIAL, WORTH_IT = 4_000, 0.1
"""After so many calls it is given up where a smaller share than this was known."""


class Done(NamedTuple):
    """What one side does for one thing that happens. `ends`: the rule and the verb that end the call; `says`: how long
    the platform speaks after it, at most. `over`: the AI's session is over behind it."""

    handled: tuple[Handled, ...]
    ends: tuple[str, Sent] | None
    says: timedelta
    over: bool


class Edge:
    """What follows where a call stands and something happens. `span`: how long its plans take, at most. `speaks_last`:
    an ending verb is in it, which waits for the bot's last word. `recorded`, `supposed`: how often it was looked up, by
    whether its outcomes are on record."""

    __slots__ = ("changes", "new", "old", "recorded", "span", "speaks_last", "supposed", "target")

    def __init__(
        self, old: Done, new: Done, changes: tuple[EventChange, ...], span: timedelta, *, speaks_last: bool
    ) -> None:
        self.old = old
        self.new = new
        self.changes = changes
        self.span = span
        self.speaks_last = speaks_last
        self.target: Node | None = None
        self.recorded = self.supposed = 0


Node = dict[Hashable, Edge]


class Course:
    """What of a call's times makes a difference, while it goes on."""

    def __init__(self, asking: Asking, call: RecordedCall) -> None:
        self._asking = asking
        self._started = call.started
        self._heard = call.started
        self._spoke = self._pressed = call.started - timedelta(days=1)
        self._at = asking.next_at(call.started)
        self._keys = 0

    def may_wake(self, now: datetime) -> bool:
        """Whether time alone may have set a rule off by now."""
        asking = self._asking
        return (
            now - self._heard >= asking.silence
            or now - self._started >= asking.lasts
            or (self._at is not None and now >= self._at)
        )

    def moment(self, now: datetime) -> Hashable:
        """What the clock and the length of the call say to the rules."""
        asking = self._asking
        if asking.elapsed:
            return asking.minute_class(now) if asking.asks_clock else 0, self._length(now)
        return asking.minute_class(now) if asking.asks_clock else 0

    def sign(self, received: RecordedInput, now: datetime) -> Hashable | None:
        """Equal for what makes no difference; None: it has to be played. Raises TooMany."""
        if type(received) is Closed:
            return "closed", self.moment(now)
        if type(received) is Learned:
            known = self._asking.values
            heard = [(name, known[name].of(value)) for name, value in received.facts.items() if name in known]
            return "learned", tuple(heard), received.source, self.moment(now)
        if type(received) is not Reported or received.digest:
            return None
        event = received.event
        keys, passing, source, sources, _, turn_id, reported, timer, _, turn = event
        if turn_id or timer or turn is not None or not reported or not keys:
            return None
        known, told = self._asking.values, []
        for name, value in keys.items():
            values = known.get(name)
            if values is not None:
                found = values.texts.get(value) if value.__class__ is str else None
                told.append((name, values.of(value) if found is None else found))
        self._keys += len(keys)
        if self._keys > MOST_KEYS:
            return None
        sign = tuple(told), self.moment(now), source
        if passing or sources is not None or not CALLER_KEYS.isdisjoint(keys):
            return self._spoken(event, now, sign)
        if self._asking.any_event:
            return sign, self._asking.happened(event)
        return sign

    # --- inside ---

    def _spoken(self, event: Event, now: datetime, sign: Hashable) -> Hashable | None:
        keys = event.keys
        who = CALLER_KEYS.intersection(keys)
        beside = None
        if who:
            pressed = not PRESSED.isdisjoint(keys)
            if pressed and self._asking.entries:
                return None
            beside = who, now - self._spoke < PAUSE, pressed and now - self._pressed < ENTRY_GAP
            self._heard = now
            if pressed:
                self._pressed = now
            if not MOMENTARY.isdisjoint(event.passing):
                self._spoke = now
        told = self._asking.happened(event) if self._asking.any_event else ()
        sources = None if event.sources is None else tuple(event.sources.items())
        return sign, beside, event.passing, sources, told

    def _length(self, now: datetime) -> int:
        seconds = (now - self._started).total_seconds()
        return sum((seconds >= one) + (seconds > one) for one in self._asking.elapsed)


class Known:
    """What was played of two rule sets."""

    def __init__(self, old: RuleSet, new: RuleSet, counterpart: Counterparts, supposing: Supposing) -> None:
        self._sides = (old, new)
        self._counterpart = counterpart
        self._supposing = supposing
        self._asking = Asking((old, new))
        self._stances = Stance(old, self._asking), Stance(new, self._asking)
        self._same = _same_steps(old, new, counterpart)
        self._roots: dict[Hashable, Node] = {}
        self._nodes: dict[Hashable, Node] = {}
        self._asked = self.found = 0
        self._gives_up = not self._asking.knows_moments
        self.edges: list[Edge] = []

    def walk(self, call: RecordedCall) -> Sequence[Edge] | None:
        """The course of a call as far as it is known; None where it has to be played."""
        if not self._may_know(call):
            return None
        self._asked += 1
        if self._asked >= TRIAL and self.found < self._asked * WORTH_IT:
            self._gives_up = True
            return None
        try:
            found = self._walk(call)
        except TooMany:
            self._gives_up = True
            return None
        self.found += found is not None
        return found

    def play(self, call: RecordedCall) -> tuple[Played, Played]:
        """Play a call on both sides, and keep what may be looked up."""
        old, new = (Player(side, call, self._supposing) for side in self._sides)
        lesson = None
        if len(self.edges) < MOST_EDGES and self._may_know(call):
            lesson = _Lesson(self, call, (old, new))
        inputs = call.inputs
        for number, (when, received) in enumerate(inputs):
            old.come_to(when, number)
            new.come_to(when, number)
            sign = lesson.before(received, when) if lesson else None
            old.feed(received, when)
            new.feed(received, when)
            if lesson:
                until = (
                    inputs[number + 1][0]
                    if number + 1 < len(inputs)
                    else datetime.max.replace(tzinfo=when.tzinfo)
                )
                lesson.behind(sign, when, until)
        played = old.end(call.until), new.end(call.until)
        if lesson:
            lesson.over()
        return played

    # --- inside ---

    def _may_know(self, call: RecordedCall) -> bool:
        return not self._gives_up and _is_plain(call) and not (call.outcomes and self._supposing)

    def root(self, call: RecordedCall) -> Node:
        """Where a call begins. Raises TooMany."""
        state = start_call(call.call_id, call.started, call.facts)
        key = self._asking.classes(state), machine_at_start(state.facts)
        found = self._roots.get(key)
        if found is None:
            found = self._roots[key] = {}
        return found

    def node(self, players: tuple[Player, Player]) -> Node | None:
        """Where a call stands on both sides. Raises TooMany."""
        old, new = (stance.of(player.machine) for stance, player in zip(self._stances, players, strict=True))
        if old is None or new is None:
            return None
        return self._nodes.setdefault((old, new), {})

    def _walk(self, call: RecordedCall) -> Sequence[Edge] | None:
        course = Course(self._asking, call)
        recorded = _by_event(call.outcomes) if call.outcomes else None
        matched = reports = 0
        node: Node | None = self.root(call)
        free = old_says = new_says = call.started
        edges: list[Edge] = []
        for when, received in call.inputs:
            if node is None or when < free or course.may_wake(when):
                return None
            sign = course.sign(received, when)
            edge = None if sign is None else node.get(sign)
            if edge is None or (edge.speaks_last and (old_says > when or new_says > when)):
                return None
            took = NO_TIME
            if recorded is not None:
                reports += type(received) is Reported
                sent = recorded.get(_name(received, reports), ()) if type(received) is not Learned else ()
                if not _matches(sent, edge.old.handled) or not _matches(sent, edge.new.handled):
                    return None
                for one in sent:
                    took += one.took
                    matched += 1
            if edge.span or took:
                free = when + edge.span + took
                if free - when > LONGEST or course.moment(free) != course.moment(when):
                    return None
            if edge.old.says:
                old_says = max(old_says, when) + edge.old.says + took
            if edge.new.says:
                new_says = max(new_says, when) + edge.new.says + took
            edges.append(edge)
            node = edge.target
        if node is None or course.may_wake(max(call.until, free)) or matched != len(call.outcomes):
            return None
        return edges

    def keep(self, node: Node, sign: Hashable, edge: Edge) -> Edge:
        """The edge that is kept: one that was known before lasts as long as the longer of the two."""
        known = node.get(sign)
        if known is None:
            self.edges.append(edge)
            node[sign] = edge
            return edge
        known.span = max(known.span, edge.span)
        return known

    def edge(self, lesson: "_Lesson", when: datetime, until: datetime) -> Edge | None:
        """What has just followed on both sides; None where it depends on how long something takes."""
        spans, done = [], []
        for player, begun in zip(lesson.players, lesson.begun, strict=True):
            rest = player.come_to_rest(until)
            if rest is None:
                return None
            spans.append(rest - when)
            handled = tuple(player.handled[begun:])
            said = player.machine.speech.said_until
            says = NO_TIME if said is None else said - when
            done.append(Done(handled, _ending(handled), says, bool(player.machine.over)))
        old, new = done
        if any(one.timer or one.event_id.endswith(".cap") for side in done for one in side.handled):
            return None
        if max(spans) > LONGEST or self._depends_on_the_clock(old.handled, new.handled):
            return None
        changes = compare(Played(old.handled), Played(new.handled), self._counterpart).events
        last = any(is_ending(sent.verb) for side in done for one in side.handled for sent in one.verbs)
        return Edge(old, new, changes, max(spans), speaks_last=last)

    def _depends_on_the_clock(self, old: Sequence[Handled], new: Sequence[Handled]) -> bool:
        """Whether both sides send times that other steps say: they may agree today, and not tomorrow."""
        after = {one.event_id: one for one in new}
        for before in old:
            now = after.get(before.event_id)
            if now is None or not (_sends_times(before) and _sends_times(now)):
                continue
            rules = [(one[0].id, other[0].id) for one, other in zip(before.rules, now.rules, strict=False)]
            if len(before.rules) != len(now.rules) or not self._same.issuperset(rules):
                return True
        return False


class _Lesson:
    """What is learned of a call that is played. `begun`: how much each side had done before the last input."""

    def __init__(self, known: Known, call: RecordedCall, players: tuple[Player, Player]) -> None:
        self.players = players
        self.begun = [0, 0]
        self._known = known
        self._course = Course(known._asking, call)
        self._speech = False
        self._edge: Edge | None = None
        self._rested = [0, 0]
        self._into: Node | None = None
        try:
            self._into = known.root(call)
        except TooMany:
            known._gives_up = True

    def before(self, received: RecordedInput, when: datetime) -> Hashable | None:
        """Time has passed until something happens. Where more came of it than that the bot has spoken, what stood
        there before can't be looked up."""
        self.over()
        if self._into is None:
            return None
        try:
            sign = self._course.sign(received, when)
        except TooMany:
            self._known._gives_up = True
            sign = None
        self.begun = [len(player.handled) for player in self.players]
        self._speech = any(player.machine.speech.busy for player in self.players)
        return sign

    def behind(self, sign: Hashable | None, when: datetime, until: datetime) -> None:
        """It has happened: what follows at once."""
        into, self._into = self._into, None
        if into is None or sign is None:
            return
        edge = self._known.edge(self, when, until)
        if edge is None or (edge.speaks_last and self._speech) or any(player.bugs for player in self.players):
            return
        edge = self._known.keep(into, sign, edge)
        self._rested = [len(player.handled) for player in self.players]
        try:
            self._into = self._known.node(self.players)
        except TooMany:
            self._known._gives_up = True
        self._edge = edge

    def over(self) -> None:
        """Nothing else has happened since, or the call is over."""
        edge, self._edge = self._edge, None
        if [len(player.handled) for player in self.players] != self._rested:
            self._into = None
        elif edge is not None and edge.target is None:
            edge.target = self._into


def _is_plain(call: RecordedCall) -> bool:
    """Whether a call may be looked up at all: nothing but events happens in it, and all went well."""
    return (
        call.setup is RECORDED
        and not call.unknown_ending
        and not call.decided_before
        and len(call.inputs) <= MOST_EVENTS
        and all(map(_went_well, call.outcomes))
        and not any(is_ending(sent.verb) for sent in call.outcomes[:-1])
    )


def _went_well(sent: Sent) -> bool:
    return sent.receipt.went_well and sent.left is not None and not sent.receipt.result


def _by_event(outcomes: Sequence[Sent]) -> Mapping[str, list[Sent]]:
    found: dict[str, list[Sent]] = {}
    for sent in outcomes:
        found.setdefault(sent.event_id, []).append(sent)
    return found


def _name(received: RecordedInput, reports: int) -> str:
    """What the machine calls an event, of which so many were reported by now; '' for what is none."""
    if type(received) is Reported:
        return received.event.event_id or f"#{reports}"
    return ENDING_EVENT if type(received) is Closed else ""


def _matches(recorded: Sequence[Sent], handled: Sequence[Handled]) -> bool:
    """Whether what is sent is what was sent then, so that it has its outcomes."""
    sent = [sent for one in handled for sent in one.verbs if sent.left is not None]
    return len(sent) == len(recorded) and all(map(_is_same, recorded, sent))


def _is_same(recorded: Sent, sent: Sent) -> bool:
    if recorded.verb != sent.verb:
        return False
    if recorded.body is None or recorded.body == sent.body:
        return True
    timed = _sends_a_time(sent.verb)
    return timed and (recorded.rule, recorded.path) == (sent.rule, sent.path)


def _sends_a_time(verb: str) -> bool:
    spec = BY_NAME.get(verb)
    return spec is None or bool(spec.slots_of("callback_time"))


def _sends_times(one: Handled) -> bool:
    return any(_sends_a_time(sent.verb) for sent in one.verbs)


def _ending(handled: Sequence[Handled]) -> tuple[str, Sent] | None:
    return Played(tuple(handled)).ending


def _same_steps(old: RuleSet, new: RuleSet, counterpart: Counterparts) -> frozenset[tuple[str, str]]:
    """Rules whose steps are the same in both, where nothing else is said differently that may act."""
    if any(part.acts and not part.rules for part in changed_parts(old, new)):
        return frozenset()
    was = {rule.id: rule.rule for rule in old.rules}
    pairs = ((counterpart.get(rule.id, rule.id), rule) for rule in new.rules)
    return frozenset(
        (before, rule.id)
        for before, rule in pairs
        if before in was
        and (was[before].steps, was[before].otherwise) == (rule.rule.steps, rule.rule.otherwise)
    )
