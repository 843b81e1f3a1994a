"""How much is kept of what is reported: a host that passes on whole frames brings new names with each of them."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

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


class Kept(NamedTuple):
    """What one call keeps beyond the facts that its rules ask for: those are always kept, and so is what the platform
    said at the start. The first to come stay; one for which there is no room is known to its own event only."""

    sizes: Mapping[str, int] = {}
    total: int = 0
    full: bool = False
    """Something was not kept, and that was told."""

    def admit(self, event: Event, ruleset: RuleSet) -> tuple["Kept", frozenset[str]]:
        """What is kept after an event, and the names of it that are not. Those that were known before are to be
        forgotten: what is known would be out of date."""
        asked, sizes, total = names_in(ruleset), self.sizes, self.total
        changed: dict[str, int] | None = None
        out: list[str] = []
        for name, value in event.keys.items():
            before = sizes.get(name)
            if name in event.passing or (before is None and name in asked):
                continue
            size = len(name) + _size(value)
            if size == before:
                continue
            if changed is None:
                sizes = changed = {**sizes}
            if before is None:
                fits = len(changed) < MAX_FACTS and total + size <= MAX_CHARACTERS
            else:
                fits = size <= before or total + size - before <= MAX_CHARACTERS
            total -= changed.pop(name, 0)
            if fits:
                changed[name] = size
                total += size
            else:
                out.append(name)
        return (self if changed is None else Kept(sizes, total, self.full)), frozenset(out)


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
