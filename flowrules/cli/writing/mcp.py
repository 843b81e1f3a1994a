"""`flowrules mcp`: tools for a model that writes rules, over MCP."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from flowrules.cli.options.files import fail, refuse_built
from flowrules.cli.options.host import host_fence


def mcp(
    path: Annotated[Path, typer.Argument(help="A folder of rule files, which may be empty, or one file.")],
    allow_save: Annotated[
        bool, typer.Option("--allow-save", help="Let the client save what may go live.")
    ] = False,
) -> None:
    """Serve a rule set to an MCP client that drafts rules, over standard input and output.

    The client gets the language, the rules and their findings, and tools that judge texts which are not saved. It can
    save nothing, unless --allow-save says so; then errors, failed tests, broken promises and losses keep a draft out.
    Needs the extra mcp: pip install "flowrules[mcp]".

    Ends with 0 when the client leaves, 2 if there is nothing to serve.
    """
    if not path.exists():
        fail(f"There is no file or folder {path}")
    refuse_built(path)
    fence = host_fence()
    try:
        from flowrules.agents.mcp_answers import leave_on_signals
        from flowrules.authoring.mcp import serve
    except ImportError as error:
        fail(f"{error}")
    leave_on_signals()
    asyncio.run(serve(path, allow_save=allow_save, fence=fence))
