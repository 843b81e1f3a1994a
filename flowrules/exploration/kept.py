"""Which promises of a rule set hold, as far as was looked: for `flowrules test`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.promises import BROKEN_PROMISE
from flowrules.diagnostics.diagnostic import Diagnostic
from flowrules.exploration.budget import Budget
from flowrules.exploration.coverage import Coverage, happens
from flowrules.exploration.findings import findings_of
from flowrules.exploration.search import Clock, explore
from flowrules.exploration.watching.promises import promises_of
from flowrules.language.nodes import Block, Promise
from flowrules.source import Location

TESTED = Budget(depth=3, inputs=10_000)
"""What `flowrules test` plays. Counted in inputs, not in seconds: the same file has the same answer everywhere."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One promise. `finding`: a story that breaks it, or that nothing comes to what it speaks of; None where it
    holds."""

    label: str
    location: Location
    finding: Diagnostic | None

    @property
    def broken(self) -> bool:
        return self.finding is not None and self.finding.code is BROKEN_PROMISE


LITTLE = 2
"""Where not even all stories of so many things were played, that a promise holds says little."""


@dataclass(frozen=True, slots=True)
class KeptPromises:
    """Every promise in written order. `coverage` is None where there is none: then nothing was played."""

    promises: tuple[Kept, ...]
    coverage: Coverage | None

    @property
    def passed(self) -> bool:
        return not any(one.broken for one in self.promises)

    @property
    def bound(self) -> str:
        """How far was looked."""
        if self.coverage is None:
            return ""
        depth = self.coverage.depth
        if self.coverage.complete:
            return f"in every story in which {happens(self.coverage.wanted)}"
        cut = ", ".join(self.coverage.cut)
        return f"in every story in which {happens(depth)}, and in longer ones {cut}"

    def told(self, one: Kept) -> str:
        """What is to be said of a promise, in a line."""
        if one.broken:
            return f'promise "{one.label}": broken'
        if one.finding is not None:
            return f'promise "{one.label}": nothing comes to what it speaks of'
        if self.coverage is None:
            return f'promise "{one.label}": holds'
        few = not self.coverage.complete and self.coverage.depth < LITTLE
        little = (
            "; these rules are too many for more in this time, so look further: flowrules explore"
            if few
            else ""
        )
        return f'promise "{one.label}": holds {self.bound} ({self.coverage.states:,} situations){little}'


def keep_promises(
    ruleset: RuleSet,
    budget: Budget = TESTED,
    chosen: Callable[[str], bool] = lambda _: True,
    clock: Clock | None = None,
) -> KeptPromises:
    """Play a rule set against its promises, those whose name is `chosen`. `clock` counts the seconds of a budget that
    names some; without it equal rules have an equal result."""
    of_all = zip(ruleset.checked.promises, promises_of(ruleset), strict=True)
    asked = [(block, watcher) for block, watcher in of_all if chosen(promise_label(block))]
    if not asked:
        return KeptPromises((), None)
    blocks = [block for block, _ in asked]
    found = explore(ruleset, tuple(watcher for _, watcher in asked), budget, clock=clock)
    by_place = {
        (finding.location.source.path, finding.location.start): finding for finding in findings_of(found)
    }
    kept = []
    for block in blocks:
        promise = block.item
        assert isinstance(promise, Promise)
        place = block.locate(promise.label.span)
        finding = by_place.get((place.source.path, place.start))
        kept.append(Kept(str(promise.label.value), place, finding))
    return KeptPromises(tuple(kept), found.coverage)


def promise_label(block: Block) -> str:
    assert isinstance(block.item, Promise)
    return str(block.item.label.value)


def kept_json(kept: KeptPromises) -> list[dict[str, Any]]:
    """The promises as JSON data."""
    return [
        {
            "promise": one.label,
            "file": one.location.source.path,
            "line": one.location.first.line,
            "holds": one.finding is None,
            "broken": one.broken,
            "bound": kept.bound,
            "finding": one.finding and one.finding.message,
            "story": list(one.finding.story) if one.finding else [],
            "test": one.finding.test if one.finding else "",
        }
        for one in kept.promises
    ]
