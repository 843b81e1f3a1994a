"""The search: from the start of a call, breadth first, every move that matters; what watchers find on the way."""

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence

from flowrules.call.effects import Record
from flowrules.call.entries import CapDue, Decided, Entry, NotSent, Received
from flowrules.call.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.alike import Known, Origin, Played, Prospect
from flowrules.exploration.budget import ORDINARY, Budget
from flowrules.exploration.concerns import NOTHING, Concern, Concerns
from flowrules.exploration.coverage import Coverage
from flowrules.exploration.keys import Keys
from flowrules.exploration.playing.alphabet import Alphabet, alphabet_of
from flowrules.exploration.playing.asked import Asked, asked_of
from flowrules.exploration.playing.beginnings import changes
from flowrules.exploration.playing.moves import (
    Answers,
    Begins,
    Closes,
    GoesOn,
    Happens,
    Hears,
    Learns,
    Move,
    Passes,
    cost,
)
from flowrules.exploration.playing.world import SETUP, World, begin, play
from flowrules.exploration.shrink import shrunk
from flowrules.exploration.story import Story
from flowrules.exploration.trail import Exploration, Found, Node, Trail
from flowrules.exploration.watching.watch import Breaches, Step, Watcher

Clock = Callable[[], float]
"""Seconds, from any beginning."""


BREATH = 64
"""After so many inputs the clock is looked at, and progress is told."""


def explore(
    ruleset: RuleSet,
    watchers: Sequence[Watcher],
    budget: Budget = ORDINARY,
    *,
    clock: Clock | None = None,
    alphabet: Alphabet | None = None,
    first: Collection[str] = (),
    progress: Callable[[Coverage], None] | None = None,
    thorough: bool = False,
) -> Exploration:
    """Play a rule set. Where the budget names seconds, `clock` says how many have passed. `first`: the ids of rules
    whose events are played before others. `thorough`: play, too, what is known to lead to nothing new."""
    asked = asked_of(ruleset, [name for watcher in watchers for name in sorted(watcher.reads)])
    alphabet = alphabet or alphabet_of(ruleset, asked, budget.seed, first=first)
    return _Search(ruleset, watchers, budget, clock, asked, alphabet, progress, thorough=thorough).run()


class _Search:
    def __init__(
        self,
        ruleset: RuleSet,
        watchers: Sequence[Watcher],
        budget: Budget,
        clock: Clock | None,
        asked: Asked,
        alphabet: Alphabet,
        progress: Callable[[Coverage], None] | None,
        *,
        thorough: bool,
    ) -> None:
        assert budget.seconds is None or clock is not None, "seconds are counted by a clock"
        self.ruleset = ruleset
        self.watchers = tuple(watchers)
        self.budget = budget
        self.clock = clock
        self.progress = progress
        self.setup = Setup() if any(watcher.wants_steps for watcher in self.watchers) else SETUP
        self.alphabet = alphabet
        self.thorough = thorough
        self.keys = Keys(
            ruleset, asked, changes(ruleset, self.alphabet.begins), self.watchers, thorough=thorough
        )
        reads = [name for watcher in watchers for name in watcher.reads]
        self.concerns = Concerns(ruleset, asked, reads, self.keys)
        self.numbers = self.alphabet.numbers()
        self.worlds = Known()
        self.played = Played()
        """What was played as the last thing that happens in a story."""
        self.episodes = 0
        self.until: float | None = None
        self.coverage = Coverage(ruleset, wanted=budget.depth)
        self.found: dict[Hashable, Found] = {}
        self.ranks: dict[Hashable, tuple[int, bool, int, int, int]] = {}
        """Of the stories that were found: of two, the one with less depth, then with an ordinary close, then with fewer
        moves, then with less in the middle of a request, then with fewer facts is told."""

    def run(self) -> Exploration:
        began = self.clock() if self.clock is not None else 0.0
        self.until = None if self.budget.seconds is None else began + self.budget.seconds
        ordinary, *others = self.alphabet.begins
        level = self._begun((ordinary,), 0)
        for depth in range(self.budget.depth + 1):
            if depth == 1:  # That a call comes up otherwise is one thing that happens.
                level += self._begun(others, 1)
            level = self._level(level, depth)
            if self.coverage.cut:
                break
            self.coverage.depth = depth
            if depth and not level:
                break
        for watcher in self.watchers:
            self._note(watcher.conclude(self.coverage), None, 0)
        if self.clock is not None:
            self.coverage.seconds = self.clock() - began
        found = sorted(self.found.items(), key=lambda one: self.ranks[one[0]])
        shown = tuple(
            Found(breach, story and shrunk(story, key, self.watchers, self.setup))
            for key, (breach, story) in found
        )
        looked_for = frozenset(code for watcher in self.watchers for code in watcher.codes)
        return Exploration(shown, self.coverage, looked_for)

    def _level(self, level: Iterable[Node], depth: int) -> list[Node]:
        """Play all that costs nothing more from the nodes of a depth; the nodes of the next one. What happens last in a
        story is played with all that follows from it: the nodes before it are nodes of the last level, too."""
        deeper, most = list[Node](), self.budget.depth
        todo = deque(level)
        while todo and not self.coverage.cut:
            node = todo.popleft()
            if node.depth and self.worlds.has(node.digest, node.sight.parts, node.depth - 1):
                continue  # Met since at less cost.
            prospect, later = self._prospect(node), False
            for move, price in self._moves(node):
                if self.coverage.cut:
                    break  # Where a move begins takes long to say of many rules, and nothing is played any more.
                happens_last = price > 0 and node.depth + price == most and not isinstance(move, Passes)
                if happens_last and depth < most:
                    later = True
                elif happens_last or (depth == most and isinstance(move, Closes)):
                    self._last(node, prospect, move, price)
                elif node.depth == depth and not (
                    isinstance(move, Closes)
                    and not self.thorough
                    and prospect.closes_alike(depth, self.played)
                ):
                    after, _ = self._step(node, move, price, self._origin(node, prospect, move))
                    if after is not None:
                        (deeper if after.depth > depth else todo).append(after)
            if later:
                deeper.append(node)
        return deeper

    def _moves(self, node: Node) -> Iterator[tuple[Move, int]]:
        """The moves that the budget allows, each with what it uses up."""
        world, due, most = node.world, node.sight.due, self.budget.depth
        speech = world.machine.speech.said_until
        waited_for = world.machine.busy or (speech is not None and speech == due)
        for move in self.alphabet.moves(world, due, node.trail.move, last_one=node.depth == most):
            price = cost(move, waited_for=waited_for)
            if node.depth + price <= most:
                yield move, price

    def _prospect(self, node: Node) -> Prospect:
        machine = node.world.machine
        busy = machine.busy or machine.closed
        return Prospect(
            node.sight,
            node.origin,
            busy=busy,
            concerns=self.concerns,
            numbers=self.numbers,
            fresh=self.fresh,
        )

    def _last(self, node: Node, prospect: Prospect, move: Move, price: int) -> Concern:
        """Play a move as the last thing that happens, with all that follows from it, unless something alike was played.
        The rules that were looked at meanwhile."""
        if not self.thorough and (known := prospect.known(move, node.depth, self.played)) is not None:
            self.coverage.alike += 1
            return known
        origin = self._origin(node, prospect, move)
        after, looked = self._step(node, move, price, origin)
        looked |= origin.concern
        todo = deque([after] if after is not None else ())
        while todo and not self.coverage.cut:
            node_now = todo.popleft()
            ahead = self._prospect(node_now)
            for further, more in self._moves(node_now):
                if isinstance(further, Closes):
                    looked |= self._last(node_now, ahead, further, more)
                    continue
                after, seen = self._step(node_now, further, more, self._origin(node_now, ahead, further))
                looked |= seen
                if after is not None:
                    todo.append(after)
        if not self.coverage.cut:
            prospect.note(move, looked, node.depth, self.played)
        return looked

    def _spent(self) -> bool:
        budget, coverage = self.budget, self.coverage
        if coverage.cut:
            return True
        if budget.inputs is not None and coverage.inputs >= budget.inputs:
            coverage.cut.append(f"as far as {budget.inputs:,} inputs lead")
        elif coverage.inputs % BREATH == 0:
            if self.until is not None and self.clock is not None and self.clock() > self.until:
                coverage.cut.append(f"as far as {budget.seconds:g} seconds lead")
            if self.progress is not None:
                self.progress(coverage)
        return bool(coverage.cut)

    def _begun(self, moves: Iterable[Begins], depth: int) -> list[Node]:
        found = []
        for move in moves:
            world = begin(self.ruleset, move, self.setup)
            memories = tuple([watcher.begin(world) for watcher in self.watchers])
            node, _ = self._play(world, memories, None, move, (depth, 0), self.fresh())
            if node is not None:
                found.append(node)
        return found

    def _step(self, node: Node, move: Move, price: int, origin: Origin) -> tuple[Node | None, Concern]:
        """Play a move; None where it leads to nothing new. And the rules that were looked at."""
        if self._spent():
            return None, NOTHING
        return self._play(node.world, node.memories, node.trail, move, (node.depth, price), origin)

    def _play(
        self,
        world: World,
        memories: tuple[Hashable, ...],
        before: Trail | None,
        move: Move,
        cost: tuple[int, int],
        origin: Origin,
    ) -> tuple[Node | None, Concern]:
        """`cost`: what was used up of the depth before, and what the move uses up."""
        step = Step(move, world, *play(world, move))
        abrupt = before is not None and (before.abrupt or (isinstance(move, Closes) and world.busy))
        length, facts, meanwhile = (before.length, before.facts, before.meanwhile) if before else (0, 0, 0)
        meanwhile += bool(world.pending) and isinstance(move, Happens | GoesOn | Hears)
        trail = Trail(before, move, length + 1, abrupt, facts + _told(move), meanwhile)
        after, coverage = step.after, self.coverage
        coverage.inputs += 1
        acts, looked = False, NOTHING
        for effect in step.effects:
            if type(effect) is Record:
                entry = effect.entry
                if type(entry) is Decided or type(entry) is CapDue:
                    coverage.note(entry)
                    acts = acts or _runs(entry)
                    if type(entry) is Decided:
                        looked |= self.concerns.decided(entry.event)
                elif type(entry) is Received or type(entry) is NotSent:
                    coverage.note(entry)
        depth, price = cost
        if acts or not isinstance(move, Passes):  # Time in which nothing happens is waited for, too.
            depth += price
        kept = []
        for watcher, memory in zip(self.watchers, memories, strict=True):
            memory, breaches = watcher.watch(memory, step)
            if after.finished:
                breaches += watcher.end(memory, step)
            if breaches:
                self._note(breaches, trail, depth)
            kept.append(memory)
        if after.finished:
            return None, looked
        memories = tuple(kept)
        sight = self.keys.of(after, memories, origin.number)
        if self.thorough:
            sight = sight._replace(rest=(sight.rest, sight.parts), parts=())
        digest, parts = hash(sight.core), sight.parts
        if self.worlds.has(digest, parts, depth):
            return None, looked | self._ahead(after)
        self.worlds.add(digest, parts, depth)
        coverage.states += 1
        origin = Origin(origin.number, origin.concern | looked)
        return Node(after, memories, trail, origin, sight, digest, depth), looked

    def _origin(self, node: Node, prospect: Prospect, move: Move) -> Origin:
        """Where that began which is under way once a move is made."""
        origin = prospect.origin(move)
        return self.fresh(origin.concern) if self.thorough and not node.world.busy else origin

    def _ahead(self, world: World) -> Concern:
        """What may be looked at from a world on, where nothing more happens."""
        machine = world.machine
        if machine.closed:
            return self.concerns.raised
        return self.concerns.unforeseen if machine.busy or machine.speech.busy else NOTHING

    def fresh(self, concern: Concern = NOTHING) -> Origin:
        """The origin of plans that are like no others."""
        self.episodes += 1
        return Origin(self.episodes, concern)

    def _note(self, breaches: Breaches, trail: Trail | None, depth: int) -> None:
        for breach in breaches:
            rank = (
                (depth, False, 0, 0, 0)
                if trail is None
                else (depth, trail.abrupt, trail.length, trail.meanwhile, trail.facts)
            )
            if breach.key not in self.found or rank < self.ranks[breach.key]:
                story = None if trail is None else Story(self.ruleset, trail.moves(), depth)
                self.found[breach.key] = Found(breach, story)
                self.ranks[breach.key] = rank


def _runs(entry: Entry) -> bool:
    """Whether rules run, or a pair is closed."""
    return isinstance(entry, CapDue) or (isinstance(entry, Decided) and bool(entry.decision.parts))


def _told(move: Move) -> int:
    """How many facts a move tells."""
    match move:
        case Begins(_, told, known):
            return len(told) + len(known)
        case Happens(event, _, speaking):
            return len(event.keys) + speaking
        case GoesOn(event):
            return len(event.keys)
        case Learns(facts):
            return len(facts)
        case Answers() | Passes() | Hears() | Closes():
            return 0
