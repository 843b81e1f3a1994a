"""Bundles from a server: what is taken, and what is not, whatever the server does."""

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flowrules import built
from flowrules.rollout.envelope import (
    BadKey,
    NotTrusted,
    Statement,
    digest_of,
    opened,
    private_key,
    public_keys,
)
from flowrules.rollout.fetch import Fetcher, NotFetched, checked_url, shown
from flowrules.rollout.rollout import BadStep, Move, Polled, Rollout
from flowrules.rollout.stage import Stage
from flowrules.rollout.store import MAX_KEPT, NotKept, Store
from flowrules.runtime.errors import JournalError
from tests.rollout.conftest import Server, Signer

ONE = "on intent=sales transfer queue sales\n"
TWO = "on intent=sales transfer queue more_sales\n"
THREE = "on intent=sales transfer queue most_sales\n"


def rollout_of(server: Server, signer: Signer, folder: Path, **options: object) -> Rollout:
    fetcher = Fetcher(
        server.url, time=float(options.pop("time", 20)), max_bytes=int(options.pop("max_bytes", 1 << 20))
    )  # type: ignore[call-overload]
    made = Rollout(Store(folder), fetcher, public_keys([signer.public]), **options)  # type: ignore[arg-type]
    made.open()
    return made


@pytest.fixture
async def rollout(server: Server, signer: Signer, tmp_path: Path) -> AsyncIterator[Rollout]:
    made = rollout_of(server, signer, tmp_path / "bundles")
    server.put(signer.bundle(ONE))
    assert await made.poll() is Polled.TAKEN
    yield made
    made.close()


def live_text(rollout: Rollout) -> str:
    return built.texts_of(rollout.store.live_path.read_bytes())[0][1].decode()


async def refused(rollout: Rollout, how: Polled, why: str) -> None:
    """A poll that changes nothing, and says why."""
    before, text = rollout.state, live_text(rollout)
    assert await rollout.poll() is how
    assert why in rollout.problem
    assert any(why in warning for warning in rollout.warnings)
    assert (rollout.state, live_text(rollout)) == (before, text)
    assert rollout.store.read() == before


async def test_a_new_bundle_goes_live_and_an_old_one_is_not_fetched_again(
    rollout: Rollout, server: Server, signer: Signer
) -> None:
    assert live_text(rollout) == ONE
    assert await rollout.poll() is Polled.UNCHANGED
    assert server.statuses == [200, 304]
    server.put(signer.bundle(TWO, author="ben", reason="more sales"))
    assert await rollout.poll() is Polled.TAKEN
    assert live_text(rollout) == TWO
    assert await rollout.poll() is Polled.UNCHANGED
    step = rollout.state.steps[-1]
    assert (step.number, step.step, step.author, step.reason) == (2, "live", "ben", "more sales")
    assert step.digest == rollout.state.live == digest_of(built.unsealed(server.data))


async def test_a_server_without_etags_is_asked_for_all_of_it(rollout: Rollout, server: Server) -> None:
    server.etag = ""
    for _ in range(2):
        server.answer = lambda path, headers, writer: server.send(writer, 200, {}, server.data)
        assert await rollout.poll() is Polled.UNCHANGED
    assert rollout.problem == ""


async def test_what_is_kept_survives_the_process_and_a_server_that_is_gone(
    rollout: Rollout, server: Server, signer: Signer
) -> None:
    rollout.close()
    await server.kill()
    again = rollout_of(server, signer, rollout.store.folder)
    await refused(again, Polled.UNREACHABLE, "no connection to the server")
    await server.start()
    assert await again.poll() is Polled.UNCHANGED
    assert server.statuses[-1] == 304, "the ETag outlives the process"
    assert again.warnings == ()
    again.close()


async def test_two_processes_do_not_write_one_store(rollout: Rollout, server: Server, signer: Signer) -> None:
    with pytest.raises(JournalError):
        rollout_of(server, signer, rollout.store.folder)


async def test_half_a_body_is_not_taken(rollout: Rollout, server: Server, signer: Signer) -> None:
    data = signer.bundle(TWO)

    async def half(path: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        await server.send(
            writer, 200, {"Content-Length": str(len(data)), "ETag": '"half"'}, data[: len(data) // 2]
        )

    server.answer = half
    await refused(rollout, Polled.UNREACHABLE, "the answer broke off")

    async def half_without_length(path: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        await server.send(writer, 200, {}, data[: len(data) // 2])

    server.answer = half_without_length
    await refused(rollout, Polled.REFUSED, "its digest is another one")
    server.answer = server.serve
    server.put(data)
    assert await rollout.poll() is Polled.TAKEN


async def test_a_slow_drip_ends_in_time(server: Server, signer: Signer, tmp_path: Path) -> None:
    rollout = rollout_of(server, signer, tmp_path / "bundles", time=0.5)
    server.put(signer.bundle(ONE))
    dripping = asyncio.Event()

    async def drip(path: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        dripping.set()
        await server.send(writer, 200, {"Content-Length": str(len(server.data))})
        for byte in server.data:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(0.05)

    server.answer = drip
    async with asyncio.timeout(100):
        while not dripping.is_set():  # On a busy machine the time may be over before the server is asked.
            assert await rollout.poll() is Polled.UNREACHABLE
    assert rollout.problem == "it did not come whole within 0.5 seconds"
    rollout.close()


@pytest.mark.parametrize("told", [True, False])
async def test_too_much_is_not_read_to_its_end(
    told: bool, server: Server, signer: Signer, tmp_path: Path
) -> None:
    rollout = rollout_of(server, signer, tmp_path / "bundles", max_bytes=1000)

    async def much(path: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> None:
        await server.send(writer, 200, {"Content-Length": "100000000"} if told else {}, b"x" * 2000)
        await asyncio.sleep(60)

    server.answer = much
    assert await rollout.poll() is Polled.UNREACHABLE
    assert rollout.problem == "it has more than 1,000 bytes"
    rollout.close()


async def test_no_redirect_is_followed(rollout: Rollout, server: Server, signer: Signer) -> None:
    elsewhere = Server()
    await elsewhere.start()
    elsewhere.put(signer.bundle(TWO))
    for status in (301, 302, 307, 308):

        async def sent_on(
            path: str, headers: dict[str, str], writer: asyncio.StreamWriter, status: int = status
        ) -> None:
            await server.send(writer, status, {"Location": elsewhere.url, "Content-Length": "0"})

        server.answer = sent_on
        await refused(rollout, Polled.UNREACHABLE, f"the server sends elsewhere ({status})")
    assert elsewhere.requests == []
    await elsewhere.kill()


@pytest.mark.parametrize("status", [204, 304, 401, 403, 404, 429, 500, 503])
async def test_any_other_answer_keeps_what_is_live(status: int, rollout: Rollout, server: Server) -> None:
    server.answer = lambda path, headers, writer: server.send(writer, status, {"Content-Length": "0"})
    if status == 304:
        assert await rollout.poll() is Polled.UNCHANGED
    else:
        await refused(rollout, Polled.UNREACHABLE, f"the server answered {status}")


async def test_nothing_is_unpacked(rollout: Rollout, server: Server) -> None:
    server.answer = lambda path, headers, writer: server.send(
        writer, 200, {"Content-Encoding": "gzip"}, b"\x1f\x8b"
    )
    await refused(rollout, Polled.UNREACHABLE, "the server packed it")


async def test_what_was_changed_on_the_way_is_not_taken(
    rollout: Rollout, server: Server, signer: Signer
) -> None:
    data = signer.bundle(TWO)
    changed = bytearray(data)
    changed[-1] ^= 1
    server.put(bytes(changed))
    await refused(rollout, Polled.REFUSED, "its digest is another one")
    # It stays refused while the server has nothing else, and is told on.
    assert await rollout.poll() is Polled.UNCHANGED
    assert "its digest is another one" in rollout.problem
    serve, server.answer = server.answer, lambda path, headers, writer: server.send(writer, 500, {})
    await refused(rollout, Polled.UNREACHABLE, "the server answered 500")
    server.answer = serve
    await refused(rollout, Polled.UNCHANGED, "its digest is another one")
    server.put(data)
    assert await rollout.poll() is Polled.TAKEN
    assert rollout.problem == ""


async def test_what_somebody_else_signed_is_not_taken(
    rollout: Rollout, server: Server, signer: Signer, tmp_path: Path
) -> None:
    other = Signer(tmp_path / "other")
    server.put(other.bundle(TWO, issued=datetime.now(UTC)))
    await refused(rollout, Polled.REFUSED, "none of the keys has signed it")
    server.put(signer.built(TWO)[0])
    await refused(rollout, Polled.REFUSED, "it is not signed")
    # A statement that was changed after it was signed.
    head, _, bundle = signer.bundle(TWO).partition(b"\n")
    envelope = json.loads(head.removeprefix(built.SIGNED))
    said = json.loads(base64.b64decode(envelope["payload"]))
    envelope["payload"] = base64.b64encode(json.dumps(said | {"author": "mallory"}).encode()).decode()
    server.put(built.SIGNED + json.dumps(envelope).encode() + b"\n" + bundle)
    await refused(rollout, Polled.REFUSED, "none of the keys has signed it")
    for broken in (b"", b"flowrules signed 1 {\n", b"flowrules signed 1 " + b"x" * 70_000, b"\xff" * 100):
        server.put(broken)
        await refused(rollout, Polled.REFUSED, "")


async def test_an_older_bundle_is_a_replay_however_well_it_is_signed(
    rollout: Rollout, server: Server, signer: Signer
) -> None:
    old = server.data
    server.put(signer.bundle(TWO))
    assert await rollout.poll() is Polled.TAKEN
    server.put(old)
    await refused(rollout, Polled.REFUSED, "before the newest that was accepted")
    rollout.close()
    again = rollout_of(server, signer, rollout.store.folder)
    await refused(again, Polled.REFUSED, "before the newest that was accepted")
    # The same rules, signed anew, are a new bundle.
    server.put(signer.bundle(ONE))
    assert await again.poll() is Polled.TAKEN
    assert live_text(again) == ONE
    again.close()


async def test_a_bundle_of_the_future_is_not_taken(rollout: Rollout, server: Server, signer: Signer) -> None:
    server.put(signer.bundle(TWO, issued=datetime.now(UTC) + timedelta(hours=1)))
    await refused(rollout, Polled.REFUSED, "which is still to come: look at the clocks")


async def test_the_statement_is_held_against_what_it_is_about(
    rollout: Rollout, server: Server, signer: Signer
) -> None:
    data, _ = signer.built(TWO)
    now = datetime.now(UTC)
    server.put(signer.seal(data, Statement(digest_of(data), "0" * 12, now)))
    await refused(rollout, Polled.REFUSED, "its revision is another one")
    server.put(signer.seal(b"no rules", Statement(digest_of(b"no rules"), "0" * 12, now)))
    await refused(rollout, Polled.REFUSED, "no whole built rule set")
    at = rollout.state.newest
    assert at is not None
    server.put(signer.bundle(TWO, issued=at))
    await refused(rollout, Polled.REFUSED, "another bundle was issued at the same moment")


async def test_keys_are_replaced_one_after_the_other(server: Server, signer: Signer, tmp_path: Path) -> None:
    new = Signer(tmp_path / "new")
    both = tmp_path / "both.pub"
    both.write_bytes(signer.public.read_bytes() + new.public.read_bytes())
    keys = public_keys([both])
    assert len(keys) == 2
    assert public_keys([signer.public, new.public]) == keys
    for data in (signer.bundle(ONE), new.bundle(ONE)):
        assert opened(data, keys)[0].author == "ana"
    with pytest.raises(NotTrusted):
        opened(signer.bundle(ONE), public_keys([new.public]))


def test_keys_that_can_not_be_used_are_refused_without_a_word_of_them(signer: Signer, tmp_path: Path) -> None:
    secret = signer.keyfile.read_text().splitlines()[1]
    signer.keyfile.chmod(0o644)
    with pytest.raises(BadKey, match="others may read it") as found:
        private_key(signer.keyfile)
    assert secret not in str(found.value)
    with pytest.raises(BadKey, match="is a private key"):
        public_keys([signer.keyfile])
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing")
    nothing.chmod(0o600)
    for read in (private_key, lambda path: public_keys([path])):
        with pytest.raises(BadKey, match=r"no (private|public) key in PEM"):
            read(nothing)
        with pytest.raises(BadKey, match="can't be read"):
            read(tmp_path / "missing.pem")


async def test_a_step_back_is_explicit_and_holds_until_the_newest_is_followed_again(
    rollout: Rollout, server: Server, signer: Signer
) -> None:
    first = rollout.state.live
    server.put(signer.bundle(TWO))
    await rollout.poll()
    await rollout.step(Move.BACK, author="cy", reason="too many transfers", digest=first[:12])
    assert live_text(rollout) == ONE
    assert any("stepped back" in warning for warning in rollout.warnings)
    server.put(signer.bundle(THREE))
    assert await rollout.poll() is Polled.TAKEN
    assert live_text(rollout) == ONE, "it is kept, and not used"
    await rollout.step(Move.FOLLOW, author="cy", reason="mended")
    assert live_text(rollout) == THREE
    assert rollout.warnings == ()
    assert [step.step for step in rollout.state.steps] == ["live", "live", "back", "kept", "follow", "live"]
    assert {step.author for step in rollout.state.steps[2:3]} == {"cy"}


async def test_steps_that_can_not_be_made_are_refused(rollout: Rollout) -> None:
    before = rollout.state

    async def wrong(move: Move, why: str, **more: object) -> None:
        with pytest.raises(BadStep, match=why):
            await rollout.step(move, author="a", reason="r", **more)  # type: ignore[arg-type]
        assert rollout.state == rollout.store.read() == before

    for move in (Move.SHARE, Move.ALL, Move.WITHDRAW):
        await wrong(move, "there is no candidate", share=10.0)
    await wrong(Move.FOLLOW, "followed already")
    await wrong(Move.BACK, "no one bundle", digest="ffff")
    await wrong(Move.BACK, "no one bundle", digest="")
    await wrong(Move.CANDIDATE, "live already", digest=before.live)
    with pytest.raises(BadStep, match="an author and a reason"):
        await rollout.step(Move.FOLLOW, author=" ", reason="r")


async def test_a_kept_bundle_that_somebody_changed_does_not_go_live(
    rollout: Rollout, server: Server, signer: Signer
) -> None:
    first = rollout.state.live
    server.put(signer.bundle(TWO))
    await rollout.poll()
    path = rollout.store.path(first)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(NotKept, match="not what was accepted"):
        await rollout.step(Move.BACK, author="a", reason="r", digest=first)
    assert live_text(rollout) == TWO


async def test_stages_from_shadow_to_all(server: Server, signer: Signer, tmp_path: Path) -> None:
    rollout = rollout_of(server, signer, tmp_path / "bundles", stage=Stage.CANDIDATE, share=5.0)
    server.put(signer.bundle(ONE))
    await rollout.poll()
    assert rollout.state.live, "the first one has nothing to stand beside"
    assert not rollout.state.candidate
    server.put(signer.bundle(TWO))
    await rollout.poll()
    assert (live_text(rollout), rollout.state.share) == (ONE, 5.0)
    candidate = rollout.state.candidate
    await rollout.step(Move.SHARE, author="a", reason="r", share=50)
    await rollout.step(Move.ALL, author="a", reason="r")
    assert (live_text(rollout), rollout.state.live, rollout.state.candidate) == (TWO, candidate, "")
    rollout.close()


async def test_only_so_many_bundles_are_kept(rollout: Rollout, server: Server, signer: Signer) -> None:
    for number in range(MAX_KEPT + 3):
        server.put(signer.bundle(f"on intent=sales transfer queue q{number}\n"))
        assert await rollout.poll() is Polled.TAKEN
    assert len(rollout.state.bundles) == MAX_KEPT
    assert {path.stem for path in rollout.store.folder.glob("*.frb")} == {
        *(one.digest for one in rollout.state.bundles), "live",
    }  # fmt: skip


async def test_a_step_that_was_cut_short_is_made_whole_at_the_next_start(
    rollout: Rollout, server: Server, signer: Signer
) -> None:
    server.put(signer.bundle(TWO))
    await rollout.poll()
    first = rollout.state.bundles[0].digest
    rollout.store.go_live(first)  # As if the process had ended before it.
    rollout.close()
    again = rollout_of(server, signer, rollout.store.folder)
    assert live_text(again) == TWO
    again.close()


async def test_a_disk_that_takes_nothing_keeps_what_is_live(
    rollout: Rollout, server: Server, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    server.put(signer.bundle(TWO))
    with monkeypatch.context() as patched:
        patched.setattr("flowrules.rollout.store.write_whole", full)
        await refused(rollout, Polled.REFUSED, "it can't be kept: No space left on device")
    assert await rollout.poll() is Polled.TAKEN, "it is fetched again"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a.frb",
        "ftp://127.0.0.1/a",
        "https://a:b@example.com/a.frb",
        "https://",
        "x",
        "https://h/a#b",
    ],
)
def test_an_address_that_would_go_out_in_the_clear_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"bundle's URL|would send it in the clear"):
        checked_url(url)


async def test_no_message_holds_what_opens_a_store(
    server: Server, signer: Signer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"{server.url}?X-Amz-Signature=s3cr3t"
    assert shown(url) == server.url
    rollout = Rollout(Store(tmp_path / "bundles"), Fetcher(url), public_keys([signer.public]))
    rollout.open()
    await server.kill()
    with caplog.at_level(logging.DEBUG, "flowrules"):
        assert await rollout.poll() is Polled.UNREACHABLE
    assert "s3cr3t" not in caplog.text + str(rollout.warnings) + rollout.problem
    with pytest.raises(NotFetched) as found:
        await Fetcher(url).fetch()
    assert "s3cr3t" not in str(found.value)
    rollout.close()
