"""What playing calls shows of rules that are being edited: the tests in their files, and stories that go wrong.

It takes seconds, so it is done apart from answering an editor (`background/player.py`). A `Player` keeps what it has
played of a rule set for its next edit.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from flowrules.analysis.checks.answers import answered
from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.call.setup import Setup
from flowrules.compiler.loading.load import Loaded, load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.answers import ANSWERS_NOTHING
from flowrules.diagnostics.codes.hygiene import TEST_PROVES_NOTHING
from flowrules.diagnostics.diagnostic import Diagnostic, Findings, in_order
from flowrules.editor.failing import failing
from flowrules.editor.kept import Moves, block_at
from flowrules.editor.near import alphabet_near, near
from flowrules.editor.played import SECONDS, Explored, Played, TestPlayed
from flowrules.editor.reach import EVERYTHING, reach_of
from flowrules.exploration.budget import Budget
from flowrules.exploration.coverage import Coverage
from flowrules.exploration.deep_enough import deep_enough
from flowrules.exploration.findings import findings_of, looked_for
from flowrules.exploration.kept import LITTLE, TESTED
from flowrules.exploration.playing.moves import Move
from flowrules.exploration.playing.world import SETUP
from flowrules.exploration.search import Clock, explore
from flowrules.exploration.shrink import shown_by
from flowrules.exploration.story import Story
from flowrules.exploration.trail import Exploration, Found
from flowrules.exploration.watchers import watchers_of
from flowrules.language.nodes import RuleFile, Test
from flowrules.scenarios.case_result import CaseResult
from flowrules.scenarios.cases import run_case
from flowrules.scenarios.proof import unproven
from flowrules.source import Location, SourceFile

OF_AN_EDIT = 0.3
"""The part of that time that goes to stories around the rules that an edit has changed."""
MOST_CHANGED = 20
"""Where an edit changes more rules, nothing is played around each."""
BATCH = 16
"""Tests that are played before it is looked whether another edit has come."""
MOST_KEPT = 100
"""Stories that are played again after an edit, at most."""


@dataclass(frozen=True, slots=True)
class _Searched:
    """A rule set of which stories were played to the end, what was found and looked for, and how far."""

    ruleset: RuleSet
    findings: Findings
    looked_for: frozenset[str]
    looked: tuple[str, ...]
    far: bool
    tested: bool


class Player:
    """Plays one rule set, edit by edit. `clock` counts seconds, from any beginning; what it raises ends the playing."""

    def __init__(self, clock: Clock, fence: DestinationPolicy = DEFAULT_POLICY) -> None:
        self._clock = clock
        self._fence = fence
        self._loaded: Loaded | None = None
        self._proven: dict[int, Test] = {}
        """Tests that pass and prove something, in `_proven_in`, by their identity."""
        self._proven_in: RuleSet | None = None
        self._kept: tuple[tuple[tuple[Move, ...], int], ...] = ()
        """Stories that have shown something: their moves, and their depth."""
        self._searched: _Searched | None = None

    def play(self, sources: Sequence[SourceFile], seconds: float = SECONDS) -> Iterator[Played]:
        """Play what an edit can touch; what is found is told after each part. Nothing where the texts have errors."""
        ruleset = self._load(sources)
        if ruleset is None:
            return
        tests, found = self._tests(ruleset)
        before = self._searched
        reach = EVERYTHING if before is None else reach_of(before.ruleset, ruleset)
        if before is not None and reach.nothing:
            told = _told_again(before.findings, before.ruleset, ruleset, before.looked_for)
            self._searched = replace(before, ruleset=ruleset, findings=told)
            yield Played(
                _together(ruleset, found, told), tests, before.looked, True, before.far, before.tested
            )
            return
        again = self._again(ruleset)
        first = _findings(ruleset, again)
        yield Played(_together(ruleset, found, first), tests, (), last=not seconds)
        if not seconds:
            return
        around: tuple[Found, ...] = ()
        if before is not None and 0 < len(reach.rules) <= MOST_CHANGED:
            around = self._around(ruleset, reach.rules, seconds * OF_AN_EDIT).breaches
            seconds *= 1 - OF_AN_EDIT
            if around:
                again = _joined(again, around)
                yield Played(_together(ruleset, found, _findings(ruleset, again)), tests, (), last=False)
        whole = explore(
            ruleset,
            watchers_of(ruleset),
            Budget(deep_enough(ruleset), seconds),
            clock=self._clock,
            first=reach.rules,
        )
        all_of_it = replace(whole, breaches=_joined(whole.breaches, again))
        findings, looked = findings_of(all_of_it), whole.coverage.words()
        depth = whole.coverage.wanted if whole.coverage.complete else whole.coverage.depth
        far = whole.coverage.complete or depth >= LITTLE
        tested = depth >= (TESTED.depth or 0)
        self._kept = ()
        self._keep(all_of_it.breaches)
        self._searched = _Searched(ruleset, findings, looked_for(whole), looked, far, tested)
        yield Played(_together(ruleset, found, findings), tests, looked, True, far, tested)

    def explore(
        self, sources: Sequence[SourceFile], path: str, offset: int, seconds: float = SECONDS
    ) -> Explored | None:
        """Play the stories around the rule at a place, longer than is done by itself; None where no rule stands there
        or the texts have errors."""
        ruleset = self._load(sources)
        if ruleset is None:
            return None
        file = next((file for file in ruleset.checked.read if file.source.path == path), None)
        block = None if file is None else block_at(file, offset)
        places = {(one.source.path, one.start): rule for rule, one in ruleset.blocks.items()}
        rule = None if block is None else places.get((path, block.start))
        if block is None or rule is None:
            return None
        found = self._around(ruleset, {rule}, seconds)
        self._keep(found.breaches)
        label = next(ruleset.ref(one).label for one in ruleset.rules if one.id == rule)
        own: list[Diagnostic] = []
        others: list[Diagnostic] = []
        for finding in _findings(ruleset, found.breaches):
            inside = finding.location.source is block.source and (
                block.start <= finding.location.start <= block.end
            )
            (own if inside else others).append(finding)
        return Explored(label, (*own, *others), found.coverage.words())

    def _load(self, sources: Sequence[SourceFile]) -> RuleSet | None:
        self._loaded = load_rules(sources, fence=self._fence, previous=self._loaded)
        return self._loaded.ruleset

    # --- tests ----------------------------------------------------------------------------------------------

    def _tests(self, ruleset: RuleSet) -> tuple[tuple[TestPlayed, ...], Findings]:
        """How the tests go, those that the edit can't touch as before; which fail, and which prove nothing."""
        reach = EVERYTHING if self._proven_in is None else reach_of(self._proven_in, ruleset)
        self._proven = {key: one for key, one in self._proven.items() if not reach.touches(one)}
        self._proven_in = ruleset
        blocks = dict(zip(_test_places(ruleset.checked.read), ruleset.checked.tests, strict=True))
        todo = [(item, block) for (_, item), block in blocks.items() if id(item) not in self._proven]
        cases: dict[int, CaseResult] = {}
        found: list[Diagnostic] = []
        for batch in (todo[at : at + BATCH] for at in range(0, len(todo), BATCH)):
            self._clock()  # It raises where another edit has come.
            played = [run_case(ruleset, block) for _, block in batch]
            wrong = [one for case in played for one in failing(case)]
            wrong += [one for one in unproven(ruleset, played) if one.code is TEST_PROVES_NOTHING]
            found += wrong
            places = {one.location for one in wrong}
            for (item, _), case in zip(batch, played, strict=True):
                cases[id(item)] = case
                if case.passed and case.location not in places:
                    self._proven[id(item)] = item
        tests = tuple(
            TestPlayed(where, str(item.label.value), id(item) not in cases or cases[id(item)].passed)
            for where, item in blocks
        )
        return tests, answered(ruleset.checked.files, tuple(found), {TEST_PROVES_NOTHING.id})

    # --- stories --------------------------------------------------------------------------------------------

    def _again(self, ruleset: RuleSet) -> tuple[Found, ...]:
        """What stories show that have shown something before the edit."""
        watchers = watchers_of(ruleset)
        setup = Setup() if any(watcher.wants_steps for watcher in watchers) else SETUP
        found: list[Found] = []
        for moves, depth in self._kept:
            self._clock()
            story = Story(ruleset, moves, depth)
            found += (Found(breach, story) for breach in shown_by(ruleset, moves, watchers, setup))
        return _joined(found)

    def _around(self, ruleset: RuleSet, rules: Iterable[str], seconds: float) -> Exploration:
        watchers = watchers_of(ruleset)
        alphabet = alphabet_near(ruleset, watchers, near(ruleset, frozenset(rules)))
        budget = Budget(deep_enough(ruleset), seconds)
        found = explore(ruleset, watchers, budget, clock=self._clock, alphabet=alphabet)
        # What only all stories together show is not to be said of some.
        return replace(found, breaches=tuple(one for one in found.breaches if one.story is not None))

    def _keep(self, found: Iterable[Found]) -> None:
        stories = [one.story for one in found if one.story is not None]
        kept = [*((story.moves, story.depth) for story in stories), *self._kept]
        self._kept = tuple(one for at, one in enumerate(kept) if one not in kept[:at])[:MOST_KEPT]


def _test_places(files: Iterable[RuleFile]) -> Iterator[tuple[Location, Test]]:
    for file in files:
        for block in file.blocks:
            if isinstance(block.item, Test):
                yield block.locate(block.item.label.span), block.item


def _joined(*groups: Iterable[Found]) -> tuple[Found, ...]:
    """Each breach with its shortest story."""
    joined: dict[Hashable, Found] = {}
    for one in (one for group in groups for one in group):
        known = joined.get(one.breach.key)
        if known is None or _length(one) < _length(known):
            joined[one.breach.key] = one
    return tuple(joined.values())


def _length(found: Found) -> tuple[int, int]:
    return (0, 0) if found.story is None else (found.story.depth, len(found.story.moves))


def _findings(ruleset: RuleSet, found: tuple[Found, ...]) -> Findings:
    """Findings of some stories, from which nothing follows about what is not among them."""
    return findings_of(Exploration(found, Coverage(ruleset)))


def _told_again(findings: Findings, before: RuleSet, after: RuleSet, looked_for: frozenset[str]) -> Findings:
    """Findings where every call goes on as before, at the places and with the answers that are in the texts now."""
    bare = (replace(one, answered="") for one in findings if one.code is not ANSWERS_NOTHING)
    moved = tuple(Moves(before.checked.read, after.checked.read).findings(bare))
    return answered(after.checked.files, moved, looked_for)


def _together(ruleset: RuleSet, *findings: Findings) -> Findings:
    """In the order of the files."""
    order = {file.source.path: at for at, file in enumerate(ruleset.checked.files)}
    every = (one for some in findings for one in some)
    return in_order(sorted(every, key=lambda one: order[one.location.source.path]))
