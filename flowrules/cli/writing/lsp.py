"""`flowrules lsp`: the language server, for editors."""

from typing import Annotated

import typer

from flowrules.cli.options.files import fail
from flowrules.cli.options.host import host_fence


def lsp(
    tcp: Annotated[
        int | None,
        typer.Option("--tcp", metavar="PORT", help="Wait for one editor on this port of this machine."),
    ] = None,
) -> None:
    """Serve an editor that speaks the Language Server Protocol: findings as you type, completion, rename and more.

    Speaks over standard input and output unless --tcp is given. It needs the extra: pip install 'flowrules[lsp]'.
    """
    try:
        from flowrules.lsp.server import Server
    except ImportError as error:
        if (error.name or "").split(".")[0] not in ("pygls", "lsprotocol", "cattrs"):
            raise
        fail("The language server needs an extra: pip install 'flowrules[lsp]'")
    server = Server(host_fence()).lsp
    if tcp is None:
        server.start_io()
    else:
        server.start_tcp("127.0.0.1", tcp)
