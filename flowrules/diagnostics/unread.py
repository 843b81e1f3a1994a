"""Findings about files that no rule was read from: because of their names, or because nothing stands in them."""

from collections.abc import Iterable, Iterator

from flowrules.diagnostics.codes.syntax import EMPTY_FILE, PASSED_OVER
from flowrules.diagnostics.diagnostic import Diagnostic, Findings
from flowrules.folder import SUFFIX, Folder
from flowrules.source import Location, SourceFile, source_from_text

_HINT = f'Give it a name that ends in "{SUFFIX}", or one that does not look like it.'
_LINK_HINT = "Point it to where the rules are, or take it away."
_EMPTY_HINT = "Save it again, or take it away; a comment in it says that it is meant so."


def without_rules(sources: Iterable[SourceFile], folder: Folder) -> Findings:
    """One warning for each file or link that may have been meant as rules, and for each rule file that is empty."""
    return (*_passed_over(folder), *_empty(sources))


def _passed_over(folder: Folder) -> Iterator[Diagnostic]:
    for one in folder.passed_over:
        place = Location(source_from_text("", one.path.as_posix()), 0, 0)
        hint = _LINK_HINT if one.path.is_symlink() else _HINT
        yield Diagnostic(PASSED_OVER, place, f"This {one.why}.", hint)


def _empty(sources: Iterable[SourceFile]) -> Iterator[Diagnostic]:
    for source in sources:
        if not (source.text.strip() or source.unread or source.oversized):
            yield Diagnostic(EMPTY_FILE, Location(source, 0, 0), "This file is empty.", _EMPTY_HINT)
