"""A smaller share of the random stories beside the sandbox, over a socket: what left is what its ledger tells."""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, seed, settings
from pydantic import SecretStr

from flowrules.call.receipt import Receipt
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.client import ControlClient
from flowrules.control.clock import ManualClock
from flowrules.control.pacing import Pacer
from flowrules.sandbox.faults import Fault
from flowrules.sandbox.server import Sandbox
from flowrules.sandbox.settings import Settings

from .generated_stories import stories
from .live import played
from .playing import compiled
from .quiet_loop import QuietLoop
from .simulated import simulated
from .story import Answers, Ends, Happens, Rests, Story, Told, difference
from .test_parity import SEED, quick

EXAMPLES = int(os.environ.get("PARITY_SANDBOX_EXAMPLES", "60"))
STRIKES: dict[str, dict[str, Any]] = {
    "refused": {"kind": "refused", "status": 422},
    "not_allowed": {"kind": "refused", "status": 403},
    "not_found": {"kind": "refused", "status": 404},
    "ended": {"kind": "refused", "status": 409},
    "not_configured": {"kind": "no_voice_agent"},
    "timeout": {"kind": "reset", "when": "before"},
}
"""What the sandbox does so that a verb fails for a reason: for those whose answer ends the matter. What is repeated takes
time in a live call, and none in a simulated one."""
MANY = 1_000


class CountingClient(ControlClient):
    """Tells how many requests are under way."""

    under_way = 0

    async def send(self, *args: Any, **how: Any) -> Receipt:
        self.under_way += 1
        try:
            return await super().send(*args, **how)
        finally:
            self.under_way -= 1


def faults(verb: str, answers: Answers) -> Iterator[Fault]:
    for number, reason in enumerate(answers.first):
        if reason in STRIKES:
            yield Fault(verb=verb, skip=number, **STRIKES[reason])
    if answers.later in STRIKES:
        yield Fault(verb=verb, skip=len(answers.first), times=MANY, **STRIKES[answers.later])


def fit(story: Story) -> Story:
    """The story without what the sandbox knows better than a test does: whether anybody listens to whom, and that an AI
    session which has ended takes no records any more."""
    rules = tuple(
        text.replace('whisper to agent_call "hello"', 'log "whispered"')
        .replace("on call_ended", "on hangup_interrupted")
        .replace("order as written\n", "")
        for text in story.rules
    )
    fails = {
        verb: answers
        for verb, answers in story.fails.items()
        if all(reason in ("", *STRIKES) for reason in (*answers.first, answers.later))
        and not (answers.first and answers.later)
    }
    return replace(story, rules=rules, fails=fails)


def members_by_number(told: Told) -> Told:
    """Whom a platform adds to a conference it gives a name of its own."""
    names: dict[str, str] = {}

    def named(value: Any) -> Any:
        if isinstance(value, str):
            return re.sub(
                r"mem(?:_|ber-)\w+", lambda found: names.setdefault(found[0], f"#{len(names)}"), value
            )
        if isinstance(value, dict):
            return {key: named(inner) for key, inner in value.items()}
        return tuple(map(named, value)) if isinstance(value, tuple) else value

    return replace(
        told, requests=named(told.requests), outcomes=named(told.outcomes), scenes=named(told.scenes)
    )


async def on_the_sandbox(rulesets: tuple[RuleSet, ...], story: Story, sandbox: Sandbox) -> tuple[str, Told]:
    opened = await sandbox.open_call()
    call_id = opened.call_id
    sandbox.call(call_id).state.lead_status = None  # A simulated platform knows of the lead what it is told.
    for verb, answers in story.fails.items():
        sandbox.add_faults(
            *(fault.model_copy(update={"call_id": call_id}) for fault in faults(verb, answers))
        )

    def requests() -> tuple[str, ...]:
        return tuple(
            json.dumps({"key": entry.idempotency_key, **(entry.body or {})}, sort_keys=True)
            for entry in sandbox.ledger(call_id)
        )

    clock = ManualClock(story.began)
    pacer = Pacer(clock, MANY, MANY)
    async with CountingClient(sandbox.base_url, clock=clock, pacer=pacer) as client:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, QuietLoop)
        loop.expect(lambda: client.under_way > 0)
        token = SecretStr(opened.callback_token)
        return call_id, await played(rulesets, story, clock, client, call_id, token, requests)


@pytest.fixture
def sandbox(runner: asyncio.Runner) -> Iterator[Sandbox]:
    sandbox = Sandbox(Settings(conference_leave_ends=True, requests_per_second=MANY))
    runner.run(sandbox.start())
    yield sandbox
    runner.run(sandbox.stop())


@pytest.mark.timeout(600)
def test_a_simulated_call_does_what_a_live_one_does_on_the_sandbox(
    runner: asyncio.Runner, sandbox: Sandbox
) -> None:
    @seed(SEED)
    @settings(quick, max_examples=EXAMPLES)
    @given(stories().map(fit))
    def plays(story: Story) -> None:
        rulesets = compiled(story)
        call_id, told = runner.run(on_the_sandbox(rulesets, story, sandbox))
        mine = simulated(rulesets, story, call_id)
        found = difference(members_by_number(mine), members_by_number(told))
        assert not found, f"simulated and live differ: {found}"

    print(f"to play these stories again: PARITY_SEED={SEED} PARITY_SANDBOX_EXAMPLES={EXAMPLES}")
    plays()


def test_records_after_the_end_are_refused_alike(runner: asyncio.Runner, sandbox: Sandbox) -> None:
    rules = "on intent=a hangup\non call_ended set_disposition d\n"
    story = Story((rules,), (Happens({"intent": "a"}), Rests(), Ends()))
    call_id, told = runner.run(on_the_sandbox(compiled(story), story, sandbox))
    assert not difference(simulated(compiled(story), story, call_id), told)
