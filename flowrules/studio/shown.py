"""What the editor service says of one file, as the page takes it: JSON, with offsets in UTF-16 code units."""

from collections.abc import Iterable
from typing import Any

from flowrules.diagnostics.diagnostic import Diagnostic, Edit, Findings, Severity
from flowrules.editor.completion import complete
from flowrules.editor.features.fixes import Fix, fixes
from flowrules.editor.features.formatting import formatting
from flowrules.editor.features.hover import hover
from flowrules.editor.features.outline import outline
from flowrules.editor.features.tokens import TYPES, coloured
from flowrules.editor.promised import promises
from flowrules.editor.workspace import Workspace
from flowrules.studio.fragments import markdown
from flowrules.studio.utf16 import Utf16

MOST_FINDINGS = 300
"""Of one file, that the page is sent; it is told how many there are."""
MOST_BLOCKS = 3_000
"""Names in the list on the left, of one file."""


class Shown:
    """Translates for the texts of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[str, tuple[str, Utf16]] = {}

    def offsets(self, file: str) -> Utf16:
        """Of a file's text as it is now."""
        text = self._workspace.documents[file].source.text
        known = self._known.get(file)
        if known is None or known[0] is not text:
            known = self._known[file] = text, Utf16(text)
        return known[1]

    def findings(self, file: str, findings: Findings) -> dict[str, Any]:
        """All that is found in a file: what is not answered first shows its number."""
        some = findings[:MOST_FINDINGS]
        return {
            "file": file,
            "version": self._workspace.documents[file].version or 0,
            "findings": [self._finding(file, one) for one in some],
            "count": len(findings),
            "errors": sum(one.code.severity is Severity.ERROR for one in findings),
            "warnings": sum(one.code.severity is Severity.WARNING and not one.answered for one in findings),
        }

    def _finding(self, file: str, one: Diagnostic) -> dict[str, Any]:
        offsets = self.offsets(file)
        severity = "error" if one.code.severity is Severity.ERROR else "warning"
        text = one.location.source.text
        read = self._workspace.files[file]
        is_of_now = read.source.text is text or read.source.text == text
        found = (
            fixes(read, (one,), one.location.start, one.location.end, self._workspace.index)
            if is_of_now
            else ()
        )
        return {
            "from": offsets.units(one.location.start),
            "to": offsets.units(one.location.end),
            "line": one.location.first.line,
            "severity": "answered" if one.answered else severity,
            "code": one.code.id,
            "name": one.code.name,
            "message": one.message,
            "hint": one.hint,
            "answered": one.answered,
            "why": one.code.why,
            "story": list(one.story),
            "fixes": [self._fix(fix) for fix in found],
        }

    def _fix(self, fix: Fix) -> dict[str, Any]:
        return {
            "title": fix.title,
            "mends": fix.mends,
            "reason": fix.reason_wanted,
            "edits": self.edits(fix.edits),
        }

    def edits(self, edits: Iterable[Edit]) -> list[dict[str, Any]]:
        """Edits of several files, each with what it puts in the place of a stretch."""
        return [
            {
                "file": edit.location.source.path,
                "from": self.offsets(edit.location.source.path).units(edit.location.start),
                "to": self.offsets(edit.location.source.path).units(edit.location.end),
                "insert": edit.text,
            }
            for edit in edits
        ]

    def completion(self, file: str, at: int) -> list[dict[str, Any]]:
        """What may stand at a place."""
        offsets = self.offsets(file)
        found = complete(self._workspace.files[file], offsets.characters(at), self._workspace.index)
        return [
            {
                "label": one.label,
                "text": one.text,
                "sort": str(one.sort),
                "detail": one.detail,
                "from": offsets.units(one.replaces.start),
                "to": offsets.units(one.replaces.end),
            }
            for one in found
        ]

    def hover(self, file: str, at: int) -> dict[str, Any] | None:
        """What stands at a place, as HTML."""
        offsets = self.offsets(file)
        found = hover(self._workspace, file, offsets.characters(at))
        if found is None:
            return None
        where = found.location
        return {
            "from": offsets.units(where.start),
            "to": offsets.units(where.end),
            "html": str(markdown(found.text)),
        }

    def words(self, file: str, start: int, end: int) -> dict[str, Any]:
        """What the words of a stretch are, for their colours: three numbers each, offset, length and kind."""
        offsets = self.offsets(file)
        first, last = offsets.characters(start), offsets.characters(end)
        data: list[int] = []
        for begin, stop, kind in coloured(self._workspace.files[file], self._workspace.index, first, last):
            at = offsets.units(begin)
            data += [at, offsets.units(stop) - at, TYPES.index(kind)]
        return {"version": self._workspace.documents[file].version or 0, "data": data}

    def format(self, file: str) -> list[dict[str, Any]]:
        """What brings a file into its one form."""
        return self.edits(formatting(self._workspace.files[file]))

    def outline(self, file: str) -> dict[str, Any]:
        """The blocks of a file: name, kind, and where the name stands; with the worst that is found in each,
        or that a test passes and a promise is held."""
        offsets = self.offsets(file)
        findings = [one for one in self._workspace.findings.get(file, ()) if not one.answered]
        entries = outline(self._workspace.files[file], self._workspace.index)
        went = {place: "passed" if good else "failed" for place, good in self._workspace.tests.items()}
        held = (one.at for one in promises(self._workspace) if one.holds)
        went |= {(place.source.path, place.start): "held" for place in held}
        at, shown = 0, []
        for entry in entries[:MOST_BLOCKS]:
            worst = ""
            while at < len(findings) and findings[at].location.start < entry.block.end:
                if findings[at].location.end >= entry.block.start and worst != "error":
                    worst = str(findings[at].code.severity)
                at += 1
            shown.append(
                [
                    entry.name,
                    entry.kind,
                    offsets.units(entry.at.start),
                    worst,
                    went.get((file, entry.at.start), ""),
                ]
            )
        version = self._workspace.documents[file].version or 0
        return {"file": file, "version": version, "blocks": shown, "count": len(entries)}


def kinds() -> list[str]:
    """What the numbers of kinds in `words` mean."""
    return list(TYPES)
