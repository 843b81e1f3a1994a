"""`flowrules revoke`: make a call's token worthless, at once."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import SecretStr

from flowrules.cli.options.files import fail
from flowrules.control.client import ControlClient
from flowrules.control.credentials import TenantKey
from flowrules.control.errors import ControlError
from flowrules.runtime.settings import Settings


def revoke(
    call_id: Annotated[str, typer.Argument(help="The token's call.")],
    base_url: Annotated[str | None, typer.Option(help="The control API. Default: the platform's.")] = None,
) -> None:
    """Revoke a call's callback token: after a leak, or to take a call out of an agent's hands.

    The token is asked for, or read from standard input. The tenant key, which must have the scope
    ai_sessions:control_admin, stands in the environment as FLOWRULES_TENANT_KEY. Neither is ever shown.
    """
    settings = Settings()
    if settings.tenant_key is None:
        fail("FLOWRULES_TENANT_KEY is not set: a token can't revoke itself, a tenant key can.")
    text = typer.prompt("Callback token", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not text.strip():
        fail("No token was given.")
    token, key = SecretStr(text.strip()), TenantKey(settings.tenant_key)
    try:
        until = asyncio.run(_revoke(base_url or settings.base_url, call_id, token, key))
    except ControlError as error:
        typer.echo(f"Not revoked: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(
        f"Revoked. The platform refuses it until {until:%Y-%m-%d %H:%M:%S} UTC, when it has run out anyway."
    )


async def _revoke(base_url: str, call_id: str, token: SecretStr, key: TenantKey) -> datetime:
    async with ControlClient(base_url) as client:
        revoked = await client.revoke_token(call_id, token, key)
    return datetime.fromtimestamp(revoked.until, UTC)
