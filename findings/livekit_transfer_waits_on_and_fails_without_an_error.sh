#!/usr/bin/env bash
# livekit-api 1.2.2: `transfer_sip_participant(…, timeout=5)` waits for 32 seconds, and one that returns may have failed.
#
# A good guess: `timeout=5` ends the call with an error after five seconds; a call that returns has transferred the caller.
# What happens: without a `ringing_timeout` in the request 30 seconds are put there, and the timeout is raised to two more than
#   that (`_dial_timeout`). The answer has a `status`, which may be STS_TRANSFER_FAILED: no exception tells of it.
# Why it matters for call flows: the agent says goodbye, or drops the line, for a caller who was not transferred; and who counts
#   on five seconds leaves the caller in silence for half a minute.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check livekit-api==1.2.2
cat > transfer.py <<'PYTHON'
import asyncio
import time
from importlib.metadata import version

from aiohttp import web
from livekit import api
from livekit.protocol.sip import SIPTransferStatus

asked = []


async def answer(request: web.Request) -> web.Response:
    asked.append(api.TransferSIPParticipantRequest.FromString(await request.read()))
    await asyncio.sleep(7)
    failed = api.TransferSIPParticipantResponse(status=SIPTransferStatus.STS_TRANSFER_FAILED)
    return web.Response(body=failed.SerializeToString(), content_type="application/protobuf")


async def main() -> int:
    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    began = time.monotonic()
    async with api.LiveKitAPI(url, "key", "secret" * 8) as livekit:
        wanted = api.TransferSIPParticipantRequest(
            room_name="room", participant_identity="caller", transfer_to="tel:+14155550123"
        )
        response = await livekit.sip.transfer_sip_participant(wanted, timeout=5)
    took = time.monotonic() - began
    await runner.cleanup()
    status = SIPTransferStatus.Name(response.status)
    print(f"livekit-api {version('livekit-api')}")
    print(f"timeout=5 returned after {took:.0f} s, ringing_timeout {asked[0].ringing_timeout.seconds} s: {status}")
    return 0 if took > 6 and status == "STS_TRANSFER_FAILED" else 1


raise SystemExit(asyncio.run(main()))
PYTHON
venv/bin/python transfer.py
