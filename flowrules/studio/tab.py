"""One tab of a browser: its texts as they are edited, what is found in them, and what it is sent."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, assert_never

from flowrules.background.checking import CHECKING, Checking, in_thread
from flowrules.background.player_process import PlayerProcess
from flowrules.background.playing import Playing
from flowrules.compiler.loading.load import Loaded
from flowrules.diagnostics.diagnostic import Edit
from flowrules.editor.workspace import Check, Seen, Workspace
from flowrules.runtime.loop.thread_runner import Overdue
from flowrules.studio import messages
from flowrules.studio.edits import Edits, Send, file_told
from flowrules.studio.following.live import LiveCalls
from flowrules.studio.on_disk import RulesOnDisk
from flowrules.studio.panels.panel import Room
from flowrules.studio.pause import Pause
from flowrules.studio.shown import Shown, kinds
from flowrules.studio.side import Side
from flowrules.studio.texts import Texts

SOON = 0.4
"""Seconds that a tab which opens waits for the first check; then its texts are read, and what is found comes later."""
BLOCKS_PAUSE = 0.25
"""Seconds without an edit before the list of blocks is sent."""


class Tab:
    """Takes messages in, in the order in which they come, and sends what they lead to. For the event loop alone."""

    def __init__(
        self,
        on_disk: RulesOnDisk,
        process: PlayerProcess,
        send: Send,
        texts: Texts,
        story_seconds: float,
        recording: Path | None = None,
        live: LiveCalls | None = None,
    ) -> None:
        self._on_disk = on_disk
        self._send = send
        self._texts = texts
        self._workspace = Workspace(on_disk.fence)
        self._shown = Shown(self._workspace)
        self._tasks: set[asyncio.Task[None]] = set()
        work = _Work(send)
        self._checking = Checking(self._workspace, work, self._found, self._check)
        self._playing = Playing(self._workspace, process, work, story_seconds, self._heard, self._show_blocks)
        self._edits = Edits(
            on_disk,
            self._workspace,
            self._shown,
            self._checking,
            send,
            texts,
            self._publish,
            self._show_blocks,
        )
        self._side = Side(
            Room(
                self._workspace,
                on_disk,
                self._playing,
                texts,
                redraw=lambda name: self._side.redraw(name),
                edit=self._edit,
                go=lambda file, line: send({"kind": "go", "file": file, "line": line}),
                say=lambda words: send({"kind": "said", "text": words}),
                recording=recording,
                live=live,
            ),
            send,
        )
        self._blocks = Pause(BLOCKS_PAUSE, self._show_blocks)
        self._sent_blocks: dict[str, object] = {}
        self._leave: Callable[[], None] = lambda: None

    async def open(self) -> None:
        """Send what there is, and check it. Messages are taken in afterwards."""
        files = self._on_disk.files
        self._send(
            {
                "kind": "welcome",
                "name": self._on_disk.name,
                "id": self._on_disk.id,
                "one_file": self._on_disk.is_one_file,
                "kinds": kinds(),
                "panels": self._side.names,
                "files": [file_told(source) for source in files.values()],
                "unread": [
                    {"file": one.location.source.path, "message": one.message} for one in self._on_disk.unread
                ],
            }
        )
        with suppress(TimeoutError, Overdue):
            async with asyncio.timeout(SOON):
                await self._on_disk.loaded()
        seen = self._edits.begin(files)
        self._leave = self._on_disk.on_change(self._edits.disk_changed)
        self._found(seen)
        self._checking.due()
        self._show_blocks()
        if self._on_disk.files is not files:
            self._edits.disk_changed()

    async def close(self) -> None:
        """The browser has gone."""
        self._leave()
        self._blocks.stop()
        self._checking.stop()
        self._playing.forget()
        self._side.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def take(self, message: messages.Message) -> None:
        """Act on a message."""
        match message:
            case messages.Change():
                self._edits.change(message)
            case messages.Text():
                self._edits.text(message)
            case messages.Took(file, digest):
                self._edits.took(file, digest)
            case messages.Mine(file):
                self._edits.conflict(file)
            case messages.New(file):
                self._edits.new(file)
            case messages.Ask():
                self._answer(message)
            case messages.Save(losses_are_meant):
                self._later(self._edits.save(losses_are_meant))
            case messages.Show(panel):
                self._side.show(panel)
            case messages.Act(panel, act, fields):
                self._later(self._side.act(panel, act, fields))
            case messages.Ping():
                self._send({"kind": "pong"})
            case _:
                assert_never(message)

    # --- what is found --------------------------------------------------------------------------------------

    def _found(self, seen: Seen) -> None:
        self._publish(seen)
        self._blocks.put_off()
        self._playing.due()
        if seen.settled:
            self._side.settled()
            self._blocks.begin()

    def _heard(self, seen: Seen) -> None:
        self._publish(seen)
        self._show_blocks()

    def _publish(self, seen: Seen) -> None:
        for name, findings in seen.findings.items():
            if name in self._workspace.documents:
                self._send({"kind": "findings", **self._shown.findings(name, findings)})
        self._side.found()

    def _show_blocks(self) -> None:
        for name in self._workspace.documents:
            blocks = self._shown.outline(name)
            if self._sent_blocks.get(name) != blocks:
                self._sent_blocks[name] = blocks
                self._send({"kind": "blocks", **blocks})
        self._side.found()

    async def _check(self, check: Check) -> Loaded:
        """Texts as they stand on disk are checked once for all tabs."""
        if check.sources == tuple(sorted(self._on_disk.files.values(), key=lambda one: one.path.split("/"))):
            with suppress(Overdue):
                return await self._on_disk.loaded()
        return await in_thread(check)

    def _answer(self, message: messages.Ask) -> None:
        self._checking.catch_up()
        answer: Any = None
        if message.file in self._workspace.files:
            match message.what:
                case "completion":
                    answer = self._shown.completion(message.file, message.start)
                case "hover":
                    answer = self._shown.hover(message.file, message.start)
                case "words":
                    answer = self._shown.words(message.file, message.start, message.end)
                case "format":
                    answer = self._shown.format(message.file)
                case _:
                    assert_never(message.what)
        self._send({"kind": "answer", "id": message.id, "answer": answer})

    def _edit(self, edits: Sequence[Edit], said: str) -> None:
        versions = {
            edit.location.source.path: self._workspace.documents[edit.location.source.path].version or 0
            for edit in edits
        }
        self._send({"kind": "edit", "edits": self._shown.edits(edits), "versions": versions, "text": said})

    def _later(self, what: Any) -> None:
        task = asyncio.get_running_loop().create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Work:
    """Says that something is under way."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._shows = False

    async def begin(self, title: str, message: str, called_off: Callable[[], None]) -> None:
        self._shows = True
        with suppress(Exception):
            self._send({"kind": "work", "text": title, "checks": title == CHECKING})

    def end(self) -> None:
        if self._shows:
            self._shows = False
            self._send({"kind": "work", "text": ""})
