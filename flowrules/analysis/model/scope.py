"""What a rule set declares, gathered over all its files before anything is asked about it."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from flowrules.analysis.model.builtin import EVENTS, FACTS
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.constraint import Constraint, Element, Elements
from flowrules.analysis.model.references import (
    CUT,
    EVENT,
    FILLED,
    KEPT,
    MEMBER,
    REMEMBERED,
    RETOLD,
    Reference,
)
from flowrules.diagnostics.guess import NO_GUESS, Guess, nearest, slip_of
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Allow,
    Before,
    DefaultDisposition,
    Destination,
    DestinationMap,
    Do,
    EventDef,
    FactDef,
    Hours,
    If,
    ListDef,
    Never,
    OnlyDeclared,
    OtherVerb,
    Promise,
    Rule,
    RuleFile,
    Step,
    Steps,
    Test,
    Timezone,
    VerbStep,
)
from flowrules.language.nodes import Name as NameNode
from flowrules.language.traverse import all_steps

T = TypeVar("T")

GUESSES = 300_000
"""How many names are looked at for "did you mean" in one run, at most: a file of thousands of unknown names is
no slip."""
_OF_ALL = frozenset({"allow", "default", "test", "timezone"})
"""First words of blocks that, not understood, leave open what holds for a whole file or rule set."""


class Declared(NamedTuple, Generic[T]):
    name: NameNode
    node: T
    unit: CheckedBlock


class Nature(NamedTuple):
    """What is certain about a fact's values: one at a time, always there, and which, where they are few."""

    single: bool = False
    always: bool = False
    universe: Elements | None = None


@dataclass(slots=True)
class Table(Generic[T]):
    """The declared names of one kind, folded. `lost` are those whose declaration could not be understood."""

    found: dict[str, Declared[T]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    again: list[tuple[CheckedBlock, NameNode, Declared[T]]] = field(default_factory=list)
    """Declarations of a name that was declared before, with the earlier one."""

    def declare(self, name: NameNode, node: T, unit: CheckedBlock) -> None:
        """Files of a folder may repeat one another's declarations word for word, so that each is whole by itself."""
        earlier = self.found.setdefault(name.key, Declared(name, node, unit))
        if earlier.unit is unit:
            return
        elsewhere = earlier.unit.block.source.path != unit.block.source.path
        if not (elsewhere and earlier.node == node):
            self.again.append((unit, name, earlier))

    def __contains__(self, key: str) -> bool:
        return key in self.found or key in self.lost

    def node(self, key: str) -> T | None:
        declared = self.found.get(key)
        return None if declared is None else declared.node

    def spelled(self) -> Iterator[str]:
        """The names as they are declared."""
        return (declared.name.text for declared in self.found.values())

    def nodes(self) -> Mapping[str, T]:
        return {key: declared.node for key, declared in self.found.items()}


@dataclass
class Scope:
    """One rule set's declarations and items.

    `mentioned` holds every word of the blocks that could not be understood: whatever stands there may be used.
    `unread` holds those blocks' first words.
    """

    files: tuple[RuleFile, ...]
    units: list[CheckedBlock] = field(default_factory=list)
    lists: Table[ListDef] = field(default_factory=Table)
    hours: Table[Hours] = field(default_factory=Table)
    destinations: Table[Destination | DestinationMap] = field(default_factory=Table)
    steps: Table[Steps] = field(default_factory=Table)
    facts: Table[FactDef] = field(default_factory=Table)
    events: Table[EventDef] = field(default_factory=Table)
    labels: Table[Rule | Never | Before] = field(default_factory=Table)
    test_labels: dict[str, Table[Test]] = field(default_factory=dict)
    """By file: tests of two files may have one name."""
    zones: list[tuple[Timezone, CheckedBlock]] = field(default_factory=list)
    allows: list[tuple[Allow, CheckedBlock]] = field(default_factory=list)
    defaults: list[tuple[DefaultDisposition, CheckedBlock]] = field(default_factory=list)
    as_written: set[str] = field(default_factory=set)
    only_declared: list[tuple[OnlyDeclared, CheckedBlock]] = field(default_factory=list)
    rules: list[CheckedBlock] = field(default_factory=list)
    rails: list[CheckedBlock] = field(default_factory=list)
    promises: list[CheckedBlock] = field(default_factory=list)
    promise_labels: Table[Promise] = field(default_factory=Table)
    tests: list[CheckedBlock] = field(default_factory=list)
    said: Mapping[Reference, int] = field(default_factory=dict)
    """What all blocks of the rule set say, how often; of more than `units` where these are a part of it."""
    too_long: set[int] = field(default_factory=set)
    """Blocks, by identity, that are refused for their number of steps: nobody goes into them."""
    mentioned: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    meant: set[str] = field(default_factory=set)
    """Names that were probably meant by ones that are not known: they are in use."""
    natures: dict[str, Nature] = field(default_factory=dict)
    conjunctions: dict[tuple[int, bool], list[Mapping[str, Constraint]] | None] = field(default_factory=dict)
    """Both worked out when first asked; conjunctions by a condition's identity, which lives as long as its file."""
    _guesses: int = GUESSES
    _defaults: dict[str, tuple[DefaultDisposition, ...]] = field(default_factory=dict)

    @property
    def has_lost(self) -> bool:
        """Whether some declaration could not be understood; the name of a rule or a test declares nothing."""
        tables = (self.lists, self.hours, self.destinations, self.steps, self.facts, self.events)
        return any(table.lost for table in tables) or not self.unread.isdisjoint(_OF_ALL)

    def accounts_for(self, key: str) -> bool:
        """Whether a name is known although no block that could not be understood may declare it."""
        known = (
            key in self.facts.found
            or key in self.events.found
            or key in self.remembered
            or key in self.members
        )
        return known or key in FACTS or key in EVENTS or key.startswith("lead.")

    def says(self, kind: str, name: str, more: str | Element = "") -> bool:
        """Whether some block says this."""
        return Reference(kind, name, more) in self.said

    def spelled(self, kind: str) -> Mapping[str, str]:
        """The names of which something is said, folded, each with its first spelling."""
        found: dict[str, str] = {}
        for one in self.said:
            if one.kind == kind:
                found.setdefault(one.name, str(one.more))
        return found

    @cached_property
    def remembered(self) -> Mapping[str, str]:
        """Facts that rules set, folded, with their spelling; members kept by `conference_add … as` too."""
        return self.spelled(REMEMBERED)

    @cached_property
    def members(self) -> Mapping[str, str]:
        return self.spelled(MEMBER)

    @cached_property
    def filled(self) -> Mapping[str, frozenset[str]]:
        """Facts that steps fill with texts, folded, each with the facts that these quote."""
        found: dict[str, frozenset[str]] = {}
        for one in self.said:
            if one.kind == FILLED:
                found[one.name] = found.get(one.name, frozenset()) | {str(one.more)}
        return found

    @cached_property
    def kept(self) -> Mapping[str, frozenset[str]]:
        """Facts that rules set, folded, each with what they set it to: `yes`, `no`, or empty for anything else."""
        found: dict[str, frozenset[str]] = {}
        for one in self.said:
            if one.kind == KEPT:
                found[one.name] = found.get(one.name, frozenset()) | {str(one.more)}
        return found

    @cached_property
    def cut(self) -> Mapping[str, int]:
        """Facts that a rule ends each time they have been yes for so long, folded, with the seconds."""
        found: dict[str, int] = {}
        for one in self.said:
            if one.kind == CUT:
                found[one.name] = min(int(str(one.more)), found.get(one.name, int(str(one.more))))
        return found

    def is_retold(self, key: str) -> bool:
        """Whether an `also` rule may have changed what an event carries before the rule that takes it is asked."""
        return self.says(RETOLD, key)

    def is_carried(self, key: str) -> bool:
        """Whether some rule or test has an event carry it: such a fact may hold several values at once."""
        return self.says(EVENT, key)

    @cached_property
    def destination_nodes(self) -> Mapping[str, Destination | DestinationMap]:
        return self.destinations.nodes()

    def guess(self, word: str, candidates: Iterable[str]) -> Guess:
        """What was meant by a name that is not known. A word that is the name of something else is no slip."""
        if self._guesses <= 0:
            return NO_GUESS
        names = list(candidates)
        self._guesses -= len(names)
        found = nearest(word, names)
        self.meant.update(map(fold, found.names))
        return found.unsure() if self._is_name(fold(word)) else found

    def nearly(self, word: str, candidates: Iterable[str]) -> Guess:
        """What was meant by a name that may as well be somebody's own: a name one letter off, and no other."""
        if self._guesses <= 0:
            return NO_GUESS
        names = list(candidates)
        self._guesses -= len(names)
        near = slip_of(word, names)
        if near is None:
            return NO_GUESS
        self.meant.add(fold(near))
        return nearest(word, [near])

    def _is_name(self, key: str) -> bool:
        """Whether something is declared, set or added under this name."""
        tables = (
            self.lists, self.hours, self.destinations, self.steps, self.facts, self.events, self.labels
        )  # fmt: skip
        return any(key in table for table in tables) or key in self.remembered or key in self.members

    def defaults_for(self, path: str) -> tuple[DefaultDisposition, ...]:
        """The default dispositions that hold for a file's rules: its own first, then the folder's."""
        known = self._defaults.get(path)
        if known is None:
            own = [node for node, unit in self.defaults if unit.block.source.path == path]
            others = [node for node, unit in self.defaults if unit.block.source.path != path]
            known = self._defaults[path] = (*own, *others)
        return known

    @cached_property
    def _behind(self) -> Mapping[str, frozenset[str]]:
        behind: dict[str, frozenset[str]] = {}
        for key, declared in self.steps.found.items():
            behind[key] = _verbs(declared.unit.steps, behind)
        return behind

    def written_out(
        self, steps: Iterable[Step], broken: Container[int] = ()
    ) -> Iterator[tuple[Step, Do | None]]:
        """The steps of a sequence in order, each `do` followed by what it names; without branches, and those of
        `if` as if both were taken. With each the sequence's own `do` that brought it. Steps whose block is
        `broken` are not entered."""
        for step in steps:
            yield step, None
            if isinstance(step, If):
                yield from self.written_out((*step.steps, *step.otherwise), broken)
            elif isinstance(step, Do):
                declared = self.steps.found.get(step.name.key)
                if declared is not None and id(declared.unit.block) not in broken:
                    for inner, _ in self.written_out(declared.node.steps, broken):
                        yield inner, step

    def verbs_in(self, steps: Iterable[Step]) -> frozenset[str]:
        """The API names of all verbs among these steps, those of branches and behind `do` included."""
        return _verbs(all_steps(steps), self._behind)


def _verbs(steps: Iterable[Step], behind: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    for step in steps:
        match step:
            case VerbStep(verb=verb):
                found.add(verb)
            case OtherVerb(name=name):
                found.add(name.text)
            case Do(name):
                found |= behind.get(name.key, frozenset())
    return frozenset(found)
