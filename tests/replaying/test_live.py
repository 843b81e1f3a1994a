"""Replay says what live calls do: the same calls under two rule sets, live on the sandbox and replayed, entry by entry.

`REPLAY_LIVE` says how many calls, `REPLAY_SEED` from which seed.
"""

import asyncio
import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, seed, settings
from pydantic import SecretStr

from flowrules.call.deduplication import digest
from flowrules.call.inputs import (
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    Closed,
    PlayedOut,
    Reported,
)
from flowrules.call.outcome import EventOutcome
from flowrules.call.receipt import Reason
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.clock import ManualClock
from flowrules.control.pacing import Pacer
from flowrules.engine.event import Source, make_event
from flowrules.recordings.call import Handled, RecordedCall, RecordedInput, Sent, Timed
from flowrules.replaying.changes import compare, counterparts
from flowrules.replaying.play import Played, replay_call
from flowrules.runtime.engine import Engine
from flowrules.sandbox.server import Sandbox
from flowrules.sandbox.settings import Settings
from tests.parity.generated_stories import stories
from tests.parity.live import SETTINGS, Book, LiveCall
from tests.parity.playing import compiled, quiet_runner
from tests.parity.quiet_loop import QuietLoop
from tests.parity.story import (
    Answers,
    Ends,
    Happens,
    Hears,
    Move,
    Passes,
    Presses,
    Reloads,
    Rests,
    Signal,
    Story,
)
from tests.parity.test_parity import quick
from tests.parity.test_sandbox import MANY, CountingClient, faults, fit

CALLS = int(os.environ.get("REPLAY_LIVE", "12"))
SEED = int(os.environ.get("REPLAY_SEED") or random.SystemRandom().randrange(1_000_000_000))
SIGNALS: dict[Signal, RecordedInput] = {
    Signal.BOT_SPEAKING: BotSpeaking(),
    Signal.BOT_FINISHED: BotFinished(),
    Signal.PLAYED_OUT: PlayedOut(),
    Signal.CALLER_SPEAKING: CallerSpeaking(),
    Signal.CALLER_HEARD: CallerHeard(),
}


def as_a_recording_can_be(story: Story) -> Story:
    """What happens in the call happens at the same times under both rule sets, and a verb always fails or never: of one
    that was never sent, a recording can't tell more than that."""
    moves: list[Move] = []
    for move in story.moves:
        match move:
            case Rests():
                moves.append(Passes(19.411))
            case Presses(digit):
                moves.append(Happens({"dtmf": digit}))
            case Reloads():
                pass
            case _:
                moves.append(move)
    if not isinstance(moves[-1], Ends):
        # A plan that is under way where a recording ends is brought to its end by a replay.
        moves.append(Ends())
    told = tuple(text.replace("get_call_state", 'log "state"') for text in story.rules)
    fails = {
        verb: Answers((), answers.later)
        for verb, answers in story.fails.items()
        if answers.later and verb != "get_call_state"
    }
    return replace(story, rules=told, moves=tuple(moves), fails=fails)


LIVE = stories().filter(lambda story: len(story.rules) == 2).map(fit).map(as_a_recording_can_be)


async def live(ruleset: RuleSet, story: Story, sandbox: Sandbox) -> tuple[EventOutcome, ...]:
    """What an engine tells of every event of a story, beside the sandbox."""
    opened = await sandbox.open_call()
    call_id = opened.call_id
    sandbox.call(call_id).state.lead_status = None
    for verb, answers in story.fails.items():
        sandbox.add_faults(*(one.model_copy(update={"call_id": call_id}) for one in faults(verb, answers)))
    clock, outcomes = ManualClock(story.began), list[EventOutcome]()
    async with CountingClient(sandbox.base_url, clock=clock, pacer=Pacer(clock, MANY, MANY)) as client:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, QuietLoop)
        loop.expect(lambda: client.under_way > 0)
        book = Book(ruleset)
        async with Engine(book, settings=SETTINGS, control=client, clock=clock) as engine:
            engine.subscribe(lambda _, outcome: outcomes.append(outcome))
            call = engine.call(call_id, token=SecretStr(opened.callback_token), facts=story.known)
            told = LiveCall(call, book, (ruleset,), clock)
            for move in story.moves:
                await told.move(move)
            seen = tuple(outcomes)
    return tuple(one for outcome in seen if not outcome.repeated for one in with_raised(outcome))


def with_raised(outcome: EventOutcome) -> Iterator[EventOutcome]:
    for raised in outcome.raised:
        yield from with_raised(raised)
    yield outcome


def recorded(story: Story, outcomes: tuple[EventOutcome, ...]) -> RecordedCall:
    """The call, with what became of its verbs."""
    now, inputs = story.began, list[Timed]()
    for move in story.moves:
        match move:
            case Passes(seconds):
                now += timedelta(seconds=seconds)
            case Happens(facts, bare, source, event_id, turn_id):
                event = make_event(
                    *bare, facts=facts, source=Source[source.upper()], event_id=event_id, turn_id=turn_id
                )
                inputs.append((now, Reported(len(inputs) + 1, event, digest(event) if event_id else "")))
            case Hears(signal):
                inputs.append((now, SIGNALS[signal]))
            case Ends():
                inputs.append((now, Closed(len(inputs) + 1, "the WebSocket has closed")))
    sent = tuple(
        one for handled in map(handled_of, outcomes) for one in handled.verbs if one.left is not None
    )
    return RecordedCall("call", story.began, story.known, tuple(inputs), now, sent)


def handled_of(outcome: EventOutcome) -> Handled:
    sent = [
        Sent(
            step.verb,
            step.receipt,
            outcome.event_id,
            step.rule.id,
            step.path,
            step.request.body if step.request else None,
            datetime.min if step.receipt.left else None,
        )
        for step in outcome.steps
    ]
    keys = {} if outcome.decision is None else outcome.decision.event.keys
    return Handled(
        outcome.event_id,
        datetime.min,
        keys,
        outcome.rules,
        tuple(sent),
        outcome.status.value,
        advise=outcome.advise,
        stay_silent=outcome.stay_silent,
    )


def entries(handled: tuple[Handled, ...]) -> list[object]:
    """All that was done. Whom a platform adds to a conference it gives a name of its own."""
    return [
        (
            one.event_id,
            one.status,
            tuple((rule.id, part) for rule, part in one.rules),
            tuple(
                (
                    sent.verb,
                    sent.path,
                    sent.receipt.status.value,
                    sent.receipt.reason,
                    sent.left is not None,
                    body(sent),
                )
                for sent in one.verbs
            ),
            one.advise,
            one.stay_silent,
        )
        for one in handled
    ]


MEMBER = re.compile(r"mem(?:_|ber-)\w+|supposed-\d+")


def body(sent: Sent) -> str:
    return MEMBER.sub("#", repr(sent.body)) if sent.left is not None else ""


def with_members_alike(played: Played) -> Played:
    """Whom the sandbox adds to a conference it names otherwise in every call: that is no change."""
    handled = [
        one._replace(
            verbs=tuple(sent._replace(body={"told": body(sent), **whole(sent)}) for sent in one.verbs)
        )
        for one in played.handled
    ]
    return Played(tuple(handled))


def whole(sent: Sent) -> dict[str, object]:
    """The members of a body that tell by which word rules write it."""
    return dict.fromkeys(sent.body or {}, "")


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with quiet_runner() as runner:
        yield runner


@pytest.fixture
def sandbox(runner: asyncio.Runner) -> Iterator[Sandbox]:
    sandbox = Sandbox(Settings(conference_leave_ends=True, requests_per_second=MANY))
    runner.run(sandbox.start())
    yield sandbox
    runner.run(sandbox.stop())


@pytest.mark.timeout(max(600, 5 * CALLS))
def test_replay_says_what_live_calls_do(runner: asyncio.Runner, sandbox: Sandbox) -> None:
    counted = {"calls": 0, "changed": 0, "entries": 0}

    @seed(SEED)
    @settings(quick, max_examples=CALLS)
    @given(LIVE)
    def holds(story: Story) -> None:
        old, new = compiled(story)
        was = runner.run(live(old, story, sandbox))
        now = runner.run(live(new, story, sandbox))
        call = recorded(story, was)
        supposing = {verb: Reason(answers.later) for verb, answers in story.fails.items()}
        if "play_audio" in supposing:
            supposing["say"] = supposing["play_audio"]
        replayed = [replay_call(side, call, supposing) for side in (old, new)]
        lived = [Played(tuple(map(handled_of, outcomes))) for outcomes in (was, now)]
        for mine, theirs in zip(replayed, lived, strict=True):
            assert not mine.bugs
            assert entries(mine.handled) == entries(theirs.handled)
        pairs = counterparts(old, new)
        found, seen = compare(*replayed, pairs), compare(*map(with_members_alike, lived), pairs)
        assert found.ends == seen.ends
        assert sorted(kinds(found.events)) == sorted(kinds(seen.events))
        counted["calls"] += 1
        counted["changed"] += bool(found)
        counted["entries"] += sum(len(one.handled) for one in replayed)

    print(f"to play these again: REPLAY_SEED={SEED} REPLAY_LIVE={CALLS}")
    holds()
    print(counted)
    assert counted["calls"] >= CALLS
    assert counted["changed"] > CALLS / 10


def kinds(events: object) -> list[tuple[str, str]]:
    return [(one.kind.value, (one.old or one.new).event_id) for one in events]  # type: ignore[attr-defined, union-attr]
