#!/usr/bin/env bash
# pyreqwest 0.15.1: a request whose task was cancelled while it was connecting is sent all the same.
#
# A good guess: who cancels the task, or leaves `asyncio.timeout`, ends the request, as with httpx or aiohttp: the connecting
#   stops, and a server that could not be reached then never hears of it.
# What happens: the await raises CancelledError at once, but the work goes on in the thread beneath. When the connection stands,
#   a second later here, method, headers and body are sent. Closing the client does not end it either. (In its source, the
#   cancelled await lets go of a Tokio task and does not abort it.) With httpx the server gets nothing.
# Why it matters for call flows: a transfer that was given up, because the caller hung up or a rule called it off, is carried
#   out behind everybody's back, in an order that nobody chose; and who sends it again after the cancelled try sends it twice.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyreqwest==0.15.1 httpx==0.28.1 trustme==1.2.1
cat > talk.py <<'PYTHON'
import asyncio
import ssl
from importlib.metadata import version

import httpx
import trustme
from pyreqwest.client import ClientBuilder

AUTHORITY = trustme.CA()
BODY = b'{"event":"transfer"}'


async def heard_after_cancelling(make_client, post):
    """What a server hears whose TLS handshake is let through only after the request was cancelled."""
    heard, asked, go_on = [], asyncio.Event(), asyncio.Event()

    async def platform(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        heard.append(await reader.readexactly(len(BODY)))

    async def slow_network(reader, writer):
        asked.set()
        await go_on.wait()
        beyond, onwards = await asyncio.open_connection("127.0.0.1", port)

        async def copy(source, to):
            while data := await source.read(65536):
                to.write(data)

        await asyncio.gather(copy(reader, onwards), copy(beyond, writer))

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost").configure_cert(tls)
    server = await asyncio.start_server(platform, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    network = await asyncio.start_server(slow_network, "127.0.0.1", 0)
    url = f"https://localhost:{network.sockets[0].getsockname()[1]}/control"
    client = make_client()
    sending = asyncio.create_task(post(client, url))
    await asked.wait()
    sending.cancel()
    try:
        await sending
    except asyncio.CancelledError:
        ended = "CancelledError"
    await (client.close() if hasattr(client, "close") else client.aclose())
    await asyncio.sleep(1.0)
    go_on.set()
    await asyncio.sleep(1.0)
    return ended, b"".join(heard)


def with_pyreqwest():
    return ClientBuilder().add_root_certificate_pem(AUTHORITY.cert_pem.bytes()).no_proxy().build()


def with_httpx():
    context = ssl.create_default_context(cadata=AUTHORITY.cert_pem.bytes().decode())
    return httpx.AsyncClient(verify=context, trust_env=False)


async def main():
    ended, sent = await heard_after_cancelling(
        with_pyreqwest, lambda client, url: client.post(url).body_bytes(BODY).build().send()
    )
    print(f"pyreqwest {version('pyreqwest')}: {ended}, the client is closed, and then the server hears: {sent[-60:]}")
    there, other = await heard_after_cancelling(with_httpx, lambda client, url: client.post(url, content=BODY))
    print(f"httpx {version('httpx')}:     {there}, and then the server hears: {other}")
    raise SystemExit(0 if BODY in sent and not other else 1)


asyncio.run(main())
PYTHON
venv/bin/python talk.py 2> log || { cat log; exit 1; }
