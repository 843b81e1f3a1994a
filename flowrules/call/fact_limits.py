"""How much is kept of what is reported: a host that passes on whole frames brings new names with each of them."""

import re
from functools import lru_cache

from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event
from flowrules.language.names import fold
from flowrules.language.values import Value

MAX_FACTS = 1_000
"""Facts that no rule asks for, which are kept of one call."""
MAX_CHARACTERS = 256 * 1024
"""Characters of all these."""
NO_ROOM = f"of the facts that no rule asks for, {MAX_FACTS:,} are kept, and {MAX_CHARACTERS:,} characters"
_NAME = re.compile(r"[\w.-]+")


class FactLimits:
    """What one call keeps beyond the facts that its rules ask for: those are always kept, and so is what the platform
    said at the start. The first to come stay; one for which there is no room is known to its own event only."""

    __slots__ = ("_kept", "_size", "full")

    def __init__(self) -> None:
        self.full = False
        """Something was not kept, and that was told."""
        self._kept: dict[str, int] = {}
        self._size = 0

    def fork(self) -> "FactLimits":
        twin = FactLimits()
        twin.full, twin._kept, twin._size = self.full, {**self._kept}, self._size
        return twin

    def admit(self, event: Event, ruleset: RuleSet) -> tuple[Event, frozenset[str]]:
        """The event, and the names of it that are not kept. Those that were known before are to be forgotten: what is
        known would be out of date."""
        asked: frozenset[str] | None = None
        out: list[str] = []
        for name, value in event.keys.items():
            if name in event.passing:
                continue
            size = len(name) + _size(value)
            before = self._kept.get(name)
            if before is None:
                asked = names_in(ruleset) if asked is None else asked
                if name in asked:
                    continue
                fits = len(self._kept) < MAX_FACTS and self._size + size <= MAX_CHARACTERS
            else:
                fits = size <= before or self._size + size - before <= MAX_CHARACTERS
            self._size -= self._kept.pop(name, 0)
            if fits:
                self._kept[name] = size
                self._size += size
            else:
                out.append(name)
        if not out:
            return event, frozenset()
        left_out = frozenset(out)
        return event._replace(passing=event.passing | left_out), left_out


@lru_cache(maxsize=4)
def names_in(ruleset: RuleSet) -> frozenset[str]:
    """Every word of the rules that may be the name of a fact."""
    words: set[str] = set()
    for file in ruleset.checked.files:
        for word in set(_NAME.findall(file.source.text)):
            words.add(fold(word.strip(".-")))
    return frozenset(words)


def _size(value: Value) -> int:
    if isinstance(value, tuple):
        return sum(map(_size, value))
    return len(value) if isinstance(value, str) else 8
