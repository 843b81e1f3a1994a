"""Rule sets that have a hazard, beside those that nearly have it: what exploration finds in them, and in which story."""

from flowrules.analysis.checks.answers import answered
from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.diagnostic import Diagnostic
from flowrules.exploration.budget import Budget
from flowrules.exploration.hazards import Hazards
from flowrules.exploration.hazards.hazard import Hazard
from flowrules.exploration.playing.moves import Answers, GoesOn, Happens, Hears, Learns, Move, Passes
from flowrules.exploration.search import explore
from flowrules.exploration.trail import Found
from flowrules.source import source_from_text


def play(text: str, *hazards: type[Hazard], depth: int = 3) -> tuple[Found, ...]:
    loaded = load_rules([source_from_text(text, "a.rules")])
    assert loaded.ruleset is not None, [finding.message for finding in loaded.findings]
    watcher = Hazards(loaded.ruleset, tuple(hazard(loaded.ruleset) for hazard in hazards))
    return explore(loaded.ruleset, (watcher,), Budget(depth)).breaches


def stories(text: str, *hazards: type[Hazard], depth: int = 3) -> list[tuple[str, int, str]]:
    """Of each finding its name, its line, and its story in short words."""
    return [
        (
            found.breach.code.name,
            found.breach.location.first.line,
            "; ".join(map(told, found.story.moves[1:])) if found.story else "",
        )
        for found in play(text, *hazards, depth=depth)
    ]


def reasons(text: str, *hazards: type[Hazard], depth: int = 3) -> list[tuple[str, str]]:
    """Of each finding its name and the reason why it is meant; answers that answer nothing too."""
    loaded = load_rules([source_from_text(text, "a.rules")])
    found = [one.breach for one in play(text, *hazards, depth=depth)]
    findings = tuple(Diagnostic(one.code, one.location, one.message, related=one.related) for one in found)
    looked_for = {hazard.code.id for hazard in hazards}
    return [
        (one.code.name, one.answered) for one in answered(loaded.checkup.rules.files, findings, looked_for)
    ]


def told(move: Move) -> str:
    match move:
        case Happens(event) | GoesOn(event):
            return " ".join(key if value is True else f"{key}={value}" for key, value in event.keys.items())
        case Answers(reason):
            return "yes" if reason is None else str(reason)
        case Learns(facts):
            return " ".join(f"{key} is {value}" for key, value in facts.items())
        case Passes(seconds):
            return f"{seconds:.0f} s"
        case Hears(voice):
            return str(voice.value)
        case _:
            return type(move).__name__.lower()
