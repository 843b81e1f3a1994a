"""The same story told twice: on a simulated call, and on a live one with a wound clock and a scripted platform."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from flowrules.call.receipt import Reason, Receipt, dropped, no_answer, not_sent
from flowrules.control.client import ControlClient
from flowrules.control.clock import WoundClock
from flowrules.control.outcomes import answered
from flowrules.engine.event import Event, make_event
from flowrules.engine.raised import call_ended
from flowrules.runtime.host import Engine
from flowrules.runtime.rulebook import RuleBook
from flowrules.runtime.session import CallSession
from flowrules.runtime.settings import Settings
from flowrules.scenarios.simulation import Simulation

START = datetime(2026, 3, 2, 11, tzinfo=UTC)
CALL = "call-1"
TOKEN = SecretStr("yt_cb_" + "0" * 26)
ADDRESS = "http://127.0.0.1:9"

NO = {"detail": "no"}
STATUS = {
    "refused": (422, NO),
    "unauthorised": (401, NO),
    "not_allowed": (403, NO),
    "not_found": (404, NO),
    "ended": (409, NO),
    "not_configured": (424, NO),
    "at_capacity": (429, {"detail": {"code": "max_concurrent_exceeded", "message": "full"}}),
    "limited": (429, NO),
}
"""What the platform answers where a verb fails for a reason; no answer at all is `timeout`."""


@dataclass(frozen=True)
class Happens:
    """An event; `meanwhile` comes while what it led to waits."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    bare: tuple[str, ...] = ()
    meanwhile: "Happens | None" = None

    def made(self) -> Event:
        return make_event(*self.bare, facts=self.facts)


@dataclass(frozen=True)
class Passes:
    seconds: float


@dataclass(frozen=True)
class Ends:
    """The WebSocket closes."""


@dataclass(frozen=True)
class Story:
    rules: str
    moves: tuple[Happens | Passes | Ends, ...]
    fails: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """What came of a story: the verbs that went out, in order, with their bodies; the texts for the model; what is known
    in the end; how often each rule was used; whether the AI's session is over."""

    verbs: tuple[str, ...]
    advice: tuple[str, ...]
    facts: Mapping[str, Any]
    uses: Mapping[str, int]
    over: bool
    turn: int


def _sent(body: Mapping[str, Any]) -> str:
    return json.dumps(dict(body), sort_keys=True)


# --- simulated ----------------------------------------------------------------------------------------------


def simulated(book: RuleBook, story: Story) -> Told:
    call = Simulation(book.current, START, fails=story.fails, call_id=CALL)
    for move in story.moves:
        if isinstance(move, Happens):
            call.event(move.made(), move.meanwhile.made() if move.meanwhile else None)
        elif isinstance(move, Passes):
            call.advance(call.now + timedelta(seconds=move.seconds))
        else:
            call.event(call_ended())
    state = call.state
    uses = {rule: use.times for rule, use in state.uses.items()}
    verbs = tuple(_sent(request.body) for request in call.sent)
    advice = tuple(text for outcome in call.outcomes for text in outcome.advice)
    return Told(verbs, advice, dict(state.facts), uses, call.ended, state.turn)


# --- live ---------------------------------------------------------------------------------------------------


class ScriptedPlatform(ControlClient):
    """Answers without a network: it accepts every verb but those that are to fail."""

    def __init__(self, clock: WoundClock, fails: Mapping[str, str]) -> None:
        super().__init__(ADDRESS, clock=clock)
        self.fails = fails
        self.verbs: list[str] = []
        self._members = 0

    async def send(self, request: Any, credentials: Any, **how: Any) -> Receipt:
        if how["called_off"].is_set() or not await how["before"]():
            return dropped("it was called off before it went out")
        self.verbs.append(_sent(request.body))
        reason = self.fails.get(request.verb)
        if reason == "timeout":
            return no_answer("no answer came", 1)
        if reason == "unavailable":
            return not_sent(Reason.UNAVAILABLE, "the platform is out of reach")
        if reason is not None:
            status, body = STATUS[reason]
            return answered(status, json.dumps(body).encode(), 1, CALL)
        result = {}
        if request.verb == "conference_add":
            self._members += 1
            result["member_id"] = f"member-{self._members}"
        envelope = {"ok": True, "event": request.verb, "call_id": CALL, "result": result}
        return answered(200, json.dumps(envelope).encode(), 1, CALL)


async def live(book: RuleBook, story: Story) -> Told:
    clock = WoundClock(START)
    platform = ScriptedPlatform(clock, story.fails)
    settings = Settings(
        base_url=ADDRESS, watch=False, test_gate=False, verbs_per_event=1000, verbs_per_call=1000
    )
    async with platform, Engine(book, settings=settings, control=platform, clock=clock) as engine:
        advice: list[str] = []
        engine.subscribe(lambda call, outcome: advice.extend(outcome.advice))
        call = engine.call(CALL, token=TOKEN)
        for move in story.moves:
            if isinstance(move, Happens):
                await _report(call, clock, move)
            elif isinstance(move, Passes):
                await clock.advance(move.seconds)
                await _come_to_rest(clock, lambda: not call.busy)
            else:
                closing = asyncio.ensure_future(call.close())
                await _come_to_rest(clock, closing.done)
        state = call.state
        uses = {rule: use.times for rule, use in state.uses.items()}
        told = Told(
            tuple(platform.verbs), tuple(advice), dict(state.facts), uses, bool(call.over), state.turn
        )
        closing = asyncio.ensure_future(call.close())
        await _come_to_rest(clock, closing.done)
    return told


async def _report(call: CallSession, clock: WoundClock, move: Happens) -> None:
    call.post(*move.bare, facts=move.facts)
    if move.meanwhile is not None:
        await clock.advance(0.001)
        call.post(*move.meanwhile.bare, facts=move.meanwhile.facts)
    await _come_to_rest(clock, lambda: not call.busy)


async def _come_to_rest(clock: WoundClock, rests: Callable[[], bool]) -> None:
    """Wind the clock until nothing is under way: what waits, waits for it alone."""
    for _ in range(10_000):
        for _ in range(20):
            await asyncio.sleep(0)
        if rests():
            return
        wake = clock.next_wake
        await clock.advance(wake or 0)
    raise AssertionError("the call did not come to rest")
