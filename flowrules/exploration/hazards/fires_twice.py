"""The same thing is done twice: one utterance sets a rule off as words and once more as what the model makes of them;
or a rule books another callback each time that the caller asks."""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from flowrules.call.entries import Decided, NotSent, Received
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledStep
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import FIRES_TWICE
from flowrules.engine.event import MOMENTARY
from flowrules.exploration.hazards.asked import is_bounded, on_the_way
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, the_rule, word_of
from flowrules.exploration.hazards.questions import callback_times
from flowrules.exploration.watching.watch import Breach, Breaches, Step, Times
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


class Done(NamedTuple):
    """What was done so far. `turn`: because of the caller's turn; None where that can't come again. `booked`: the ids
    of rules that have booked a callback."""

    turn: Turn | None = None
    booked: frozenset[str] = frozenset()


class FiresTwice(Hazard):
    """Of rules for words those are looked at that wait for something else, too: the engine itself keeps words from
    setting a rule off twice. What is done again after a step that failed is left out: it is tried once more, and
    rightly so. A callback is booked twice where the rule itself says when: a time that the caller names is a wish of
    its own. Where a rule ends the call behind it, nobody asks again."""

    code = FIRES_TWICE
    start: Done = Done()

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._mixed = {rule.id: rule for rule in ruleset.rules if _is_mixed(rule) and not rule.rule.limits}
        self._booking = frozenset(
            rule.id
            for rule in ruleset.rules
            if rule.id not in self._mixed and _books(rule) and not is_bounded(rule)
        )

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        assert isinstance(memory, Done)
        return memory._replace(turn=self._turn(memory.turn, entry)), ()

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        assert isinstance(memory, Done)
        turn, breaches = self._done(memory.turn, entry)
        memory = memory._replace(turn=turn)
        rule = entry.rule
        if rule.id not in self._booking or not _is_booking(entry.request.verb) or not entry.receipt.went_well:
            return memory, breaches
        if rule.id in memory.booked:
            return memory, (*breaches, self._found_again(rule, entry.request.verb, entry.path))
        return memory._replace(booked=memory.booked | {rule.id}), breaches

    def not_sent(self, memory: Hashable, entry: NotSent, step: Step) -> Seen:
        assert isinstance(memory, Done)
        turn = memory.turn and _without(memory.turn, entry.rule.id)
        return memory._replace(turn=turn), ()

    def _turn(self, memory: Turn | None, entry: Decided) -> Turn | None:
        if not self._mixed:
            return None
        event, place = entry.decision.event, entry.state.place
        turn = memory if memory is not None and memory.place == place else Turn(place)
        mine = {(rule.id, event.event_id) for rule, _ in entry.decision.parts if rule.id in self._mixed}
        if not MOMENTARY.isdisjoint(event.keys):
            turn = turn._replace(words=turn.words | mine)
        else:
            known = {rule for rule, _ in turn.words}
            turn = turn._replace(reports=turn.reports | {one for one in mine if one[0] in known})
        return turn if turn.words else None

    def _done(self, turn: Turn | None, entry: Received) -> tuple[Turn | None, Breaches]:
        if turn is None:
            return None, ()
        rule, verb = entry.rule, entry.request.verb
        here, again = (rule.id, entry.event_id), (rule.id, verb)
        if not entry.receipt.went_well:
            return _without(turn, rule.id), ()
        if not _does_harm(verb):
            return turn, ()
        if here in turn.words:
            return turn._replace(done=turn.done | {again}), ()
        if here not in turn.reports or again not in turn.done:
            return turn, ()
        return _without(turn, rule.id), (self._found(rule, word_of(verb)),)

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

    def _found_again(self, ref: RuleRef, verb: str, path: str) -> Breach:
        block, place = self.ruleset.blocks[ref.id], self.place(ref, verb, path)
        before = block.text[: place.start - block.start].rpartition("\n")[2]
        written = self.step_as_written(ref, verb, place.start - block.start) or f"{verb} …"
        behind = block.text[place.start - block.start :].partition("\n")[2].strip()
        fails = (
            " if it fails then …" if behind.startswith("if it fails") else ""
        )  # It can't stand below an "if".
        once = f"if call.callback is unknown then {written}{fails}"
        cure = (
            f'Name the step and ask there: a line "steps book_once", a line "{once}", a line "end". Then write '
            '"do book_once" in its place.'
            if before.strip() or place.start == block.start
            else f"Write {'on one line' if fails else 'there'}: {once}. What stands below it is done all the same."
        )
        return self.breach(
            place,
            f"{the_rule(ref)} books another callback each time that it runs: who asks twice is called twice.",
            (ref.id, "again"),
            cure,
            meant="each of them is another call",
            expects=(Times(verb, -1),),
        )


def _books(rule: CompiledRule) -> bool:
    """Whether a rule books callbacks and goes on with the call, each at a time that no fact tells."""
    if any(callback_times(rule)):
        return False
    return _is_booked_in(rule.steps.steps) or (
        rule.otherwise is not None and _is_booked_in(rule.otherwise.steps)
    )


def _is_booked_in(steps: Sequence[CompiledStep]) -> bool:
    way = tuple(on_the_way(steps))
    if any(_is_booking(step.verb) for step in way) and not any(ends_session(step.verb) for step in way):
        return True
    return any(_is_booked_in(failure.steps.steps) for step in way for failure in step.failures)


def _is_booking(verb: str) -> bool:
    spec = BY_NAME.get(verb)
    return spec is not None and spec.copied_to("call.callback") is not None


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
    return live or _is_booking(verb)
