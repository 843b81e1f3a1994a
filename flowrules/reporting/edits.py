"""The edits of the rules in a journal's time: when, what they changed in the files, and what in the numbers."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from flowrules.compiler.ruleset import RuleSet
from flowrules.reporting.model import ChangedText, Edit, RuleChange
from flowrules.reporting.reading import Load, Reading
from flowrules.reporting.stretches import Stretch
from flowrules.runtime.journal.replaying.revisions import RulesMissing, read_rules
from flowrules.scenarios.comparing.changed_parts import changed_parts

_TOLD = 30
"""So many edits, the last ones, are told with what they changed in the files: each has to compile two rule sets."""
_KEPT = 4
_RULES = 8
"""So many rules are told whose share of the events an edit changed most."""


class Texts:
    """Rule sets made of the texts beside journals. Those that were asked for last are kept."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._made: dict[str, tuple[RuleSet | None, str]] = {}

    def of(self, revision: str) -> tuple[RuleSet | None, str]:
        """The rules of a revision, or why they can't be had. Raises OSError."""
        found = self._made.pop(revision, None) or self._read(revision)
        self._made[revision] = found
        while len(self._made) > _KEPT:
            del self._made[next(iter(self._made))]
        return found

    def _read(self, revision: str) -> tuple[RuleSet | None, str]:
        why_not = ""
        for folder in self._folders:
            try:
                return read_rules(folder, revision, "agent"), ""
            except RulesMissing as missing:
                why_not = why_not or str(missing)
        return None, why_not


def edits(reading: Reading, texts: Texts) -> Iterator[Edit]:
    """In order. Raises OSError."""
    first_told = len(reading.loads) - _TOLD
    for number, load in enumerate(reading.loads):
        changed = _changed(load, texts) if load.stretch is not None and number >= first_told else None
        if load.stretch is None:
            yield Edit(load.at, load.status, load.revision, load.was, load.message)
            continue
        before, after = reading.stretches[load.stretch - 1], reading.stretches[load.stretch]
        yield Edit(
            load.at,
            load.status,
            load.revision,
            load.was,
            load.message,
            changed,
            before.tally.numbers(),
            after.tally.numbers(),
            tuple(_rules(before, after, reading)),
        )


def _changed(load: Load, texts: Texts) -> tuple[ChangedText, ...] | None:
    old, new = texts.of(load.was)[0], texts.of(load.revision)[0]
    if old is None or new is None:
        return None
    return tuple(ChangedText(part.what, part.was, part.now) for part in changed_parts(old, new))


def _rules(before: Stretch, after: Stretch, reading: Reading) -> Iterator[RuleChange]:
    """Those whose share changed most; none where one of the two stretches has no event to compare."""
    if not before.tally.events or not after.tally.events:
        return
    shares = [
        (rule, before.rules[rule] / before.tally.events, after.rules[rule] / after.tally.events)
        for rule in before.rules | after.rules
    ]
    shares.sort(key=lambda one: (-abs(one[2] - one[1]), one[0]))
    for rule, was, now in shares[:_RULES]:
        if was != now:
            label = reading.refs[rule].label if rule in reading.refs else rule
            yield RuleChange(label, 1000 * was, 1000 * now)
