"""The caller speaks into a goodbye, which drops its hangup, and no rule says what follows."""

from collections.abc import Hashable, Iterator, Mapping
from typing import NamedTuple

from flowrules.call.entries import Decided, Settled
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledRemember, CompiledVerb
from flowrules.compiler.guards.conditions import CompiledCondition
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import GOODBYE_ANSWERED
from flowrules.engine.event import MOMENTARY
from flowrules.exploration.hazards.asked import facts_in_rules, remembered_in, steps_of
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, hangs_up, in_a_row, rule_words
from flowrules.exploration.telling.told import each, written
from flowrules.exploration.watching.watch import Breach, Breaches, Step
from flowrules.language.nodes import AfterFact, And, Compare, On, Rank, VerbStep
from flowrules.language.operators import BY_OP, Family
from flowrules.language.traverse import all_steps
from flowrules.language.values import Value
from flowrules.verbs import BY_NAME, Copies, Effect
from flowrules.verbs.spec import SENT_NOW

_ENDING_IT = "ending_it"
"""The fact of the proposed rule where the rule that was dropped remembers nothing."""


class Dropped(NamedTuple):
    """The hangup of `rule` is dropped. `stays`: what holds all the same, in words; '' where nothing does. `only_once`:
    the caller can't set the rule off again, or it does harm a second time."""

    rule: RuleRef
    verb: str
    path: str
    stays: str
    only_once: bool


class GoodbyeAnswered(Hazard):
    """A plain goodbye is left out: whoever has more to say is listened to, and may say goodbye again. Found is one that
    has put something on record or has remembered what rules ask, and one that the rules, not the caller, want: where no
    rule takes up the words, and where one does and no other rule ends a call."""

    code = GOODBYE_ANSWERED

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self._asked = facts_in_rules(ruleset)
        self._ending = frozenset(
            rule.id
            for rule in ruleset.rules
            if any(isinstance(one, CompiledVerb) and ends_session(one.verb) for one in steps_of(rule))
        )
        self._remembered = frozenset(
            step.fact
            for rule in ruleset.rules
            for step in steps_of(rule)
            if isinstance(step, CompiledRemember)
        )

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome = entry.outcome
        if outcome.status is not EventStatus.INTERRUPTED:
            return memory, ()
        if step.after.machine.over:
            return None, ()
        ending = next(
            (one for one in outcome.steps if one.status is Status.DROPPED and hangs_up(one.verb)), None
        )
        rule = self._rules.get(ending.rule.id) if ending is not None else None
        if ending is None or rule is None:
            return None, ()
        facts = step.after.machine.state.facts
        stays = in_a_row([*dict.fromkeys((*_on_record(outcome, facts), *self._kept(rule, facts)))])
        wanted_by_rules = self._must_end(rule)
        if not stays and not (_has_spoken(outcome) and wanted_by_rules):
            return None, ()
        comes_again = isinstance(rule.rule.trigger, AfterFact)
        only_once = (wanted_by_rules and not comes_again) or any(
            map(_books, (one.verb for one in outcome.accepted))
        )
        dropped = Dropped(ending.rule, ending.verb, ending.path, stays, only_once)
        if any(one.rules for one in outcome.raised):
            return None, self._without_a_way(dropped)
        return dropped, ()

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        """The words that dropped it have their turn: a rule may take them up."""
        if not isinstance(memory, Dropped) or not entry.event.reported:
            return memory, ()
        if step.after.machine.closed:
            return None, ()
        if entry.decision.set_off_before or any(
            rule.id == memory.rule.id for rule, _ in entry.decision.parts
        ):
            return None, ()
        if entry.decision.parts:
            return None, self._without_a_way(memory)
        return None, (self._found(memory),)

    def _without_a_way(self, dropped: Dropped) -> Breaches:
        """The words were taken up. Nothing is wrong where another rule may still end the call."""
        ref, verb, path, stays, only_once = dropped
        if not only_once or self._ending - {ref.id}:
            return ()
        though = f", though {stays}" if stays else ""
        return (
            self.breach(
                self.place(ref, verb, path),
                f'Who speaks into the goodbye of {rule_words(ref)}, if only "thank you", drops its "{verb}", and no '
                f"other rule ends a call: it goes on until the caller hangs up{though}.",
                (ref.id, "no other way"),
                f"For a caller who says nothing more, write: {self._end_in_silence(ref, verb)}",
                meant="the caller hangs up",
                expects=("after 10 minutes", f"expect {verb}"),
            ),
        )

    def _end_in_silence(self, ref: RuleRef, verb: str) -> str:
        return f"after 20 seconds of silence {verb}{self._moved(self._rules[ref.id], verb)}"

    def _kept(self, rule: CompiledRule, facts: Mapping[str, Value]) -> Iterator[str]:
        """What the rule has remembered that others ask."""
        for fact, value in remembered_in(steps_of(rule)):
            if value is not None and fact in self._asked and facts.get(fact) == value:
                yield f"{fact} is {written(value)}"

    def _must_end(self, rule: CompiledRule) -> bool:
        """Whether the rules want the end, rather than the caller: it is urgent, time or a repetition sets it off,
        something else than the caller's words or wish, it asks what rules remember, or the hangup has a reason."""
        trigger = rule.rule.trigger
        if not isinstance(trigger, On) or trigger.times is not None or rule.rank is Rank.URGENT:
            return True
        wished = {*MOMENTARY, "intent"}
        if any(test.name.key not in wished for test in trigger.tests):
            return True
        if any(fact in self._remembered for fact in _wanted(rule.guard)):
            return True
        steps = all_steps((*rule.rule.steps, *(rule.rule.otherwise or ())))
        hangups = (one for one in steps if isinstance(one, VerbStep) and hangs_up(one.verb))
        return any(argument.name != SENT_NOW for one in hangups for argument in one.arguments)

    def _found(self, dropped: Dropped) -> Breach:
        ref, verb, path, stays, only_once = dropped
        though = f", though {stays}" if stays else ""
        stuck = only_once and not self._ending - {ref.id}
        and_end = f"And so that it can end then: {self._end_in_silence(ref, verb)}. " if stuck else ""
        return self.breach(
            self.place(ref, verb, path),
            f'Who speaks into the goodbye of {rule_words(ref)}, if only "thank you", drops its "{verb}", and no rule '
            f"says what follows: the call goes on{though}.",
            ref.id,
            'Where it may go on, write: on hangup_interrupted advise "The caller has more to say. Listen." '
            f"{and_end}{self._end_it(self._rules[ref.id], verb)}",
            meant="the model goes on with the call",
            expects=(f"expect {verb}",),
        )

    def _end_it(self, rule: CompiledRule, verb: str) -> str:
        """What to write if the call is to end all the same."""
        kept = next(
            (
                f"{fact} is {written(value)}"
                for fact, value in remembered_in(steps_of(rule))
                if value is not None
            ),
            "",
        )
        condition = kept or f"{_ENDING_IT} is yes"
        line = f"urgent on hangup_interrupted when {condition} {verb} now{self._moved(rule, verb)}"
        first = "" if kept else f'remember that above the "{verb}" (remember {condition}), and '
        return f"Where it is to end all the same, {first}write: {line}"

    def _moved(self, rule: CompiledRule, verb: str) -> str:
        """The records behind the hangup, which are dropped with it, as they are written."""
        behind, texts = False, ""
        for step in steps_of(rule):
            if isinstance(step, CompiledVerb):
                if behind and _records(step.verb):
                    written_so = self.step_as_written(self.ruleset.ref(rule), step.verb)
                    texts += f" then {written_so}" if written_so else ""
                behind = behind or step.verb == verb
        return texts


def _wanted(guard: CompiledCondition | None) -> Iterator[str]:
    """The facts of which a guard wants a value, not that they are unknown or have another one."""
    if guard is None:
        return
    for node in guard.node.parts if isinstance(guard.node, And) else (guard.node,):
        if isinstance(node, Compare):
            row = BY_OP[node.op]
            if row.family is not Family.PRESENCE and not row.negative:
                yield node.fact.key


def _has_spoken(outcome: EventOutcome) -> bool:
    """Whether there was a goodbye at all, or the bot was saying something else."""
    return any((spec := BY_NAME.get(one.verb)) and spec.heard_field for one in outcome.accepted)


def _on_record(outcome: EventOutcome, facts: Mapping[str, Value]) -> Iterator[str]:
    """What was told to the platform about how the call went, and holds though the hangup has not come."""
    for one in outcome.accepted:
        if _records(one.verb):
            for told in BY_NAME[one.verb].tells:
                if isinstance(told, Copies) and told.fact in facts:
                    yield f"{told.fact} is {' and '.join(map(written, each(facts[told.fact])))}"


def _books(verb: str) -> bool:
    spec = BY_NAME.get(verb)
    return spec is not None and spec.copied_to("call.callback") is not None


def _records(verb: str) -> bool:
    """Whether a verb writes down what became of the call."""
    spec = BY_NAME.get(verb)
    return (
        spec is not None
        and spec.effect is Effect.RECORD
        and any(isinstance(one, Copies) for one in spec.tells)
    )
