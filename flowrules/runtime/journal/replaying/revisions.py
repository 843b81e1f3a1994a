"""The rules of a revision, made again of the texts that are kept beside a journal."""

from pathlib import Path
from typing import Any

from flowrules.compiler.compile import revision_of
from flowrules.compiler.loading.load import compile_sound
from flowrules.compiler.ruleset import RuleSet
from flowrules.language.unicode import read_json
from flowrules.runtime.journal.rules import digest_of, rules_path
from flowrules.source import SourceFile, source_from_text


class RulesMissing(Exception):
    """The texts of a revision can't be had. The message says why."""


def read_rules(folder: Path, revision: str, agent_type: str) -> RuleSet:
    """The rules of a revision, from what is kept beside a journal. Raises RulesMissing, and OSError where the file is
    there and can't be read."""
    path = rules_path(folder, revision)
    if "/" in revision or not path.exists():
        raise RulesMissing(f"the texts of the rules {revision} are not beside the journal")
    try:
        kept: Any = read_json(path.read_bytes())
        sources = tuple(_source(file) for file in kept["files"])
        redacted, whole = kept["redacted"] is True, revision_of(sources) == revision
        changed = not redacted and any(
            digest_of(file["text"]) != file.get("sha256", file["digest"]) for file in kept["files"]
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        whole, redacted, changed, sources = False, False, True, ()
    if not whole or changed:
        raise RulesMissing(f"{path.name} does not hold the rules {revision}: somebody has changed it")
    if redacted:
        raise RulesMissing(
            f"the rules {revision} hold a token of the platform, which the journal does not keep"
        )
    return compile_sound(sources, agent_type=agent_type)


def _source(kept: Any) -> SourceFile:
    """A text as it was read."""
    read = source_from_text(kept["text"], kept["path"])
    return SourceFile(read.path, read.text, str(kept["digest"]), line_starts=read.line_starts)
