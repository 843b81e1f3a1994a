"""What holds something back is forgotten, and what it stands for goes on."""

from collections.abc import Hashable

from flowrules.analysis.model.verb_fields import Quote
from flowrules.call.entries import Settled
from flowrules.call.outcome import EventOutcome, EventStatus, StepOutcome
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledRemember, CompiledVerb
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import FORGOTTEN_TOO_SOON
from flowrules.engine.decision import Decision
from flowrules.exploration.hazards.asked import remembered_in, steps_of, taken
from flowrules.exploration.hazards.hazard import Hazard, Seen, rule_words, the_rule
from flowrules.exploration.hazards.knowledge.undoing import asks_before_undoing, undoes
from flowrules.exploration.telling.told import written
from flowrules.exploration.watching.watch import Breach, Step
from flowrules.language.nodes import On

_OVER = (EventStatus.DONE, EventStatus.FAILED)


class ForgottenTooSoon(Hazard):
    """Found where a fact is forgotten above the step that would make it true, that step fails, and a rule that asks for
    the fact does not send the step any more. Found too where the clock forgets a fact for which a `never` asks, though
    another rule is to forget it when it is over."""

    code = FORGOTTEN_TOO_SOON

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self._asking = asks_before_undoing(ruleset)
        changed = frozenset(
            fact
            for rule in ruleset.rules
            if any(isinstance(step, CompiledVerb) and step.verb in self._asking for step in steps_of(rule))
            for fact, _ in remembered_in(steps_of(rule))
        )
        asked = frozenset().union(*(asks.facts for some in self._asking.values() for asks in some))
        self.reads = changed & asked

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome, machine = entry.outcome, step.after.machine
        decision = outcome.decision
        if decision is None or outcome.status not in _OVER or machine.over or machine.closed:
            return memory, ()
        if decision.event.timer:
            found = self._by_the_clock(outcome, decision, step)
        else:
            failed = (one for one in outcome.steps if undoes(one.verb) and _has_failed(one))
            found = next(filter(None, (self._above(one, outcome, decision, step) for one in failed)), None)
        return memory, () if found is None else (found,)

    # --- above what fails ---

    def _above(
        self, failed: StepOutcome, outcome: EventOutcome, decision: Decision, step: Step
    ) -> Breach | None:
        rule = self._rules.get(failed.rule.id)
        state, now = step.after.machine.state, step.after.now
        for one in _before(rule, outcome, failed.path):
            for asks in self._asking.get(failed.verb, ()):
                if (
                    one.fact in asks.facts
                    and asks.lets_pass(decision.facts, decision.moment)
                    and not asks.lets_pass(state.facts, (now, state))
                ):
                    return self._found_above(failed, one, asks.rule)
        return None

    def _found_above(self, failed: StepOutcome, changed: CompiledRemember, asking: CompiledRule) -> Breach:
        verb, what = failed.verb, _as_written(changed)
        other = self.ruleset.ref(asking)
        who = "it asks" if other.id == failed.rule.id else f"{rule_words(other)} asks"
        return self.breach(
            self.place(failed.rule, verb),
            f'Where "{verb}" fails in {rule_words(failed.rule)}, "{what}" has come before it: {who} for '
            f'"{changed.fact}" before its "{verb}", and does not send it any more.',
            (failed.rule.id, verb, changed.fact),
            f'First the deed, then what follows from it: write "{what}" below "{verb}".',
            meant=f"it does no harm where {verb} fails",
            expects=(f"expect not {what}",),
        )

    # --- by the clock ---

    def _by_the_clock(self, outcome: EventOutcome, decision: Decision, step: Step) -> Breach | None:
        state = step.after.machine.state
        for ref, _ in outcome.rules:
            rule = self._rules.get(ref.id)
            for one in taken(rule, outcome):
                if not isinstance(one, CompiledRemember) or rule is None:
                    continue
                for rail in self.ruleset.rails.never:
                    if (
                        one.fact in rail.asks
                        and rail.binds(decision.facts, decision.moment)
                        and not rail.binds(state.facts, (step.after.now, state))
                        and (other := self._ends_it(one.fact, rule)) is not None
                    ):
                        return self._found_by_the_clock(rule, one, rail.text, other)
        return None

    def _ends_it(self, fact: str, clock: CompiledRule) -> CompiledRule | None:
        """The rule that waits for an event to change this fact back."""
        for rule in self.ruleset.rules:
            if rule is not clock and isinstance(rule.rule.trigger, On):
                for step in steps_of(rule):
                    if (
                        isinstance(step, CompiledRemember)
                        and step.fact == fact
                        and step.value in (None, False)
                    ):
                        return rule
        return None

    def _found_by_the_clock(
        self, rule: CompiledRule, changed: CompiledRemember, rail: str, other: CompiledRule
    ) -> Breach:
        ref, what = self.ruleset.ref(rule), _as_written(changed)
        return self.breach(
            self.place(ref),
            f'{the_rule(ref)} lifts the guard rail "{rail}" when its time is up, though what {changed.fact} stands for '
            f"may go on: {rule_words(self.ruleset.ref(other))} tells when it is over.",
            (ref.id, changed.fact),
            f'Leave "{what}" out of the rule, and have it ask, for instance: advise "Ask whether they are done."',
            meant="it never lasts so long",
            expects=(f"expect not {what}",),
        )


def _has_failed(one: StepOutcome) -> bool:
    """One that never got as far as a request names nobody, so there is nothing that goes on."""
    return one.status in (Status.REFUSED, Status.UNKNOWN) and one.request is not None


def _before(rule: CompiledRule | None, outcome: EventOutcome, path: str) -> list[CompiledRemember]:
    """What a rule remembers or forgets for certain before the step with this path."""
    number = path.partition(".")[0]
    return [
        one
        for one in taken(rule, outcome)
        if isinstance(one, CompiledRemember)
        and not isinstance(one.value, Quote)
        and number.isdigit()
        and one.at.isdigit()
        and int(one.at) < int(number)
    ]


def _as_written(changed: CompiledRemember) -> str:
    value = changed.value
    if value is None or isinstance(value, Quote):
        return f"forget {changed.fact}"
    return f"remember {changed.fact} is {written(value)}"
