"""The rule set: what a checked folder of rules becomes, immutable, indexed, known by its revision."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from flowrules.analysis.model.checked import CheckedRules
from flowrules.compiler.compiled_rule import CompiledRule, TimerSpec
from flowrules.compiler.guards.scope import Scope
from flowrules.compiler.indexing.index import Index
from flowrules.compiler.rails import CompiledRails
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.times.calendar import Calendar
from flowrules.language.nodes import Block, FactDef


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RuleSet:
    """Everything a decision needs. `revision` is a digest of the texts.

    `blocks` say where each rule stands, by its id.

    `urgent`, `also` and `plain` hold the rules of each rank by what they wait for, None for none; `counting` those
    with a counter (`2 times`). `fact_sources` holds the declaration of each fact that says which sources may say it.
    `telling` says that some `also` rule changes a fact for certain, so that the rule which takes the event knows it.
    `agent_type` is what the platform calls a target `agent`.
    """

    revision: str
    agent_type: str
    checked: CheckedRules
    scope: Scope
    rules: tuple[CompiledRule, ...]
    blocks: Mapping[str, Block]
    owning: tuple[Index, ...]
    urgent: Index | None
    also: Index | None
    plain: Index | None
    counting: Index | None
    timers: tuple[TimerSpec, ...]
    fact_sources: Mapping[str, FactDef]
    rails: CompiledRails
    telling: bool
    refs: dict[str, RuleRef] = field(default_factory=dict, init=False)
    """What the rules that have run are called: finding out means looking into their text."""
    ready: dict[int, Any] = field(default_factory=dict, init=False)
    """What the planner has made once and for all, by the identity of the steps that it is made of."""

    def __reduce__(self) -> tuple[Callable[..., "RuleSet"], tuple[CheckedRules, str, tuple[str, ...]]]:
        """Pickled and copied as what it was compiled from: compiled guards are functions, which no pickle holds."""
        return _compiled_again, (self.checked, self.agent_type, tuple(rule.id for rule in self.rules))

    def __repr__(self) -> str:
        return f"RuleSet(revision={self.revision!r}, {len(self.rules)} rules)"

    def ref(self, rule: CompiledRule) -> RuleRef:
        """How a rule of this rule set is known outside of it."""
        known = self.refs.get(rule.id)
        if known is None:
            syntax, block = rule.rule, self.blocks[rule.id]
            place = block.locate(syntax.span)
            label = str(syntax.label.value) if syntax.label else place.source.line(place.first.line).strip()
            known = self.refs[rule.id] = RuleRef(rule.id, label, rule.file, place.first.line)
        return known

    @property
    def zone(self) -> ZoneInfo:
        return self.scope.zone

    @property
    def calendars(self) -> Mapping[str, Calendar]:
        return self.scope.calendars


def _compiled_again(checked: CheckedRules, agent_type: str, ids: tuple[str, ...]) -> RuleSet:
    from flowrules.compiler.compile import compile_rules  # it imports this module

    return compile_rules(checked, agent_type=agent_type, ids=ids)
