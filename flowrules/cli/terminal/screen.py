"""What the terminal at hand can show."""

import os
import sys

import typer

from flowrules.diagnostics.render.full import Paint, coloured, plain

_ASKING = ("FORCE_COLOR", "TTY_COMPATIBLE")
"""Set, they ask for colours in a pipe."""


def paint() -> Paint:
    """Colours on a terminal, none in a pipe or where NO_COLOR is set."""
    if not (sys.stdout.isatty() or any(os.environ.get(name) for name in _ASKING)):
        return plain
    from rich.console import Console  # which takes as long as reading a folder of rules

    console = Console(file=sys.stdout)
    shows_colour = console.is_terminal and not console.no_color and not console.is_dumb_terminal
    return coloured if shows_colour else plain


def say(text: str) -> None:
    """Print text that brings its own line ends, if there is any."""
    if text:
        typer.echo(text, nl=False)
