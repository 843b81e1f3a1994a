"""A disposition is refused where another one is on record already: that one stands, and nobody tries again."""

from collections.abc import Hashable
from typing import NamedTuple

from flowrules.call.entries import Received
from flowrules.call.receipt import Reason
from flowrules.compiler.compiled_steps import CompiledVerb
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import EARLIER_DISPOSITION
from flowrules.exploration.hazards.asked import on_the_way, steps_of
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, rule_words
from flowrules.exploration.hazards.keeping.false_disposition import FACT, SETS
from flowrules.exploration.watching.watch import Breaches, Step, Times
from flowrules.verbs import BY_NAME

_FIELD = BY_NAME[SETS].copied_to(FACT)


class OnRecord(NamedTuple):
    """What the platform has. `refused`: another one that it did not take since, and whose."""

    value: str
    refused: str = ""
    rule: RuleRef | None = None
    path: str = ""


class EarlierDisposition(Hazard):
    """Its memory: the disposition on record, once there is one. Whoever writes a line for what fails has thought of
    it, and so has one who sets any disposition later. One that was set for an ending which did not come is left out:
    no rule takes it for the call's any more."""

    code = EARLIER_DISPOSITION

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        if entry.request.verb != SETS:
            return memory, ()
        value, receipt = str(entry.request.body.get(str(_FIELD), "")), entry.receipt
        if receipt.may_have_acted:
            return None, ()  # Nobody knows which of the two is on record.
        if receipt.went_well:
            return OnRecord(value), ()
        if not isinstance(memory, OnRecord):
            return memory, ()
        expected = receipt.reason in (Reason.FORBIDDEN, Reason.ENDED) or self._is_answered(entry)
        believed = step.before.machine.state.facts.get(FACT) == memory.value
        if memory.refused or expected or not believed or value == memory.value:
            return OnRecord(memory.value), ()
        return OnRecord(memory.value, value, entry.rule, entry.path), ()

    def _is_answered(self, entry: Received) -> bool:
        """Whether a line below the step says what follows; or the step stands in such a line, behind another one that
        has failed."""
        *within, last = entry.path.split(".")
        if any(part.startswith("fail") for part in within):
            return True
        rule = self._rules.get(entry.rule.id)
        return rule is not None and any(
            isinstance(one, CompiledVerb) and one.verb == SETS and one.at == last and one.failures
            for one in steps_of(rule)
        )

    def end(self, memory: Hashable, step: Step) -> Breaches:
        if not isinstance(memory, OnRecord) or memory.rule is None:
            return ()
        return (
            self.breach(
                self.place(memory.rule, SETS, memory.path),
                f'Where "{SETS}" is refused in {rule_words(memory.rule)}, the call stays on record as {memory.value}, '
                f"and nobody tries {memory.refused} again.",
                memory.rule.id,
                self._cure(memory.rule, memory.path),
                expects=(Times(SETS, 1),),
            ),
        )

    def _cure(self, ref: RuleRef, path: str) -> str:
        rule = self._rules.get(ref.id)
        verbs = list(on_the_way(rule.steps.steps)) if rule is not None else []
        ending = next((one for one in verbs if ends_session(one.verb)), None)
        written = self.step_as_written(ref, SETS) or f"{SETS} …"
        again = f"if it fails then ({written} then go on)"
        if ending is not None and any(one.at == path for one in verbs[verbs.index(ending) :]):
            return f'Write it above "{ending.verb}", and on a line of its own below it: {again}'
        line = self.failure_line(ref, SETS, path)
        where = "On a line of its own below it" if line.below else line.sentence
        return f"{where} write: {again}"
