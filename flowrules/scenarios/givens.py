"""What a test of a rule file gives, before and while it plays."""

from datetime import date, datetime

from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.instants import at_clock
from flowrules.engine.event import Source
from flowrules.language.nodes import GivenFails, Literal
from flowrules.verbs import WORDS

DEFAULT_DAY = date(2026, 1, 5)
DEFAULT_MINUTES = 12 * 60
"""A test that gives no time runs on Monday 5 January 2026 at 12:00, in the rule set's zone."""
GENERAL_REASON = "refused"
"""Why a verb fails in a test that gives no reason."""


def let_fail(line: GivenFails, fails: dict[str, str], attempts: dict[str, int]) -> None:
    """Let a verb fail from now on, for ever or so often."""
    verb = _verb_name(line.verb.key)
    fails[verb] = line.reasons[0].key if line.reasons else GENERAL_REASON
    attempts.pop(verb, None)
    if line.times is not None:
        attempts[verb] = line.times


def moment_of(day: Literal, clock: Literal, ruleset: RuleSet) -> datetime:
    assert isinstance(day.value, date)
    assert isinstance(clock.value, int)
    return at_clock(day.value, clock.value, ruleset.zone)


def default_source(fact: str) -> Source:
    return Source.PLATFORM if fact.startswith(("call.", "lead.", "caller.", "campaign.")) else Source.HOST


def _verb_name(word: str) -> str:
    return WORDS[word].name if word in WORDS else word
