"""A value that was told for one wish is used for the next one, for which nobody has told it."""

from collections.abc import Hashable, Iterator, Mapping

from flowrules.call.entries import Decided, Settled
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledAdvise, CompiledRemember, CompiledVerb
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.moment import COMPUTED
from flowrules.diagnostics.codes.hazards import OLD_VALUE
from flowrules.engine.decision import Decision, Outcome
from flowrules.engine.event import MOMENTARY
from flowrules.engine.preview import PLATFORM_FACTS
from flowrules.engine.raised import RAISED
from flowrules.exploration.hazards.asked import as_expected, steps_of
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, in_a_row, quoted, the_rule
from flowrules.exploration.playing.moves import Learns
from flowrules.exploration.watching.watch import Breach, Step, Times
from flowrules.language.nodes import CallbackKind, CallbackTime, Compare, On, Op, Rule, VerbStep
from flowrules.language.operators import BY_OP, Family
from flowrules.language.printer import print_trigger
from flowrules.language.traverse import all_steps
from flowrules.scenarios.comparing.samples import compares_of
from flowrules.verbs import BEST_EFFORT

_MORE, _LESS = frozenset({Op.GT, Op.GE}), frozenset({Op.LT, Op.LE})
_WELL = (EventStatus.DONE, EventStatus.INTERRUPTED)
_OF_THE_HOST = ("host", "platform")


class OldValue(Hazard):
    """Its memory: the facts that a plan has used since they were told.

    Looked at is what belongs to a wish, not to the person: an amount that is asked for, or weighed to both sides, or
    the time of a callback; and only rules on that one event use it. What the host alone may say is left out.
    """

    code = OLD_VALUE
    start: frozenset[str] = frozenset()

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._using: Mapping[str, tuple[CompiledRule, ...]] = {
            fact: rules
            for fact in dict.fromkeys(_of_a_wish(ruleset))
            if (rules := _using(fact, ruleset)) and len({_event(rule.rule, fact) for rule in rules}) == 1
        }

    def moves(self, memory: Hashable, step: Step) -> Seen:
        assert isinstance(memory, frozenset)
        if memory and isinstance(step.move, Learns):
            return memory.difference(step.move.facts), ()
        return memory, ()

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        assert isinstance(memory, frozenset)
        memory = memory.difference(entry.event.keys)
        used = memory and self._used(entry.decision)
        for fact in used or ():
            if fact in memory:
                owner = entry.decision.owner
                assert owner is not None
                return memory - {fact}, (self._found(owner, fact),)
        return memory, ()

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        assert isinstance(memory, frozenset)
        outcome = entry.outcome
        if outcome.status not in _WELL or outcome.decision is None or not _went_well(outcome):
            return memory, ()
        left = step.after.machine.state.facts
        return memory | {fact for fact in self._used(outcome.decision) if fact in left}, ()

    def _used(self, decision: Decision) -> tuple[str, ...]:
        """The facts that the rule which took an event makes use of."""
        owner = decision.owner
        if owner is None or decision.outcome is not Outcome.FIRED or not decision.event.reported:
            return ()
        return tuple(fact for fact, rules in self._using.items() if owner in rules and fact in decision.facts)

    def _found(self, owner: CompiledRule, fact: str) -> Breach:
        ref = self.ruleset.ref(owner)
        rules = self._using[fact]
        last = [quoted(self.ruleset.ref(one)) for one in rules if not _ends(one)]
        ending = [quoted(self.ruleset.ref(one)) for one in rules if _ends(one)]
        said = []
        if last:
            said.append(f"As the last step of {in_a_row(last)} write: forget {fact}.")
        if ending:
            said.append(f"In {in_a_row(ending)} write above the step that ends the call: forget {fact}.")
        done = as_expected(one for one in owner.steps.steps if isinstance(one, CompiledVerb | CompiledAdvise))
        return self.breach(
            self.place(ref),
            f'{the_rule(ref)} takes "{fact}" from the time before: it was told for one '
            f'"{_event(owner.rule, fact)[3:]}" and served, and nobody has told it for this one.',
            fact,
            " ".join(said),
            meant=f"there is one {fact} in a call",
            expects=(Times(done, -1),) if done else (),
        )


def _of_a_wish(ruleset: RuleSet) -> Iterator[str]:
    """The facts that are asked for or weighed to both sides, and those that a callback's time comes from."""
    remembered = {
        step.fact
        for rule in ruleset.rules
        for step in steps_of(rule)
        if isinstance(step, CompiledRemember) and step.value is not None
    }
    asked: dict[str, set[Op]] = {}
    for rule in ruleset.rules:
        for compare in compares_of(rule.guard.node if rule.guard else None):
            asked.setdefault(compare.fact.key, set()).add(compare.op)
        for fact in _callback_times(rule):
            asked.setdefault(fact, set()).update((*_MORE, *_LESS))
    for fact, ops in asked.items():
        declared = ruleset.checked.facts.get(fact)
        if (
            fact in remembered
            or fact in COMPUTED
            or fact in MOMENTARY
            or fact.startswith(PLATFORM_FACTS)
            or (declared is not None and declared.source in _OF_THE_HOST)
        ):
            continue
        is_weighed = any(BY_OP[op].family is Family.ORDER for op in ops)
        is_asked_for = any(BY_OP[op].family is Family.PRESENCE for op in ops)
        if is_weighed and (is_asked_for or (ops & _MORE and ops & _LESS)):
            yield fact


def _using(fact: str, ruleset: RuleSet) -> tuple[CompiledRule, ...]:
    """The rules that run because of a fact's value: they ask for it, act by it, or stand below a rule that takes their
    event while it is unknown, unless all values go to others. What the fact itself sets off is left out; none where one
    of them waits for something else than an event."""
    found: list[CompiledRule] = []
    asking: set[str] = set()
    ops = {one.op for rule in ruleset.rules for one in _compares(rule, fact)}
    has_rest = not (ops & _MORE and ops & _LESS)
    for rule in ruleset.rules:
        trigger = rule.rule.trigger
        if isinstance(trigger, On) and all(test.name.key == fact for test in trigger.tests):
            continue
        compares = tuple(_compares(rule, fact))
        acts = fact in _callback_times(rule)
        if not compares and not acts and not (has_rest and _event(rule.rule, fact) in asking):
            continue
        if not isinstance(trigger, On) or any(test.name.key in RAISED for test in trigger.tests):
            return ()
        if acts or not compares or any(one.op is not Op.UNKNOWN for one in compares):
            found.append(rule)
        else:
            asking.add(_event(rule.rule, fact))
    return tuple(found)


def _compares(rule: CompiledRule, fact: str) -> Iterator[Compare]:
    compares = compares_of(rule.guard.node if rule.guard else None)
    return (one for one in compares if one.fact.key == fact)


def _callback_times(rule: CompiledRule) -> Iterator[str]:
    for step in all_steps((*rule.rule.steps, *(rule.rule.otherwise or ()))):
        if isinstance(step, VerbStep):
            for argument in step.arguments:
                value = argument.value
                if isinstance(value, CallbackTime) and value.kind is CallbackKind.AT_FACT and value.name:
                    yield value.name.key


def _event(rule: Rule, fact: str) -> str:
    """The trigger of a rule as it is written; that the fact itself sets it off, too, is left out."""
    trigger = rule.trigger
    if isinstance(trigger, On):
        others = tuple(test for test in trigger.tests if test.name.key != fact)
        return print_trigger(On(others or trigger.tests, trigger.times, trigger.same))
    return print_trigger(trigger)


def _ends(rule: CompiledRule) -> bool:
    return any(isinstance(step, CompiledVerb) and ends_session(step.verb) for step in rule.steps.steps)


def _went_well(outcome: EventOutcome) -> bool:
    """Whether what a plan was to do is done; a sentence or a line of the record does not count."""
    return all(one.verb in BEST_EFFORT for one in (*outcome.refused, *outcome.unknown))
