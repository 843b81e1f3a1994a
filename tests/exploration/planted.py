"""Rule sets with a planted fault, and what looks for it."""

from collections.abc import Callable, Hashable

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Code, Severity
from flowrules.exploration.playing.moves import Answers, Happens, Hears, Learns, Move, Passes
from flowrules.exploration.trail import Exploration
from flowrules.exploration.watching.watch import Breach, Breaches, Quiet, Step
from flowrules.source import Location, source_from_text

CODE = Code("FR000", "planted", Severity.WARNING, "A planted fault", "", "", "")
Wrong = Callable[[Step], object]


def ruleset_of(text: str) -> RuleSet:
    loaded = load_rules([source_from_text(text, "planted.rules")])
    assert loaded.ruleset is not None, loaded.findings
    return loaded.ruleset


class Planted(Quiet):
    """Finds steps that are wrong: at any time, or at the end of the call. `wrong` may give a value, by which breaches
    are told apart."""

    def __init__(self, ruleset: RuleSet, wrong: Wrong, *reads: str, at_end: bool = False) -> None:
        self.reads = frozenset(reads)
        self.place = Location(ruleset.checked.files[0].source, 0, 1)
        self.wrong = wrong
        self.at_end = at_end

    def watch(self, memory: Hashable, step: Step) -> tuple[Hashable, Breaches]:
        return memory, () if self.at_end else self._found(step)

    def end(self, memory: Hashable, step: Step) -> Breaches:
        return self._found(step) if self.at_end else ()

    def _found(self, step: Step) -> Breaches:
        found = self.wrong(step)
        return (Breach(CODE, self.place, "It is wrong.", ("planted", found)),) if found else ()


class EveryEnd(Quiet):
    """Finds every end of a call, so that every story is told."""

    def __init__(self, ruleset: RuleSet) -> None:
        self.place = Location(ruleset.checked.files[0].source, 0, 1)
        self.count = 0

    def end(self, memory: Hashable, step: Step) -> Breaches:
        self.count += 1
        return (Breach(CODE, self.place, "It is over.", self.count),)


def told_moves(explored: Exploration) -> list[str]:
    """The moves of the one story that was found, in short; what the platform simply accepts is left out."""
    (found,) = explored.breaches
    assert found.story is not None
    return [words for move in found.story.moves[1:] if (words := in_short(move))]


def in_short(move: Move) -> str:
    match move:
        case Happens(event, _, speaking):
            keys = " ".join(
                name if value is True else f"{name}={value}" for name, value in event.keys.items()
            )
            return f"{'speaking: ' if speaking else ''}{keys}"
        case Answers(reason):
            return "" if reason is None else str(reason)
        case Passes(seconds):
            return f"{seconds:g} s"
        case Learns(facts):
            return " ".join(f"{name} is {value}" for name, value in facts.items())
        case Hears(voice):
            return voice.value
        case _:
            return type(move).__name__
