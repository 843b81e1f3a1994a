"""What the watchers of all promises have in common: the finding that a promise is broken, or speaks of nothing."""

from collections.abc import Iterable

from flowrules.compiler.guards.conditions import CompiledCondition, compile_condition, facts_asked
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.moment import COMPUTED, Moment
from flowrules.diagnostics.codes.promises import BROKEN_PROMISE, EMPTY_PROMISE
from flowrules.exploration.coverage import ENOUGH, Coverage, happens
from flowrules.exploration.telling.told import each, written
from flowrules.exploration.watching.promised import Facts
from flowrules.exploration.watching.watch import Breach, Breaches, Quiet
from flowrules.language.nodes import Block, Condition, On, Promise


class PromiseWatcher(Quiet):
    """`touched`: some story came to what the promise speaks of."""

    codes = frozenset({BROKEN_PROMISE.id, EMPTY_PROMISE.id})

    def __init__(
        self, block: Block, promise: Promise, conditions: Iterable[Condition], ruleset: RuleSet
    ) -> None:
        self.block = block
        self.label = str(promise.label.value)
        self.ruleset = ruleset
        self.place = block.locate(promise.label.span)
        self.asked = tuple(compile_condition(one, ruleset.scope) for one in conditions)
        self.reads = frozenset(fact for one in self.asked for fact in facts_asked(one))
        self._passing = frozenset(
            test.name.key
            for rule in ruleset.rules
            if isinstance(trigger := rule.rule.trigger, On)
            for test in trigger.tests
            if test.test is None and test.name.key not in ruleset.checked.facts
        )
        self.touched = False

    def broken(self, how: str, *expects: str) -> Breach:
        message = f'The promise "{self.label}" is broken: {how}'
        return Breach(BROKEN_PROMISE, self.place, message, ("promise", self.place), expects=expects)

    def over_by_then(self, facts: Facts) -> str:
        """What to write where a condition asks for an event that is over by then; '' where none does."""
        name = next((one for one in self.reads if one in self._passing and facts.get(one) is None), "")
        if not name:
            return ""
        kept = f"had_{name}"
        return (
            f'"{name}" lasts for one moment, and is over by then. Let the rule that takes it write first: '
            f"remember {kept} is yes. And ask for that in the promise: {kept} is yes"
        )

    def conclude(self, coverage: Coverage) -> Breaches:
        if self.touched or not coverage.complete or coverage.wanted < ENOUGH:
            return ()
        bound = f"Of all stories in which {happens(coverage.wanted)}"
        message = f'{bound}, none comes to what the promise "{self.label}" speaks of.'
        return (Breach(EMPTY_PROMISE, self.place, message, ("empty promise", self.place), self.cure()),)

    def cure(self) -> str:
        """What is missing from the stories."""
        return "Look whether its names are those that the rules use."

    def known(self, facts: Facts, moment: Moment, *conditions: CompiledCondition) -> str:
        """How the facts stand that conditions ask for: `vip is yes, paying is unknown`."""
        names = dict.fromkeys(fact for one in conditions for fact in facts_asked(one))
        return ", ".join(f"{name} is {self._value(name, facts, moment)}" for name in names)

    def _value(self, name: str, facts: Facts, moment: Moment) -> str:
        value = COMPUTED[name](moment, self.ruleset.zone) if name in COMPUTED else facts.get(name)
        return "unknown" if value is None else " and ".join(map(written, each(value)))
