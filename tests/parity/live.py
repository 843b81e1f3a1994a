"""A story in a live engine, whose clock is wound by hand."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import SecretStr

from flowrules.call.outcome import EventOutcome
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.client import ControlClient
from flowrules.control.clock import ManualClock
from flowrules.engine.event import Source
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.loads import LoadOutcome, LoadStatus, now
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Settings

from .account import of_answer, of_outcome, of_state
from .platform import ADDRESS, ScriptedPlatform
from .quiet_loop import quiet
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

TOKEN = SecretStr("yt_cb_" + "0" * 26)
SETTINGS = Settings(base_url=ADDRESS, watch=False, test_gate=False)


class Book(RuleBook):
    """A rule book whose rules change when the story says so."""

    def __init__(self, first: RuleSet) -> None:
        super().__init__(None)
        self._live = first
        self._told: list[Callable[[LoadOutcome], None]] = []

    @property
    def current(self) -> RuleSet:
        return self._live

    def subscribe(self, listener: Callable[[LoadOutcome], None]) -> Callable[[], None]:
        self._told.append(listener)
        return lambda: self._told.remove(listener)

    def change(self, ruleset: RuleSet) -> None:
        self._live = ruleset
        for listener in tuple(self._told):
            listener(LoadOutcome(LoadStatus.LIVE, now(), ruleset.revision))


class LiveCall:
    """One story's call."""

    def __init__(
        self, call: CallSession, book: Book, rulesets: tuple[RuleSet, ...], clock: ManualClock
    ) -> None:
        self._answers: list[asyncio.Future[EventOutcome]] = []
        self._call = call
        self._book = book
        self._rulesets = rulesets
        self._clock = clock
        self._closing: asyncio.Future[EventOutcome] | None = None

    async def move(self, move: Move) -> None:
        call = self._call
        match move:
            case Happens(facts, bare, source, event_id, turn_id):
                source_ = Source[source.upper()]
                answer = call.post(*bare, facts=facts, source=source_, event_id=event_id, turn_id=turn_id)
                self._answers.append(answer)
            case Presses(digit):
                call.frame({"type": "dtmf", "digit": digit})
            case Hears(Signal.BOT_SPEAKING):
                call.bot_speaking()
            case Hears(Signal.BOT_FINISHED):
                call.bot_finished()
            case Hears(Signal.PLAYED_OUT):
                call.frame({"type": "play_done"})
            case Hears(Signal.CALLER_SPEAKING):
                call.caller_speaking()
            case Hears(Signal.CALLER_HEARD):
                call.caller_heard()
            case Rests():
                await self._come_to_rest(lambda: not call.busy)
            case Passes(seconds):
                await self._pass(seconds)
            case Reloads(number):
                self._book.change(self._rulesets[number])
            case Ends():
                await self.close()
        if isinstance(move, Reloads):
            return  # What comes next finds the new rules, though the call was not told yet.
        await quiet()

    @property
    def answers(self) -> tuple[tuple[str, str, bool] | None, ...]:
        return tuple(of_answer(answer.result()) if answer.done() else None for answer in self._answers)

    async def close(self) -> None:
        self._closing = self._closing or asyncio.ensure_future(self._call.close())
        await self._come_to_rest(self._closing.done)

    def scene(self) -> Mapping[str, Any]:
        """What is true at this moment."""
        call = self._call
        return of_state(
            call.state,
            self._book.current,
            self._clock.now(),
            over=bool(call.over),
            busy=call.busy,
            ending=call.ending,
            may_have_ended=call.may_have_ended,
        )

    async def _pass(self, seconds: float) -> None:
        """Wind the clock on, from one moment at which something happens to the next: what happens there comes to its end
        before time goes on, though it were an answer on the wire."""
        await quiet()
        left = seconds
        while (wake := self._clock.next_wake) is not None and wake <= left:
            await self._clock.advance(wake)
            await quiet()
            left -= wake
        await self._clock.advance(left)

    async def _come_to_rest(self, rests: Callable[[], bool]) -> None:
        for _ in range(1_000):
            await quiet()
            if rests():
                return
            wake = self._clock.next_wake
            assert wake is not None, "the call waits for nothing, and is not at rest"
            await self._clock.advance(wake)
        raise AssertionError("the call did not come to rest")


async def live(rulesets: tuple[RuleSet, ...], story: Story) -> Told:
    """Beside a platform that answers by a script."""
    clock = ManualClock(story.began)
    async with ScriptedPlatform(clock, Script(story.fails)) as platform:
        return await played(rulesets, story, clock, platform, CALL, TOKEN, lambda: tuple(platform.requests))


async def played(
    rulesets: tuple[RuleSet, ...],
    story: Story,
    clock: ManualClock,
    control: ControlClient,
    call_id: str,
    token: SecretStr,
    requests: Callable[[], tuple[str, ...]],
) -> Told:
    """What an engine tells of a story. `requests`: what has left by now."""
    book = Book(rulesets[0])
    async with Engine(book, settings=SETTINGS, control=control, clock=clock) as engine:
        outcomes: list[Mapping[str, Any]] = []
        engine.subscribe(lambda _, outcome: outcomes.append(of_outcome(outcome)))
        call = engine.call(call_id, token=token, facts=story.known)
        told = LiveCall(call, book, rulesets, clock)
        scenes = []
        for move in story.moves:
            await told.move(move)
            scenes.append({} if isinstance(move, Reloads) else told.scene())
        account = Told(requests(), tuple(outcomes), told.answers, call.take_advice(), tuple(scenes))
        await told.close()
    return account
