"""From rule text to what the compiler makes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from flowrules.analysis.check import check
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.explain import Explanation, explain
from flowrules.compiler.guards.conditions import CompiledCondition, compile_guards
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.moment import Moment
from flowrules.language.nodes import Rule
from flowrules.language.parse import parse
from flowrules.language.values import Value
from flowrules.source import source_from_text

DECLARED = """\
timezone Asia/Kolkata
list vips is gold_2026, "दिवाली ऑफ़र", 7, gold, silver
list weekend is sat, sunday
list insults is stupid, "waste of time"
hours office
  mon to fri 09:00 to 18:30
  closed on 2026-03-04
end
"""


@dataclass(frozen=True)
class Clock:
    """As much of a call as a condition looks at."""

    started_at: datetime
    turn: int = 1


MONDAY = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
"""11:00 in Kolkata."""


@dataclass(frozen=True)
class Asked:
    """A condition that was written behind `when`."""

    condition: CompiledCondition

    def answer(self, facts: Mapping[str, Value] | None = None, now: datetime = MONDAY) -> bool | None:
        return self.condition.test(facts or {}, self.at(now))

    def explanation(self, facts: Mapping[str, Value] | None = None, now: datetime = MONDAY) -> Explanation:
        return explain(self.condition, facts or {}, self.at(now))

    def at(self, now: datetime) -> Moment:
        return now, Clock(MONDAY)


@pytest.fixture(scope="session")
def compiled() -> Callable[..., RuleSet]:
    """Rule text → rule set. Several texts are several files."""

    def compile_text(*texts: str) -> RuleSet:
        parsed = [
            parse(source_from_text(text, f"file{number}.rules")) for number, text in enumerate(texts, start=1)
        ]
        checked, findings = check([file for file, _ in parsed])
        problems = [f.message for _, found in parsed for f in found]
        problems += [f.message for f in findings if f.code.severity == "error"]
        assert not problems, problems
        return compile_rules(checked)

    return compile_text


@pytest.fixture(scope="session")
def asked(compiled: Callable[..., RuleSet]) -> Callable[[str], Asked]:
    """The text of a condition → the compiled condition, whether or not it makes sense to the checks."""
    scope = compiled(DECLARED).scope

    def ask(condition: str) -> Asked:
        file, findings = parse(source_from_text(f"on go when {condition} hangup\n"))
        rule = file.blocks[0].item
        assert isinstance(rule, Rule), findings
        guard = compile_guards(rule.guards, scope)
        assert guard is not None
        return Asked(guard)

    return ask
