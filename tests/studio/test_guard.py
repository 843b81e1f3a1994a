"""Who is let in: the studio's own page, on this machine, with the key of this start."""

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from flowrules.studio.server import Studio
from tests.studio.conftest import dial


async def get(studio: Studio, path: str = "/", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://127.0.0.1:{studio.port}{path}", headers=headers)


async def test_the_page_comes_with_a_strict_policy_and_without_the_rules_or_the_key(studio: Studio) -> None:
    page = await get(studio)
    policy = page.headers["content-security-policy"]
    assert page.status_code == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    assert studio.address.partition("key=")[2] not in page.text
    assert "Sales" not in page.text
    assert (await get(studio)).headers["content-security-policy"] != policy  # Its nonce is new each time.


async def test_files_are_named_by_their_content_and_nothing_else_is_served(studio: Studio) -> None:
    page = await get(studio)
    name = page.text.partition('src="/files/')[2].partition('"')[0]
    script = await get(studio, f"/files/{name}")
    assert script.text == "/* studio.js */"
    assert "immutable" in script.headers["cache-control"]
    for path in ("/files/studio.js", "/files/..%2f..%2fserver.py", "/sales.rules", "/files/"):
        assert (await get(studio, path)).status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", ""])
async def test_another_host_is_refused(studio: Studio, host: str) -> None:
    """A name of somebody else's that leads to this machine (DNS rebinding)."""
    assert (await get(studio, Host=host)).status_code == 400
    if not host:
        return
    with pytest.raises(InvalidStatus) as refused:
        async with dial(studio, host=host):
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null", None])
async def test_another_origin_opens_no_socket(studio: Studio, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with dial(studio, origin=origin):
            pass
    assert refused.value.response.status_code == 403
    if origin is not None:
        assert (await get(studio, Origin=origin)).status_code == 403


@pytest.mark.parametrize("key", ["", "wrong"])
async def test_without_the_key_nothing_is_opened(studio: Studio, key: str) -> None:
    with pytest.raises(InvalidStatus):
        async with dial(studio, key=key):
            pass


async def test_with_the_key_the_rules_come(studio: Studio) -> None:
    async with dial(studio) as socket:
        assert '"sales.rules"' in str(await socket.recv())


async def test_a_message_that_no_page_sends_ends_the_connection(studio: Studio) -> None:
    for text in ("{}", "nothing", '{"kind":"change","file":"x"}', '{"kind":"delete"}', "[" * 100_000):
        async with dial(studio) as socket:
            await socket.send(text)
            with pytest.raises(ConnectionClosedError):
                async for _ in socket:
                    pass
            assert socket.close_code == 1008


async def test_each_start_has_another_key(studio: Studio) -> None:
    from flowrules.studio.on_disk import RulesOnDisk

    async with Studio(RulesOnDisk(studio._on_disk.path), port=0, story_seconds=-1) as other:
        assert other.address.partition("key=")[2] != studio.address.partition("key=")[2]
