"""A disposition stands for an ending that did not come, and the call is counted as what it never became."""

from collections.abc import Hashable
from typing import NamedTuple

from flowrules.call.entries import Received, Settled
from flowrules.call.outcome import EventStatus
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_steps import CompiledVerb
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import FALSE_DISPOSITION
from flowrules.exploration.hazards.asked import facts_in_rules, steps_of
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, rule_words
from flowrules.exploration.watching.watch import Breaches, Step, Times
from flowrules.verbs import BY_NAME

FACT = "call.disposition"
SETS = next(spec.name for spec in BY_NAME.values() if spec.copied_to(FACT) is not None)
"""The verb that sets it."""
_WORDS = frozenset({SETS, *(word for word, _ in BY_NAME[SETS].synonyms)})


class Set(NamedTuple):
    """The last disposition that was sent. `ending`: the verb that was to come with it and did not; '' where that is
    open, or it came. `refused`: because the platform refused it; `believed`: it
    stands all the same. `ended`: another one has ended the call since."""

    value: str
    rule: RuleRef
    event_id: str
    path: str
    ending: str = ""
    refused: bool = False
    believed: bool = False
    ended: bool = False
    late: bool = False
    """Another disposition was to be set where the ending fails, behind a step that failed too."""


class FalseDisposition(Hazard):
    code = FALSE_DISPOSITION

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._is_asked = FACT in facts_in_rules(ruleset)

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        verb = entry.request.verb
        if not entry.receipt.went_well:
            return (None if self._sets(verb) else memory), ()
        if ends_session(verb):
            known = memory if isinstance(memory, Set) else None
            if known is None or not known.ending:
                return None, ()
            return known._replace(ended=known.rule != entry.rule), ()
        field = self._sets(verb)
        if field is None:
            return memory, ()
        value = str(entry.request.body.get(field, ""))
        return Set(value, entry.rule, entry.event_id, entry.path), ()

    def _sets(self, verb: str) -> str | None:
        """The field that holds the disposition, of a verb that sets one. That it was tried is enough: whoever wrote it
        has thought of another one."""
        spec = BY_NAME.get(verb)
        return spec.copied_to(FACT) if spec is not None else None

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        """What is not the last one any more, or was followed by no ending, is nobody's mistake."""
        if not isinstance(memory, Set) or memory.ending or memory.event_id != entry.outcome.event_id:
            return memory, ()
        if entry.outcome.status in (EventStatus.ENDED, EventStatus.PREEMPTED) or step.after.machine.closed:
            return None, ()
        behind = False
        for one in entry.outcome.steps:
            if behind and ends_session(one.verb):
                if one.receipt.went_well or one.receipt.may_have_acted or self._is_kept(step):
                    return None, ()
                if one.status is Status.REFUSED or self._is_asked:
                    late = any(
                        other.status is Status.DROPPED and self._sets(other.verb)
                        for other in entry.outcome.steps
                    )
                    refused = one.status is Status.REFUSED
                    believed = step.after.machine.state.facts.get(FACT) == memory.value
                    return memory._replace(
                        event_id="", ending=one.verb, refused=refused, believed=believed, late=late
                    ), ()
            behind = behind or (one.path == memory.path and one.rule == memory.rule)
        return None, ()

    def _is_kept(self, step: Step) -> bool:
        """Whether a guard rail forbids another disposition now: the rules say that this one stands."""
        now, state = step.after.now, step.after.machine.state
        rails = self.ruleset.rails.never
        return any(rail.stands_over(_WORDS) and rail.binds(state.facts, (now, state)) for rail in rails)

    def end(self, memory: Hashable, step: Step) -> Breaches:
        if not isinstance(memory, Set) or not memory.ending:
            return ()
        blocks = self._is_asked and memory.ended and memory.believed
        stands = memory.refused and _hands_over(memory.ending) and not memory.ended
        if not (blocks or stands):
            return ()
        what = "is refused" if memory.refused else "does not come"
        behind = (
            "and no other is set when the call ends, for one is known already"
            if blocks
            else "and no other is set"
        )
        return (
            self.breach(
                self.place(memory.rule, memory.ending),
                f'{memory.value} is set by {rule_words(memory.rule)}; then its "{memory.ending}" {what}, {behind}.',
                memory.rule.id,
                self._cure(memory),
                expects=(Times(SETS, 1),),
            ),
        )

    def _cure(self, memory: Set) -> str:
        if memory.late:
            return 'Write the "set_disposition" first behind "if it fails then": a step before it fails here.'
        rule = next((one for one in self.ruleset.rules if one.id == memory.rule.id), None)
        steps = [one for one in steps_of(rule) if isinstance(one, CompiledVerb)] if rule is not None else []
        if any(one.verb == memory.ending and one.failures for one in steps):
            return (
                f'Set another one where it fails, first behind the "if it fails then" below "{memory.ending}": '
                "(set_disposition … then …)"
            )
        path = next((one.at for one in steps if one.verb == memory.ending), "")
        line = self.failure_line(memory.rule, memory.ending, path)
        return f"Set another one where it fails, {line.where}: {line.then('set_disposition …')}"


def _hands_over(verb: str) -> bool:
    """Whether an ending brings the caller to somebody. That a call was to be hung up says nothing about it."""
    spec = BY_NAME.get(verb)
    return spec is not None and spec.targets is not None
