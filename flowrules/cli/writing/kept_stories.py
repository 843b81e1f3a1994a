"""What short stories of rules, and their tests, have shown, kept on disk, so that a check of the same rules does not
play them again."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import flowrules
from flowrules.diagnostics.codes import BY_ID
from flowrules.diagnostics.diagnostic import Diagnostic, Findings
from flowrules.kept import fetch, store, user_folder
from flowrules.source import Location, SourceFile

Shown = tuple[Findings, str]
"""Findings, and how far was looked."""
_MOST = 64
_CODE = ("exploration", "scenarios", "call", "engine", "compiler")
"""The parts of this program that have a say in it."""


def known(sources: Iterable[SourceFile], kind: str = "stories") -> Shown | None:
    """What was kept for these very texts by this very program; None where there is nothing of use. `kind` tells apart
    what is kept of the same texts."""
    folder, texts = user_folder(), {source.path: source for source in sources}
    key = _key(texts.values())
    data = None if folder is None else fetch(folder, _name(key, kind), key)
    if data is None:
        return None
    try:
        read = json.loads(data)
        return tuple(_finding(one, texts) for one in read["findings"]), str(read["looked"])
    except (ValueError, KeyError, TypeError):
        return None


def keep(sources: Iterable[SourceFile], shown: Shown, kind: str = "stories") -> None:
    """Keep what was shown, where that is possible."""
    folder, key = user_folder(), _key(sources := tuple(sources))
    if folder is not None:
        data = {"findings": [_data(finding) for finding in shown[0]], "looked": shown[1]}
        store(folder, _name(key, kind), key, json.dumps(data).encode(), most=_MOST)


def _name(key: str, kind: str) -> str:
    return f"{key[:32]}.{kind}"


def _key(sources: Iterable[SourceFile]) -> str:
    """Of the texts, and of this program: another one may find something else."""
    told = [[source.path, source.digest] for source in sources]
    root = Path(flowrules.__file__).parent
    parts = [path for part in _CODE for path in (root / part).rglob("*.py")]
    code = [[path.name, (at := path.stat()).st_size, at.st_mtime_ns] for path in sorted(parts)]
    return hashlib.sha256(json.dumps([flowrules.__version__, told, code]).encode()).hexdigest()


def _data(finding: Diagnostic) -> dict[str, Any]:
    return {
        "code": finding.code.id,
        "place": _place(finding.location),
        "message": finding.message,
        "hint": finding.hint,
        "related": [[_place(place), word] for place, word in finding.related],
        "answered": finding.answered,
        "story": finding.story,
    }


def _place(location: Location) -> list[Any]:
    return [location.source.path, location.start, location.end]


def _finding(data: Mapping[str, Any], texts: Mapping[str, SourceFile]) -> Diagnostic:
    def location(place: list[Any]) -> Location:
        path, start, end = place
        return Location(texts[path], start, end)

    return Diagnostic(
        BY_ID[data["code"]],
        location(data["place"]),
        data["message"],
        data["hint"],
        related=tuple((location(place), word) for place, word in data["related"]),
        answered=data["answered"],
        story=tuple(data["story"]),
    )
