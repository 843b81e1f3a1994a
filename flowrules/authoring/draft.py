"""Texts that are not saved, laid over the files of a rule set. Nothing here writes.

The files of a draft go by their names within the rule set's folder, so that what is said of them names no path of this
machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from errno import EINVAL
from pathlib import Path, PurePosixPath

import regex

from flowrules.built import is_built
from flowrules.diagnostics.diagnostic import Findings
from flowrules.diagnostics.unread import without_rules
from flowrules.folder import SUFFIX, Folder, Unread
from flowrules.source import SourceFile, read_folder, source_from_text

MAX_TEXTS = 50
"""Texts of one draft."""
MAX_CHARACTERS = 500_000
"""Characters of all texts of one draft: more than anybody reads."""
MAX_NAME = 120
_PART = regex.compile(r"[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_ .-]*[\p{L}\p{M}\p{N}_-])?")
"""A folder's or file's name: no mark-up, no hidden file, no way out of the folder."""


class DraftRefused(ValueError):
    """A draft that can't be laid over the rule set. The message is a sentence for whoever wrote the draft."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`sources` are the rule set with the draft's texts in it, `before` the rule set as it is on disk, both in the
    order in which they are loaded. `names` are the files that the draft brings. `unread` says which files of the folder
    no rule is read from."""

    sources: tuple[SourceFile, ...]
    before: tuple[SourceFile, ...]
    names: frozenset[str]
    unread: Findings = ()

    @property
    def changes_something(self) -> bool:
        return self.sources != self.before


def lay_over(texts: Mapping[str, str], rules: Path | None = None) -> Draft:
    """A draft over the rule set at a path: a file, a folder (which may be empty), or None for no rule set.

    Raises DraftRefused; OSError where the rule set can't be read.
    """
    names = dict[str, str]()
    for name, text in texts.items():
        plain = plain_name(name)
        if plain in names:
            raise DraftRefused(f"the draft has two texts for {plain}")
        names[plain] = text
    if len(names) > MAX_TEXTS:
        raise DraftRefused(f"a draft has at most {MAX_TEXTS} texts, this one has {len(names)}")
    if (size := sum(map(len, names.values()))) > MAX_CHARACTERS:
        raise DraftRefused(f"a draft has at most {MAX_CHARACTERS:,} characters, this one has {size:,}")
    if rules is not None and is_built(rules):
        raise DraftRefused(
            "these rules are built from rule files: draft over the files, and build them again"
        )
    before, unread = on_disk(rules) if rules is not None else ((), ())
    if rules is not None and rules.is_file() and names.keys() - {rules.name}:
        raise DraftRefused(
            f"the rule set is the one file {rules.name}: the draft's text has to have that name"
        )
    by_name = {source.path: source for source in before}
    for name, text in names.items():
        by_name[name] = source_from_text(text, name)
    sources = tuple(by_name[name] for name in sorted(by_name))
    return Draft(sources, before, frozenset(names), unread)


def on_disk(rules: Path) -> tuple[tuple[SourceFile, ...], Findings]:
    """The files of a rule set by their names within its folder, and findings on files that no rule is read from.

    Raises OSError."""
    if not rules.exists():
        raise OSError(EINVAL, "there is no such file or folder", str(rules))
    sources, folder = read_folder(rules)
    root = rules.parent if rules.is_file() else rules
    named = tuple(replace(source, path=_within(Path(source.path), root)) for source in sources)
    return tuple(sorted(named, key=lambda one: one.path)), without_rules(named, _named(folder, root))


def plain_name(name: str) -> str:
    """A file's name within the folder as it is used from here on. Raises DraftRefused."""
    if len(name) > MAX_NAME:
        raise DraftRefused(f"a file's name has at most {MAX_NAME} characters")
    if not name.endswith(SUFFIX) or not all(_PART.fullmatch(part) for part in name.split("/")):
        shown = regex.sub(r"[^\p{L}\p{M}\p{N}_ ./-]", "?", name)
        raise DraftRefused(
            f'"{shown}" is no name for a rule file: write its name within the folder of the rules, of letters, digits, '
            f'"_", "-" and ".", such as refunds{SUFFIX}'
        )
    return PurePosixPath(name).as_posix()


def _within(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path != root else path.name


def _named(folder: Folder, root: Path) -> Folder:
    """The same with names in place of paths."""
    passed = tuple(Unread(Path(_within(one.path, root)), one.why) for one in folder.passed_over)
    return replace(folder, passed_over=passed)
