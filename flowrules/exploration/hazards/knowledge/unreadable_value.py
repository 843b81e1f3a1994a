"""A value that is no number is taken for one of the others: a rule that does not ask for it answers."""

from collections.abc import Hashable
from dataclasses import replace

from flowrules.call.entries import Decided
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.guards.conditions import facts_asked, operands
from flowrules.compiler.guards.judges import order_bound
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import UNREADABLE_VALUE
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision, Outcome, Verdict
from flowrules.engine.state import CallState
from flowrules.exploration.hazards.asked import as_expected
from flowrules.exploration.hazards.hazard import Hazard, Seen, rule_words, the_rule
from flowrules.exploration.telling.told import each
from flowrules.exploration.watching.watch import Breach, Step
from flowrules.language.nodes import Compare
from flowrules.language.operators import BY_OP, Family
from flowrules.language.printer import print_condition, print_trigger
from flowrules.language.values import Value
from flowrules.scenarios.comparing.samples import compares_of, samples


class UnreadableValue(Hazard):
    """Found where a rule asks whether the fact is known, so that somebody cares, and where what is known all the same
    can't be compared."""

    code = UNREADABLE_VALUE

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        asked = {
            rule.id: tuple(compares_of(rule.guard.node if rule.guard else None)) for rule in ruleset.rules
        }
        present = {one.fact.key for compares in asked.values() for one in compares if _is_presence(one)}
        self._ordered: dict[str, dict[str, Compare]] = {}
        for rule, compares in asked.items():
            for one in compares:
                if one.fact.key in present and BY_OP[one.op].family is Family.ORDER:
                    self._ordered.setdefault(one.fact.key, {})[rule] = one

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        decision = entry.decision
        if not self._ordered or not decision.event.reported or not decision.parts:
            return memory, ()
        for fact, compares in self._ordered.items():
            if fact in decision.facts and not self._is_readable(fact, decision):
                owner = self._owner(decision)
                if owner is None or _asks(owner, fact):
                    continue
                passed = self._passed_over(decision, entry.state, compares)
                if passed is None:
                    continue
                if self._is_mistaken(owner, compares[passed.id], decision, entry.state):
                    return memory, (self._found(owner, passed, compares[passed.id]),)
        return memory, ()

    def _is_readable(self, fact: str, decision: Decision) -> bool:
        bounds = [
            bound
            for one in self._ordered[fact].values()
            if (bound := order_bound(operands(one, self.ruleset.scope)[0])) is not None
        ]
        values = each(decision.facts[fact])
        return all(any(read(value) is not None for read, _ in bounds) for value in values)

    def _owner(self, decision: Decision) -> CompiledRule | None:
        """The rule that took the event with its steps."""
        rule, outcome = decision.parts[-1]
        return rule if outcome is Outcome.FIRED else None

    def _passed_over(
        self, decision: Decision, state: CallState, compares: dict[str, Compare]
    ) -> CompiledRule | None:
        """The last rule that did not run, for it compares what can't be compared."""
        traced = decide(self.ruleset, decision.event, state, decision.now, trace=True)
        assert traced.trace is not None
        unsure = [
            rule
            for rule, verdict in traced.trace.considered
            if verdict is Verdict.GUARD_UNKNOWN and rule.id in compares
        ]
        return unsure[-1] if unsure else None

    def _is_mistaken(
        self, owner: CompiledRule, passed: Compare, decision: Decision, state: CallState
    ) -> bool:
        """Whether the rule that took the event takes it for a value that can be compared, too; and another rule, which
        asks for the fact, would take it if nobody had told it."""
        fact = passed.fact.key
        missed = next(samples(passed, self.ruleset, meet=False), None)
        return (
            missed is not None
            and self._owner_with(fact, missed, decision, state) == owner
            and (other := self._owner_with(fact, None, decision, state)) is not None
            and _asks(other, fact)
        )

    def _owner_with(
        self, fact: str, value: Value | None, decision: Decision, state: CallState
    ) -> CompiledRule | None:
        """The rule that would take the event if the fact had this value; None: if nobody had told it."""
        told = {} if value is None else {fact: value}
        keys = {name: one for name, one in decision.event.keys.items() if name != fact}
        facts = {name: one for name, one in state.facts.items() if name != fact}
        event = decision.event._replace(keys={**keys, **told} if fact in decision.event.keys else keys)
        state = state._replace(facts={**facts, **told})
        other = decide(self.ruleset, event, state, decision.now)
        return self._owner(other) if other.parts else None

    def _found(self, owner: CompiledRule, passed: CompiledRule, compare: Compare) -> Breach:
        ref, name = self.ruleset.ref(owner), compare.fact.text
        asked, negation = print_condition(compare), BY_OP[compare.op].negation
        assert negation is not None  # More and less have one each.
        other = print_condition(replace(compare, op=negation))
        return self.breach(
            self.place(ref),
            f'{the_rule(ref)} runs, too, where {name} is known and can\'t be compared (a text such as "about 20,000"): '
            f"whether {asked} is unknown then, and {rule_words(self.ruleset.ref(passed))} does not run.",
            (ref.id, compare.fact.key),
            f"Ask in it: when {other}. And write behind it what is done with such a value, for instance: "
            f'{print_trigger(owner.rule.trigger)} advise "Ask for {name} once more, as a number."',
            meant=f"{name} is always a number",
            expects=(f"expect not {done}",) if (done := as_expected(owner.steps.steps)) else (),
        )


def _asks(rule: CompiledRule, fact: str) -> bool:
    return rule.guard is not None and fact in facts_asked(rule.guard)


def _is_presence(compare: Compare) -> bool:
    return BY_OP[compare.op].family is Family.PRESENCE
