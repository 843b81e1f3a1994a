"""A second rule set beside the live one: it decides on every event with a memory of its own, sends nothing, and says
where it would differ. Of a share of the calls it is the one that decides (`sharing.py`); nothing is compared in these.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.health import CandidateHealth
from flowrules.runtime.journal.writing.writer import Journal
from flowrules.runtime.log import Log
from flowrules.runtime.loop.listeners import Listeners
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.rules.sharing import Share

MAX_DIFFERENCES = 100
"""Differences that a report holds, the last ones."""
_log = Log(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """What one rule set does about an event. `rules` took it, by their labels; `sent` are the bodies of the requests in
    order, and each advice as `{"advise": text}`."""

    rules: tuple[str, ...] = ()
    sent: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class CandidateDifference:
    """An event on which the candidate decides otherwise. Either choice is empty where that rule set does nothing."""

    call_id: str
    event_id: str
    live: Choice
    candidate: Choice


@dataclass(frozen=True, slots=True)
class CandidateReport:
    """How the candidate has decided beside the live rules. `decisions` were made on the same event by both; so many
    were `equal`, so many `different`. `only_live` and `only_candidate`: decisions that lead to something, on what
    happened under one rule set alone, such as a timer. `parted`: calls that one of the rule sets has ended sooner; what
    follows in them is not compared. `broken`: calls in which the candidate failed. `pairs` counts the differences by
    the rules that took the event, live and candidate. `problem`: why the candidate decides nothing; '' where it
    does."""

    revision: str
    decisions: int
    equal: int
    different: int
    only_live: int
    only_candidate: int
    parted: int
    broken: int
    pairs: Mapping[tuple[tuple[str, ...], tuple[str, ...]], int]
    differences: tuple[CandidateDifference, ...]
    problem: str = ""


class Candidate:
    """Of an engine: `engine.candidate`. `load` makes its rules; where they have errors the live rules go on alone, and
    `problem` says why, until an edit mends them. `share` says which calls it decides."""

    def __init__(
        self,
        rules: RuleBook | Path | str,
        load: Callable[[Path | str], RuleBook],
        share: Share | None = None,
    ) -> None:
        self.share = share or Share()
        self.rules = rules if isinstance(rules, RuleBook) else load(rules)
        self.owns_rules = not isinstance(rules, RuleBook)
        self._counts: Counter[str] = Counter()
        self._pairs: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
        self._last: deque[CandidateDifference] = deque(maxlen=MAX_DIFFERENCES)
        self._listeners: Listeners[[CandidateDifference]] = Listeners()
        self._journal: Journal | None = None

    def subscribe(self, listener: Callable[[CandidateDifference], object]) -> Callable[[], None]:
        """Be told of every difference. Returns what ends it."""
        return self._listeners.add(listener)

    def report(self) -> CandidateReport:
        found = self._counts
        names = ("equal", "different", "only_live", "only_candidate", "parted", "broken")
        equal, different, only_live, only_candidate, parted, broken = (found[name] for name in names)
        return CandidateReport(
            self.rules.revision if self.rules.is_live else "",
            equal + different,
            equal,
            different,
            only_live,
            only_candidate,
            parted,
            broken,
            dict(self._pairs),
            tuple(self._last),
            self.problem,
        )

    # --- told by the engine ---

    def keep(self, journal: Journal | None) -> None:
        """Differences go on record there from now on."""
        self._journal = journal

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences on why it decides nothing, or by rules that are not the latest."""
        if not self.rules.is_live:
            return (self.problem,)
        return tuple(f"the candidate: {one}" for one in self.rules.problems)

    def warnings(self, live: RuleBook) -> tuple[str, ...]:
        """Its problems; and why it decides none of the calls that it has a share of, beside these live rules."""
        if self.rules.is_live and self.share.percent and (lost := self.share.lost(live, self.rules)):
            said = "the candidate decides no calls, since this would be lost"
            return (*self.problems, f"{said}: {lost}. Say that you are sure of it, or mend it")
        return self.problems

    def health(self, live: RuleBook, calls: Iterable[CallSession]) -> CandidateHealth:
        """How it is beside these live rules and calls."""
        revision = self.rules.revision if self.rules.is_live else ""
        return CandidateHealth(
            revision, self.share.now(live, self.rules), sum(call.is_candidates for call in calls)
        )

    @property
    def problem(self) -> str:
        """Why it decides nothing; '' where it does."""
        why = "" if self.rules.last is None else self.rules.last.message
        return "" if self.rules.is_live else f"the candidate rules are not played: {why}"

    async def let_go(self) -> None:
        """The engine ends."""
        self._journal = None
        if self.owns_rules:
            self.rules.close()

    def counted(self, what: str) -> None:
        self._counts[what] += 1

    def differs(self, difference: CandidateDifference, what: str) -> None:
        self.counted(what)
        self._last.append(difference)
        self._pairs[difference.live.rules, difference.candidate.rules] += 1
        if self._journal is not None:
            self._journal.note("candidate", **_on_record(difference, self.rules))
        self._listeners.tell(difference)

    def failed(self, call_id: str, error: Exception) -> None:
        self.counted("broken")
        _log.failure("candidate.broken", error, call=call_id)


def _on_record(difference: CandidateDifference, rules: RuleBook) -> dict[str, Any]:
    """Rules and verbs by name; no body, which may quote somebody."""
    return {
        "call": difference.call_id,
        "event": difference.event_id,
        "candidate": rules.revision,
        **{
            f"{who}_{what}": names
            for who, choice in (("live", difference.live), ("candidate", difference.candidate))
            for what, names in (
                ("rules", list(choice.rules)),
                ("verbs", [str(body.get("event", "advise")) for body in choice.sent]),
            )
        },
    }
