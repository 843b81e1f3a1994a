"""`flowrules sandbox`: the platform on this machine, until Ctrl-C."""

import asyncio
import ipaddress
from typing import Annotated

import typer
from pydantic import SecretStr, ValidationError

from flowrules.runtime.loop.stopping import run_until_stopped
from flowrules.sandbox import Sandbox, Settings
from flowrules.sandbox.limits import Counting
from flowrules.sandbox.settings import Audio, Subprotocol
from flowrules.sandbox.tokens import TokenLifetime


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    host: Annotated[str, typer.Option(help="Loopback, unless you name another address.")] = "127.0.0.1",
    ws: Annotated[
        str | None, typer.Option(metavar="URL", help="The agent's WebSocket, dialled for every call.")
    ] = None,
    auth_token: Annotated[
        str | None,
        typer.Option(
            envvar="FLOWRULES_AGENT_TOKEN", show_envvar=True, help="Bearer that the agent asks for."
        ),
    ] = None,
    subprotocol: Annotated[Subprotocol, typer.Option()] = "audio.drachtio.org",
    audio: Annotated[Audio, typer.Option(help="Silence that is sent to the agent.")] = "pcma",
    token_lifetime: Annotated[TokenLifetime, typer.Option()] = "30min_with_refresh",  # noqa: S107 (a duration)
    rate_counting: Annotated[Counting, typer.Option()] = "fixed_window",
    enforce_keys: Annotated[
        bool, typer.Option("--enforce-keys/--ignore-keys", help="Replay an Idempotency-Key, or act again.")
    ] = True,
) -> None:
    """Run the platform on this machine: the control API, and the dialler of the agent's WebSocket.

    It prints its base URL and a tenant key, and runs until Ctrl-C.

    POST /sandbox/calls opens a call. GET /sandbox/calls/{call_id} shows all that was asked of it.
    """
    try:
        settings = Settings(
            ws_url=ws,
            auth_token=None if auth_token is None else SecretStr(auth_token),
            subprotocol=subprotocol,
            audio=audio,
            token_lifetime=token_lifetime,
            rate_counting=rate_counting,
            enforce_keys=enforce_keys,
        )
    except ValidationError:
        raise typer.BadParameter("must begin with ws:// or wss://", param_hint="--ws") from None
    try:
        run_until_stopped(_run(settings, host, port))
    except KeyboardInterrupt:
        typer.echo("The sandbox has stopped.")
    except OSError as error:
        typer.echo(f"The sandbox cannot listen on {host} port {port}: {error.strerror or error}", err=True)
        raise typer.Exit(2) from None


async def _run(settings: Settings, host: str, port: int) -> None:
    async with Sandbox(settings, host=host, port=port) as running:
        typer.echo(f"base URL     {running.base_url}")
        typer.echo(f"tenant key   {running.tenant_key}")
        typer.echo(f"agent        {settings.ws_url or 'none: calls are opened without a WebSocket'}")
        typer.echo(f"open a call  curl -X POST {running.base_url}/sandbox/calls")
        if not _is_loopback(host):
            typer.echo(
                "Whoever can reach this address can steer the sandbox: it asks for no key there.", err=True
            )
        typer.echo("Ctrl-C ends it.")
        await asyncio.Event().wait()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
