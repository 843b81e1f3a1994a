"""One utterance sets the same rule off twice: the words come first, and what the model makes of them next."""

from collections.abc import Hashable
from typing import NamedTuple

from flowrules.call.entries import Decided, NotSent, Received
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import FIRES_TWICE
from flowrules.engine.event import MOMENTARY
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, the_rule, word_of
from flowrules.exploration.watch import Breach, Step, Times
from flowrules.language.nodes import On, Rank
from flowrules.verbs import BY_NAME, Effect


class Turn(NamedTuple):
    """What the caller's turn has led to so far. `place`: the turn. `words`: the ids of events that were the caller's
    words, `reports` those of what was reported of them, each with the rule that it has set off. `done`: by rule, the
    verbs that the words have led to and that were accepted."""

    place: object
    words: frozenset[tuple[str, str]] = frozenset()
    reports: frozenset[tuple[str, str]] = frozenset()
    done: frozenset[tuple[str, str]] = frozenset()


class FiresTwice(Hazard):
    """Only rules for words and for something else are looked at: the engine itself keeps words from setting a rule off
    twice. What is done again after a step that failed is left out: it is tried once more, and rightly so."""

    code = FIRES_TWICE

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._mixed = {rule.id: rule for rule in ruleset.rules if _is_mixed(rule) and not rule.rule.limits}

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        if not self._mixed:
            return memory, ()
        event, place = entry.decision.event, entry.state.place
        turn = memory if isinstance(memory, Turn) and memory.place == place else Turn(place)
        mine = {(rule.id, event.event_id) for rule, _ in entry.decision.parts if rule.id in self._mixed}
        if not MOMENTARY.isdisjoint(event.keys):
            turn = turn._replace(words=turn.words | mine)
        else:
            known = {rule for rule, _ in turn.words}
            turn = turn._replace(reports=turn.reports | {one for one in mine if one[0] in known})
        return (turn if turn.words else None), ()

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        if not isinstance(memory, Turn):
            return memory, ()
        rule, verb = entry.rule, entry.request.verb
        here, again = (rule.id, entry.event_id), (rule.id, verb)
        if not entry.receipt.went_well:
            return _without(memory, rule.id), ()
        if not _does_harm(verb):
            return memory, ()
        if here in memory.words:
            return memory._replace(done=memory.done | {again}), ()
        if here not in memory.reports or again not in memory.done:
            return memory, ()
        return _without(memory, rule.id), (self._found(rule, word_of(verb)),)

    def not_sent(self, memory: Hashable, entry: NotSent, step: Step) -> Seen:
        return (_without(memory, entry.rule.id) if isinstance(memory, Turn) else memory), ()

    def _found(self, ref: RuleRef, word: str) -> Breach:
        once = f'write "when … is unknown" above its steps, and "remember … is yes" behind "{word}"'
        is_urgent = self._mixed[ref.id].rank is Rank.URGENT
        cure = (
            f"Let it run until it is done: {once}."  # What is urgent listens for all that there is.
            if is_urgent
            else f"Let it answer one of the two alone. Or let it run until it is done: {once}."
        )
        return self.breach(
            self.place(ref),
            f"{the_rule(ref)} answers the caller's words, and once more what is reported of them in the same turn: "
            f'"{word}" comes twice.',
            ref.id,
            cure,
            expects=(Times(word, -1),),
        )


def _without(turn: Turn, rule: str) -> Turn | None:
    """A turn in which this rule may run once more."""
    words, reports, done = (
        frozenset(one for one in part if one[0] != rule) for part in (turn.words, turn.reports, turn.done)
    )
    return Turn(turn.place, words, reports, done) if words else None


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
