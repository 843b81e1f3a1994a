"""The tests that stand in a file: which there are, which speak of a rule, and how one goes."""

from collections.abc import Iterator
from dataclasses import dataclass

from flowrules.editor.names import Kind
from flowrules.editor.workspace import Workspace
from flowrules.language.nodes import Block, Rule, Test
from flowrules.scenarios.cases import run_case
from flowrules.source import Location, Span


@dataclass(frozen=True, slots=True)
class Lens:
    """A line above a block: `title`, and what it leads to: a test to run (`test` is its name), or `places` to show."""

    at: Location
    title: str
    test: str = ""
    places: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """How a test went: a sentence, and each place where it fell short with what was expected and what happened."""

    passed: bool
    told: str
    shortfalls: tuple[tuple[Location, str], ...] = ()


def lenses(workspace: Workspace, path: str) -> Iterator[Lens]:
    """What stands above the blocks of a file."""
    file, index = workspace.files[path], workspace.index
    for block in file.blocks:
        match block.item:
            case Test(label=label):
                yield Lens(_head(block), "Run this test", test=str(label.value))
            case Rule(label=label) if label is not None:
                (named,) = (one for one in index.names_of(block) if one.span == label.span)
                found = [
                    one for one in index.places(Kind.RULE, named.key) if isinstance(one.block.item, Test)
                ]
                if found:
                    count = len({(one.block.source.path, one.block.start) for one in found})
                    title = f"Named by {count} test{'' if count == 1 else 's'}"
                    yield Lens(_head(block), title, places=tuple(one.location for one in found))


def run_test(workspace: Workspace, path: str, label: str) -> Played:
    """Play one test of a file by its name."""
    ruleset = workspace.ruleset
    if ruleset is None:
        return Played(False, "Nothing is played while the rules have mistakes. Mend them first.")
    block = next(
        (
            one
            for one in ruleset.checked.tests
            if one.source.path == path and isinstance(one.item, Test) and str(one.item.label.value) == label
        ),
        None,
    )
    if block is None:
        return Played(False, f'There is no test "{label}" in this file.')
    case = run_case(ruleset, block)
    if case.passed:
        return Played(True, f'"{label}" passed.')
    fell = tuple((one.location, f"{one.expected} Happened: {one.happened}") for one in case.shortfalls)
    return Played(False, f'"{label}" failed.', fell)


def _head(block: Block) -> Location:
    return block.locate(Span(0, len(block.text.partition("\n")[0])))
