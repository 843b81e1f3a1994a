"""The attempts at one verb: what is sent, with which credential, what is sent again, after which pause, and when it is
over. It sends nothing, waits for nothing and looks at no clock: who drives it carries out each action and tells what
came of it. `ControlClient.send` drives it with asyncio; a simulation drives the same object with a clock of its own.

    action = attempts.begin(now)
    while not isinstance(action, Done):
        action = attempts.handle(carry_out(action), now)

What it promises, whatever it is told, in whatever order:

- Nothing is attempted once the verb was called off, or once its deadline has come.
- An attempt after one that may have acted carries the Idempotency-Key, and is made only where the platform enforces it.
- A credential that was refused with a 401 is replaced once; a second 401 is the end.
- There is exactly one receipt, and its `attempts` are the requests that left.
"""

from dataclasses import dataclass, field, replace
from typing import assert_never

from flowrules.call.receipt import Reason, Receipt, Status, dropped, no_answer, not_sent
from flowrules.call.request import VerbRequest
from flowrules.control.credentials import Bearer, CallCredentials, Credential, TenantKey
from flowrules.control.errors import WrongCall
from flowrules.control.outcomes import after_unknown, answered
from flowrules.control.retry import Backoff

_CALLED_OFF = "it was called off before it went out"
_NO_TURN = "the deadline came before its turn"
_TOO_LATE = "the deadline came before it went out"
_UNAUTHORISED = "there is no token"
_LEAST_ANSWER = 2.0
"""Seconds that an answer has, however little of its time was left when the request went out: cut off at once, its
outcome would be unknown for no reason."""


# --- actions: what the driver does next -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TakeTurn:
    """Take a turn at the pacer, with the tenant key or without, before `until` comes. Tell TurnTaken."""

    tenant: bool
    until: float


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Ask whoever wants the verb sent whether it is still to go out. Tell Looked."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Make the request, and wait for its answer `at_most` so many seconds. Tell Exchanged.

    `bearer` says what it is authorised with, once it is asked, right before the first byte leaves.
    """

    request: VerbRequest
    bearer: Bearer
    at_most: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait so many seconds. Tell PauseOver."""

    seconds: float


@dataclass(frozen=True, slots=True)
class AwaitToken:
    """Wait until the call's credentials are renewed, so many seconds at most. Tell TokenWaitOver."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Done:
    """It is over. Whatever is told from now on changes nothing."""

    receipt: Receipt


_LOOK_AGAIN = LookAgain()
Action = TakeTurn | LookAgain | Attempt | Pause | AwaitToken | Done


# --- inputs: what came of it ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TurnTaken:
    """Whether the turn came in time. It is held until the next attempt is over, or there is none."""

    got: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """Whether the verb is still to go out."""

    go: bool


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What became of an attempt. `left`: whether its first byte was written; if not, it surely did not act. `status` is
    0 where no answer came; `problem` says in words why none came, or why its body did not come whole. `retry_after` is
    in seconds, None where the answer named none."""

    left: bool
    status: int = 0
    body: bytes = field(default=b"", repr=False)
    retry_after: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PauseOver:
    """The pause is over."""


@dataclass(frozen=True, slots=True)
class TokenWaitOver:
    """The credentials were renewed, or the time for it is over; which of the two, the credentials tell."""


@dataclass(frozen=True, slots=True)
class CalledOff:
    """The verb is not wanted any more. What is on the wire is awaited; nothing more is sent."""


Input = TurnTaken | Looked | Exchanged | PauseOver | TokenWaitOver | CalledOff


class Attempts:
    """One verb, from the wish to send it to its receipt. Times are seconds of the driver's `monotonic`."""

    __slots__ = (
        "_backoff",
        "_called_off",
        "_credential",
        "_credentials",
        "_keys_enforced",
        "_left",
        "_pending",
        "_receipt",
        "_refused",
        "_renewed",
        "_request",
        "_tries",
        "_unknown",
        "_until",
    )

    def __init__(
        self,
        request: VerbRequest,
        credentials: CallCredentials,
        backoff: Backoff,
        *,
        until: float,
        keys_enforced: bool = False,
    ) -> None:
        """`until` is the deadline. `keys_enforced`: the platform answers a repeated key from its memory."""
        self._request = request
        self._credentials = credentials
        self._backoff = backoff
        self._until = until
        self._keys_enforced = keys_enforced
        self._pending: Action | None = None
        self._called_off = False
        self._credential: Credential | None = None
        self._refused: Credential | None = None
        self._renewed = False
        self._receipt: Receipt | None = None
        self._unknown = False
        self._tries = 0
        self._left = 0

    def __repr__(self) -> str:
        return f"Attempts({self._request.verb}, {self._left} left, pending {self._pending!r})"

    def begin(self, now: float) -> Action | None:
        """The first action; None: it has begun before. Raises WrongCall."""
        if self._pending is not None:
            return None
        return self._go_on_with(self._credentials.current(), now)

    def handle(self, told: Input, now: float) -> Action | None:
        """What to do next. None: nothing new; what is under way goes on, and what was told is no answer to it.

        Raises WrongCall where nothing has been sent yet and the credential is another call's; nothing is sent then.
        """
        match told:
            case CalledOff():
                return self._call_off()
            case TurnTaken() if isinstance(self._pending, TakeTurn):
                return self._next(_LOOK_AGAIN) if told.got else self._stop(not_sent(Reason.LATE, _NO_TURN))
            case Looked() if isinstance(self._pending, LookAgain):
                return self._looked(told.go, now)
            case Exchanged() if isinstance(self._pending, Attempt):
                return self._exchanged(told, self._pending.bearer.used, now)
            case PauseOver() if isinstance(self._pending, Pause):
                refused = self._refused
                current = self._credentials.current
                return self._go_on_with(
                    current() if refused is None else self._credentials.other_than(refused), now
                )
            case TokenWaitOver() if isinstance(self._pending, AwaitToken):
                return self._replaced(self._credentials.other_than(self._refused), now)
            case TurnTaken() | Looked() | Exchanged() | PauseOver() | TokenWaitOver():
                return None
            case _:
                assert_never(told)

    def _next(self, action: Action) -> Action:
        self._pending = action
        return action

    def _stop(self, unsent: Receipt) -> Action:
        """It is over: with the receipt of the last attempt, or, where there was none, with this one."""
        return self._next(Done(self._receipt or unsent))

    def _call_off(self) -> Action | None:
        match self._pending:
            case None | Attempt():
                self._called_off = True
                return None
            case Done():
                return None
            case TakeTurn() | LookAgain() | Pause() | AwaitToken():
                return self._stop(dropped(_CALLED_OFF))
            case _:
                assert_never(self._pending)

    def _go_on_with(self, credential: Credential | None, now: float) -> Action:
        return self._replace(None, now) if credential is None else self._take_turn(credential, now)

    def _replace(self, refused: Credential | None, now: float) -> Action:
        """Go on with what is at hand in the place of a credential, else with the token of the refresh that is due."""
        self._refused, self._renewed = refused, True
        other = self._credentials.other_than(refused)
        waits = self._credentials.may_be_renewed and not isinstance(refused, TenantKey)
        if other is None and waits and now < self._until and not self._called_off:
            return self._next(AwaitToken(self._until - now))
        return self._replaced(other, now)

    def _replaced(self, other: Credential | None, now: float) -> Action:
        if other is None:
            return self._stop(not_sent(Reason.UNAUTHORISED, _UNAUTHORISED))
        return self._take_turn(other, now)

    def _take_turn(self, credential: Credential, now: float) -> Action:
        try:
            credential.check(self._request.call_id)
        except WrongCall as wrong:
            if self._receipt is None:
                raise
            return self._stop(not_sent(Reason.UNAUTHORISED, str(wrong)))
        if self._called_off:
            return self._stop(dropped(_CALLED_OFF))
        if now >= self._until:
            return self._stop(not_sent(Reason.LATE, _NO_TURN))
        self._credential = credential
        return self._next(TakeTurn(isinstance(credential, TenantKey), self._until))

    def _looked(self, go: bool, now: float) -> Action:
        if not go:
            return self._stop(dropped(_CALLED_OFF))
        if now >= self._until:
            return self._stop(not_sent(Reason.LATE, _TOO_LATE))
        assert self._credential is not None  # A turn was taken with it.
        bearer = Bearer(self._credentials, self._credential)
        return self._next(Attempt(self._request, bearer, max(_LEAST_ANSWER, self._until - now)))

    def _exchanged(self, exchanged: Exchanged, used: Credential, now: float) -> Action:
        self._tries += 1
        self._left += exchanged.left
        judged = _receipt(exchanged, self._request, self._left)
        self._receipt = after_unknown(judged) if self._unknown else judged
        self._unknown = self._receipt.may_have_acted
        # Asked of the answer itself: after an attempt of unknown outcome the receipt no longer says that this one was
        # refused.
        if judged.reason is Reason.UNAUTHORISED:
            return self._stop(judged) if self._renewed else self._replace(used, now)
        wait = self._wait(exchanged, judged)
        if self._called_off or wait is None or wait > self._until - now:
            return self._stop(judged)
        return self._next(Pause(wait))

    def _wait(self, exchanged: Exchanged, judged: Receipt) -> float | None:
        """Seconds before the next attempt; None: there is none."""
        if exchanged.status == 429:
            return self._backoff.after_limit(judged.reason, exchanged.retry_after, self._tries)
        if not self._unknown:
            return None if exchanged.left else self._backoff.after(self._tries)
        enforced = self._keys_enforced and self._request.key is not None
        return self._backoff.after(self._tries) if enforced else None


def _receipt(exchanged: Exchanged, request: VerbRequest, attempts: int) -> Receipt:
    if exchanged.status:
        receipt = answered(
            exchanged.status, exchanged.body, attempts, request.call_id, strict=request.tells_of_the_end
        )
        broken = exchanged.problem and receipt.status is Status.UNKNOWN
        return replace(receipt, message=exchanged.problem) if broken else receipt
    if exchanged.left:
        return no_answer(exchanged.problem, attempts)
    return not_sent(Reason.UNAVAILABLE, exchanged.problem, attempts)
