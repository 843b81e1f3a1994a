"""What stands above the blocks of a file: tests and how they went, how often a rule ran, its stories; and one test."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from flowrules.editor.index import Found, Index
from flowrules.editor.names import Kind
from flowrules.editor.workspace import Workspace
from flowrules.language.names import fold
from flowrules.language.nodes import Block, Rule, Test
from flowrules.source import Location, Span


@dataclass(frozen=True, slots=True)
class Lens:
    """A line above a block: `title`, and what it leads to: a test to run (`test` is its name), a rule to `explore`, or
    `places` to show."""

    at: Location
    title: str
    test: str = ""
    explore: bool = False
    places: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """How a test went: a sentence, and each place where it fell short with what was expected and what happened."""

    passed: bool
    told: str
    shortfalls: tuple[tuple[Location, str], ...] = ()


def lenses(
    workspace: Workspace, path: str, fired: Callable[[Block], int | None] | None = None
) -> Iterator[Lens]:
    """What stands above the blocks of a file. `fired`: how often a rule ran in the last week, where that is known."""
    tests, named = workspace.tests, _naming_tests(workspace.index)
    for block in workspace.files[path].blocks:
        match block.item:
            case Test(label=label):
                went = tests.get((path, block.locate(label.span).start))
                result = {None: "", True: " (it passes)", False: " (it does not pass)"}[went]
                yield Lens(_head(block), f"Run this test{result}", test=str(label.value))
            case Rule(label=label):
                times = None if fired is None else fired(block)
                if times is not None:
                    yield Lens(_head(block), f"{_fired(times)} last week")
                found = () if label is None else named.get(fold(str(label.value)), ())
                if found:
                    count = len({(one.block.source.path, one.block.start) for one in found})
                    title = f"Named by {count} test{'' if count == 1 else 's'}"
                    yield Lens(_head(block), title, places=tuple(one.location for one in found))
                yield Lens(_head(block), "Explore this rule", explore=True)


def _fired(times: int) -> str:
    return {0: "Did not fire", 1: "Fired once"}.get(times, f"Fired {times:,} times")


def _naming_tests(index: Index) -> Mapping[str, list[Found]]:
    """By the name of a rule the places in tests that name it."""
    found: dict[str, list[Found]] = {}
    for file in index.files:
        for block in file.blocks:
            if isinstance(block.item, Test):
                for named in index.names_of(block):
                    if named.kind is Kind.RULE:
                        found.setdefault(named.key, []).append(Found(named, block))
    return found


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
    from flowrules.scenarios.cases import run_case  # With the first test that is played.

    case = run_case(ruleset, block)
    if case.passed:
        return Played(True, f'"{label}" passed.')
    fell = tuple((one.location, str(one)) for one in case.shortfalls)
    return Played(False, f'"{label}" failed.', fell)


def _head(block: Block) -> Location:
    return block.locate(Span(0, len(block.text.partition("\n")[0])))
