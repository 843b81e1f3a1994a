"""The client of the control API: one base URL, one connection pool, all calls."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import pydantic_core
from pydantic import SecretStr

from flowrules.call.receipt import Reason, Receipt, Status, dropped, no_answer, not_sent
from flowrules.call.request import VerbRequest
from flowrules.control.address import checked_base_url
from flowrules.control.call_id import is_call_id
from flowrules.control.clock import Clock, SystemClock, first, give_way
from flowrules.control.credentials import Bearer, CallCredentials, Credential, TenantKey
from flowrules.control.envelope import Answer, Answers, parse, read_success
from flowrules.control.errors import RequestFailed
from flowrules.control.outcomes import NOT_THE_PLATFORMS, after_unknown, answered
from flowrules.control.pacing import Pacer, Turn
from flowrules.control.retry import Backoff, retry_after_seconds
from flowrules.control.wire import Exchange, Timeouts, Wire

_SESSIONS = "/api/v1/ai-sessions"
_PATIENCE = 60.0
"""Seconds that a read waits for its turn: after a minute the tenant key's budget is whole again."""
_CALLED_OFF = "it was called off before it went out"
_LEAST_ANSWER = 2.0
"""Seconds that an answer has, however little of its time was left when the request went out: cut off at once, its
outcome would be unknown for no reason."""

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
    ) -> None:
        """Raises UnsafeAddress for a base URL that a token must not be sent to."""
        self._clock = clock or SystemClock()
        self._keys_enforced = keys_enforced
        self._pacer = pacer or Pacer(self._clock, lines=connections)
        self._backoff = backoff or Backoff()
        self._answers = Answers()
        self._wire = Wire(checked_base_url(base_url), timeouts or Timeouts())

    def __repr__(self) -> str:
        return f"ControlClient({self._wire.base!r})"

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
        await give_way()
        credential = credentials.current()
        refused: Credential | None = None
        receipt: Receipt | None = None
        tries, attempts, unknown, renewed = 0, 0, False, False
        while True:
            if credential is None or (receipt is not None and receipt.reason is Reason.UNAUTHORISED):
                refused = credential
                credential = await self._other(credentials, refused, until, called_off)
                renewed = True
                if credential is None:
                    return receipt or not_sent(Reason.UNAUTHORISED, "there is no token")
            credential.check(request.call_id)
            turn = await self._turn(request.call_id, credential, until, called_off)
            if turn is None:
                if called_off.is_set():
                    return receipt or dropped(_CALLED_OFF)
                return receipt or not_sent(Reason.LATE, "the deadline came before its turn")
            try:
                if called_off.is_set() or not await before():
                    return receipt or dropped(_CALLED_OFF)
                turn.sent = True
                bearer = Bearer(credentials, credential)
                exchange = await self._exchange(request, bearer, until)
                turn.sent = exchange.left
            finally:
                turn.over()
            await give_way()
            credential = bearer.used
            tries += 1
            attempts += exchange.left
            receipt = _receipt(exchange, request, attempts)
            if unknown:
                receipt = after_unknown(receipt)
            unknown = receipt.may_have_acted
            if receipt.reason is Reason.UNAUTHORISED and not renewed:
                continue
            wait = self._pause(request, exchange, receipt, tries)
            if wait is None or wait > until - self._clock.monotonic():
                return receipt
            await first(self._clock.sleep(wait), called_off.wait())
            if called_off.is_set():
                return receipt
            credential = credentials.current() if refused is None else credentials.other_than(refused)

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

    async def _other(
        self,
        credentials: CallCredentials,
        refused: Credential | None,
        until: float,
        called_off: asyncio.Event,
    ) -> Credential | None:
        """What to go on with after a 401: what is at hand, else the token of the refresh that is due."""
        other = credentials.other_than(refused)
        if other is None and credentials.may_be_renewed and not isinstance(refused, TenantKey):
            left = until - self._clock.monotonic()
            await first(credentials.renewed(), self._clock.sleep(left), called_off.wait())
            other = credentials.other_than(refused)
        return other

    async def _turn(
        self, call_id: str, credential: Credential, until: float, called_off: asyncio.Event
    ) -> Turn | None:
        left = until - self._clock.monotonic()
        if left <= 0 or called_off.is_set():
            return None
        tenant = isinstance(credential, TenantKey)
        if (turn := self._pacer.turn_now(call_id, tenant=tenant)) is not None:
            return turn
        turns: list[Turn | None] = []

        async def wait() -> None:
            turns.append(await self._pacer.turn(call_id, until, tenant=tenant))

        await first(wait(), self._clock.sleep(left), called_off.wait())
        return turns[0] if turns else None

    def _pause(self, request: VerbRequest, exchange: Exchange, receipt: Receipt, tries: int) -> float | None:
        """Seconds before the next attempt; None: there is none."""
        if exchange.status == 429:
            asked = retry_after_seconds(exchange.retry_after, self._clock.now())
            return self._backoff.after_limit(receipt.reason, asked, tries)
        again = receipt.may_have_acted and self._keys_enforced and request.key is not None
        return self._backoff.after(tries) if again or not exchange.left else None

    async def _exchange(self, request: VerbRequest, bearer: Bearer, until: float) -> Exchange:
        exchange = await self._wire.perform(
            "POST",
            f"{self._path(request.call_id)}/control",
            bearer,
            key=request.key,
            content=lambda: pydantic_core.to_json(request.body),
            at_most=max(_LEAST_ANSWER, until - self._clock.monotonic()),
            fits=lambda answer: _is_about(request.call_id, answer),
        )
        self._answers.note(
            request.call_id, exchange.status, exchange.body, exchange.problem, self._clock.monotonic()
        )
        return exchange

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
        turn = await self._turn(call_id, key, self._clock.monotonic() + _PATIENCE, asyncio.Event())
        if turn is None:
            return None
        turn.sent = True
        try:
            return await self._wire.perform(
                method, path, lambda: key.authorise(call_id), content=content, params=params
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


def _receipt(exchange: Exchange, request: VerbRequest, attempts: int) -> Receipt:
    if exchange.status:
        receipt = answered(
            exchange.status, exchange.body, attempts, request.call_id, strict=request.tells_of_the_end
        )
        broken = exchange.problem and receipt.status is Status.UNKNOWN
        return replace(receipt, message=exchange.problem) if broken else receipt
    if exchange.left:
        return no_answer(exchange.problem, attempts)
    return not_sent(Reason.UNAVAILABLE, exchange.problem, attempts)
