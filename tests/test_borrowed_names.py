"""What flowrules uses of other people's code beyond what they promise to keep: each name, so that a release which moves
one fails here and not in a call. pyproject.toml keeps those libraries below their next minor version."""

import asyncio
import inspect
import ssl
import tomllib
from pathlib import Path
from typing import Any

import h11
import httpcore
import httpx
import pytest
import trustme
import uvicorn
from lark.parsers.lalr_analysis import Shift
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import DetailedPyreqwestError
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from flowrules.control import pyreqwest_wire
from flowrules.language.parser.grammar import parser

DEPENDENCIES = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"][
    "dependencies"
]


@pytest.mark.parametrize(("library", "below"), [("lark", "1.4"), ("httpcore", "1.1"), ("httpx", "0.29")])
def test_what_lends_a_private_name_is_kept_below_its_next_minor_version(library: str, below: str) -> None:
    (line,) = [line for line in DEPENDENCIES if line.startswith(f"{library}>=")]
    assert line.endswith(f",<{below}")


def test_lark_shows_its_tables_where_the_driver_looks() -> None:
    walk = parser().parse_interactive("")
    tables: Any = walk.parser_state.parse_conf
    assert isinstance(tables.start_state, int)
    assert isinstance(tables.end_state, int)
    actions = tables.parse_table.states[tables.start_state]
    assert any(action[0] is Shift for action in actions.values())
    lexer: Any = walk.lexer_thread.lexer.lexer
    assert set(lexer.lexers) >= {tables.start_state}
    assert lexer.lexers[tables.start_state].terminals
    assert isinstance(lexer.lexers[tables.start_state].g_regex_flags, int)


async def test_httpcore_shows_what_is_left_over_on_a_connection() -> None:
    gone = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 surplus")
        await reader.read()
        writer.close()
        gone.set()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with httpx.AsyncHTTPTransport(trust_env=False) as transport:
            seen: list[str] = []

            async def trace(event: str, info: dict[str, Any]) -> None:
                if event == "http11.send_request_headers.started":
                    assert isinstance(info["request"], httpcore.Request)
                    info["request"].headers.append((b"X-Late", b"1"))
                seen.append(event)

            request = httpx.Request("GET", url, extensions={"trace": trace})
            response = await transport.handle_async_request(request)
            assert await response.aread() == b"ok"
            await response.aclose()
            assert "http11.send_request_headers.started" in seen
            (connection,) = transport._pool.connections
            http11: Any = connection._connection
            assert isinstance(http11._h11_state, h11.Connection)
            assert http11._h11_state.trailing_data == (b"HTTP/1.1 surplus", False)
            assert response.extensions["network_stream"].get_extra_info("ssl_object") is None
        await gone.wait()


def test_uvicorn_takes_a_protocol_and_has_the_hooks_of_an_embedded_server() -> None:
    config = uvicorn.Config(Starlette(), http=H11Protocol, ws="websockets-sansio", proxy_headers=False)
    config.load()
    assert config.http_protocol_class is H11Protocol
    assert issubclass(H11Protocol, asyncio.Protocol)
    assert inspect.iscoroutinefunction(uvicorn.Server.main_loop)
    assert hasattr(uvicorn.Server, "capture_signals")


async def test_pyreqwest_says_in_the_causes_of_an_error_how_far_a_request_came() -> None:
    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(tls)
    async with ClientBuilder().no_proxy().build() as client:

        async def causes(url: str) -> list[str]:
            with pytest.raises(DetailedPyreqwestError) as raised:
                await client.post(url).body_bytes(b"").build().send()
            return pyreqwest_wire._causes(raised.value)

        async with await asyncio.start_server(closing, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            assert pyreqwest_wire._SENDING in await causes(f"http://127.0.0.1:{port}")
        assert pyreqwest_wire._CONNECTING in await causes(f"http://127.0.0.1:{port}")
        async with await asyncio.start_server(closing, "127.0.0.1", 0, ssl=tls) as server:
            port = server.sockets[0].getsockname()[1]
            distrusted = await causes(f"https://localhost:{port}")
            assert pyreqwest_wire._CONNECTING in distrusted
            assert any(cause.startswith(pyreqwest_wire._DISTRUSTS) for cause in distrusted)
