"""What follows when other rules go live: it is counted, put on record, kept for a restart, and told to the calls."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import assert_never

from flowrules.runtime.calls.live_calls import LiveCalls
from flowrules.runtime.candidates.candidate import Candidate
from flowrules.runtime.engine_context import EngineContext
from flowrules.runtime.journal.rules import texts_of
from flowrules.runtime.journal.writing.writer import Journal
from flowrules.runtime.log import Log
from flowrules.runtime.loop.listeners import shielded
from flowrules.runtime.observer import Observer
from flowrules.runtime.rules.reload import watch
from flowrules.runtime.rules.rule_keeper import RuleKeeper
from flowrules.runtime.rules.rulebook import LoadOutcome, LoadStatus, RuleBook
from flowrules.runtime.sending.cleanup import CleanUp

_log = Log(__name__)


class RuleChanges:
    """Of one engine. `journal` is asked at the moment of a change: it is there while the engine runs, where one is
    kept."""

    def __init__(
        self,
        rules: RuleBook,
        context: EngineContext,
        telemetry: Observer | None,
        journal: Callable[[], Journal | None],
        calls: LiveCalls,
    ) -> None:
        self._rules = rules
        self._context = context
        self._telemetry = telemetry
        self._journal = journal
        self._calls = calls
        self._keeper: RuleKeeper | None = None
        self._watchers: list[asyncio.Task[None]] = []
        self._telling: asyncio.Task[None] | None = None
        self.end_of_loads: Callable[[], None] = lambda: None

    @property
    def problem(self) -> str:
        """Why the live rules are not kept for a restart; '' where they are, or are not to be."""
        return "" if self._keeper is None else self._keeper.problem

    def note_first_load(self, journal: Journal, *, keeps: bool) -> None:
        """Put on record the rules that are live from the start; and those on disk, where they are not. `keeps`: the
        live rules are kept for a restart from now on."""
        rules, fallback = self._rules, self._rules.fallback
        journal.keep_rules(texts_of(rules.current))
        said = {"message": fallback} if fallback else {}
        journal.note("rules", status=LoadStatus.LIVE.value, revision=rules.revision, **said)
        if fallback and (last := rules.last) is not None:
            journal.note("rules", status=last.status.value, revision=last.revision, message=last.message)
        if keeps and rules.path is not None:
            self._keeper = RuleKeeper(rules, journal.folder)
            if not fallback:
                self._keeper.keep()

    def subscribe(self) -> None:
        """Be told of every load from now on."""
        self.end_of_loads = self._rules.subscribe(self._loaded)

    def watch(self, rules: RuleBook, name: str) -> None:
        """Look for edits of these rules, where they are files, in a task of this name."""
        if self._context.settings.watch and rules.path is not None:
            self._watchers.append(asyncio.create_task(watch(rules), name=name))

    def play(self, candidate: Candidate) -> None:
        """Put the candidate's rules on record, and tell calls when they change."""
        candidate.keep(self._journal())

        def loaded(outcome: LoadOutcome | None = None) -> None:
            if candidate.rules.is_live and (outcome is None or outcome.status is LoadStatus.LIVE):
                if (journal := self._journal()) is not None:
                    journal.keep_rules(texts_of(candidate.rules.current, "candidate"))
                if outcome is not None:
                    self._tell_calls()

        loaded()
        candidate.rules.subscribe(loaded)

    async def let_go(self, clean_up: CleanUp) -> None:
        """No edit is looked for, and no load listened to, any more."""
        for watcher in self._watchers:
            await clean_up.do(partial(_ended, watcher))
        await clean_up.do(self._stop_listening)
        await clean_up.do(lambda: _ended(self._telling))
        self._watchers, self._telling = [], None
        if self._keeper is not None:
            await clean_up.do(self._keeper.aclose)
            self._keeper = None

    async def _stop_listening(self) -> None:
        self.end_of_loads()

    def _loaded(self, outcome: LoadOutcome) -> None:
        counters = self._context.counters
        if self._telemetry is not None:
            shielded(self._telemetry.loaded, self._context.note_broken)(outcome.status)
        match outcome.status:
            case LoadStatus.LIVE:
                counters.add("reloads")
                # The calls first: what is written down about it may fail.
                self._tell_calls()
            case LoadStatus.HELD:
                counters.add("reloads_held")
            case LoadStatus.REFUSED:
                counters.add("reloads_refused")
            case LoadStatus.UNCHANGED:
                pass
            case _:
                assert_never(outcome.status)
        if (journal := self._journal()) is not None:
            if outcome.status is LoadStatus.LIVE:
                journal.keep_rules(texts_of(self._rules.current))
                if self._keeper is not None:
                    self._keeper.keep()
            journal.note(
                "rules", status=outcome.status.value, revision=outcome.revision, message=outcome.message
            )

    def _tell_calls(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
        self._telling = asyncio.create_task(self._tell_each(), name="flowrules-tell-calls")

    async def _tell_each(self) -> None:
        for session in tuple(self._calls.values()):
            try:
                await self._context.loop_budget.call(session.rules_changed)
            except Exception:  # One call's trouble keeps no other call under the old rules.
                _log.exception("call.not_told", call=session.call_id)


async def _ended(task: asyncio.Task[None] | None) -> None:
    """Have a task end, where there is one."""
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
