"""Which moves matter to a rule set, in each of its worlds."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from flowrules.call.receipt import Reason
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.playing.asked import Asked
from flowrules.exploration.playing.beginnings import beginnings
from flowrules.exploration.playing.events import Events, events_of, facts_of
from flowrules.exploration.playing.moves import (
    Answers,
    Begins,
    Closes,
    GoesOn,
    Happens,
    Hears,
    Learns,
    Move,
    Passes,
    Voice,
)
from flowrules.exploration.playing.world import World
from flowrules.language.names import fold
from flowrules.language.nodes import Before, Never, Rule, Steps, VerbStep
from flowrules.language.traverse import all_steps, failures_of
from flowrules.verbs import BY_NAME

M = TypeVar("M", Happens, Learns)
_USUAL = (Reason.REFUSED, Reason.UNAVAILABLE, Reason.TIMEOUT)
_ACCEPTED, _REFUSED, _CLOSES = Answers(), Answers(Reason.REFUSED), Closes()
_BOT_SPEAKS, _BOT_FINISHES = Hears(Voice.BOT_SPEAKS), Hears(Voice.BOT_FINISHES)


@dataclass(frozen=True, slots=True)
class Alphabet:
    """`begins`: how a call may come up. `facts`: what the host may supply. `failures`: how the platform may fail a
    verb, by its name. `silence`: a rule waits for the caller's silence. `commuting`: facts are learned in one order
    only, since the order makes no difference."""

    begins: tuple[Begins, ...]
    events: Events
    facts: tuple[Learns, ...]
    failures: dict[str, tuple[Answers, ...]]
    usual: tuple[Answers, ...]
    hangs_up: bool
    silence: bool
    commuting: bool = True

    def numbers(self) -> dict[int, int]:
        """By the identity of each move that may come again and again, a number of its own."""
        failures = (one for reasons in (*self.failures.values(), self.usual) for one in reasons)
        events = (*self.events.ordinary, *self.events.urgent, *self.events.spoken)
        moves = (*events, *self.facts, *failures, _REFUSED, _BOT_SPEAKS)
        return {id(move): number for number, move in enumerate(moves, start=1)}

    def moves(
        self, world: World, due: datetime | None, last: Move, *, last_one: bool = False
    ) -> Iterator[Move]:
        """What may happen next. `due`: when something comes due by itself; `last`: the move that led here; `last_one`:
        nothing more may happen that uses up depth."""
        machine, pending, speech = world.machine, world.pending, world.machine.speech
        if pending:
            yield _ACCEPTED
        if machine.closed:
            # What is under way when the call is cut off has its fate; whether records behind the end are taken matters
            # to nobody but by one refusal.
            if pending and not last_one and not world.session_over:
                yield _REFUSED
            return
        busy = machine.busy
        if not pending:
            if due is not None:
                yield Passes((due - world.now).total_seconds())
            if speech.speaking:
                yield _BOT_FINISHES
        if world.utterance:
            yield GoesOn(world.utterance[0], world.utterance[1:])
        if not busy and speech.said_until is not None:
            return  # Nobody speaks into a sentence of the rules: that changes nothing but when it is.
        yield _CLOSES
        if last_one:
            return
        if pending and not world.session_over:
            yield from self.failures.get(pending[0].request.verb, self.usual)
        if machine.over:
            return
        if busy:
            yield from self.events.urgent
            if self.hangs_up:
                yield from self.events.spoken
            return
        yield from self.events.ordinary
        yield from self._learned(world, last)
        if self.silence and not speech.speaking:
            yield _BOT_SPEAKS

    def _learned(self, world: World, last: Move) -> Iterator[Learns]:
        facts = world.machine.state.facts
        ordered = self.commuting and isinstance(last, Learns)
        for learns in reversed(self.facts) if ordered else self.facts:
            if ordered and learns is last:
                return
            if any(facts.get(name) != value for name, value in learns.facts.items()):
                yield learns


def alphabet_of(
    ruleset: RuleSet, asked: Asked, seed: int = 0, *, first: Collection[str] = (), commuting: bool = True
) -> Alphabet:
    """The moves of a rule set. `seed` 0: events in written order, those of the rules `first` (ids) before others;
    another: in an order of its own."""
    events, facts = events_of(ruleset, asked, first), facts_of(ruleset, asked)
    if seed:
        events = Events(_shuffled(events.ordinary, seed), events.urgent, events.spoken)
        facts = _shuffled(facts, seed)
    steps = [
        step
        for file in ruleset.checked.files
        for block in file.blocks
        if isinstance(block.item, Rule | Never | Before | Steps)
        for step in _steps(block.item)
        if isinstance(step, VerbStep)
    ]
    named: dict[str, dict[Reason, None]] = {}
    for step in steps:
        for failure in failures_of(step):
            named.setdefault(step.verb, {}).update(
                dict.fromkeys(Reason(fold(one.text)) for one in failure.reasons)
            )
    failures = {
        verb: tuple(Answers(one) for one in dict.fromkeys((*_USUAL, *reasons)) if one is not Reason.FORBIDDEN)
        for verb, reasons in named.items()
    }
    return Alphabet(
        beginnings(ruleset, asked),
        events,
        facts,
        failures,
        tuple(map(Answers, _USUAL)),
        any(BY_NAME[step.verb].hangs_up for step in steps),
        asked.silence,
        commuting,
    )


def _steps(item: Rule | Never | Before | Steps) -> Iterator[object]:
    match item:
        case Rule(steps=steps, otherwise=otherwise):
            yield from all_steps((*steps, *(otherwise or ())))
        case Never(instead=instead):
            yield from all_steps(instead or ())
        case Before(steps=steps) | Steps(steps=steps):
            yield from all_steps(steps)


def _shuffled(moves: tuple[M, ...], seed: int) -> tuple[M, ...]:
    order = sorted(range(len(moves)), key=lambda at: hashlib.sha256(f"{seed}/{at}".encode()).digest())
    return tuple(moves[at] for at in order)
