"""`flowrules run --bundle`: where the rules come from a server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from flowrules.cli.options.files import fail
from flowrules.cli.running.run_settings import RunSettings
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import JournalError
from flowrules.runtime.settings import Settings
from flowrules.telemetry.telemetry import Telemetry

if TYPE_CHECKING:
    from flowrules.rollout.rollout import Rollout
    from flowrules.runtime.http.web import HostRoute

FOLDER = "bundles"
"""Beside the journal, where no other folder is named."""


def bundle_folder(settings: Settings, own: RunSettings) -> Path:
    """Where accepted bundles are kept. Ends the command where there is no place."""
    if own.bundle_folder is not None:
        return own.bundle_folder
    if settings.journal is None:
        fail("--bundle takes a folder for what was accepted: name a journal, or bundle_folder.")
    return settings.journal / FOLDER


def open_rollout(settings: Settings, own: RunSettings, stack: ExitStack) -> "Rollout":
    """The rollout, with rules that can go live: those that the server has now, or else those that were live last. Ends
    the command where there are none, or the settings can't be used."""
    try:
        from flowrules.rollout.envelope import BadKey, public_keys
        from flowrules.rollout.fetch import Fetcher
        from flowrules.rollout.rollout import Rollout
        from flowrules.rollout.store import NotKept, Store

        keys = public_keys(own.bundle_keys)
    except ImportError:
        fail("--bundle takes the extra bundle: pip install 'flowrules[bundle]'")
    except BadKey as error:
        fail(f"{error}.")
    if not keys:
        fail(
            "--bundle takes a key: --bundle-key FILE, the public key of whoever signs (openssl pkey -pubout)."
        )
    assert own.bundle is not None
    try:
        fetcher = Fetcher(
            own.bundle.get_secret_value(),
            token=own.bundle_token,
            authorities=settings.ca_file,
            time=own.bundle_time,
        )
        store = Store(bundle_folder(settings, own))
        rollout = Rollout(store, fetcher, keys, stage=own.bundle_stage, share=settings.share)
        rollout.open()
        stack.callback(rollout.close)
    except (ValueError, NotKept, JournalError) as error:
        fail(f"{error}.".replace("..", "."))
    except OSError as error:
        fail(f"The folder of bundles can't be used: {error.strerror or error}")
    asyncio.run(rollout.poll())
    if not rollout.state.live:
        fail(f"There is no bundle to start with: {rollout.problem}.")
    return rollout


def routes_of(rollout: "Rollout | None") -> "Sequence[HostRoute]":
    """What the agent server answers about a rollout."""
    if rollout is None:
        return ()
    from flowrules.rollout.routes import routes

    return routes(rollout)


def count_polls(rollout: "Rollout", telemetry: Telemetry) -> None:
    """Have it told how each question to the server ends."""
    from flowrules.rollout.rollout import Polled

    def on_polled(outcome: Polled, taken: bool) -> None:
        telemetry.polled(outcome.value, taken=taken)

    rollout.on_polled = on_polled


@asynccontextmanager
async def followed(engine: Engine, rollout: "Rollout | None", own: RunSettings) -> AsyncIterator[None]:
    """The server is asked for bundles, and the engine does what the rollout says."""
    if rollout is None:
        yield
        return
    from flowrules.rollout.follower import Follower
    from flowrules.rollout.rollout import poll_for_ever

    if isinstance(engine.telemetry, Telemetry):
        count_polls(rollout, engine.telemetry)
    engine.also_told.append(lambda: rollout.warnings)
    async with Follower(engine, rollout.store):
        polling = asyncio.create_task(poll_for_ever(rollout, own.bundle_every), name="flowrules-poll")
        try:
            yield
        finally:
            polling.cancel()
            with suppress(asyncio.CancelledError):
                await polling
