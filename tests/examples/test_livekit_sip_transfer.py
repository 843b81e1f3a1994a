"""A transfer by LiveKit's SIP service: LiveKit's own client, against a server that answers as it is told to."""

import inspect
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from livekit import api
from livekit.api.sip_service import SipService
from livekit.protocol.sip import SIPTransferReason, SIPTransferStatus

from flowrules import Engine, RuleBook, Settings

RULES = """
on intent=sales transfer number +14155550123 within 20 seconds
on intent=desk transfer sip "sip:desk@pbx.example.com"
on intent=billing transfer queue billing_q
on intent=legal transfer agent nobody
"""
REASON = SIPTransferReason
STATUS = SIPTransferStatus


class Line:
    """A call in an engine whose transfers LiveKit makes."""

    def __init__(self, server: Any, engine: Engine) -> None:
        self.server = server
        self.engine = engine
        self.call = engine.call("call-1")

    async def transfer(self, intent: str) -> str:
        [step] = (await self.call.event(intent=intent)).steps
        return str(step)


@pytest.fixture
async def line(examples: Path) -> AsyncIterator[Line]:
    from livekit_sip_transfer import Caller, SipTransfer, StandIn

    server = StandIn()
    async with server.serving() as url, api.LiveKitAPI(url, "key", "secret" * 8) as livekit:
        callers = {"call-1": Caller("room-7", "sip_caller")}
        serve = SipTransfer(livekit.sip, callers, {"billing_q": "tel:+14155550199"})
        settings = Settings(plan_deadline=60)
        async with Engine(RuleBook.from_text(RULES), settings=settings, verbs={"transfer": serve}) as engine:
            yield Line(server, engine)


@pytest.mark.parametrize(
    ("intent", "address"),
    [
        ("sales", "tel:+14155550123"),
        ("desk", "sip:desk@pbx.example.com"),
        ("billing", "tel:+14155550199"),
    ],
)
async def test_each_destination_has_its_address(line: Line, intent: str, address: str) -> None:
    assert await line.transfer(intent) == "transfer accepted"
    [asked] = line.server.asked
    assert (asked.transfer_to, asked.room_name, asked.participant_identity) == (
        address,
        "room-7",
        "sip_caller",
    )
    assert asked.ringing_timeout.seconds == (16 if intent == "sales" else 4)
    assert line.call.over


async def test_what_can_not_be_asked_is_not_asked(line: Line) -> None:
    assert await line.transfer("legal") == "transfer refused because not_configured"
    other = line.engine.call("call-2")
    [step] = (await other.event(intent="sales")).steps
    assert str(step) == "transfer refused because not_found"
    assert line.server.asked == []


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        (STATUS.STS_TRANSFER_FAILED, REASON.STR_REJECTED, "refused because unavailable"),
        (STATUS.STS_TRANSFER_FAILED, REASON.STR_RINGING_TIMEOUT, "refused because unavailable"),
        (STATUS.STS_TRANSFER_FAILED, REASON.STR_CALL_ENDED, "refused because ended"),
        (STATUS.STS_TRANSFER_ONGOING, REASON.STR_UNSPECIFIED, "unknown because timeout"),
    ],
)
async def test_no_error_is_no_transfer(line: Line, status: Any, reason: Any, told: str) -> None:
    line.server.answer = api.TransferSIPParticipantResponse(status=status, reason=reason)
    assert await line.transfer("sales") == f"transfer {told}"
    assert bool(line.call.over) == ("ended" in told)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"code": "not_found", "msg": "no such participant"}, "refused because not_found"),
        ({"code": "permission_denied", "msg": "no"}, "refused because not_allowed"),
        ({"code": "internal", "msg": "boom"}, "unknown because timeout"),
        ({"code": "deadline_exceeded", "msg": "late"}, "unknown because timeout"),
        (
            {
                "code": "unavailable",
                "msg": "busy",
                "meta": {"sip_status_code": "486", "sip_status": "Busy Here"},
            },
            "refused because at_capacity",
        ),
        (
            {"code": "unavailable", "msg": "x", "meta": {"sip_transfer_reason": "STR_RINGING_TIMEOUT"}},
            "refused because unavailable",
        ),
    ],
)
async def test_each_error_has_its_reason(line: Line, error: dict[str, Any], told: str) -> None:
    line.server.error = error
    assert await line.transfer("sales") == f"transfer {told}"
    assert len(line.server.asked) == 1


def test_it_fits_the_real_service() -> None:
    taken = inspect.signature(SipService.transfer_sip_participant).parameters
    assert [*taken] == ["self", "transfer", "timeout"]
    assert taken["timeout"].kind is inspect.Parameter.KEYWORD_ONLY
    assert taken["timeout"].default is None
