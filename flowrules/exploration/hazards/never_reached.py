"""A rule that no story reaches, or that has used up its limit by a try that failed."""

from collections.abc import Hashable, Iterator

from flowrules.call.entries import Decided, Settled
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.moment import COMPUTED
from flowrules.diagnostics.codes.hazards import NEVER_REACHED
from flowrules.engine.decide import decide
from flowrules.engine.decision import Verdict
from flowrules.exploration.coverage import ENOUGH, Coverage
from flowrules.exploration.hazards.asked import is_bounded
from flowrules.exploration.hazards.hazard import Hazard, Seen, rule_words, the_rule
from flowrules.exploration.hazards.needed import Needed, facts_needed
from flowrules.exploration.watching.watch import Breach, Breaches, Step
from flowrules.language.nodes import During, Holiday, On
from flowrules.language.nodes import Not as NotNode
from flowrules.verbs import BEST_EFFORT


class NeverReached(Hazard):
    """Its memory: the rules whose limit a failed try has used up."""

    code = NEVER_REACHED
    start: frozenset[str] = frozenset()

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules if is_bounded(rule)}
        self._needed = Needed(ruleset)

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        assert isinstance(memory, frozenset)
        outcome = entry.outcome
        if not outcome.steps or not self._rules or outcome.accepted:
            return memory, ()
        if outcome.decision is None or not outcome.decision.event.reported or step.after.machine.over:
            return memory, ()
        if outcome.advice or any(_only_heard_or_noted(one.verb) for one in outcome.steps):
            return memory, ()
        uses = step.after.machine.state.uses
        used = {ref.id for ref, _ in outcome.rules if ref.id in self._rules and ref.id in uses}
        if not used or any(one.rules for one in outcome.raised):
            return memory, ()
        return memory | used, ()

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        assert isinstance(memory, frozenset)
        decision = entry.decision
        if not memory or decision.parts or not decision.event.reported:
            return memory, ()
        traced = decide(self.ruleset, decision.event, entry.state, decision.now, trace=True)
        assert traced.trace is not None
        for rule, verdict in traced.trace.considered:
            if verdict is Verdict.USED_UP and rule.id in memory:
                return memory, (self._used_up(rule),)
        return memory, ()

    def _used_up(self, rule: CompiledRule) -> Breach:
        ref = self.ruleset.ref(rule)
        return self.breach(
            self.place(ref),
            f"{the_rule(ref)} has used up its limit by a try that failed, and answers no more.",
            ("used up", ref.id),
            "Say what follows where it fails, on a line of its own below the step: if it fails then …",
        )

    def conclude(self, coverage: Coverage) -> Breaches:
        if coverage.depth < ENOUGH:
            return ()
        reached = coverage.fired | coverage.lapsed
        return tuple(
            self._unreached(rule, coverage)
            for rule in self.ruleset.rules
            if rule.id not in reached and self._is_in_reach(rule, coverage)
        )

    def _unreached(self, rule: CompiledRule, coverage: Coverage) -> Breach:
        ref = self.ruleset.ref(rule)
        return self.breach(
            self.place(ref),
            f"No call sets {rule_words(ref)} off: all that can happen in up to {coverage.depth} events, failures and "
            "facts was played.",
            ("unreached", ref.id),
            "Look at the rules above it, which may take all of its events, and at its own conditions.",
            meant="it is for a fact that only the host tells",
        )

    def _is_in_reach(self, rule: CompiledRule, coverage: Coverage) -> bool:
        """Whether the stories were long enough for its trigger and its guard, and hold all that these name."""
        trigger = rule.rule.trigger
        if not isinstance(trigger, On):
            return False
        facts = facts_needed(rule)
        if any(fact in COMPUTED or fact.startswith("call.") for fact in facts) or _asks_hours(rule):
            return False
        return coverage.depth >= self._needed.of(rule)


def _only_heard_or_noted(verb: str) -> bool:
    """Whether a step that fails leaves nothing undone that a later wish would ask for again: a sentence that is to come
    once, or one in the place of what failed; a line of the record."""
    return verb in BEST_EFFORT


def _asks_hours(rule: CompiledRule) -> bool:
    return rule.guard is not None and any(
        isinstance(node, During | Holiday) for node in _nodes(rule.guard.node)
    )


def _nodes(node: object) -> Iterator[object]:
    yield node
    if isinstance(node, NotNode):
        yield from _nodes(node.part)
    for part in getattr(node, "parts", ()):
        yield from _nodes(part)
