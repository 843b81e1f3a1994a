"""Lets an engine do what the store says: the candidate, its share, and every step on record in the engine's journal.

The live rules are not its business: the engine watches `live.frb` as it watches any rule file, so that what holds for
an edit (the checks, the gate, what is held, the last good rules) holds for a bundle.
"""

import asyncio
import os
from contextlib import suppress

from flowrules.rollout.store import STATE, NotKept, State, Step, Store
from flowrules.runtime.engine import Engine
from flowrules.runtime.log import Log
from flowrules.runtime.rules.loads import LoadOutcome, LoadStatus
from flowrules.runtime.rules.sharing import Share

LOOK_EVERY = 0.25
"""Seconds between two looks at the store: each is one question about one file."""
_log = Log(__name__)


class Follower:
    """Of one engine, as an async context manager inside the engine's own."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine, self._store = engine, store
        self._state = State()
        self._noted = 0
        self._problem = ""
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Follower":
        self._engine.also_told.append(lambda: (self._problem,) if self._problem else ())
        self._engine.before_journal_closes.append(self._end)
        seen = self._entry()
        await self._follow(first=True)
        end = self._engine.rules.subscribe(self._loaded)
        self._task = asyncio.create_task(self._run(seen), name="flowrules-follow-rollout")
        self._task.add_done_callback(lambda _: end())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    # --- inside ---

    async def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _end(self) -> None:
        """Put on record what was done since the last look: rules go live by a watch of their own, which may see a step
        first, and calls that they decided are on record then."""
        await self._stop()
        try:
            self._note_new(await asyncio.to_thread(self._store.read))
        except NotKept as error:
            _log.warning("rollout.not_followed", why=str(error))

    async def _run(self, seen: object) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = self._entry()
            if now != seen:
                seen = now
                try:
                    await self._follow()
                except Exception:  # The next change is followed all the same.
                    _log.exception("rollout.not_followed")

    def _entry(self) -> object:
        try:
            found = os.stat(self._store.folder / STATE)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    async def _follow(self, *, first: bool = False) -> None:
        try:
            state = await asyncio.to_thread(self._store.read)
        except NotKept as error:
            self._problem = f"the steps of the rollout are not seen: {error}"
            return
        self._problem, before = "", self._state
        self._state, engine = state, self._engine
        if state.candidate != before.candidate:
            share = Share(0.0, holds=engine.settings.hold_shrunken)
            path = self._store.path(state.candidate) if state.candidate else None
            await engine.change_candidate(path, share)
        if (candidate := engine.candidate) is not None:
            bundle = state.bundle(state.candidate)
            candidate.share.percent = state.share
            sure = bundle is not None and state.sure == state.candidate
            candidate.share.sure_of = bundle.revision if bundle is not None and sure else ""
        if first:
            self._noted = state.steps[-2].number if len(state.steps) > 1 else 0
        self._note_new(state)
        self._accept()

    def _loaded(self, outcome: LoadOutcome) -> None:
        if outcome.status is LoadStatus.HELD:
            # Not within the load that tells of it.
            asyncio.get_running_loop().call_soon(self._accept)

    def _accept(self) -> None:
        """Let rules go live that are held, where the step that brought them said that what they lose is meant so."""
        state, last = self._state, self._engine.rules.last
        bundle = state.bundle(state.live) if state.sure and state.sure == state.live else None
        if (
            bundle is not None
            and last is not None
            and last.status is LoadStatus.HELD
            and last.revision == bundle.revision
        ):
            self._engine.rules.accept()

    def _note_new(self, state: State) -> None:
        for step in state.steps:
            if step.number > self._noted:
                self._note(step)
                self._noted = step.number

    def _note(self, step: Step) -> None:
        self._engine.put_on_record(
            "rollout",
            number=step.number,
            step=step.step,
            made=step.at.isoformat(timespec="milliseconds"),
            digest=step.digest,
            revision=step.revision,
            share=step.share,
            author=step.author,
            reason=step.reason,
        )
