"""One Send carried out: the attempts that go out live, on virtual time and the line of a simulated world."""

from collections.abc import Callable
from typing import Protocol, assert_never

from flowrules.call.receipt import Receipt
from flowrules.call.request import VerbRequest
from flowrules.chaos.simulated.fates import Fates
from flowrules.chaos.simulated.line import Line
from flowrules.chaos.simulated.world import Happening
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
from flowrules.control.credentials import CallCredentials
from flowrules.control.pace import Pace, Turn
from flowrules.control.retry import Backoff


class Host(Protocol):
    """What a request needs of the process that sends it."""

    line: Line
    fates: Fates
    pace: Pace
    backoff: Backoff
    keys_enforced: bool

    def monotonic(self) -> float: ...

    def after(self, seconds: float, do: Callable[[], None], lot: float | None = None) -> Happening:
        """Done only if the process still lives then."""

    def may_die(self, point: str, *, ends: bool = False) -> bool:
        """Whether the process has died at this point."""


class Sender:
    """`look` asks the call whether the attempt may leave: the answer is `looked`. `name` is that of the step, once the
    intent is on record. `over` is told of the receipt, once."""

    __slots__ = (
        "_attempts",
        "_called_off",
        "_credentials",
        "_host",
        "_look",
        "_looks",
        "_over",
        "_timer",
        "_tries",
        "_turn",
        "name",
    )

    def __init__(
        self,
        host: Host,
        request: VerbRequest,
        credentials: CallCredentials,
        until: float,
        look: Callable[[], None],
        over: Callable[[Receipt], None],
    ) -> None:
        self.name = ""
        self._host = host
        self._credentials = credentials
        self._look, self._over = look, over
        self._attempts = Attempts(
            request, credentials, host.backoff, until=until, keys_enforced=host.keys_enforced
        )
        self._turn: Turn | None = None
        self._timer: Happening | None = None
        self._tries = 0
        self._looks = self._called_off = False

    def begin(self) -> None:
        self._do(self._attempts.begin(self._host.monotonic()))

    def looked(self, allowed: bool) -> None:
        self._looks = False
        self._tell(Looked(allowed and not self._called_off))

    def call_off(self) -> None:
        """It is noticed as soon as what asks for it is done; who has been asked whether the attempt may leave is waited
        for."""
        self._called_off = True
        self._host.after(0.0, self._notice)

    def _notice(self) -> None:
        if not self._looks:
            self._tell(CalledOff())

    def give_up(self, receipt: Receipt) -> None:
        """The intent can't be put on record."""
        self._give_turn_back(sent=False)
        self._over(receipt)

    def token_came(self) -> None:
        self._tell(TokenWaitOver())

    def _tell(self, told: Input) -> None:
        self._do(self._attempts.handle(told, self._host.monotonic()))

    def _do(self, action: Action | None) -> None:
        """Carry an action out. None: what is under way goes on."""
        host = self._host
        while action is not None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            match action:
                case TakeTurn(tenant, until):
                    action = self._take_turn(tenant, until)
                case LookAgain():
                    self._looks = True
                    host.after(0.0, self._look)
                    return
                case Attempt():
                    self._attempt(action)
                    return
                case Pause(seconds):
                    self._timer = host.after(seconds, lambda: self._tell(PauseOver()))
                    return
                case AwaitToken(seconds):
                    self._timer = host.after(seconds, lambda: self._tell(TokenWaitOver()))
                    return
                case Done(receipt):
                    self._give_turn_back(sent=False)
                    self._over(receipt)
                    return
                case _:
                    assert_never(action)

    def _take_turn(self, tenant: bool, until: float) -> Action | None:
        """The next action; None: the turn is to come."""
        host = self._host
        turn = host.pace.ask(self._credentials.call_id, tenant=tenant)
        if isinstance(turn, Turn):
            self._turn = turn
            return self._attempts.handle(TurnTaken(True), host.monotonic())
        if host.monotonic() + turn > until:
            return self._attempts.handle(TurnTaken(False), host.monotonic())
        self._timer = host.after(turn, lambda: self._do(self._take_turn(tenant, until)))
        return None

    def _attempt(self, attempt: Attempt) -> None:
        host, self._tries = self._host, self._tries + 1
        name = f"{self.name}#{self._tries}"
        ends = attempt.request.ends
        if host.may_die(f"{name} leaves", ends=ends):
            return
        assert self._turn is not None
        self._turn.sent = True

        def tell(exchanged: Exchanged) -> None:
            if host.may_die(f"{name} is answered", ends=ends):
                return
            self._give_turn_back(sent=exchanged.left)
            self._tell(exchanged)

        host.line.exchange(attempt, host.fates.of_attempt(name), tell)

    def _give_turn_back(self, *, sent: bool) -> None:
        if self._turn is not None:
            self._turn.sent = sent
            self._turn.over()
            self._turn = None
