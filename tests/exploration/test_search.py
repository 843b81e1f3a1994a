"""The explorer finds what is wrong, in its shortest story."""

from collections.abc import Callable, Hashable

from flowrules.compiler.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Code, Severity
from flowrules.exploration.budget import Budget
from flowrules.exploration.moves import Answers, Closes, Happens, Move
from flowrules.exploration.search import Exploration, explore
from flowrules.exploration.watch import Breach, Breaches, Quiet, Step
from flowrules.exploration.world import World
from flowrules.source import Location, source_from_text

CODE = Code("FR000", "planted", Severity.WARNING, "A planted fault", "", "", "")


def ruleset_of(text: str) -> RuleSet:
    loaded = load_rules([source_from_text(text, "planted.rules")])
    assert loaded.ruleset is not None, loaded.findings
    return loaded.ruleset


class Planted(Quiet):
    """Finds worlds that are wrong: at every step, or at the end of the call."""

    def __init__(
        self, ruleset: RuleSet, wrong: Callable[[World], bool], *reads: str, at_end: bool = False
    ) -> None:
        self.reads = frozenset(reads)
        self.place = Location(ruleset.checked.files[0].source, 0, 1)
        self.wrong = wrong
        self.at_end = at_end

    def watch(self, memory: Hashable, step: Step) -> tuple[Hashable, Breaches]:
        return memory, () if self.at_end else self._found(step)

    def end(self, memory: Hashable, step: Step) -> Breaches:
        return self._found(step) if self.at_end else ()

    def _found(self, step: Step) -> Breaches:
        return (Breach(CODE, self.place, "It is wrong.", "planted"),) if self.wrong(step.after) else ()


def moves_to(explored: Exploration) -> tuple[Move, ...]:
    (found,) = explored.breaches
    assert found.story is not None
    return found.story.moves[1:]


def names(move: Move) -> str:
    match move:
        case Happens(event):
            return " ".join(f"{key}={value}" for key, value in event.keys.items())
        case _:
            return type(move).__name__


PAUSES = """\
on intent=card recording_pause because "card number" then say "Please read it out."
on intent=done recording_resume
"""


def test_the_recording_that_stays_paused_is_found_in_its_shortest_story() -> None:
    ruleset = ruleset_of(PAUSES)
    watcher = Planted(
        ruleset,
        lambda world: world.machine.state.facts["call.recording"] == "paused",
        "call.recording",
        at_end=True,
    )
    moves = moves_to(explore(ruleset, [watcher], Budget(depth=2)))
    assert [names(move) for move in moves[:2]] == ["intent=card", "Answers"]
    assert isinstance(moves[-1], Closes)
    assert all(move.reason is None for move in moves if isinstance(move, Answers))
