"""What is sent again, and what is not, whatever the platform, the credentials and the caller do, in whatever order."""

import itertools
import json
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.call.request import VerbRequest
from flowrules.control.attempts import (
    Action,
    Attempt,
    Attempts,
    AwaitToken,
    CalledOff,
    Done,
    Exchanged,
    Input,
    LookAgain,
    Looked,
    Pause,
    PauseOver,
    TakeTurn,
    TokenWaitOver,
    TurnTaken,
)
from flowrules.control.credentials import CallbackToken, CallCredentials, Credential, TenantKey, TokenLifetime
from flowrules.control.errors import WrongCall
from flowrules.control.retry import Backoff

KEY = "6f1d8a52-5f0e-5c1b-9a0e-0b2f6a4c7d31"
YES = json.dumps(
    {"ok": True, "call_id": "c1", "dispatched_at": "2026-05-18T10:04:48Z", "result": {}}
).encode()


def refusal(status: int, **more: Any) -> Exchanged:
    return Exchanged(True, status, b'{"detail": "no"}', **more)


NOT_LEFT = Exchanged(False, problem="cannot connect")
SILENCE = Exchanged(True, problem="no answer in time")
ACCEPTED = Exchanged(True, 200, YES)
FOREIGN = Exchanged(True, 200, b"<html>")
SURELY_DID_NOT_ACT = (
    NOT_LEFT,
    refusal(401),
    refusal(403),
    refusal(409),
    refusal(429),
    refusal(429, retry_after=0.001),
    refusal(429, retry_after=7.0),
    refusal(307),
)
MAY_HAVE_ACTED = (
    SILENCE,
    FOREIGN,
    refusal(500),
    refusal(503),
    refusal(408),
    Exchanged(True, 204, problem="cut"),
)
ANSWERS = (ACCEPTED, *SURELY_DID_NOT_ACT, *MAY_HAVE_ACTED)
STRAYS: tuple[Input, ...] = (TurnTaken(True), Looked(True), ACCEPTED, SILENCE, PauseOver(), TokenWaitOver())
ANSWERED_BY = {
    TakeTurn: TurnTaken,
    LookAgain: Looked,
    Attempt: Exchanged,
    Pause: PauseOver,
    AwaitToken: TokenWaitOver,
}


@dataclass
class Time:
    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class Choices:
    """What happens next, number by number; when they have run out, the first of what may."""

    numbers: list[int]

    def of(self, things: Any) -> Any:
        return things[self.numbers.pop(0) % len(things) if self.numbers else 0]


@dataclass
class Made:
    """One attempt."""

    at: float
    credential: Credential
    answer: Exchanged


@dataclass
class Story:
    """A verb and all that happens to it."""

    choices: Choices
    seed: int = 0
    time: Time = field(default_factory=Time)
    made: list[Made] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    called_off: bool = False
    tokens: int = 0

    def __post_init__(self) -> None:
        choices = self.choices
        self.enforced = choices.of((True, False))
        self.request = VerbRequest("c1", {"event": "transfer"}, choices.of((KEY, None)))
        self.credentials = CallCredentials(
            "c1",
            self.time,
            self.token() if choices.of((True,) * 5 + (False,)) else None,
            choices.of((None, TenantKey(SecretStr("yt_test_key")))),
            choices.of(tuple(TokenLifetime)),
        )
        self.until = self.time.now + choices.of((60.0,) * 6 + (5.0, 0.5, 0.0, -1.0))
        self.attempts = Attempts(
            self.request,
            self.credentials,
            Backoff(chance=random.Random(self.seed)),
            until=self.until,
            keys_enforced=self.enforced,
        )

    def token(self) -> CallbackToken:
        self.tokens += 1
        return CallbackToken.received("c1", SecretStr(f"yt_cb_{self.tokens}"), self.time.now)

    def play(self) -> Receipt:
        action = self.started(self.attempts.begin(self.time.now))
        for _ in range(2000):
            if isinstance(action, Done):
                return action.receipt
            self.meanwhile(action)
            action = self.told(action)
        raise AssertionError(f"it does not end: {self.actions[-20:]}")

    def started(self, action: Action | None) -> Action:
        assert action is not None
        self.actions.append(f"{self.time.now:.6f} {action!r}")
        assert isinstance(action, Done) or not self.called_off
        if isinstance(action, Attempt):
            assert self.time.now < self.until
            assert action.request is self.request
            assert action.at_most >= 2.0
        if isinstance(action, Pause):
            assert 0 < action.seconds <= self.until - self.time.now
        return action

    def meanwhile(self, action: Action) -> None:
        """Whatever may come while something is under way, and is no answer to it."""
        stray = self.choices.of((None, None, *STRAYS))
        if stray is not None and not isinstance(stray, ANSWERED_BY[type(action)]):
            assert self.attempts.handle(stray, self.time.now) is None
        assert self.attempts.begin(self.time.now) is None
        match self.choices.of(("nothing",) * 8 + ("renewed", "renewed", "closed", "withdrawn")):
            case "renewed":
                self.credentials.renew(self.token())
            case "closed":
                self.credentials.close()
            case "withdrawn":
                self.credentials.withdraw(self.credentials.token)

    def told(self, action: Action) -> Action:
        """Carry out an action, and tell; or call it off meanwhile."""
        off = self.choices.of((False,) * 29 + (True,))
        took = self.choices.of((0.0, 0.0, 0.0, 0.01, 0.4, 3.0))
        if isinstance(action, Attempt):
            credential = action.bearer.settle()
            self.made.append(Made(self.time.now, credential, self.choices.of(ANSWERS)))
        self.time.now += took
        if off:
            self.called_off = True
            stopped = self.attempts.handle(CalledOff(), self.time.now)
            assert (stopped is None) == isinstance(action, Attempt)
            if stopped is not None:
                return self.started(stopped)
        return self.started(self.attempts.handle(self.answer(action), self.time.now))

    def answer(self, action: Action) -> Input:
        match action:
            case TakeTurn():
                return TurnTaken(self.choices.of((True,) * 19 + (False,)))
            case LookAgain():
                return Looked(self.choices.of((True,) * 19 + (False,)))
            case Attempt():
                return self.made[-1].answer
            case Pause(seconds):
                self.time.now += seconds
                return PauseOver()
            case AwaitToken(seconds):
                if self.choices.of((True, False)):
                    self.credentials.renew(self.token())
                else:
                    self.time.now += seconds
                return TokenWaitOver()
        raise AssertionError(action)


stories = st.lists(st.integers(0, 59), min_size=60, max_size=160).map(list)


@given(stories, st.integers(0, 3))
@settings(max_examples=500, deadline=None)
def test_the_promises_are_kept_whatever_happens(numbers: list[int], seed: int) -> None:
    story = Story(Choices(list(numbers)), seed)
    receipt = story.play()
    made, answers = story.made, [one.answer for one in story.made]
    assert receipt.attempts == sum(answer.left for answer in answers)
    acted = [answer in MAY_HAVE_ACTED for answer in answers]
    if any(acted[:-1]):
        assert story.enforced
        assert story.request.key is not None
    refused = [one for one in made if one.answer.status == 401]
    assert len(refused) <= 2
    for one, following in itertools.pairwise(made):
        assert one.answer.status in (0, 401, 408, 429, 500, 503) or one.answer in MAY_HAVE_ACTED
        if one.answer.status == 401:
            assert following.credential != one.credential
        else:
            assert following.at - one.at >= 0.2
    if not any(acted):
        assert receipt.status is not Status.UNKNOWN
    elif answers[-1] is ACCEPTED:
        assert receipt.status is Status.ACCEPTED
    elif answers[-1].status not in (307, 403, 409):
        assert (receipt.status, receipt.may_have_acted) == (Status.UNKNOWN, True)
    if not made:
        assert receipt.status is Status.DROPPED or receipt.reason in (Reason.LATE, Reason.UNAUTHORISED)
    for told in (*STRAYS, CalledOff()):
        assert story.attempts.handle(told, story.time.now) is None, "there is one receipt"
    assert story.attempts.begin(story.time.now) is None
    assert "yt_" not in repr(story.attempts) + "".join(story.actions)


@given(stories, st.integers(0, 3))
@settings(max_examples=50, deadline=None)
def test_the_same_happenings_lead_to_the_same_actions(numbers: list[int], seed: int) -> None:
    one, other = Story(Choices(list(numbers)), seed), Story(Choices(list(numbers)), seed)
    assert one.play() == other.play()
    # A bearer shows where its credentials lie in memory.
    assert [words.split(" object at")[0] for words in one.actions] == [
        words.split(" object at")[0] for words in other.actions
    ]


def driven(*answers: Exchanged) -> tuple[Receipt, list[Made]]:
    """A verb with a key that the platform enforces, a token and the tenant's key, these answers, and nothing else in
    its way."""
    story = Story(Choices([0, 0, 0, 1]))
    left = list(answers)
    action = story.attempts.begin(story.time.now)
    while not isinstance(action, Done):
        assert action is not None
        if isinstance(action, Attempt):
            story.made.append(Made(story.time.now, action.bearer.settle(), left.pop(0)))
        action = story.attempts.handle(story.answer(action), story.time.now)
    assert not left, "not all that was answered was asked for"
    return action.receipt, story.made


@pytest.mark.parametrize("unknown", MAY_HAVE_ACTED)
def test_a_401_after_an_unknown_outcome_is_repeated_with_another_credential_only(unknown: Exchanged) -> None:
    """The credential that was refused would be refused again, until the deadline."""
    receipt, made = driven(unknown, refusal(401), ACCEPTED)
    first, second, third = (one.credential for one in made)
    assert first == second
    assert isinstance(third, TenantKey)
    assert receipt.status is Status.ACCEPTED
    receipt, _ = driven(unknown, refusal(401), refusal(401))
    assert (receipt.status, receipt.may_have_acted) == (Status.UNKNOWN, True)


def test_after_an_unknown_outcome_a_full_platform_is_given_its_time_all_the_same() -> None:
    full = b'{"detail": {"code": "max_concurrent_exceeded", "message": "full"}}'
    _, made = driven(SILENCE, Exchanged(True, 429, full), ACCEPTED)
    assert made[2].at - made[1].at >= 5


def test_a_look_that_outlasts_the_deadline_sends_nothing() -> None:
    time = Time()
    credentials = CallCredentials("c1", time, CallbackToken.received("c1", SecretStr("yt_cb_1"), time.now))
    attempts = Attempts(VerbRequest("c1", {"event": "mute"}, KEY), credentials, Backoff(), until=time.now + 1)
    assert isinstance(attempts.begin(time.now), TakeTurn)
    assert isinstance(attempts.handle(TurnTaken(True), time.now), LookAgain)
    done = attempts.handle(Looked(True), time.now + 1)
    assert isinstance(done, Done)
    assert (done.receipt.status, done.receipt.reason) == (Status.REFUSED, Reason.LATE)


def test_a_token_of_another_call_is_told_before_anything_is_sent_and_is_no_receipt() -> None:
    time = Time()
    credentials = CallCredentials("c2", time, CallbackToken.received("c2", SecretStr("yt_cb_1"), time.now))
    attempts = Attempts(VerbRequest("c1", {"event": "mute"}, KEY), credentials, Backoff(), until=time.now + 1)
    with pytest.raises(WrongCall):
        attempts.begin(time.now)
    assert all(attempts.handle(told, time.now) is None for told in STRAYS)


def test_a_token_of_another_call_that_turns_up_later_does_not_unsay_the_first_attempt() -> None:
    """It may have acted: whoever raised here would make it one that was never sent."""
    story = Story(Choices([0, 0, 0, 0]))
    action = story.attempts.begin(story.time.now)
    while not isinstance(action, Pause):
        assert action is not None
        if isinstance(action, Attempt):
            story.made.append(Made(story.time.now, action.bearer.settle(), SILENCE))
        action = story.attempts.handle(story.answer(action), story.time.now)
    story.credentials._token = CallbackToken.received("c2", SecretStr("yt_cb_9"), story.time.now)
    done = story.attempts.handle(PauseOver(), story.time.now + action.seconds)
    assert isinstance(done, Done)
    assert (done.receipt.status, done.receipt.attempts) == (Status.UNKNOWN, 1)
