"""Who carries a request out: the control client, or in a run that sends nothing, nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from flowrules.call.receipt import Receipt, Status, dropped
from flowrules.call.request import VerbRequest
from flowrules.control.client import ControlClient
from flowrules.control.credentials import CallCredentials
from flowrules.engine.planning.receipts import names_member

Before = Callable[[], Awaitable[bool]]


class Sender(Protocol):
    """One call's way out. `live` tells whether anything leaves this process."""

    live: bool

    async def send(
        self, request: VerbRequest, *, until: float, before: Before, called_off: asyncio.Event
    ) -> Receipt:
        """As ControlClient.send."""


class LiveSender:
    """Sends with the call's own credentials."""

    live = True

    def __init__(self, client: ControlClient, credentials: CallCredentials) -> None:
        self._client = client
        self._credentials = credentials

    async def send(
        self, request: VerbRequest, *, until: float, before: Before, called_off: asyncio.Event
    ) -> Receipt:
        return await self._client.send(
            request, self._credentials, until=until, before=before, called_off=called_off
        )


class Withholder:
    """Sends nothing: it has nothing to send with. Who is added to a conference gets a member id of its own making, so
    that rules which use it later can be followed."""

    live = False

    def __init__(self) -> None:
        self._members = 0

    async def send(
        self, request: VerbRequest, *, until: float, before: Before, called_off: asyncio.Event
    ) -> Receipt:
        if called_off.is_set() or not await before():
            return dropped("it was called off before it went out")
        result = {}
        if names_member(request.verb):
            self._members += 1
            result["member_id"] = f"member-{self._members}"
        return Receipt(Status.WITHHELD, message="nothing is sent in this mode", result=result)
