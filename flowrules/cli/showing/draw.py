"""`flowrules draw`: a rule set as a picture."""

from pathlib import Path

from flowrules.cli.options.files import fail
from flowrules.cli.options.situation import PathArgument, live_rules
from flowrules.cli.showing.explain import OutputOption, write_out
from flowrules.drawing.lanes import picture
from flowrules.drawing.render import svg
from flowrules.prose.read_back import read_back


def draw(path: PathArgument = Path(), output: OutputOption = None) -> None:
    """Draw what rules do, as SVG: for each event its rules, their steps, and what is done if one fails.

    It says what `flowrules explain` says. Browsers show it; -o rules.svg writes it to a file.

    Ends with 0; 1 if the rules have errors; 2 if something can't be read or written, or the extra package is missing.
    """
    page = read_back(live_rules(path, done="drawn"))
    try:
        drawn = svg(picture(page))
    except ImportError as error:
        fail(f"{error}.")
    write_out(drawn, output)
