"""Which calls a candidate decides: a share of them, by a hash of the call id.

The hash is the same in every process and after every start, and a larger share holds the calls of a smaller one. A call
is asked for once, when it begins, and never changes sides while it lives: also not where the candidate is withdrawn, or
the share is another one. Where a candidate's rules have become the live ones there is one side again, and nothing
changes for the call by that.
"""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePath

from flowrules.compiler.lost.losses import losses
from flowrules.compiler.ruleset import RuleSet
from flowrules.runtime.rules.held_rules import NAMED
from flowrules.runtime.rules.rulebook import RuleBook

_OF = 2**64


def place(call_id: str) -> float:
    """Where a call stands among all, from 0 to 100: a share of 10 percent holds those below 10."""
    return int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:8]) / _OF * 100


class Side:
    """The rules of one call that the candidate decides."""

    __slots__ = ("_candidate", "_live", "_same")

    def __init__(self, candidate: RuleBook, live: RuleBook) -> None:
        self._candidate, self._live = candidate, live
        self._same = False

    @property
    def is_candidates(self) -> bool:
        """Whether the candidate still is another rule set than the live one."""
        return not self._same

    def __call__(self) -> RuleSet:
        live = self._live.current
        if not self._same:
            candidate = self._candidate.current
            if candidate.revision != live.revision:
                return candidate
            self._same = True
        return live


class Share:
    """`percent` of the calls, 0 to 100. A candidate that would lose what protects the calls (as a reload that is held,
    `hold_shrunken`) decides none, unless `sure_of` is its revision."""

    def __init__(self, percent: float = 0.0, *, holds: bool = True) -> None:
        self.percent = percent
        self.sure_of = ""
        self._holds = holds
        self._looked_at: tuple[RuleSet, RuleSet] | None = None
        self._lost = ""

    def lost(self, live: RuleBook, candidate: RuleBook) -> str:
        """What the candidate would lose, in words; '' where it loses nothing, or nobody minds."""
        if not self._holds or self.sure_of == candidate.revision:
            return ""
        now = live.current, candidate.current
        if self._looked_at is None or self._looked_at[0] is not now[0] or self._looked_at[1] is not now[1]:
            self._looked_at = now
            found = losses(*now, partial(_name_in, live.path), partial(_name_in, candidate.path))
            said = [found.shrunken, *found.unfinished[:NAMED], *found.lost[:NAMED]] if found else []
            self._lost = ", ".join(filter(None, said))
        return self._lost

    def now(self, live: RuleBook, candidate: RuleBook) -> float:
        """Percent of the calls that the candidate decides as things are."""
        if not self.percent or not candidate.is_live or self.lost(live, candidate):
            return 0.0
        return self.percent

    def side(self, call_id: str, live: RuleBook, candidate: RuleBook) -> Callable[[], RuleSet] | None:
        """The candidate's side for a call that begins; None where the live rules decide it."""
        return Side(candidate, live) if place(call_id) < self.now(live, candidate) else None


def _name_in(root: Path | None, path: str) -> str:
    """What a file is called inside of its rule set: two folders may hold two versions of one rule set."""
    file = PurePath(path)
    return str(file.relative_to(root)) if root is not None and file.is_relative_to(root) else path
