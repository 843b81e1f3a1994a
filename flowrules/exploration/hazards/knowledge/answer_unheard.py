"""A rule asks for a value, the answer comes by itself, and no rule hears it there."""

from collections.abc import Hashable, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from flowrules.call.entries import Decided, Settled
from flowrules.call.outcome import EventStatus
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import ANSWER_UNHEARD
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision, Outcome, Part
from flowrules.exploration.hazards.asked import as_expected
from flowrules.exploration.hazards.hazard import Hazard, Seen, in_a_row, quoted, rule_words, the_rule
from flowrules.exploration.hazards.questions import (
    Wanted,
    asks_whether_known,
    callback_times,
    is_question,
    texts_in,
    wanted,
)
from flowrules.exploration.playing.moves import Learns
from flowrules.exploration.watching.watch import Breach, Step
from flowrules.language.nodes import On, Rank
from flowrules.language.printer import print_trigger
from flowrules.scenarios.comparing.samples import compares_of


class Question(NamedTuple):
    """A fact that was asked for and is unknown yet. `asking`: the rule that asks; `serving`: the one that would have
    run if it had been known; both by their ids."""

    fact: str
    asking: str
    serving: str


class AnswerUnheard(Hazard):
    """Its memory: what was asked for by the last thing that happened.

    Asked for is a fact where a rule says something or advises the model because nobody knows it: with it, another rule
    would have run. Or the advice names the fact that is to be reported, and some rule needs it. An answer is heard
    where a rule that names the fact takes it; one for `anything` does not hear it.
    """

    code = ANSWER_UNHEARD
    start: frozenset[Question] = frozenset()

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._wanted = wanted(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}

    @cached_property
    def _asking(self) -> frozenset[tuple[str, Outcome]]:
        """The rules that ask something, each with which of its sequences does."""
        found = set[tuple[str, Outcome]]()
        for rule in self.ruleset.rules:
            for outcome, steps in ((Outcome.FIRED, rule.steps), (Outcome.OTHERWISE, rule.otherwise)):
                if steps is not None and any(map(is_question, texts_in(steps.steps))):
                    found.add((rule.id, outcome))
        return frozenset(found)

    def moves(self, memory: Hashable, step: Step) -> Seen:
        assert isinstance(memory, frozenset)
        if memory and isinstance(step.move, Learns):
            return frozenset(one for one in memory if one.fact not in step.move.facts), ()
        return memory, ()

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        assert isinstance(memory, frozenset)
        if not self._wanted:
            return memory, ()
        decision = entry.decision
        told = decision.event.keys
        breaches = tuple(
            self._found(one)
            for one in sorted(memory)
            if len(told) == 1
            and told.get(one.fact) in self._wanted[one.fact].answers
            and not isinstance(told[one.fact], bool)
            and not self._is_heard(one.fact, decision)
        )
        return frozenset(self._questions(entry)), breaches

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        assert isinstance(memory, frozenset)
        outcome = entry.outcome
        if not self._wanted or not outcome.advise or outcome.status is not EventStatus.DONE:
            return memory, ()
        asked = {one.fact for one in memory}
        rule = outcome.rules[-1][0].id if outcome.rules else ""
        facts = step.after.machine.state.facts
        found = {
            Question(fact, rule, one.rules[-1].id)
            for fact, one in self._wanted.items()
            if fact not in asked and fact not in facts and rule and _names(outcome.advise, fact)
        }
        return memory | found, ()

    def _questions(self, entry: Decided) -> Iterator[Question]:
        decision = entry.decision
        asking = [part for part in decision.parts if (part[0].id, part[1]) in self._asking]
        if not asking:
            return
        for fact, one in self._wanted.items():
            if fact not in decision.facts:
                serving = self._serving(fact, one, asking, entry)
                if serving is not None:
                    yield Question(fact, *serving)

    def _serving(self, fact: str, one: Wanted, asking: list[Part], entry: Decided) -> tuple[str, str] | None:
        """The rule that asks because a fact is unknown, and the one that would run if the event carried it."""
        event, state, decision = entry.decision.event, entry.state, entry.decision
        for value in one.answers:
            told = event._replace(keys={**event.keys, fact: value})
            knowing = state._replace(facts={**state.facts, fact: value})
            other = decide(self.ruleset, told, knowing, decision.now)
            left = [part[0] for part in asking if part not in other.parts]
            fired = [
                rule
                for rule, outcome in other.parts
                if outcome is Outcome.FIRED and (rule, outcome) not in decision.parts and rule in one.rules
            ]
            for rule in left:
                if fired and _is_alone(fact, fired[-1]) and _meet(rule, fired[-1]):
                    return rule.id, fired[-1].id
        return None

    def _is_heard(self, fact: str, decision: Decision) -> bool:
        return any(_hears(rule, fact) for rule, _ in decision.parts) or bool(decision.set_off_before)

    def _found(self, one: Question) -> Breach:
        asking, serving = (self.ruleset.ref(self._rules[rule]) for rule in (one.asking, one.serving))
        rule, fact = self._rules[one.serving], self._wanted[one.fact].name
        trigger = print_trigger(rule.rule.trigger)
        done = as_expected(rule.steps.steps)
        return self.breach(
            self.place(asking),
            f'{the_rule(asking)} asks for "{fact}", and no rule takes the answer where it comes by itself: '
            f'{rule_words(serving)} takes it only together with "{trigger[3:]}".',
            (one.asking, one.fact),
            self._cure(rule, one.fact, fact),
            meant=f"{fact} is always reported together with the wish",
            expects=(f"expect {done.partition(' ')[0]}",) if done else (),
        )

    def _cure(self, rule: CompiledRule, fact: str, name: str) -> str:
        trigger = rule.rule.trigger
        if not isinstance(trigger, On) or trigger.times is not None or trigger.same:
            return f"Write a rule for the answer by itself: on {name} …"
        written = print_trigger(trigger)
        listening = [
            quoted(self.ruleset.ref(one))
            for one in self._rules.values()
            if print_trigger(one.rule.trigger) == written and self._is_to_hear(one, fact)
        ]
        return (
            f"Let the answer set off {in_a_row(listening)}, too: {written} or {name}. If {name} is told for other "
            f'wishes as well, remember behind the question what it is for, and ask for that in a rule "on {name}".'
        )

    def _is_to_hear(self, rule: CompiledRule, fact: str) -> bool:
        """Whether a rule on the same event is right for the answer by itself: all but those for the unknown case, and
        those that have nothing to do with it."""
        if rule.rank is not Rank.PLAIN:
            return False
        if asks_whether_known(rule, fact):
            return rule.otherwise is not None
        return rule.guard is None or _hears(rule, fact)


def _hears(rule: CompiledRule, fact: str) -> bool:
    """Whether a rule has to do with a fact: it waits for it, asks for it, or calls back at it."""
    trigger = rule.rule.trigger
    return (
        (isinstance(trigger, On) and any(test.name.key == fact for test in trigger.tests))
        or any(one.fact.key == fact for one in compares_of(rule.guard.node if rule.guard else None))
        or any(fact == time for time, _ in callback_times(rule))
    )


def _is_alone(fact: str, rule: CompiledRule) -> bool:
    """Whether a rule waits for something else than a fact."""
    trigger = rule.rule.trigger
    return isinstance(trigger, On) and all(test.name.key != fact for test in trigger.tests)


def _meet(one: CompiledRule, other: CompiledRule) -> bool:
    """Whether two rules wait for the same event."""
    triggers = one.rule.trigger, other.rule.trigger
    tests = [set(trigger.tests) for trigger in triggers if isinstance(trigger, On)]
    return len(tests) == 2 and not tests[0].isdisjoint(tests[1])


def _names(texts: Iterable[str], fact: str) -> bool:
    """Whether one of the texts wants a fact by its name, which is no ordinary word."""
    return "_" in fact and any(fact in text.lower() and is_question(text) for text in texts)
