"""A story on a simulated call."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flowrules.call.inputs import (
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    PlayedOut,
    RulesChanged,
)
from flowrules.call.machine import NOTHING
from flowrules.call.request import VerbRequest
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Source, make_event
from flowrules.engine.raised import call_ended
from flowrules.runtime.calls.session import MAX_ADVICE
from flowrules.scenarios.simulation import Simulation

from .account import of_answer, of_outcome, of_request, of_state
from .story import (
    CALL,
    Ends,
    Happens,
    Hears,
    Move,
    Passes,
    Presses,
    Reloads,
    Rests,
    Script,
    Signal,
    Story,
    Told,
)

SIGNALS = {
    Signal.BOT_SPEAKING: BotSpeaking(),
    Signal.BOT_FINISHED: BotFinished(),
    Signal.PLAYED_OUT: PlayedOut(),
    Signal.CALLER_SPEAKING: CallerSpeaking(),
    Signal.CALLER_HEARD: CallerHeard(),
}


class _Fails(dict[str, str]):
    """The script, as a simulated call asks it: before each request, also one that a guard rail keeps from leaving."""

    def __init__(self, script: Script, sent: list[VerbRequest]) -> None:
        super().__init__()
        self._script = script
        self._sent = sent

    def get(self, verb: str, default: object = None) -> str | None:
        return self._script.nth(verb, sum(request.verb == verb for request in self._sent)) or None


def simulated(rulesets: tuple[RuleSet, ...], story: Story, call_id: str = CALL) -> Told:
    call = Simulation(rulesets[0], story.began, facts=story.known, call_id=call_id)
    call.fails = _Fails(Script(story.fails), call.sent)
    scenes, tickets = [], []
    for move in story.moves:
        tickets += _move(call, rulesets, move)
        scenes.append({} if isinstance(move, Reloads) else _scene(call))
    answers = [call.answers.get(ticket) for ticket in tickets]
    return Told(
        tuple(map(of_request, call.sent)),
        tuple(of_outcome(outcome) for outcome in call.outcomes if outcome.notes != (NOTHING,)),
        tuple(None if answer is None else of_answer(answer) for answer in answers),
        tuple(advice for outcome in call.outcomes for advice in outcome.advice)[-MAX_ADVICE:],
        tuple(scenes),
    )


def _scene(call: Simulation) -> Mapping[str, Any]:
    machine = call.machine
    return of_state(
        call.state,
        call.ruleset,
        call.now,
        over=call.ended,
        busy=machine.busy,
        ending=machine.ending_ahead(),
        may_have_ended=machine.unknown_ending,
    )


def _move(call: Simulation, rulesets: tuple[RuleSet, ...], move: Move) -> list[int]:
    """Make a move; the tickets of what was reported."""
    tickets = []
    match move:
        case Happens(facts, bare, source, event_id, turn_id):
            event = make_event(
                *bare, facts=facts, source=Source[source.upper()], event_id=event_id, turn_id=turn_id
            )
            tickets.append(call.report(event))
        case Presses(digit):
            call.report(make_event(facts={"dtmf": digit}, source=Source.CALLER))
        case Hears(signal):
            call.tell(SIGNALS[signal])
        case Rests():
            call.come_to_rest()
        case Passes(seconds):
            call.wind(call.now + timedelta(seconds=seconds))
        case Reloads(number):
            call.tell(RulesChanged(rulesets[number]))
        case Ends():
            call.report(call_ended())
            call.come_to_rest()
    return tickets
