"""`transfer` by LiveKit's SIP service (a SIP REFER): `python examples/livekit_sip_transfer.py`.

`SipTransfer` is the handler; give it your `LiveKitAPI().sip`, and the room and participant of each call. The client
here is LiveKit's own; only the server is a stand-in on this machine.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple, Protocol

from aiohttp import web
from google.protobuf.duration_pb2 import Duration
from livekit import api
from livekit.protocol.sip import SIPTransferReason, SIPTransferStatus

from flowrules import Engine, HostVerb, Reason, RuleBook, Settings, VerbAnswer

RULES = """
destination sales_desk is number +14155550123

# The caller wants to buy something. A telephone rings for a while.
on intent=sales transfer to sales_desk within 40 seconds
"""

_MARGIN = 3
"""Seconds that LiveKit's client waits for the answer beyond the ringing (livekit-api 1.2: 2), and one for the way."""

_BY_CODE: Mapping[str, Reason] = {
    "not_found": Reason.NOT_FOUND,
    "unauthenticated": Reason.UNAUTHORISED,
    "permission_denied": Reason.NOT_ALLOWED,
    "resource_exhausted": Reason.LIMITED,
    "invalid_argument": Reason.REFUSED,
    "failed_precondition": Reason.REFUSED,
    "unimplemented": Reason.NOT_CONFIGURED,
}
"""Twirp's codes that say that nothing was done."""


class Caller(NamedTuple):
    """Where LiveKit knows a caller."""

    room: str
    identity: str


class SipService(Protocol):
    """What is used of `livekit.api.sip_service.SipService`."""

    async def transfer_sip_participant(
        self, transfer: api.TransferSIPParticipantRequest
    ) -> api.TransferSIPParticipantResponse: ...


class SipTransfer:
    """Serves `transfer`. `callers` are the live calls by their ids; `addresses` has that of each queue and agent that
    rules name, `tel:+…` or `sip:…`."""

    def __init__(
        self, sip: SipService, callers: Mapping[str, Caller], addresses: Mapping[str, str] | None = None
    ) -> None:
        self._sip = sip
        self._callers = callers
        self._addresses = addresses or {}

    async def __call__(self, verb: HostVerb) -> VerbAnswer:
        caller, address = self._callers.get(verb.call_id), self._address(verb)
        if caller is None:
            return VerbAnswer.refused(Reason.NOT_FOUND, "the caller is in no room")
        if address is None:
            return VerbAnswer.refused(Reason.NOT_CONFIGURED, "no address is known for the destination")
        request = api.TransferSIPParticipantRequest(
            room_name=caller.room,
            participant_identity=caller.identity,
            transfer_to=address,
            # LiveKit's client waits as long as it may ring, whatever its timeout says.
            ringing_timeout=Duration(seconds=max(1, int(verb.seconds) - _MARGIN)),
        )
        try:
            answer = await self._sip.transfer_sip_participant(request)
        except api.SipCallError as error:  # The other side has answered, with no.
            reason = Reason.AT_CAPACITY if error.sip_status_code in (486, 600) else Reason.UNAVAILABLE
            return VerbAnswer.refused(reason, str(error))
        except api.ServerError as error:
            if (why := _BY_CODE.get(error.code)) is not None:
                return VerbAnswer.refused(why, error.message)
            return VerbAnswer.unknown(error.message)
        # What else is raised (no connection, no answer in time) is unknown, too: LiveKit may have transferred.
        return _answer(answer)

    def _address(self, verb: HostVerb) -> str | None:
        kind, destination = verb.body["destination_type"], str(verb.body["destination"])
        match kind:
            case "e164":
                return f"tel:{destination}"
            case "sip_uri":
                return destination
            case _:
                return self._addresses.get(destination)


def _answer(answer: api.TransferSIPParticipantResponse) -> VerbAnswer:
    """No error does not mean that the transfer came about: the status says."""
    match answer.status:
        case SIPTransferStatus.STS_TRANSFER_SUCCESSFUL:
            return VerbAnswer.accepted()
        case SIPTransferStatus.STS_TRANSFER_FAILED:
            over = answer.reason == SIPTransferReason.STR_CALL_ENDED
            why = SIPTransferReason.Name(answer.reason)
            return VerbAnswer.refused(Reason.ENDED if over else Reason.UNAVAILABLE, why)
        case _:
            return VerbAnswer.unknown("the transfer is still under way")


# --- a stand-in for LiveKit's server, so that this runs without one ---


class StandIn:
    """Answers as it is told to, in Twirp; `asked` are the requests."""

    def __init__(self) -> None:
        self.asked: list[api.TransferSIPParticipantRequest] = []
        self.answer = api.TransferSIPParticipantResponse(status=SIPTransferStatus.STS_TRANSFER_SUCCESSFUL)
        self.error: dict[str, object] | None = None

    async def _transfer(self, request: web.Request) -> web.Response:
        self.asked.append(api.TransferSIPParticipantRequest.FromString(await request.read()))
        if self.error is not None:
            return web.json_response(self.error, status=500)
        return web.Response(body=self.answer.SerializeToString(), content_type="application/protobuf")

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/twirp/livekit.SIP/TransferSIPParticipant", self._transfer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def main() -> str:
    """A caller wants to buy something. Returns where LiveKit was asked to transfer them."""
    server = StandIn()
    callers = {"call-1": Caller("room-7", "sip_caller")}
    async with server.serving() as url, api.LiveKitAPI(url, "key", "secret" * 8) as livekit:
        verbs = {"transfer": SipTransfer(livekit.sip, callers)}
        settings = Settings(plan_deadline=60)  # a telephone may ring for longer than half a minute
        async with Engine(RuleBook.from_text(RULES), settings=settings, verbs=verbs) as engine:
            outcome = await engine.call("call-1").event(intent="sales")
    print(*outcome.steps)
    [asked] = server.asked
    return f"{asked.participant_identity} in {asked.room_name} to {asked.transfer_to}"


if __name__ == "__main__":
    print(asyncio.run(main()))
