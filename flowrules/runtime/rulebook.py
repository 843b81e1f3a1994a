"""The rule book: where the rules that are live at this moment are found, and how new ones come to be."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowrules.analysis.host_fence import DEFAULT_FENCE, HostFence
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings
from flowrules.runtime.checker import Checker
from flowrules.runtime.collector import load_unseen
from flowrules.runtime.errors import RulesRefused
from flowrules.runtime.log import Log
from flowrules.source import SourceFile, read, source_from_text

if TYPE_CHECKING:
    from flowrules.compiler.load import Loaded
    from flowrules.runtime.judging import Gate, Verdict

_log = Log(__name__)
_ONE_AT_A_TIME = threading.Lock()


class LoadStatus(StrEnum):
    LIVE = "live"
    """These rules are live."""
    UNCHANGED = "unchanged"
    """The texts are those of the live rules."""
    REFUSED = "refused"
    """They have errors, can't be read, or the gate said no. The last good rules stay."""
    HELD = "held"
    """They became far fewer: they wait for `accept`. The last good rules stay."""


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """How a load ended. `revision` is that of the texts that were read; '' where they could not be."""

    status: LoadStatus
    at: datetime
    revision: str = ""
    message: str = ""
    findings: Findings = ()

    def __str__(self) -> str:
        return f"{self.status}: {self.message}" if self.message else str(self.status)


class RuleBook:
    """Holds the current RuleSet. Swapping it is one assignment: whoever reads `current` has one whole rule set.

    `gate` is asked before a rule set goes live. A set that became empty, or lost more than half of its rules, is held
    until `accept`, unless `hold_shrunken` is off: it is more likely a slip than a wish.

    `fence` is the host's own: rules that name a place outside of it do not go live.

    `apart` has edits checked in a process of its own, which `close` ends: the event loop beside it feels nothing.
    """

    def __init__(
        self,
        path: Path | str | None,
        *,
        agent_type: str = "agent",
        gate: "Gate | None" = None,
        hold_shrunken: bool = True,
        apart: bool = False,
        fence: HostFence = DEFAULT_FENCE,
    ) -> None:
        self.path = None if path is None else Path(path)
        self.last: LoadOutcome | None = None
        """How the last load ended."""
        self._agent_type = agent_type
        self._gate = gate
        self._fence = fence
        self._hold_shrunken = hold_shrunken
        self._current: RuleSet | None = None
        self._held: RuleSet | None = None
        self._listeners: list[Callable[[LoadOutcome], None]] = []
        self._loading = asyncio.Lock()
        self._checker = Checker() if apart else None
        self._good: Loaded | None = None
        """The last texts without an error, of which the next ones are an edit; the checker keeps its own."""

    @classmethod
    def from_text(cls, text: str, **options: Any) -> "RuleBook":
        """A book of one text that stays as it is. Raises RulesRefused."""
        book = cls(None, **options)
        book._begin((source_from_text(text),))
        return book

    @classmethod
    def load(cls, path: Path | str, **options: Any) -> "RuleBook":
        """Read a file or folder. Raises RulesRefused where its rules can't go live, OSError where it can't be
        read."""
        book = cls(path, **options)
        book._begin(read(Path(path)))
        return book

    def close(self) -> None:
        """End the process that checks edits, where there is one."""
        if self._checker is not None:
            self._checker.close()

    @property
    def current(self) -> RuleSet:
        """The live rule set."""
        assert self._current is not None, "a rule book is made by load or from_text"
        return self._current

    @property
    def revision(self) -> str:
        return self.current.revision

    def subscribe(self, listener: Callable[[LoadOutcome], None]) -> Callable[[], None]:
        """Be told of every load's outcome, in the event loop. Returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    async def reload(self) -> LoadOutcome:
        """Read, check, compile, ask the gate, swap. Whatever goes wrong is in the outcome, and the live rules stay.
        The work is done beside the event loop."""
        assert self.path is not None, "a book of text has nothing to read again"
        async with self._loading:
            outcome, ruleset = await asyncio.to_thread(self._prepare)
            return self._conclude(outcome, ruleset)

    def accept(self) -> LoadOutcome | None:
        """Let the rules that are held go live. None where none are."""
        if self._held is None:
            return None
        ruleset = self._held
        outcome = LoadOutcome(LoadStatus.LIVE, _now(), ruleset.revision, "accepted by hand")
        return self._conclude(outcome, ruleset)

    def _begin(self, sources: tuple[SourceFile, ...]) -> None:
        outcome, ruleset = self._judge(sources)
        self.last = outcome
        if ruleset is None:
            raise RulesRefused(outcome.message, outcome.findings)
        self._current = ruleset

    def _prepare(self) -> tuple[LoadOutcome, RuleSet | None]:
        """In a thread."""
        from flowrules.compiler.compile import revision_of
        from flowrules.compiler.load import compile_sound

        assert self.path is not None
        try:
            sources = read(self.path)
        except OSError as error:
            message = f"{error.filename or self.path} can't be read: {error.strerror or error}"
            return LoadOutcome(LoadStatus.REFUSED, _now(), message=message), None
        live, agent_type = self._current, self._agent_type
        if live is not None and revision_of(sources) == live.revision:
            return LoadOutcome(LoadStatus.UNCHANGED, _now(), live.revision), None
        verdict = self._ask_checker(sources)
        with _giving_way():
            if verdict is None:
                return self._judge(sources)
            ruleset = None
            if not verdict.objection:
                ruleset = compile_sound(sources, agent_type=agent_type, previous=live)
            return self._outcome(sources, verdict, ruleset)

    def _ask_checker(self, sources: tuple[SourceFile, ...]) -> "Verdict | None":
        if self._checker is None:
            return None
        return self._checker.judge(sources, self._agent_type, self._gate, self._fence)

    def _judge(self, sources: tuple[SourceFile, ...]) -> tuple[LoadOutcome, RuleSet | None]:
        # The whole language, and much of what a start takes: not before there are rules to read.
        from flowrules.runtime.judging import judge

        verdict, loaded = judge(sources, self._agent_type, self._gate, self._fence, self._good)
        if self._checker is None and loaded.ruleset is not None:
            self._good = loaded
        return self._outcome(sources, verdict, None if verdict.objection else loaded.ruleset)

    def _outcome(
        self, sources: tuple[SourceFile, ...], verdict: "Verdict", ruleset: RuleSet | None
    ) -> tuple[LoadOutcome, RuleSet | None]:
        from flowrules.compiler.compile import revision_of

        revision, findings, live = revision_of(sources), verdict.findings, self._current
        if ruleset is None:
            return LoadOutcome(LoadStatus.REFUSED, _now(), revision, verdict.objection, findings), None
        if live is not None and self._hold_shrunken and len(ruleset.rules) * 2 < len(live.rules):
            message = f"{len(ruleset.rules)} rules are left of {len(live.rules)}: they wait for a second look"
            return LoadOutcome(LoadStatus.HELD, _now(), revision, message, findings), ruleset
        return LoadOutcome(LoadStatus.LIVE, _now(), revision, findings=findings), ruleset

    def _conclude(self, outcome: LoadOutcome, ruleset: RuleSet | None) -> LoadOutcome:
        match outcome.status:
            case LoadStatus.LIVE:
                self._current, self._held = ruleset, None
            case LoadStatus.HELD:
                self._held = ruleset
            case LoadStatus.UNCHANGED if self.last is not None and self.last.status is LoadStatus.LIVE:
                return outcome
            case _:
                self._held = None
        self.last = outcome
        log = _log.info if outcome.status in (LoadStatus.LIVE, LoadStatus.UNCHANGED) else _log.warning
        log("rules.loaded", status=outcome.status.value, revision=outcome.revision, message=outcome.message)
        for listener in tuple(self._listeners):
            listener(outcome)
        return outcome


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _giving_way() -> Iterator[None]:
    """Work in a thread that the event loop hardly feels: it hands the interpreter over a hundred times as often as
    threads usually do, and keeps the collector, which would stop everybody, away. Both switches are the whole
    process's, so one at a time."""
    with _ONE_AT_A_TIME, load_unseen():
        interval = sys.getswitchinterval()
        sys.setswitchinterval(interval / 100)
        try:
            yield
        finally:
            sys.setswitchinterval(interval)
