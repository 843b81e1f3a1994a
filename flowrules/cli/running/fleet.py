"""`flowrules fleet`: who is in a fleet, under which rules, with which calls."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from flowrules.cli.options.files import fail
from flowrules.runtime.settings import PREFIX

if TYPE_CHECKING:
    from flowrules.fleet.view import FleetSeen

_PATIENCE = 5.0
"""Seconds that the database has for an answer."""
_SHOWN = 20
"""Calls that are listed without --calls."""


def fleet(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL",
            envvar=f"{PREFIX}FLEET",
            show_envvar=True,
            help="The fleet's database, as `flowrules run --fleet` has it.",
        ),
    ],
    calls: Annotated[bool, typer.Option("--calls", help="List all live calls.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the same as JSON.")] = False,
) -> None:
    """Show the hosts of a fleet, the revision of the rules that each has, and the live calls.

    Below them: how many records are in which state. What is `waiting` will be tried by a host with a tenant key, what
    is `unknown` may have acted and is not sent again. Exit code 1: a host is dead, or hosts differ in their rules.
    """
    try:
        from flowrules.fleet.errors import FleetError
        from flowrules.fleet.view import look
    except ImportError:
        fail("This command takes the extra fleet: pip install 'flowrules[fleet]'")
    try:
        seen = asyncio.run(look(url, _PATIENCE))
    except FleetError as error:
        fail(f"{error}")
    if as_json:
        typer.echo(json.dumps(seen.as_json(), indent=2, ensure_ascii=False))
    else:
        _show(seen, calls)
    live = [host for host in seen.hosts if host.state == "live"]
    if any(host.state == "dead" for host in seen.hosts) or len({host.revision for host in live}) > 1:
        raise typer.Exit(1)


def _show(seen: "FleetSeen", calls: bool) -> None:
    width = max((len(host.host) for host in seen.hosts), default=4)
    typer.echo(f"{'host':<{width}}  state  revision      calls  heard of")
    for host in seen.hosts:
        remark = "" if host.tries_records else "  tries no records: it has no tenant key"
        typer.echo(
            f"{host.host:<{width}}  {host.state:<5}  {host.revision:<12}  {host.calls:>5}  {host.heard:g} s ago{remark}"
        )
    typer.echo(f"\n{len(seen.calls)} live calls")
    listed = list(seen.calls.items())
    for call, owner in listed if calls else listed[:_SHOWN]:
        typer.echo(f"  {call}  {owner}")
    if not calls and len(listed) > _SHOWN:
        typer.echo("  … (--calls lists all)")
    for state, count in seen.records.items():
        typer.echo(f"{count} records {state}")
    typer.echo(f"{seen.requests} requests of the tenant key are granted or were used in the last minute")
