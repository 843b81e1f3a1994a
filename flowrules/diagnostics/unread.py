"""Findings about files that no rule was read from, because of their names."""

from flowrules.diagnostics.codes.syntax import PASSED_OVER
from flowrules.diagnostics.diagnostic import Diagnostic, Findings
from flowrules.folder import SUFFIX, Folder
from flowrules.source import Location, source_from_text

_HINT = f'Give it a name that ends in "{SUFFIX}", or one that does not look like it.'
_LINK_HINT = "Point it to where the rules are, or take it away."


def passed_over(folder: Folder) -> Findings:
    """One warning for each file or link that may have been meant as rules."""
    return tuple(
        Diagnostic(
            PASSED_OVER,
            Location(source_from_text("", one.path.as_posix()), 0, 0),
            f"This {one.why}.",
            _LINK_HINT if one.path.is_symlink() else _HINT,
        )
        for one in folder.passed_over
    )
