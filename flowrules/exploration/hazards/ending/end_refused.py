"""A rule was to end the call for good, its hangup is refused, and another rule goes on with the caller; or a machine is
on the line, which nobody hangs up on any more."""

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from flowrules.call.entries import Sending, Settled
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledRemember, CompiledVerb
from flowrules.compiler.guards.conditions import facts_asked
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import END_REFUSED
from flowrules.exploration.hazards.asked import steps_of, taken
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, hangs_up, rule_words, word_of
from flowrules.exploration.watching.watch import Breach, Step, Times
from flowrules.language.nodes import Compare, On
from flowrules.language.operators import BY_OP, Family
from flowrules.scenarios.comparing.samples import compares_of
from flowrules.verbs import BY_NAME

_INTERRUPTED = "hangup_interrupted"
_OF_THE_CALL = "call."
"""What the engine knows of a call is no reason why it must end."""
_FREE = ("told", "is_over", "call_is_over")
"""Names for a fact that says so; the first that the rules do not use."""


class Refused(NamedTuple):
    rule: RuleRef
    hangup: str


class LeftOpen(NamedTuple):
    """A machine is on the line, and this rule's hangup was refused."""

    rule: RuleRef
    hangup: str


class EndRefused(Hazard):
    """Found where the rules say that this call must end: a fact that the rule remembers, or asks for, ends it also when
    the caller answers the goodbye. And where a machine has answered, which does not hang up by itself: another rule has
    to try again. Its memory: whose hangup was refused."""

    code = END_REFUSED

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        must_end = {
            fact
            for rule in ruleset.rules
            if rule.guard is not None and _waits_for_the_answer(rule) and any(map(_hangs_up, steps_of(rule)))
            for fact in facts_asked(rule.guard)
            if not fact.startswith(_OF_THE_CALL)
        }
        self._final = {
            rule.id
            for rule in ruleset.rules
            if not _waits_for_the_answer(rule) and must_end & (_remembered(rule) | _known_in(rule))
        }
        self._rules = {rule.id: rule for rule in ruleset.rules}

    def moves(self, memory: Hashable, step: Step) -> Seen:
        if not isinstance(memory, LeftOpen):
            return memory, ()
        machine = step.after.machine
        if machine.over or machine.closed:
            return None, ()
        if machine.busy or machine.wakes_at is not None:
            return memory, ()
        return None, (self._left_open(memory),)

    def sending(self, memory: Hashable, entry: Sending, step: Step) -> Seen:
        tries_again = isinstance(memory, LeftOpen) and ends_session(entry.request.verb)
        return (None if tries_again else memory), ()

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome, machine = entry.outcome, step.after.machine
        if isinstance(memory, Refused) and (other := self._goes_on(outcome, memory)) is not None:
            return None, (self._found(memory, *other),)
        if machine.over or machine.closed:
            return None, ()
        if outcome.status is not EventStatus.FAILED:
            return memory, ()
        for ref, _ in outcome.rules:
            rule = self._rules.get(ref.id)
            if rule is None or not (hangup := _refused(rule, outcome)):
                continue
            if ref.id in self._final:
                refused = Refused(ref, hangup)
                others = (self._goes_on(one, refused) for one in outcome.raised)
                found = next(filter(None, others), None)
                return (refused, ()) if found is None else (None, (self._found(refused, *found),))
            if _tries_again(rule):
                continue
            if machine.machine_answered and not any(self._ends(one) for one in outcome.raised):
                left = LeftOpen(ref, hangup)
                nothing_more = not machine.busy and machine.wakes_at is None
                return (None, (self._left_open(left),)) if nothing_more else (left, ())
        return memory, ()

    def _ends(self, outcome: EventOutcome) -> bool:
        """Whether an ending was tried."""
        return any(ends_session(one.verb) for one in outcome.steps)

    def _left_open(self, left: LeftOpen) -> Breach:
        ref, hangup = left
        return self.breach(
            self.place(ref, hangup),
            f'Where "{hangup}" is refused in {rule_words(ref)}, nobody hangs up any more: a machine does not do so by '
            "itself.",
            ref.id,
            f'Write a rule that tries again: on step_failed when failed_verb is "{hangup}" once per call '
            f"wait 1 second then {hangup} now",
            meant="the machine hangs up",
            expects=(Times(hangup, 1),),
        )

    def _goes_on(self, outcome: EventOutcome, memory: Refused) -> tuple[RuleRef, str] | None:
        """Another rule that does something to the caller, and what; None where none does, or it ends the call."""
        if any(ends_session(one.verb) and hangs_up(one.verb) for one in outcome.steps):
            return None
        for one in outcome.accepted:
            spec = BY_NAME.get(one.verb)
            if (
                one.rule != memory.rule
                and spec is not None
                and (spec.heard_field is not None or spec.awaited)
            ):
                return one.rule, one.verb
        return None

    def _found(self, refused: Refused, other: RuleRef, verb: str) -> Breach:
        facts = {one for rule in self._rules.values() for one in _remembered(rule)}
        name = next((one for one in _FREE if one not in facts), "nothing_more")
        hangup, word = refused.hangup, word_of(verb)
        return self.breach(
            self.place(refused.rule, hangup),
            f'Where "{hangup}" is refused in {rule_words(refused.rule)}, the call goes on, and {rule_words(other)} '
            f'answers by "{word}".',
            refused.rule.id,
            f'Above its "{hangup}", behind what is said last, write: remember {name} is yes. And on lines of their '
            f"own: never say, {_others()} when {name} is yes; urgent on anything when {name} is yes {hangup} now",
            (self.place(other, verb), "this rule goes on"),
            meant="who is still there may be helped",
            expects=(f"expect not {word}",),
        )


def _waits_for_the_answer(rule: CompiledRule) -> bool:
    trigger = rule.rule.trigger
    return isinstance(trigger, On) and any(test.name.key == _INTERRUPTED for test in trigger.tests)


def _tries_again(rule: CompiledRule) -> bool:
    """Whether a rule answers a step that has failed."""
    trigger = rule.rule.trigger
    return isinstance(trigger, On) and any(test.name.key == "step_failed" for test in trigger.tests)


def _hangs_up(step: object) -> bool:
    return isinstance(step, CompiledVerb) and hangs_up(step.verb)


def _known_in(rule: CompiledRule) -> frozenset[str]:
    """The facts of which a rule wants a value before it runs."""
    compares = compares_of(rule.guard.node if rule.guard is not None else None)
    return frozenset(one.fact.key for one in compares if not _wants_nothing(one))


def _wants_nothing(compare: Compare) -> bool:
    row = BY_OP[compare.op]
    return row.family is Family.PRESENCE and row.negative


def _remembered(rule: CompiledRule) -> frozenset[str]:
    found: Iterator[str] = (
        step.fact for step in steps_of(rule) if isinstance(step, CompiledRemember) and step.value is not None
    )
    return frozenset(found)


def _refused(rule: CompiledRule, outcome: EventOutcome) -> str:
    """The hangup of a rule that was refused, for which it has no line of its own; '' where none was."""
    written = [one for one in taken(rule, outcome) if _hangs_up(one)]
    if any(isinstance(one, CompiledVerb) and one.failures for one in written):
        return ""
    for one in outcome.steps:
        if (
            one.rule.id == rule.id
            and hangs_up(one.verb)
            and one.status is Status.REFUSED
            and one.reason != "forbidden"
        ):
            return one.verb
    return ""


def _others() -> str:
    """The verbs by which a caller is taken further."""
    return ", ".join(spec.name for spec in BY_NAME.values() if spec.awaited)
