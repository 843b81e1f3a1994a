"""Where a plan differs from what is written: records that are sent before an ending, and steps of `before` rails."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowrules.editor.index import Index
from flowrules.language.nodes import (
    Before,
    Block,
    GuardWord,
    If,
    OrderAsWritten,
    RuleFile,
    Step,
    Steps,
    VerbStep,
)
from flowrules.language.nodes import Rule as RuleNode
from flowrules.language.printer import print_condition, print_step
from flowrules.language.traverse import all_steps, failures_of, sequences
from flowrules.source import Location
from flowrules.verbs import BY_NAME, Effect

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Hint:
    """Words shown at a place, that are not part of the text; `tip` says more."""

    at: Location
    text: str
    tip: str


def hints(file: RuleFile, index: Index, start: int = 0, end: int | None = None) -> Iterator[Hint]:
    """The hints in a stretch of a file, in order."""
    end = len(file.source.text) if end is None else end
    moves = not any(isinstance(block.item, OrderAsWritten) for block in file.blocks)
    rails = [one for one in _rails(index) if isinstance(one.item, Before)]
    for block in file.blocks:
        if block.item is None or block.end < start or block.start > end:
            continue
        found: list[Hint] = []
        for steps in sequences(block.item):
            if moves:
                found += _moved(block, steps)
            if isinstance(block.item, RuleNode | Steps):
                found += _brought(block, steps, rails)
        yield from sorted(found, key=lambda hint: hint.at.start)


def _rails(index: Index) -> Iterator[Block]:
    for file in index.files:
        yield from (block for block in file.blocks if isinstance(block.item, Before))


def _moved(block: Block, steps: Sequence[Step]) -> Iterator[Hint]:
    """Records that stand behind an ending, and are sent before it."""
    ending: VerbStep | None = None
    for step in steps:
        if isinstance(step, VerbStep):
            effect = BY_NAME[step.verb].effect
            if ending is None and effect is Effect.ENDING:
                ending = step
            elif ending is not None and effect is Effect.RECORD:
                yield Hint(
                    _end_of(block, step),
                    f"moved before {ending.word}",
                    f"{ending.word} ends the bot's part of the call, so this is sent before it.",
                )
        for branch in failures_of(step):
            yield from _moved(block, branch.steps)
        if isinstance(step, If):
            yield from _moved(block, step.steps)
            yield from _moved(block, step.otherwise)


def _brought(block: Block, steps: Iterable[Step], rails: Sequence[Block]) -> Iterator[Hint]:
    """What the `before` rails over a verb put before it."""
    for step in all_steps(steps):
        if not isinstance(step, VerbStep):
            continue
        words = {step.verb, step.word.lower()}
        for rail in rails:
            node = rail.item
            assert isinstance(node, Before)
            if words.isdisjoint(verb.key for verb in node.verbs):
                continue
            first = ", then ".join(print_step(one) for one in node.steps)
            conditions = "".join(
                f" {'unless' if guard.word is GuardWord.UNLESS else 'when'} {print_condition(guard.condition)}"
                for guard in node.guards
            )
            line = rail.source.position(rail.start).line
            begin = block.start + step.word_span.start
            yield Hint(
                Location(block.source, begin, begin),
                _short(f"first {first}{conditions}"),
                f"The guard rail in line {line} of {rail.source.path} puts this before each {step.word}.",
            )


def _end_of(block: Block, step: VerbStep) -> Location:
    """Behind the step's own words, before its failure branches."""
    end = block.start + step.span.end
    if step.failures:
        first = min(branch.span.start for branch in step.failures)
        end = block.start + len(block.text[:first].rstrip())
    return Location(block.source, end, end)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
