"""The client of the control API: one base URL, one connection pool, all calls."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, assert_never
from urllib.parse import quote

import pydantic_core
from pydantic import SecretStr

from flowrules.call.receipt import Receipt
from flowrules.call.request import VerbRequest
from flowrules.control.address import checked_base_url
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
from flowrules.control.call_id import is_call_id
from flowrules.control.clock import Clock, SystemClock, first_completed, yield_to_loop
from flowrules.control.credentials import Bearer, CallCredentials, TenantKey
from flowrules.control.envelope import Answer, Answers, parse, read_success
from flowrules.control.errors import RequestFailed
from flowrules.control.outcomes import NOT_THE_PLATFORMS, answered
from flowrules.control.pace import Turn
from flowrules.control.pacing import Pacer
from flowrules.control.retry import Backoff, retry_after_seconds
from flowrules.control.wire import Exchange, Prepared, Timeouts
from flowrules.control.wires import WireChoice, open_wire

_SESSIONS = "/api/v1/ai-sessions"
_PATIENCE = 60.0
"""Seconds that a read waits for its turn: after a minute the tenant key's budget is whole again."""

Before = Callable[[], Awaitable[bool]]


async def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Revoked:
    """The platform's answer to a revocation; `until` in seconds since 1970 (UTC)."""

    jti: str
    until: int


class ControlClient:
    """Sends verbs, and the few reads. Use as an async context manager, or call `aclose`.

    `keys_enforced` is the host's word that the platform answers a repeated Idempotency-Key from its memory. Only
    then is a verb that may have acted sent a second time, with the same key.
    """

    def __init__(
        self,
        base_url: str,
        *,
        clock: Clock | None = None,
        keys_enforced: bool = False,
        timeouts: Timeouts | None = None,
        connections: int = 100,
        pacer: Pacer | None = None,
        backoff: Backoff | None = None,
        wire: WireChoice = WireChoice.AUTO,
        ca_file: Path | None = None,
    ) -> None:
        """`wire` says which library speaks HTTP; `ca_file` holds certificates (PEM) that are trusted beside the usual
        ones. Raises UnsafeAddress for a base URL that a token must not be sent to, WireUnusable for a library or
        certificates that can't be used."""
        self._clock = clock or SystemClock()
        self._keys_enforced = keys_enforced
        self._pacer = pacer or Pacer(self._clock, lines=connections)
        self._backoff = backoff or Backoff()
        self._answers = Answers()
        self._wire, self.not_the_fast_wire = open_wire(
            checked_base_url(base_url), timeouts or Timeouts(), wire, ca_file
        )

    def __repr__(self) -> str:
        return f"ControlClient({self._wire.base!r})"

    @property
    def wire(self) -> str:
        """The library that speaks HTTP, and its version. `not_the_fast_wire` says why it is not the fast one."""
        return self._wire.name

    @property
    def problem(self) -> str:
        """What is wrong with the way to the platform, in a sentence; '' where nothing is known to be."""
        return self._answers.problem(self._wire.base, self._clock.monotonic())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def send(
        self,
        request: VerbRequest,
        credentials: CallCredentials,
        *,
        until: float,
        before: Before = _always,
        called_off: asyncio.Event | None = None,
    ) -> Receipt:
        """Send a verb, and again where that can't do harm, until there is an outcome or the deadline comes.

        `until` is the deadline on the clock's `monotonic`. `before` is awaited right before each attempt, after its
        turn has come; where it says False, nothing more is sent. Once `called_off` is set, every wait ends and
        nothing more is sent; what is on the wire is awaited.

        A 429 and a request that never left are repeated. What may have acted (silence after the request left, a 5xx,
        an answer that is not the platform's) is repeated only with keys enforced and a key in the request. A 401 is
        repeated once, with another credential, where one comes in time. An answer that is not there by the deadline is
        not waited for.

        Raises WrongCall, before anything is sent. What goes wrong afterwards is in the receipt.
        """
        called_off = called_off or asyncio.Event()
        await yield_to_loop()
        attempts = Attempts(
            request, credentials, self._backoff, until=until, keys_enforced=self._keys_enforced
        )
        action = self._told(attempts, None, called_off)
        turn: Turn | None = None
        prepared: Prepared | None = None
        told: Input
        try:
            while True:
                match action:
                    case TakeTurn():
                        turn = await self._turn(request.call_id, action.tenant, until, called_off)
                        told = TurnTaken(turn is not None)
                    case LookAgain():
                        # Made before the look, so that nothing long lies between the look and the first byte.
                        prepared = await self._prepare(request)
                        told = Looked(not called_off.is_set() and await before())
                    case Attempt():
                        assert turn is not None  # It was told so, as below.
                        assert prepared is not None
                        turn.sent = True
                        exchange = await self._exchange(request, prepared, action.bearer, action.at_most)
                        turn.sent = exchange.left
                        turn.over()
                        turn = None
                        told = self._exchanged(exchange)
                    case Done():
                        return action.receipt
                    case Pause():
                        await first_completed(self._clock.sleep(action.seconds), called_off.wait())
                        told = PauseOver()
                    case AwaitToken():
                        await first_completed(
                            credentials.renewed(), self._clock.sleep(action.seconds), called_off.wait()
                        )
                        told = TokenWaitOver()
                    case _:
                        assert_never(action)
                action = self._told(attempts, told, called_off)
        finally:
            if turn is not None:
                turn.over()

    async def call(self, call_id: str, key: TenantKey) -> Mapping[str, Any]:
        """`GET /ai-sessions/{call_id}`. Raises RequestFailed."""
        reply = _reply(await self._ask("GET", self._path(call_id), call_id, key))
        if not isinstance(reply, dict) or reply.get("call_id", call_id) != call_id:
            raise RequestFailed(NOT_THE_PLATFORMS)
        return reply

    async def calls(
        self,
        key: TenantKey,
        *,
        voice_agent_id: str | None = None,
        started_after: str | None = None,
        limit: int = 100,
    ) -> tuple[Mapping[str, Any], ...]:
        """`GET /ai-sessions`: the tenant's calls. Raises RequestFailed."""
        query = {"voice_agent_id": voice_agent_id, "started_after": started_after, "limit": str(limit)}
        params = {name: value for name, value in query.items() if value is not None}
        reply = _reply(await self._ask("GET", _SESSIONS, "", key, params=params))
        items = reply.get("items") if isinstance(reply, dict) else reply
        if not isinstance(items, list):
            raise RequestFailed(NOT_THE_PLATFORMS)
        return tuple(item for item in items if isinstance(item, dict))

    async def revoke_token(self, call_id: str, token: SecretStr, key: TenantKey) -> Revoked:
        """Make a call's token worthless. A token can't revoke itself, so this takes a tenant key.
        Raises RequestFailed."""
        # No name here may hold the text of a token: a traceback would carry it away.
        exchange = await self._ask(
            "POST",
            f"{self._path(call_id)}/revoke_token",
            call_id,
            key,
            content=lambda: pydantic_core.to_json({"token": token.get_secret_value()}),
        )
        reply = _reply(exchange)
        if not isinstance(reply, dict) or reply.get("ok") is not True:
            raise RequestFailed(NOT_THE_PLATFORMS)
        until = reply.get("revoked_until_ts")
        return Revoked(str(reply.get("jti", "")), until if isinstance(until, int) else 0)

    def _path(self, call_id: str) -> str:
        if not is_call_id(call_id):
            raise ValueError("a call id is 1 to 256 visible characters")
        return f"{_SESSIONS}/{quote(call_id, safe='')}"

    def _told(self, attempts: Attempts, told: Input | None, called_off: asyncio.Event) -> Action:
        """What to do next; None begins. That it was called off is told first."""
        now = self._clock.monotonic()
        action = attempts.handle(CalledOff(), now) if called_off.is_set() else None
        if action is None:
            action = attempts.begin(now) if told is None else attempts.handle(told, now)
        assert action is not None  # What is told here is the answer to the action before.
        return action

    async def _turn(
        self, call_id: str, tenant: bool, until: float, called_off: asyncio.Event | None = None
    ) -> Turn | None:
        if (turn := self._pacer.turn_now(call_id, tenant=tenant)) is not None:
            return turn
        turns: list[Turn | None] = []

        async def wait() -> None:
            turns.append(await self._pacer.turn(call_id, until, tenant=tenant))

        others = () if called_off is None else (called_off.wait(),)
        await first_completed(wait(), self._clock.sleep(until - self._clock.monotonic()), *others)
        return turns[0] if turns else None

    async def _prepare(self, request: VerbRequest) -> Prepared:
        return await self._wire.prepare(
            "POST",
            f"{self._path(request.call_id)}/control",
            key=request.key,
            content=lambda: pydantic_core.to_json(request.body),
        )

    async def _exchange(
        self, request: VerbRequest, prepared: Prepared, bearer: Bearer, at_most: float
    ) -> Exchange:
        exchange = await self._wire.perform(
            prepared, bearer, at_most=at_most, fits=lambda answer: _is_about(request.call_id, answer)
        )
        self._answers.note(
            request.call_id, exchange.status, exchange.body, exchange.problem, self._clock.monotonic()
        )
        return exchange

    def _exchanged(self, exchange: Exchange) -> Exchanged:
        asked = retry_after_seconds(exchange.retry_after, self._clock.now()) if exchange.retry_after else None
        return Exchanged(exchange.left, exchange.status, exchange.body, asked, exchange.problem)

    async def _ask(
        self,
        method: str,
        path: str,
        call_id: str,
        key: TenantKey,
        *,
        content: Callable[[], bytes] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Exchange | None:
        """One request with the tenant key. None: it had no turn in time."""
        turn = await self._turn(call_id, True, self._clock.monotonic() + _PATIENCE)
        if turn is None:
            return None
        turn.sent = True
        try:
            return await self._wire.perform(
                await self._wire.prepare(method, path, content=content, params=params),
                lambda: key.authorise(call_id),
            )
        finally:
            turn.over()


def _is_about(call_id: str, exchange: Exchange) -> bool:
    return read_success(parse(exchange.body), call_id) is not Answer.ANOTHER_CALL


def _reply(exchange: Exchange | None) -> object:
    """The JSON of a 2xx. Raises RequestFailed."""
    if exchange is None:
        raise RequestFailed("the tenant key's requests of this minute are used up")
    if not exchange.status:
        raise RequestFailed(exchange.problem)
    if not 200 <= exchange.status < 300:
        refused = answered(exchange.status, exchange.body, 1, "")
        raise RequestFailed(refused.message, exchange.status, refused.code)
    try:
        return pydantic_core.from_json(exchange.body)
    except ValueError:
        raise RequestFailed("the answer is no JSON", exchange.status) from None
