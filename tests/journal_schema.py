"""The journal's schema, as a check of lines."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs

from flowrules.runtime.journal.format import FORMAT, schema

_SCHEMA = json.loads(schema())
_MOST = 2_000
"""Lines of one journal that are looked at: some tests write very many of the same kind."""


def _validator(kind: str) -> Any:
    about = {"$schema": _SCHEMA["$schema"], "$ref": f"#/$defs/{kind}", "$defs": _SCHEMA["$defs"]}
    return jsonschema_rs.validator_for(about)


KINDS = {
    one["$ref"].rpartition("/")[2]: _validator(one["$ref"].rpartition("/")[2]) for one in _SCHEMA["oneOf"]
}


def faults(folder: Path) -> list[str]:
    """What in the lines of a journal, in the format of today, does not fit the schema."""
    found: list[str] = []
    written_as = 0
    for path in sorted(folder.glob("journal*.jsonl")):
        with path.open("rb") as lines:
            for number, line in zip(range(_MOST), lines, strict=False):
                try:
                    entry = json.loads(line)
                except ValueError:  # A process was killed in the middle of it.
                    continue
                written_as = entry.get("format", written_as)
                if written_as < FORMAT:
                    continue
                kind = "erased" if "erased" in entry else entry["kind"]
                if kind not in KINDS:
                    found.append(f"{path.name}:{number + 1}: no kind is called {kind}")
                else:
                    found += [
                        f"{path.name}:{number + 1}: {one.message[:300]}"
                        for one in KINDS[kind].iter_errors(entry)
                    ]
    return found
