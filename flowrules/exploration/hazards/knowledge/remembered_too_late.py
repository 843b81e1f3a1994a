"""What was to be remembered is lost: a step before it failed, and the plan stopped there."""

from collections.abc import Hashable, Iterator, Sequence

from flowrules.call.entries import Settled
from flowrules.call.outcome import EventStatus, StepOutcome
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledDo, CompiledRemember, CompiledStep
from flowrules.compiler.guards.conditions import facts_asked
from flowrules.compiler.rails import CompiledRail
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import REMEMBERED_TOO_LATE
from flowrules.exploration.hazards.asked import behind_step, remembered_in, taken
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, rule_words, word_of
from flowrules.exploration.hazards.knowledge.undoing import asks_before_undoing
from flowrules.exploration.telling.told import written
from flowrules.exploration.watching.watch import Breach, Step
from flowrules.language.values import Scalar
from flowrules.verbs import BY_NAME, Effect

_OVER = (EventStatus.DONE, EventStatus.FAILED)


class RememberedTooLate(Hazard):
    """Found where a guard rail asks for it, or, behind a record, another rule; and where nobody knows whether a step
    has acted, and a rule asks for it before it undoes that step. What a rule remembers once its step went well, so as
    not to do it twice, is left out: the rail stands over that step, or the rule itself asks for it."""

    code = REMEMBERED_TOO_LATE

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self._undoing = asks_before_undoing(ruleset)
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
                if value is None or fact in facts:
                    continue
                if why := self._asked(fact, one.verb, rule) or self._undone(fact, one, step):
                    return memory, (self._found(rule, one, fact, value, why),)
        return memory, ()

    def _undone(self, fact: str, failed: StepOutcome, step: Step) -> str:
        """Who asks for a fact before it undoes a step that may have acted, and does not undo it while that is unknown;
        '' where nobody does."""
        spec, state = BY_NAME.get(failed.verb), step.after.machine.state
        if spec is None or spec.closed_by is None or failed.status is not Status.UNKNOWN:
            return ""
        for asks in self._undoing.get(spec.closed_by, ()):
            if fact in asks.facts and not asks.lets_pass(state.facts, (step.after.now, state)):
                return f'{rule_words(self.ruleset.ref(asks.rule))} asks for it before its "{spec.closed_by}"'
        return ""

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

    def _found(self, rule: CompiledRule, failed: StepOutcome, fact: str, value: Scalar, why: str) -> Breach:
        ref, word = self.ruleset.ref(rule), word_of(failed.verb)
        is_unsure = failed.status is Status.UNKNOWN
        when = f'nobody knows whether "{word}" has acted' if is_unsure else f'"{word}" fails'
        return self.breach(
            self.place(ref, failed.verb),
            f'Where {when} in {rule_words(ref)}, "{fact}" is not remembered, though {why}.',
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
