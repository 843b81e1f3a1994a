"""A block of a rule set that was understood, with what stands anywhere inside it."""

from dataclasses import dataclass
from functools import cached_property

from flowrules.analysis.model.builtin import is_reserved
from flowrules.analysis.model.references import TESTED, Need, Reference, needs_of, references_in
from flowrules.language.nodes import Block, Condition, If, Item, Step, Test
from flowrules.language.traverse import (
    Atom,
    all_steps,
    atoms,
    event_tests,
    guards_of,
    patterns,
    promised,
    sequences,
)


@dataclass(frozen=True)
class CheckedBlock:
    """A block that was understood, with what stands anywhere inside it."""

    block: Block
    item: Item
    order: int
    """Its place among the blocks of the rule set."""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step, those of branches included."""
        return tuple(step for sequence in sequences(self.item) for step in all_steps(sequence))

    @cached_property
    def expected(self) -> tuple[Step, ...]:
        """The steps that a test names."""
        return tuple(patterns(self.item))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of guards, then what is promised, then those of `if` steps."""
        guards = (guard.condition for guard in guards_of(self.item))
        return (
            *guards,
            *promised(self.item),
            *(step.condition for step in self.steps if isinstance(step, If)),
        )

    @cached_property
    def needs(self) -> frozenset[Need]:
        """The declarations without which the block can't be compiled."""
        return frozenset(needs_of(self.asked, (*self.steps, *self.expected)))

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """What the block says that others are checked against."""
        said = tuple(references_in(self.item, self.steps, self.asked, self.expected))
        return (*said, Reference(TESTED, self.block.source.path)) if isinstance(self.item, Test) else said

    @cached_property
    def asked(self) -> tuple[Atom, ...]:
        """Every single question, of triggers too; a trigger that asks what no event carries is left out."""
        tests = (
            test.test
            for test in event_tests(self.item)
            if test.test is not None and not is_reserved(test.name.key)
        )
        return (*tests, *(atom for condition in self.conditions for atom in atoms(condition)))
