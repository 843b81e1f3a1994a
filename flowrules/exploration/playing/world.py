"""A call and what stands around it: the platform that answers it, and the time. Worlds branch: none is ever changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

from flowrules.call.effects import Defer, Effect, MaySend, Send
from flowrules.call.inputs import (
    AboutToSend,
    Answered,
    BotFinished,
    BotSpeaking,
    CallerSpeaking,
    Closed,
    Continued,
    Input,
    Learned,
    Reported,
    Woken,
)
from flowrules.call.machine import CallMachine
from flowrules.call.receipt import Reason, Receipt, Status, no_answer, not_sent
from flowrules.call.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event
from flowrules.engine.planning.receipts import names_member
from flowrules.engine.state import start_call
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

CALL = "explored"
SETUP = Setup(steps=False)
_NEVER_LEFT = (Reason.UNAVAILABLE, Reason.LATE)
_CONTINUED = Continued()
_FORBIDDEN = not_sent(Reason.FORBIDDEN, "forbidden")
_ACCEPTED = Receipt(Status.ACCEPTED, http_status=200, attempts=1)
_SPEECH: Mapping[Voice, Input] = {
    Voice.BOT_SPEAKS: BotSpeaking(),
    Voice.BOT_FINISHES: BotFinished(),
    Voice.CALLER_SPEAKS: CallerSpeaking(),
}


class World(NamedTuple):
    """`machine` is not to be changed by whoever looks at it. `session_over`: the platform has ended the AI's session
    and takes nothing more of it. `pending`: the requests that are under way and have no answer yet. `utterance`: what
    the host still has to report of what the caller says."""

    machine: CallMachine
    now: datetime
    session_over: bool = False
    pending: tuple[Send, ...] = ()
    utterance: tuple[Event, ...] = ()
    members: int = 0
    tickets: int = 0

    @property
    def busy(self) -> bool:
        """Whether a plan is under way."""
        return self.machine.busy

    @property
    def finished(self) -> bool:
        """Whether the call is closed and nothing more comes of it."""
        return self.machine.finished


class Played(NamedTuple):
    """What a move led to: the world after it, what the call wanted meanwhile, and the requests that were answered."""

    after: World
    effects: tuple[Effect, ...]
    answers: tuple[tuple[Send, Receipt], ...] = ()


def begin(ruleset: RuleSet, move: Begins, setup: Setup = SETUP) -> World:
    """A call that has just come up; nothing has been played of it yet."""
    state = start_call(CALL, move.at, move.told)
    return World(CallMachine(state, ruleset, setup), state.started_at)


def play(world: World, move: Move) -> Played:
    """Make a move. The world that it is made in stays as it was."""
    machine = world.machine.fork()
    _, now, session_over, pending, rest, members, tickets = world
    answers: tuple[tuple[Send, Receipt], ...] = ()
    match move:
        case Answers(reason):
            send, pending = pending[0], pending[1:]
            receipt = _receipt(send, reason, members, session_over=session_over)
            if receipt.went_well:
                session_over = send.request.ends
                members += 1 if receipt.result else 0
            else:
                session_over = session_over or receipt.reason is Reason.ENDED
            answers = ((send, receipt),)
            effects = machine.handle(Answered(send.step, receipt), now)
        case Happens(event, rest, speaking):
            tickets += 1
            effects = machine.handle(_SPEECH[Voice.BOT_SPEAKS], now) if speaking else ()
            effects += machine.handle(Reported(tickets, event), now)
        case GoesOn(event, rest):
            tickets += 1
            effects = machine.handle(Reported(tickets, event), now)
        case Learns(facts, source):
            effects = machine.handle(Learned(facts, source), now)
        case Passes(seconds):
            now += timedelta(seconds=seconds)
            effects, rest = machine.handle(Woken(now), now), ()
        case Hears(voice):
            effects = machine.handle(_SPEECH[voice], now)
        case Closes():
            tickets += 1
            effects, rest = machine.handle(Closed(tickets, "the WebSocket has closed"), now), ()
        case Begins(known=known):
            effects = machine.handle(Learned(known), now) if known else ()
            effects += machine.handle(Woken(now), now)
        case _:
            assert_never(move)
    # The call goes on as far as it can without anybody's answer.
    seen = 0
    while seen < len(effects):
        effect = effects[seen]
        seen += 1
        if isinstance(effect, Defer):
            effects += machine.handle(_CONTINUED, now)
        elif isinstance(effect, Send):
            asked = machine.handle(AboutToSend(effect.step), now)
            effects += asked
            if MaySend(effect.step, allowed=True) in asked:
                pending += (effect,)
            else:
                answers += ((effect, _FORBIDDEN),)
                effects += machine.handle(Answered(effect.step, _FORBIDDEN), now)
    after = World(machine, now, session_over, pending, rest, members, tickets)
    return Played(after, effects, answers)


def _receipt(send: Send, reason: Reason | None, members: int, *, session_over: bool) -> Receipt:
    """What becomes of a request. Once the session is over the platform answers nothing else."""
    if session_over:
        reason = Reason.ENDED
    if reason is None:
        if names_member(send.request.verb):
            return replace(_ACCEPTED, result={"member_id": f"member-{members + 1}"})
        return _ACCEPTED
    if reason is Reason.TIMEOUT:
        return no_answer("no answer came", 1)
    return not_sent(reason, f"it fails because {reason}", 0 if reason in _NEVER_LEFT else 1)
