"""The reconciler is caught lying: each of these breaks flowrules in one place, and must make a run fail."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from flowrules.call.call import Call
from flowrules.call.entries import Ended, NotSent, Received
from flowrules.call.inputs import Reported
from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventStatus
from flowrules.call.receipt import Status
from flowrules.call.running.run import Run
from flowrules.chaos.setup import Setup
from flowrules.control.client import ControlClient
from flowrules.control.credentials import CallbackToken, CallCredentials
from flowrules.control.pace import Turn
from flowrules.control.pacing import Pacer
from flowrules.runtime.calls.driver import Driver
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.journal import chain
from flowrules.sandbox import Fault

pytestmark = pytest.mark.not_replayed

SILENCE = (Fault(kind="reset", when="after"), Fault(kind="reset"), Fault(kind="truncated"))
QUICK = (*SILENCE, Fault(kind="server_error", when="after"), Fault(kind="refused"), Fault(kind="malformed"))
"""Faults that keep nobody waiting."""

DOUBLED = "duplicated effects"
LOST = "lost or unaccounted verbs"
CROSSED = "requests across calls"
TOO_MANY = "429s of our own making"
SECOND_END = "endings after an unknown one"
AFTER_END = "verbs after the end"
DISORDER = "verbs out of order"
LATE = "intents written too late"
JOURNAL = "journal lines that do not fit"

Patch = Callable[[pytest.MonkeyPatch], None]


def retries_without_the_key(patch: pytest.MonkeyPatch) -> None:
    seen: set[int] = set()
    prepare = ControlClient._prepare

    async def mutant(self: Any, request: Any) -> Any:
        again = id(request) in seen
        seen.add(id(request))
        return await prepare(self, replace(request, key=None) if again else request)

    patch.setattr(ControlClient, "_prepare", mutant)


def trusts_a_platform_that_ignores_keys(patch: pytest.MonkeyPatch) -> None:
    told = Setup.platform.fget
    patch.setattr(Setup, "platform", property(lambda self: {**told(self), "enforce_keys": False}))


def swallows_a_receipt(patch: pytest.MonkeyPatch) -> None:
    turn, received = itertools.count(1), Recorder._received
    patch.setattr(Recorder, "_received", lambda *words: received(*words) if next(turn) % 20 else None)


def calls_an_unknown_verb_accepted(patch: pytest.MonkeyPatch) -> None:
    honest = Recorder._received

    def mutant(self: Recorder, entry: Received) -> None:
        if entry.receipt.reason == "timeout":
            entry = replace(entry, receipt=replace(entry.receipt, status=Status.ACCEPTED, reason=None))
        honest(self, entry)

    patch.setattr(Recorder, "_received", mutant)


def ends_again_after_an_unknown_ending(patch: pytest.MonkeyPatch) -> None:
    verb = Run._verb

    def mutant(self: Run, call: Any, *words: Any) -> None:
        self.ending_unknown = call.unknown_ending = False
        verb(self, call, *words)

    patch.setattr(Run, "_verb", mutant)


def shows_a_token_of_another_call(patch: pytest.MonkeyPatch) -> None:
    everybody: list[CallCredentials] = []
    current = CallCredentials.current

    def mutant(self: CallCredentials) -> Any:
        if self not in everybody:
            everybody.append(self)
        return current(everybody[0])

    patch.setattr(CallCredentials, "current", mutant)
    patch.setattr(CallCredentials, "newest", lambda self, chosen: chosen)
    patch.setattr(CallbackToken, "check", lambda self, call_id: None)


def sends_to_another_call(patch: pytest.MonkeyPatch) -> None:
    prepare, first = ControlClient._prepare, []

    async def mutant(self: Any, request: Any) -> Any:
        first.append(request.call_id)
        return await prepare(self, replace(request, call_id=first[0]))

    patch.setattr(ControlClient, "_prepare", mutant)


def does_not_pace(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Pacer, "turn_now", lambda self, call_id, *, tenant=False: Turn(()))


def writes_the_intent_after_the_send(patch: pytest.MonkeyPatch) -> None:
    honest = Recorder._received

    async def nothing(self: Any, *words: Any) -> None:
        pass

    def mutant(self: Recorder, entry: Received) -> None:
        request = entry.request
        step = {"event": entry.event_id, "rule": entry.rule.id, "path": entry.path, "verb": request.verb}
        self._note("sending", {**step, "key": request.key, "body": request.body})
        honest(self, entry)

    patch.setattr(Recorder, "commit", nothing)
    patch.setattr(Recorder, "_received", mutant)


def forgets_what_it_did_not_send(patch: pytest.MonkeyPatch) -> None:
    write = Recorder.write
    patch.setattr(Recorder, "write", lambda self, entry: isinstance(entry, NotSent) or write(self, entry))


def forgets_events_that_found_no_room(patch: pytest.MonkeyPatch) -> None:
    settled = Recorder._settled
    patch.setattr(
        Recorder,
        "_settled",
        lambda self, outcome: outcome.status is EventStatus.QUEUE_FULL or settled(self, outcome),
    )


def sends_something_else(patch: pytest.MonkeyPatch) -> None:
    prepare = ControlClient._prepare

    async def mutant(self: Any, request: Any) -> Any:
        return await prepare(self, replace(request, body={**request.body, "notes": "x"}))

    patch.setattr(ControlClient, "_prepare", mutant)


def runs_plans_side_by_side(patch: pytest.MonkeyPatch) -> None:
    feed = Driver.feed

    def mutant(self: Driver, received: Any) -> None:
        machine = self.machine
        if isinstance(received, Reported) and machine.busy:
            beside = CallMachine(machine.state, machine.ruleset, machine._call.setup)
            context, told = self._context, (self._on_tell, self._on_said)
            twin = Driver(beside, self._rules, self._sender, self._recorder, context, *told)
            feed(twin, received)
        else:
            feed(self, received)

    patch.setattr(Driver, "feed", mutant)


def goes_on_after_the_end(patch: pytest.MonkeyPatch) -> None:
    received = Call.received

    def mutant(call: Any, *words: Any, **named: Any) -> None:
        received(call, *words, **named)
        call.over = ""

    patch.setattr(Call, "received", mutant)


def writes_tokens_down(patch: pytest.MonkeyPatch) -> None:
    renew = CallCredentials.renew

    def mutant(self: CallCredentials, token: CallbackToken) -> bool:
        object.__setattr__(token, "call_id", self.call_id)
        seen.append(token.secret)
        return renew(self, token)

    def write(self: Recorder, entry: Any) -> None:
        if isinstance(entry, Ended):
            entry = Ended(f"{entry.why} {seen[-1].get_secret_value()}")
        honest(self, entry)

    seen: list[SecretStr] = []
    honest = Recorder.write
    patch.setattr(CallCredentials, "renew", mutant)
    patch.setattr(Recorder, "write", write)
    patch.setattr(chain, "redact_json", lambda line: line)  # What would have cut them out.


@pytest.mark.parametrize(
    ("mutant", "claim", "changes"),
    [
        (retries_without_the_key, LOST, {"keys_enforced": True, "mix": SILENCE}),
        (trusts_a_platform_that_ignores_keys, DOUBLED, {"keys_enforced": True, "mix": SILENCE}),
        (swallows_a_receipt, LOST, {}),
        (calls_an_unknown_verb_accepted, LOST, {"mix": SILENCE, "keys_enforced": False}),
        (ends_again_after_an_unknown_ending, SECOND_END, {"mix": SILENCE[1:2], "fault_rate": 1.0}),
        (shows_a_token_of_another_call, CROSSED, {}),
        (sends_to_another_call, CROSSED, {}),
        (does_not_pace, TOO_MANY, {}),
        (writes_the_intent_after_the_send, LATE, {}),
        (forgets_what_it_did_not_send, LOST, {}),
        (forgets_events_that_found_no_room, LOST, {"events": 8, "calls": 6}),
        (sends_something_else, LOST, {}),
        (runs_plans_side_by_side, DISORDER, {}),
        (goes_on_after_the_end, AFTER_END, {}),
        pytest.param(writes_tokens_down, JOURNAL, {}, marks=pytest.mark.hands_out_tokens),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_mutant_is_found(
    mutant: Patch, claim: str, changes: dict[str, Any], play: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant(monkeypatch)
    result = await play(**{"fault_rate": 0.3, "mix": QUICK, **changes})
    assert not result.sound
    assert result.account.contradictions[claim], str(result.account)


async def test_the_run_that_they_are_held_against_is_sound(play: Any) -> None:
    result = await play(fault_rate=0.3, mix=QUICK)
    assert result.sound, str(result.account)
    figures = result.account.figures
    assert figures["requests that were struck by a fault"] > 10
    assert figures["effects"] > 50
