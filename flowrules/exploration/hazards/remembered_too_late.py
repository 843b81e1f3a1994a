"""What was to be remembered is lost: a step before it failed, and the plan stopped there."""

from collections.abc import Hashable, Iterator, Sequence

from flowrules.call.entries import Settled
from flowrules.call.outcome import EventStatus
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledDo, CompiledRemember, CompiledStep
from flowrules.compiler.conditions import facts_asked
from flowrules.compiler.rails import CompiledRail
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import REMEMBERED_TOO_LATE
from flowrules.exploration.hazards.asked import behind_step, remembered_in, taken
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, rule_words, word_of
from flowrules.exploration.told import written
from flowrules.exploration.watch import Breach, Step
from flowrules.language.values import Scalar
from flowrules.verbs import BY_NAME, Effect

_OVER = (EventStatus.DONE, EventStatus.FAILED)


class RememberedTooLate(Hazard):
    """Found where a guard rail asks for it, or, behind a record, another rule. What a rule remembers once its step went
    well, so as not to do it twice, is left out: the rail stands over that step, or the rule itself asks for it."""

    code = REMEMBERED_TOO_LATE

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self._asking: dict[str, list[CompiledRule]] = {}
        for rule in ruleset.rules:
            for fact in facts_asked(rule.guard) if rule.guard is not None else ():
                self._asking.setdefault(fact, []).append(rule)

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome = entry.outcome
        if outcome.status not in _OVER or step.after.machine.over:
            return memory, ()
        facts = step.after.machine.state.facts
        for one in outcome.steps:
            rule = self._rules.get(one.rule.id)
            if rule is None or one.status not in (Status.REFUSED, Status.UNKNOWN) or ends_session(one.verb):
                continue
            behind = behind_step(taken(rule, outcome), one.path)
            for fact, value in remembered_in(_surely(behind)):
                if value is not None and fact not in facts and (why := self._asked(fact, one.verb, rule)):
                    return memory, (self._found(rule, one.verb, fact, value, why),)
        return memory, ()

    def _asked(self, fact: str, verb: str, rule: CompiledRule) -> str:
        """Who asks for a fact that is lost where a verb fails, in words; '' where nobody misses it."""
        if rule in self._asking.get(fact, ()):
            return ""
        for rail in (*self.ruleset.rails.never, *self.ruleset.rails.before):
            if fact in rail.asks and not _stands_over(rail, verb):
                return f'the guard rail "{rail.text}" asks for it'
        spec = BY_NAME.get(verb)
        if spec is None or spec.effect is not Effect.RECORD or spec.copied_to("call.callback") is not None:
            return ""
        other = next(iter(self._asking.get(fact, ())), None)
        return "" if other is None else f"{rule_words(self.ruleset.ref(other))} asks for it"

    def _found(self, rule: CompiledRule, verb: str, fact: str, value: Scalar, why: str) -> Breach:
        ref, word = self.ruleset.ref(rule), word_of(verb)
        return self.breach(
            self.place(ref, verb),
            f'Where "{word}" fails in {rule_words(ref)}, "{fact}" is not remembered, though {why}.',
            (ref.id, fact),
            f'Put what must be remembered above what may fail: write "remember {fact} is {written(value)}" above '
            f'"{word}".',
            meant=f"it is so only where {word} went well",
            expects=(f"expect remember {fact}",),
        )


def _surely(steps: Sequence[CompiledStep]) -> Iterator[CompiledStep]:
    """The steps that would have run without a condition, those of named steps included."""
    for step in steps:
        if isinstance(step, CompiledRemember):
            yield step
        elif isinstance(step, CompiledDo):
            yield from _surely(step.steps.steps)


def _stands_over(rail: CompiledRail, verb: str) -> bool:
    spec = BY_NAME.get(verb)
    words = {verb, *(word for word, _ in spec.synonyms)} if spec is not None else {verb}
    return rail.stands_over(frozenset(words))
