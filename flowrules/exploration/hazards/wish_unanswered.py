"""A wish that a rule names is answered by nobody while a fact is unknown."""

from collections.abc import Hashable, Iterator

from flowrules.call.entries import Decided
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.guards.conditions import facts_asked
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.moment import COMPUTED
from flowrules.diagnostics.codes.hazards import WISH_UNANSWERED
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision, Verdict
from flowrules.exploration.hazards.asked import as_expected
from flowrules.exploration.hazards.hazard import Hazard, Seen, rule_words
from flowrules.exploration.watching.watch import Breach, Step
from flowrules.language.nodes import On
from flowrules.language.values import Value
from flowrules.scenarios.comparing.samples import compares_of, samples

_NEITHER = "\N{WORD JOINER}something else"
"""A text that no rule names."""


class WishUnanswered(Hazard):
    """Found where the rules answer the event whatever the fact may be, or whenever it is not what they name, but not
    while nobody knows it. A rule that asks for a yes, with none for the no, is quiet on purpose."""

    code = WISH_UNANSWERED

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._guarded = any(rule.guard is not None for rule in ruleset.rules)
        self._values: dict[str, tuple[Value, ...]] = {}
        self.spelled: dict[str, str] = {}
        for rule in ruleset.rules:
            for compare in compares_of(rule.guard.node if rule.guard else None):
                self.spelled.setdefault(compare.fact.key, compare.fact.text)

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        decision = entry.decision
        if not self._guarded or decision.parts or decision.set_off_before or not decision.event.reported:
            return memory, ()
        traced = decide(self.ruleset, decision.event, entry.state, decision.now, trace=True)
        assert traced.trace is not None
        unsure = [rule for rule, verdict in traced.trace.considered if verdict is Verdict.GUARD_UNKNOWN]
        for rule in unsure:
            for fact in self._unknown(rule, traced):
                if self._would_be_answered(fact, unsure, traced):
                    return memory, (self._found(rule, unsure[-1], fact, entry),)
        return memory, ()

    def _unknown(self, rule: CompiledRule, decision: Decision) -> Iterator[str]:
        assert rule.guard is not None
        for fact in facts_asked(rule.guard):
            if fact not in decision.facts and fact not in COMPUTED and not fact.startswith("call."):
                yield fact

    def _would_be_answered(self, fact: str, rules: list[CompiledRule], decision: Decision) -> bool:
        def fires(value: Value) -> bool:
            known = {**decision.facts, fact: value}
            return any(rule.guard is not None and rule.guard.test(known, decision.moment) for rule in rules)

        if fires(_NEITHER) or fires(False):
            return True
        values = self._samples(fact)
        return len(values) > 1 and all(map(fires, values))

    def _samples(self, fact: str) -> tuple[Value, ...]:
        """Values of a fact that tell the rules apart."""
        if fact not in self._values:
            found: dict[Value, None] = {}
            for rule in self.ruleset.rules:
                for compare in compares_of(rule.guard.node if rule.guard else None):
                    if compare.fact.key == fact:
                        for meet in (True, False):
                            found.update(
                                dict.fromkeys(
                                    v for v in samples(compare, self.ruleset, meet=meet) if v is not None
                                )
                            )
            self._values[fact] = tuple(found)
        return self._values[fact]

    def _found(self, rule: CompiledRule, last: CompiledRule, fact: str, entry: Decided) -> Breach:
        """`last`: the last rule that may take the event. What is for the unknown case stands there: above it, it would
        take the event from the others."""
        ref = self.ruleset.ref(rule)
        name, first = self.spelled.get(fact, fact), as_expected(rule.steps.steps)
        event = ", ".join(_told(key, value) for key, value in entry.decision.event.keys.items())
        trigger = last.rule.trigger
        answer = (
            f"Write a rule of its own for {event} below {rule_words(self.ruleset.ref(last))}, which has other events, "
            "too, with what is to happen then."
            if isinstance(trigger, On) and len(trigger.tests) > 1
            else f'Add "otherwise" to {rule_words(self.ruleset.ref(last))} with what is to happen then.'
        )
        return self.breach(
            self.place(ref),
            f"While nobody has told {quoted_name(name)}, no rule answers {event}: {rule_words(ref)} asks for it, and "
            "what is unknown is neither yes nor no.",
            (ref.id, fact),
            f"{answer} Only where the "
            f"steps of the rule are right for that, too, write: when … or {name} is unknown.",
            expects=(f"expect {first.partition(' ')[0]}",) if first else (),
        )


def quoted_name(name: str) -> str:
    return f'"{name}"'


def _told(key: str, value: Value) -> str:
    if value is True:
        return f'"{key}"'
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f'"{key}={shown}"'
