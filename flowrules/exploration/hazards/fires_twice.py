"""One utterance sets the same rule off twice: the words come first, and what the model makes of them next."""

from collections.abc import Hashable

from flowrules.call.entries import Decided, Received
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import FIRES_TWICE
from flowrules.engine.event import MOMENTARY
from flowrules.engine.plan import PlannedVerb
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, the_rule, word_of
from flowrules.exploration.watch import Step
from flowrules.language.nodes import On
from flowrules.verbs import BY_NAME, Effect


class FiresTwice(Hazard):
    """Its memory: the place of the turn, the rules that words have set off in it, and those of them by which something
    was done that does harm if it is done twice. Only rules for words and for
    something else are looked at: the engine itself keeps words from setting a rule off twice."""

    code = FIRES_TWICE

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._mixed = {rule.id: rule for rule in ruleset.rules if _is_mixed(rule) and not rule.rule.limits}

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        if not self._mixed:
            return memory, ()
        event, decision = entry.decision.event, entry.decision
        turn = entry.state.place
        by_words = not MOMENTARY.isdisjoint(event.keys)
        known = (
            memory if isinstance(memory, tuple) and memory[0] == turn else (turn, frozenset(), frozenset())
        )
        mine = {rule.id for rule, _ in decision.parts} & self._mixed.keys()
        if by_words:
            return ((turn, known[1] | mine, known[2]) if known[1] | mine else None), ()
        found = []
        for part in entry.plan.parts:
            if part.rule.id not in mine & known[2]:
                continue
            again = next(
                (s.verb for s in part.steps if isinstance(s, PlannedVerb) and _does_harm(s.verb)), ""
            )
            if again:
                ref = part.rule
                found.append(
                    self.breach(
                        self.place(ref),
                        f"{the_rule(ref)} answers the caller's words, and once more what is reported of "
                        f'them in the same turn: "{word_of(again)}" comes twice.',
                        ref.id,
                        "Let it answer one of the two alone. Or let it run until it is done: write "
                        f'"when … is unknown" above its steps, and "remember … is yes" behind "{word_of(again)}".',
                    )
                )
        return (known if known[1] else None), tuple(found)

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        """What failed may well be tried again."""
        if not isinstance(memory, tuple) or not _does_harm(entry.request.verb):
            return memory, ()
        turn, rules, done = memory
        if entry.receipt.went_well:
            return (turn, rules, done | ({entry.rule.id} & rules)), ()
        rules, done = rules - {entry.rule.id}, done - {entry.rule.id}
        return ((turn, rules, done) if rules else None), ()


def _is_mixed(rule: CompiledRule) -> bool:
    trigger = rule.rule.trigger
    if not isinstance(trigger, On) or trigger.times is not None:
        return False
    words = [test.name.key in MOMENTARY for test in trigger.tests]
    return any(words) and not all(words)


def _does_harm(verb: str) -> bool:
    """Whether a verb that is sent twice does something twice, rather than the same again."""
    spec = BY_NAME.get(verb)
    if spec is None:
        return True
    if ends_session(verb):
        return False
    closes = {other.closed_by for other in BY_NAME.values()}
    live = spec.effect is Effect.LIVE and spec.closed_by is None and verb not in closes
    return live or spec.copied_to("call.callback") is not None
