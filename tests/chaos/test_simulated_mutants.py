"""The reconciler is caught lying on simulated runs, too: each of these breaks one thing that runs live as well, and the
shortest story that shows it is played again alone."""

import types
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from flowrules.call.call import Call
from flowrules.call.deduplication import Repeats
from flowrules.call.entries import Ended, NotSent, Received, Sending, Settled
from flowrules.call.inputs import Answered
from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventStatus
from flowrules.call.receipt import Status
from flowrules.call.running.run import Run as PlanRun
from flowrules.chaos.setup import Setup
from flowrules.chaos.simulated.play import BUGS, OTHERWISE, UNTOLD, Run, play
from flowrules.chaos.simulated.run import simulate
from flowrules.chaos.simulated.shrink import shrunk
from flowrules.control.attempts import Attempt, Attempts
from flowrules.control.credentials import CallbackToken, CallCredentials
from flowrules.control.pace import Pace, Turn
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.journal import chain
from flowrules.runtime.journal.open_calls import OpenCalls
from flowrules.sandbox import Fault

DOUBLED = "duplicated effects"
LOST = "lost or unaccounted verbs"
CROSSED = "requests across calls"
TOO_MANY = "429s of our own making"
SECOND_END = "endings after an unknown one"
AFTER_END = "verbs after the end"
DISORDER = "verbs out of order"
LATE = "intents written too late"
JOURNAL = "journal lines that do not fit"

Patch = pytest.MonkeyPatch


@types.coroutine
def disk() -> Generator[None, None, None]:
    """What takes its time."""
    yield


CALLS = 2_000
"""At most; most of them are found among the first hundred."""


def _sends(patch: Patch, change: Callable[[Any, Attempt], Attempt]) -> None:
    """Have another attempt go out than the one that was meant."""
    looked = Attempts._looked

    def mutant(self: Attempts, go: bool, now: float) -> Any:
        action = looked(self, go, now)
        return self._next(change(self, action)) if isinstance(action, Attempt) else action

    patch.setattr(Attempts, "_looked", mutant)


def retries_without_the_key(patch: Patch) -> None:
    def change(attempts: Attempts, attempt: Attempt) -> Attempt:
        request = attempt.request
        return replace(attempt, request=replace(request, key=None)) if attempts._tries else attempt

    _sends(patch, change)


def trusts_a_platform_that_ignores_keys(patch: Patch) -> None:
    told = Setup.platform.fget
    patch.setattr(Setup, "platform", property(lambda self: {**told(self), "enforce_keys": False}))


def swallows_a_receipt(patch: Patch) -> None:
    _leaves_out(patch, lambda entry: isinstance(entry, Received) and entry.request.verb == "set_disposition")


def calls_an_unknown_verb_accepted(patch: Patch) -> None:
    write = Recorder.write

    def mutant(self: Recorder, entry: Any) -> None:
        if isinstance(entry, Received) and entry.receipt.reason == "timeout":
            entry = entry._replace(receipt=replace(entry.receipt, status=Status.ACCEPTED, reason=None))
        write(self, entry)

    patch.setattr(Recorder, "write", mutant)


def ends_again_after_an_unknown_ending(patch: Patch) -> None:
    received = PlanRun._received

    def mutant(self: PlanRun, call: Call, *words: Any) -> None:
        received(self, call, *words)
        self.ending_unknown = call.unknown_ending = False

    patch.setattr(PlanRun, "_received", mutant)


def shows_a_token_of_another_call(patch: Patch) -> None:
    everybody: list[CallCredentials] = []
    current = CallCredentials.current

    def mutant(self: CallCredentials) -> Any:
        if self not in everybody:
            everybody.append(self)
        return current(next(one for one in everybody if one._clock is self._clock))

    patch.setattr(CallCredentials, "current", mutant)
    patch.setattr(CallCredentials, "newest", lambda self, chosen: chosen)
    patch.setattr(CallbackToken, "check", lambda self, call_id: None)


def sends_to_another_call(patch: Patch) -> None:
    first: list[str] = []

    def change(attempts: Attempts, attempt: Attempt) -> Attempt:
        first.append(attempt.request.call_id)
        return replace(attempt, request=replace(attempt.request, call_id=first[0]))

    _sends(patch, change)
    patch.setattr(CallbackToken, "check", lambda self, call_id: None)


def does_not_pace(patch: Patch) -> None:
    patch.setattr(Pace, "ask", lambda self, call_id, *, tenant=False: Turn(()))


def writes_the_intent_after_the_send(patch: Patch) -> None:
    write, commit = Recorder.write, Recorder.commit
    kept: dict[int, Sending] = {}

    async def later(self: Recorder, entry: Sending, at_most: float) -> None:
        kept[id(entry.request)] = entry
        await disk()

    def mutant(self: Recorder, entry: Any) -> None:
        if isinstance(entry, Received) and (intent := kept.pop(id(entry.request), None)) is not None:
            writing = commit(self, intent, 1.0)
            writing.send(None)
            with pytest.raises(StopIteration):
                writing.send(None)
        write(self, entry)

    patch.setattr(Recorder, "commit", later)
    patch.setattr(Recorder, "write", mutant)


def _leaves_out(patch: Patch, which: Callable[[Any], bool]) -> None:
    write = Recorder.write
    patch.setattr(Recorder, "write", lambda self, entry: None if which(entry) else write(self, entry))


def forgets_what_it_did_not_send(patch: Patch) -> None:
    _leaves_out(patch, lambda entry: isinstance(entry, NotSent))


def forgets_events_that_found_no_room(patch: Patch) -> None:
    _leaves_out(
        patch,
        lambda entry: isinstance(entry, Settled) and entry.outcome.status is EventStatus.QUEUE_FULL,
    )


def sends_something_else(patch: Patch) -> None:
    def change(attempts: Attempts, attempt: Attempt) -> Attempt:
        return replace(attempt, request=replace(attempt.request, body={**attempt.request.body, "notes": "x"}))

    _sends(patch, change)


def runs_plans_side_by_side(patch: Patch) -> None:
    patch.setattr(CallMachine, "_wait", lambda self, waiting: self._begin(waiting.event, waiting.ticket))


def goes_on_after_the_end(patch: Patch) -> None:
    received = Call.received

    def mutant(call: Call, *words: Any, **named: Any) -> None:
        received(call, *words, **named)
        call.over = ""

    patch.setattr(Call, "received", mutant)


def hangs_up_after_the_close(patch: Patch) -> None:
    close = PlanRun.close

    def mutant(self: PlanRun, call: Call, why: str) -> None:
        close(self, call, why)
        self.records_only = self.records_only and not self.closed_in_goodbye

    patch.setattr(PlanRun, "close", mutant)


def writes_tokens_down(patch: Patch) -> None:
    renew, write = CallCredentials.renew, Recorder.write
    seen: list[SecretStr] = []

    def mutant(self: CallCredentials, token: CallbackToken) -> bool:
        seen.append(token.secret)
        return renew(self, token)

    def tells(self: Recorder, entry: Any) -> None:
        write(self, entry._replace(why=seen[-1].get_secret_value()) if isinstance(entry, Ended) else entry)

    patch.setattr(CallCredentials, "renew", mutant)
    patch.setattr(Recorder, "write", tells)
    patch.setattr(chain, "redact_json", lambda line: line)  # What would have cut them out.


def forgets_what_the_process_before_decided(patch: Patch) -> None:
    decided = OpenCalls.decided

    def mutant(self: OpenCalls, call_id: str, event_id: str, at: str) -> None:
        decided(self, call_id, event_id, at)
        self.calls[call_id].decided.clear()

    patch.setattr(OpenCalls, "decided", mutant)


def forgets_that_an_ending_was_under_way(patch: Patch) -> None:
    patch.setattr(OpenCalls, "settle", lambda self: None)


def forgets_what_was_under_way(patch: Patch) -> None:
    patch.setattr(OpenCalls, "sending", lambda *words, **named: None)


def tells_only_who_reported_first(patch: Patch) -> None:
    settled = Repeats.settled
    patch.setattr(Repeats, "settled", lambda self, outcome: settled(self, outcome)[:0])


def forgets_what_happened(patch: Patch) -> None:
    took = Recorder.took
    patch.setattr(
        Recorder,
        "took",
        lambda self, received, *rest: None if isinstance(received, Answered) else took(self, received, *rest),
    )


SILENCE = (Fault(kind="reset", when="after"), Fault(kind="reset"), Fault(kind="truncated"))
UNKNOWN = {"mix": SILENCE, "keys_enforced": False}

MUTANTS: tuple[tuple[Callable[[Patch], None], str, dict[str, Any]], ...] = (
    (retries_without_the_key, LOST, {"keys_enforced": True}),
    (trusts_a_platform_that_ignores_keys, DOUBLED, {"keys_enforced": True}),
    (swallows_a_receipt, LOST, {}),
    (calls_an_unknown_verb_accepted, LOST, {}),
    (ends_again_after_an_unknown_ending, SECOND_END, UNKNOWN),
    (shows_a_token_of_another_call, CROSSED, {}),
    (sends_to_another_call, CROSSED, {}),
    (does_not_pace, TOO_MANY, {}),
    (writes_the_intent_after_the_send, LATE, {}),
    (forgets_what_it_did_not_send, LOST, {}),
    (forgets_events_that_found_no_room, LOST, {}),
    (sends_something_else, LOST, {}),
    (runs_plans_side_by_side, DISORDER, {}),
    (goes_on_after_the_end, AFTER_END, {}),
    (hangs_up_after_the_close, BUGS, {}),
    (writes_tokens_down, JOURNAL, {}),
    (forgets_what_the_process_before_decided, DOUBLED, {}),
    (forgets_that_an_ending_was_under_way, SECOND_END, {}),
    (forgets_what_was_under_way, LOST, {}),
    (tells_only_who_reported_first, UNTOLD, {}),
    (forgets_what_happened, OTHERWISE, {}),
)


@pytest.mark.hands_out_tokens  # One of them does, and a story of any may end with it.
@pytest.mark.parametrize(
    ("mutant", "claim", "changes"), MUTANTS, ids=[mutant.__name__ for mutant, _, _ in MUTANTS]
)
def test_a_mutant_is_found_and_its_story_is_short(
    mutant: Callable[[Patch], None], claim: str, changes: dict[str, Any], monkeypatch: Patch
) -> None:
    run = Run(seed=1, changes=tuple(changes.items()))
    mutant(monkeypatch)
    result = simulate(run, CALLS)
    failed = [played for played in result.failed if claim in played.contradictions]
    assert failed, str(result.account)
    kept, shortest = shrunk(run, failed[0])
    assert len(kept) <= 12
    again = play(run, shortest.number, frozenset(kept))
    assert again.contradictions == shortest.contradictions


def test_the_run_that_they_are_held_against_is_sound() -> None:
    for changes in ({}, UNKNOWN, {"keys_enforced": True}):
        result = simulate(Run(seed=1, changes=tuple(changes.items())), 60)
        assert result.sound, str(result.account)
