"""Rules that time sets off undo each other in turn, or a rule sets itself off by what its own steps raise."""

from collections.abc import Hashable
from typing import NamedTuple

from flowrules.call.entries import Decided
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import BACK_AND_FORTH
from flowrules.engine.raised import RAISED
from flowrules.exploration.hazards.asked import is_bounded
from flowrules.exploration.hazards.hazard import Hazard, Seen, rule_words, the_rule
from flowrules.exploration.playing.moves import Answers, Closes, Passes
from flowrules.exploration.watching.watch import Breach, Breaches, Step
from flowrules.language.nodes import On

_FAILED, _INTERRUPTED = ">failed", ">interrupted"


class Chain(NamedTuple):
    """`timed`: the rules that time has set off since anybody did anything, in order. `raised`: the events under way of
    rules that wait for raised ones, each with its rules."""

    timed: tuple[str, ...] = ()
    raised: tuple[tuple[str, frozenset[str]], ...] = ()


_NOTHING = Chain()


class BackAndForth(Hazard):
    """What a limit bounds is left out."""

    code = BACK_AND_FORTH
    start = _NOTHING

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self._by_time = {
            rule.id
            for rule in ruleset.rules
            if not isinstance(rule.rule.trigger, On) and not is_bounded(rule)
        }
        self._by_raised = {
            rule.id
            for rule in ruleset.rules
            if isinstance(rule.rule.trigger, On)
            and any(test.name.key in RAISED for test in rule.rule.trigger.tests)
            and not is_bounded(rule)
        }

    def moves(self, memory: Hashable, step: Step) -> Seen:
        assert isinstance(memory, Chain)
        if memory is _NOTHING or memory == _NOTHING:
            return _NOTHING, ()
        timed = memory.timed if isinstance(step.move, Answers | Passes | Closes) else ()
        raised = memory.raised if step.before.busy else ()
        return Chain(timed, raised), ()

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        assert isinstance(memory, Chain)
        event = entry.decision.event
        rules = frozenset(rule.id for rule, _ in entry.decision.parts)
        if event.timer:
            return self._timed(memory, rules)
        if mine := rules & self._by_raised:
            return self._raised(memory, event.event_id, mine)
        return memory, ()

    def _timed(self, memory: Chain, rules: frozenset[str]) -> tuple[Chain, Breaches]:
        for one in sorted(rules & self._by_time):
            if one not in memory.timed:
                memory = memory._replace(timed=(*memory.timed, one))
                continue
            between = memory.timed[memory.timed.index(one) + 1 :]
            return memory, (self._again(one, between),)
        return memory, ()

    def _again(self, one: str, between: tuple[str, ...]) -> Breach:
        ref = self.ruleset.ref(self._rules[one])
        others = [self.ruleset.ref(self._rules[other]) for other in between]
        if others:
            message = f"{the_rule(ref)} and {rule_words(others[0])} undo each other in turn, by time alone."
        else:
            message = f"{the_rule(ref)} sets itself off again and again, by time alone."
        return self.breach(
            self.place(ref),
            message,
            frozenset((one, *between)),
            'Write "once per call", or "at most 2 times per call", above the steps of one of them.'
            if others
            else 'Write "once per call", or "at most 2 times per call", above its steps.',
            *((self.place(other), "this one undoes it") for other in others[:1]),
        )

    def _raised(self, memory: Chain, event_id: str, rules: frozenset[str]) -> tuple[Chain, Breaches]:
        parents = dict(memory.raised)
        known = (*memory.raised, (event_id, rules))
        above = event_id
        while (cut := max(above.rfind(_FAILED), above.rfind(_INTERRUPTED))) > 0:
            above = above[:cut]
            if twice := sorted(rules & parents.get(above, frozenset())):
                ref = self.ruleset.ref(self._rules[twice[0]])
                return Chain(memory.timed, known), (
                    self.breach(
                        self.place(ref),
                        f"{the_rule(ref)} sets itself off: what it does raises the very event that it "
                        "waits for.",
                        ("raised", ref.id),
                        'Write "once per call" above its steps, or say below the step that fails what follows then: '
                        "if it fails then …",
                    ),
                )
        return Chain(memory.timed, known), ()
