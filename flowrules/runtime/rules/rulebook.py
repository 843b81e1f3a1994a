"""The rule book: where the rules that are live at this moment are found, and how new ones come to be."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings
from flowrules.runtime.errors import RulesRefused
from flowrules.runtime.log import Log
from flowrules.runtime.loop.listeners import Listeners
from flowrules.runtime.loop.thread_runner import Overdue, ThreadRunner
from flowrules.runtime.rules.check_process import LIMIT, START_LIMIT
from flowrules.runtime.rules.examiner import Examined, Examiner, slack_of
from flowrules.runtime.rules.fallback import Fallback, find_fallback
from flowrules.runtime.rules.held_rules import HeldRules
from flowrules.runtime.rules.loads import LoadOutcome as LoadOutcome
from flowrules.runtime.rules.loads import LoadStatus as LoadStatus
from flowrules.runtime.rules.loads import Prepared, now, refused
from flowrules.runtime.rules.preparing import note_unread, overdue, prepare, still_held, unreadable
from flowrules.source import SourceFile, read_folder, source_from_text

if TYPE_CHECKING:
    from flowrules.runtime.rules.check_process import Stored
    from flowrules.runtime.rules.load_gate import Gate

SETTLE_TIME = 10.0
"""Seconds that rules which lose something lie unchanged before they go live."""
PATIENCE = 2.5
"""Seconds after which a load that goes on counts as a problem."""
_log = Log(__name__)


class RuleBook:
    """Holds the current RuleSet. Swapping it is one assignment: whoever reads `current` has one whole rule set.

    `gate` is asked before a rule set goes live. A set that lost guard rails, promises, declarations, urgent rules, a
    whole file or more than half of its rules is held, unless `hold_shrunken` is off: it is more likely a slip than a
    wish. It goes live by `accept`; where no file looks unfinished, also after it has lain unchanged for `settle_time`
    seconds (None: never).

    `fence` is the host's own: rules that name a place outside of it do not go live.

    `apart` has edits checked in a process of its own, which `close` ends: the event loop beside it feels nothing.

    `time_limit` is how many seconds the check may take, and how many the gate (large rules get more); after it the
    texts are refused, and judged again a while later.
    """

    def __init__(
        self,
        path: Path | str | None,
        *,
        agent_type: str = "agent",
        gate: "Gate | None" = None,
        hold_shrunken: bool = True,
        settle_time: float | None = SETTLE_TIME,
        apart: bool = False,
        time_limit: float = LIMIT,
        fence: DestinationPolicy = DEFAULT_POLICY,
    ) -> None:
        self.path = None if path is None else Path(path)
        self.last: LoadOutcome | None = None
        """How the last load ended."""
        self.watch_problem = ""
        """Why edits are not seen at the moment; '' where they are."""
        self.threads = ThreadRunner()
        self.agent_type = agent_type
        self._gate = gate
        self.fence = fence
        self._hold_shrunken = hold_shrunken
        self._settle_time = settle_time
        self._time_limit = time_limit
        self._current: RuleSet | None = None
        self._held: HeldRules | None = None
        self._listeners: Listeners[[LoadOutcome]] = Listeners()
        self._loading = asyncio.Lock()
        self._loading_since: float | None = None
        self._slack = 0.0
        """Seconds that the texts may take longer, since they are large."""
        self._due: float | None = None
        """When the texts are to be loaded again though nothing has changed, by the monotonic clock."""
        self._examiner = Examiner(self.path, agent_type, gate, fence, apart=apart)
        self.fallback = ""
        """Which rules of an earlier run are live, since those on disk can't go live; '' where none are."""

    @classmethod
    def from_text(cls, text: str, **options: Any) -> "RuleBook":
        """A book of one text that stays as it is. Raises RulesRefused."""
        book = cls(None, **options)
        book._begin((source_from_text(text),), ())
        return book

    @classmethod
    def load(
        cls, path: Path | str, *, last_good: Path | None = None, holds_at_start: bool = True, **options: Any
    ) -> "RuleBook":
        """Read a file or folder. Raises RulesRefused where its rules can't go live, OSError where there is no such
        file or folder.

        `last_good` is a folder where an earlier run has kept the rules that were live last. The start is then as a
        reload is that follows them: rules on disk that can't be read or have errors do not go live, those that lose
        something are held (unless `holds_at_start` is off), and the last good ones are live meanwhile
        (`fallback`)."""
        from flowrules.diagnostics.unread import without_rules

        book = cls(path, **options)
        before = None
        if last_good is not None:
            book._examiner.keeps_first = True
            before = find_fallback(last_good, Path(path), book.agent_type, book.fence, book._gate)
        try:
            sources, folder = read_folder(Path(path))
        except OSError as error:
            if before is None or not book._fall_back(before, unreadable(Path(path), error)):
                raise
            return book
        book._begin(sources, without_rules(sources, folder), before, holds=holds_at_start)
        return book

    @classmethod
    def load_or_wait(cls, path: Path | str, **options: Any) -> "RuleBook":
        """As `load`, but a book whose rules can't be read, or can't go live, has none until an edit mends them."""
        from flowrules.diagnostics.unread import without_rules

        book = cls(path, **options)
        try:
            sources, folder = read_folder(Path(path))
            book._begin(sources, without_rules(sources, folder))
        except RulesRefused:
            pass  # `last` says why.
        except OSError as error:
            book.last = unreadable(Path(path), error).outcome
        return book

    def close(self) -> None:
        """End the process that checks edits, where there is one."""
        self._examiner.close()

    @property
    def current(self) -> RuleSet:
        """The live rule set."""
        assert self._current is not None, "a rule book is made by load or from_text"
        return self._current

    @property
    def is_live(self) -> bool:
        """Whether it has a live rule set: one of `load_or_wait` may have none yet."""
        return self._current is not None

    @property
    def revision(self) -> str:
        return self.current.revision

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences; none: the rules on disk are live, and edits are seen."""
        found = []
        if self.last is not None and self.last.status in (LoadStatus.REFUSED, LoadStatus.HELD):
            found.append(f"the rules on disk are not live: {self.last.message}")
        if self.fallback:
            found.append(f"the calls run on {self.fallback}")
        since = 0.0 if self._loading_since is None else time.monotonic() - self._loading_since
        if since > PATIENCE + self._slack:
            found.append(f"a load of the rules has been under way for {since:.0f} seconds, so edits wait")
        if self.watch_problem:
            found.append(f"edits of the rules are not seen: {self.watch_problem}")
        return tuple(found)

    @property
    def is_due(self) -> bool:
        """Whether the texts are to be loaded again though nothing has changed: what was held has settled, or what did
        not come to an end is to be tried again."""
        return self._due is not None and time.monotonic() >= self._due

    @property
    def _limit(self) -> float:
        return self._time_limit + self._slack

    @property
    def listeners_broken(self) -> int:
        """How often a listener raised something."""
        return self._listeners.broken

    def subscribe(self, listener: Callable[[LoadOutcome], None]) -> Callable[[], None]:
        """Be told of every load's outcome, in the event loop. Returns what ends it."""
        return self._listeners.add(listener)

    async def reload(self) -> LoadOutcome:
        """Read, check, compile, ask the gate, swap. Whatever goes wrong is in the outcome, and the live rules stay.
        The work is done beside the event loop."""
        assert self.path is not None, "a book of text has nothing to read again"
        async with self._loading:
            self._loading_since = attempt = time.monotonic()
            try:
                # The parts have limits of their own; this one is for a disk that does not answer.
                limit = 5 * self._limit + 2 * START_LIMIT
                prepared = await self.threads.run(
                    lambda: self._prepare(attempt), limit, "the load of the rules"
                )
            except Overdue as error:
                prepared = overdue(error)
            except Exception as error:
                _log.exception("load.broken")
                prepared = refused(f"the load broke off: {type(error).__name__}: {error}".rstrip(": "))
            finally:
                self._loading_since = None
            return self._conclude(prepared)

    async def judge(self, sources: tuple[SourceFile, ...]) -> LoadOutcome:
        """How a load of these texts would end, were they on disk; nothing goes live. `sources` are the whole rule set,
        with the paths that its files have there."""
        async with self._loading:
            self._slack = slack_of(sources)
            try:
                prepared = await self.threads.run(
                    lambda: self._judge(sources, ()),
                    3 * self._limit + 2 * START_LIMIT,
                    "the check of the rules",
                )
            except Overdue as error:
                prepared = refused(str(error))
            except Exception as error:
                _log.exception("judge.broken")
                prepared = refused(f"the check broke off: {type(error).__name__}: {error}".rstrip(": "))
            return prepared.outcome

    def accept(self) -> LoadOutcome | None:
        """Let the rules that are held go live. None where none are."""
        if self._held is None:
            return None
        ruleset = self._held.ruleset
        outcome = LoadOutcome(LoadStatus.LIVE, now(), ruleset.revision, "accepted by hand")
        return self._conclude(Prepared(outcome, ruleset))

    def _begin(
        self,
        sources: tuple[SourceFile, ...],
        unread: Findings,
        before: Fallback | None = None,
        *,
        holds: bool = True,
    ) -> None:
        from flowrules.compiler.compile import revision_of

        self._slack = slack_of(sources)
        examined = self._examiner.begin(sources)
        if before is not None and before.revision != revision_of(sources):
            self._current = before.ruleset
            prepared = self._outcome(sources, examined, unread)
            status = prepared.outcome.status
            if (status is LoadStatus.REFUSED or (status is LoadStatus.HELD and holds)) and self._fall_back(
                before, prepared
            ):
                return
            self._current = None
        outcome, ruleset, _ = self._outcome(sources, examined, unread)
        self.last = outcome
        if ruleset is None:
            raise RulesRefused(outcome.message, outcome.findings)
        note_unread(unread)
        self._current = ruleset

    def _fall_back(self, before: Fallback, prepared: Prepared) -> bool:
        """Begin with rules of an earlier run; whether these may go live."""
        if not before.may_go_live():
            return False
        self._current = before.ruleset
        self._examiner.forget_first()
        self.fallback = before.told
        self._conclude(prepared)
        _log.error("rules.last_good", live=before.told, not_live=prepared.outcome.message)
        return True

    async def stored(self) -> "Stored | None":
        """The live rules as they are kept (`ready.kept_form`), with their revision; None where that is not at hand.
        What the first load has made is let go with this."""
        async with self._loading:
            try:
                stored = partial(self._examiner.stored, self._limit)
                return await self.threads.run(stored, self._limit, "the storing of the rules")
            except Overdue:
                return None

    def _prepare(self, attempt: float) -> Prepared:
        """In a thread."""
        from flowrules.compiler.compile import revision_of
        from flowrules.diagnostics.unread import without_rules

        assert self.path is not None
        try:
            sources, folder = read_folder(self.path)
        except OSError as error:
            return unreadable(self.path, error)
        if attempt != self._loading_since:
            raise Overdue("nobody waits for it any more")
        self._slack = slack_of(sources)
        revision, held = revision_of(sources), self._held
        if self._current is not None and revision == self._current.revision:
            return Prepared(LoadOutcome(LoadStatus.UNCHANGED, now(), revision))
        if held is not None and held.ruleset.revision == revision:
            return still_held(held, self.last, self._settle_time)
        unread = without_rules(sources, folder)
        note_unread(unread)
        try:
            return self._judge(sources, unread)
        except Overdue as error:
            return overdue(error, revision, unread)

    def _judge(self, sources: tuple[SourceFile, ...], unread: Findings) -> Prepared:
        examined = self._examiner.judge(sources, self._current, self.threads, self._limit)
        return self._outcome(sources, examined, unread)

    def _outcome(self, sources: tuple[SourceFile, ...], examined: Examined, unread: Findings) -> Prepared:
        live, settle_time = self._current, self._settle_time
        return prepare(sources, examined, unread, live, holds=self._hold_shrunken, settle_time=settle_time)

    def _conclude(self, prepared: Prepared) -> LoadOutcome:
        outcome, ruleset, again = prepared
        if outcome is self.last:
            return outcome
        tried_again = self.is_due
        self._due = None if again is None else time.monotonic() + again
        self._held = None
        match outcome.status:
            case LoadStatus.LIVE:
                self._current, self.fallback = ruleset, ""
            case LoadStatus.HELD:
                assert ruleset is not None
                self._held = HeldRules(ruleset, self._due)
            case LoadStatus.UNCHANGED:
                self.fallback = ""
                if self.last is None or self.last.status in (LoadStatus.LIVE, LoadStatus.UNCHANGED):
                    return outcome
            case LoadStatus.REFUSED:
                if tried_again and self.last is not None and outcome.says_the_same_as(self.last):
                    return self.last
            case _:
                assert_never(outcome.status)
        self.last = outcome
        log = _log.info if outcome.status in (LoadStatus.LIVE, LoadStatus.UNCHANGED) else _log.warning
        log("rules.loaded", status=outcome.status.value, revision=outcome.revision, message=outcome.message)
        self._listeners.tell(outcome)
        return outcome
