"""The rule set as it stands on disk: read, watched, and saved through the gate of a reload. All tabs share it."""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.authoring.draft import on_disk
from flowrules.authoring.saving import Saver
from flowrules.compiler.loading.load import Loaded, load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings
from flowrules.ready import load_ready
from flowrules.runtime.loop.listeners import Listeners
from flowrules.runtime.loop.thread_runner import Overdue, ThreadRunner
from flowrules.runtime.rules.loads import LoadOutcome, LoadStatus, now
from flowrules.runtime.rules.reload import watch
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.rules.story_gate import stories_and_tests
from flowrules.source import SourceFile, source_from_text

_LIMIT = 300.0
"""Seconds that a check of everything may take."""
_SAVE_LIMIT = 120.0
"""Seconds that the check of a save may take: somebody waits for it, and no call does."""
_PAUSE = 2.0
"""Seconds behind the first edit before a save is prepared for."""
_MISTAKEN = "on intent=x tranfer y\n"
"""What looks for slips is made when the first one is met, which takes a third of a second."""
Files = Mapping[str, SourceFile]
"""By their names within the folder."""


class RulesOnDisk:
    """`files` are as they were read last; `unread` says which files no rule is read from. `name` is what people call
    the rule set: the name of its folder or file; `id` tells it from others of that name."""

    def __init__(self, path: Path, fence: DestinationPolicy = DEFAULT_POLICY) -> None:
        """Raises OSError where there is nothing at the path."""
        self.path: Path | None = path
        self._path = path
        self.fence = fence
        self.name = path.resolve().name
        self.id = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
        self.threads = ThreadRunner()
        self.watch_problem = ""
        # It loads nothing before the first edit: whoever opens a page waits for no gate. Apart, so that nobody who
        # types meanwhile feels it.
        self._book = RuleBook(path, gate=stories_and_tests, fence=fence, apart=True, time_limit=_SAVE_LIMIT)
        self._saver = Saver(self._book)
        self._changed: Listeners[[]] = Listeners()
        self._saves: Listeners[[]] = Listeners()
        self._saving = 0
        self._watching: asyncio.Task[None] | None = None
        self.files: Files = {}
        self._loaded: tuple[Files, Loaded] | None = None
        self._loading: asyncio.Task[None] | None = None
        self._beginning: asyncio.Task[None] | None = None
        self._preparing: asyncio.Task[None] | None = None
        self.unread: Findings = ()
        self._read()

    async def saved(self) -> RuleSet | None:
        """The rules as they are saved; None where they have an error."""
        return (await self.loaded()).ruleset

    async def loaded(self) -> Loaded:
        """The rules as they are saved, checked: once for all tabs, in a thread. Raises Overdue."""
        while (ready := self.ready(self.files)) is None:
            if self._loading is None or self._loading.done():
                self._loading = asyncio.get_running_loop().create_task(self._load())
            await asyncio.shield(self._loading)
        return ready

    def ready(self, files: Files) -> Loaded | None:
        """What was found in these very `files`; None where they are not checked yet."""
        return self._loaded[1] if self._loaded is not None and self._loaded[0] is files else None

    async def _load(self) -> None:
        files, before = self.files, self._loaded
        sources = sorted(files.values(), key=lambda one: one.path.split("/"))

        def load() -> Loaded:
            if before is not None:
                return load_rules(sources, fence=self.fence, previous=before[1])
            loaded = load_ready(sources, fence=self.fence)
            loaded.checkup.known()  # The first edit needs it.
            return loaded

        self._loaded = files, await self.threads.run(load, _LIMIT, "the check of the saved rules")

    async def _begin(self) -> None:
        """Check what there is, and have everything at hand that the first edit needs."""
        with suppress(Overdue):
            await self.loaded()
            mistaken = (source_from_text(_MISTAKEN),)
            await self.threads.run(lambda: load_rules(mistaken), _LIMIT, "the first check")

    @property
    def is_one_file(self) -> bool:
        """Whether the rule set is a single file, so that no other can be added."""
        return self._path.is_file()

    @property
    def place(self) -> tuple[Path, str]:
        """The folder of the rules, and the name of the only file in it that counts; '' where all do."""
        return (self._path.parent, self._path.name) if self.is_one_file else (self._path, "")

    def start(self) -> None:
        """Check the files, and watch them, in the event loop that runs."""
        loop = asyncio.get_running_loop()
        self._watching = loop.create_task(watch(self))
        self._beginning = loop.create_task(self._begin())

    async def close(self) -> None:
        """Watch no more."""
        for task in (self._watching, self._beginning, self._loading, self._preparing):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError, Overdue):
                    await task
        self._book.close()

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told whenever `files` are other ones. Returns what ends it."""
        return self._changed.add(listener)

    def prepare(self) -> None:
        """Somebody has begun to edit: have at hand what the first save needs, once the first words are written."""
        if self._preparing is None:
            self._preparing = asyncio.get_running_loop().create_task(self._prepare())

    async def _prepare(self) -> None:
        await asyncio.sleep(_PAUSE)
        await self._saver.prepare()

    @property
    def is_saving(self) -> bool:
        """Whether a save of some tab is under way: what is saved may be another text at any moment."""
        return self._saving > 0

    def on_save(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told whenever a save begins, before anything is written, and when it is over. Returns what ends it."""
        return self._saves.add(listener)

    async def save(
        self,
        texts: Mapping[str, str],
        based_on: Mapping[str, str],
        *,
        losses_are_meant: bool = False,
        played: Collection[str] = (),
    ) -> LoadOutcome:
        """Write texts, if the rule set with them may go live; `files` has them then. `played` as for a `Saver`.

        Raises DraftRefused, with nothing written; OSError."""
        self._saving += 1
        self._saves.tell()
        try:
            return await self._saver.save(texts, based_on, losses_are_meant=losses_are_meant, played=played)
        finally:
            self._saving -= 1
            self.look()
            self._saves.tell()

    def look(self) -> None:
        """Read the files anew, and tell where that changes something."""
        before = {name: one.digest for name, one in self.files.items()}
        with suppress(OSError):
            self._read()
        if before != {name: one.digest for name, one in self.files.items()}:
            self._changed.tell()

    is_due = False
    """Nothing is to be read anew while nothing has changed."""

    async def reload(self) -> LoadOutcome:
        """What the watch calls when files have changed."""
        self.look()
        return LoadOutcome(LoadStatus.UNCHANGED, now())

    def _read(self) -> None:
        sources, self.unread = on_disk(self._path)
        files = {source.path: source for source in sources}
        if files != self.files:
            self.files = files
