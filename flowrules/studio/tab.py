"""One tab of a browser: its texts as they are edited, what is found in them, and what it is sent."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, assert_never

from flowrules.authoring.draft import DraftRefused, plain_name
from flowrules.authoring.saving import NEW, Loses
from flowrules.background.checking import CHECKING, Checking
from flowrules.background.player_process import PlayerProcess
from flowrules.background.playing import Playing
from flowrules.diagnostics.diagnostic import Edit
from flowrules.editor.documents import Change as TextChange
from flowrules.editor.workspace import Seen, Workspace
from flowrules.source import SourceFile
from flowrules.studio import messages
from flowrules.studio.edited import Edited, changed
from flowrules.studio.live import LiveCalls
from flowrules.studio.merging import merged
from flowrules.studio.on_disk import RulesOnDisk
from flowrules.studio.panels.panel import Room
from flowrules.studio.shown import Shown, kinds
from flowrules.studio.side import Side
from flowrules.studio.texts import Texts

Send = Callable[[dict[str, Any]], None]
MOST_FILES = 500


class OutOfStep(Exception):
    """The browser speaks of a text that the server does not have: it has to send its own."""


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
        self._edited: dict[str, Edited] = {}
        self._saving = False
        self._tasks: set[asyncio.Task[None]] = set()
        work = _Work(send)
        self._checking = Checking(self._workspace, work, self._found)
        self._playing = Playing(self._workspace, process, work, story_seconds, self._heard, self._show_blocks)
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
        self._leave = on_disk.on_change(self._disk_changed)

    def open(self) -> None:
        """Send what there is, and check it."""
        files = self._on_disk.files
        seen = self._workspace.put_sources(files.values())
        self._edited = {name: Edited(source.digest, source.text) for name, source in files.items()}
        self._send(
            {
                "kind": "welcome",
                "name": self._on_disk.name,
                "id": self._on_disk.id,
                "one_file": self._on_disk.is_one_file,
                "kinds": kinds(),
                "panels": self._side.names,
                "files": [_file(source) for source in files.values()],
                "unread": [
                    {"file": one.location.source.path, "message": one.message} for one in self._on_disk.unread
                ],
            }
        )
        self._publish(seen)
        self._checking.due()
        self._show_blocks()

    async def close(self) -> None:
        """The browser has gone."""
        self._leave()
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
                self._change(message)
            case messages.Text():
                self._text(message)
            case messages.Took(file, digest):
                self._took(file, digest)
            case messages.Mine(file):
                self._conflict(file)
            case messages.New(file):
                self._new(file)
            case messages.Ask():
                self._answer(message)
            case messages.Save(losses_are_meant):
                self._later(self._save(losses_are_meant))
            case messages.Show(panel):
                self._side.show(panel)
            case messages.Act(panel, act, fields):
                self._later(self._side.act(panel, act, fields))
            case _:
                assert_never(message)

    # --- texts ----------------------------------------------------------------------------------------------

    def _change(self, message: messages.Change) -> None:
        document = self._workspace.documents.get(message.file)
        edited = self._edited.get(message.file)
        if document is None or edited is None or message.version != (document.version or 0) + 1:
            self._send({"kind": "resend", "file": message.file})
            return
        text = changed(self._shown.offsets(message.file), document.source.text, message.changes)
        if text is None or len(text) > messages.MOST_TEXT or document.source.undecodable is not None:
            self._send({"kind": "resend", "file": message.file})
            return
        self._workspace.change(message.file, [TextChange(text)], version=message.version)
        self._checking.edited()

    def _text(self, message: messages.Text) -> None:
        """The browser's own text, after the connection or the thread was lost."""
        name = message.file
        if len(message.text) > messages.MOST_TEXT or len(self._edited) >= MOST_FILES:
            return
        there = self._on_disk.files.get(name)
        known = self._edited.get(name)
        if there is None and known is None and not self._is_name(name):
            return
        self._publish(self._workspace.put(name, message.text, message.version))
        if known is None or (there is not None and there.digest != message.digest):
            # It began from a text that nobody has any more: what is on disk is shown beside it.
            self._edited[name] = Edited(message.digest, "" if there is None else there.text)
        if there is not None and there.digest != message.digest and there.text != message.text:
            self._conflict(name)
        elif there is not None:
            self._edited[name] = Edited(there.digest, there.text)
        self._checking.due()
        self._show_blocks()

    def _took(self, file: str, digest: str) -> None:
        there = self._on_disk.files.get(file)
        if there is not None and there.digest == digest and file in self._edited:
            self._edited[file] = Edited(there.digest, there.text)
            self._tell_saved()
        elif there is None and digest == NEW and file in self._edited:
            self._edited[file] = Edited(NEW, "")
        elif there is not None:
            self._disk_changed()

    def _new(self, file: str) -> None:
        if file in self._edited or not self._is_name(file):
            return
        self._edited[file] = Edited(NEW, "")
        self._publish(self._workspace.put(file, "", 0))
        self._send({"kind": "file", "file": {"file": file, "text": "", "digest": NEW, "readonly": ""}})
        self._checking.due()

    def _is_name(self, file: str) -> bool:
        try:
            name = plain_name(file)
        except DraftRefused as error:
            self._send({"kind": "said", "text": _sentence(str(error))})
            return False
        return name == file and not self._on_disk.is_one_file

    # --- the disk -------------------------------------------------------------------------------------------

    def _disk_changed(self) -> None:
        """Files have changed on disk, by a save of this tab, of another one, or of any other program."""
        files = self._on_disk.files
        for name, source in files.items():
            edited = self._edited.get(name)
            if edited is None:
                self._edited[name] = Edited(source.digest, source.text)
                self._publish(self._workspace.put_sources([source]))
                self._send({"kind": "file", "file": _file(source)})
                self._checking.due()
            elif edited.digest != source.digest:
                mine = self._workspace.documents[name]
                if mine.source.text == source.text:
                    self._edited[name] = Edited(source.digest, source.text)
                elif mine.source.text == edited.text:
                    self._send(
                        {
                            "kind": "disk",
                            "file": name,
                            "version": mine.version or 0,
                            "text": source.text,
                            "digest": source.digest,
                        }
                    )
                elif not self._saving:
                    self._conflict(name)
        for name in [one for one in self._edited if one not in files]:
            edited = self._edited[name]
            if edited.digest == NEW:
                continue
            if self._workspace.documents[name].source.text == edited.text:
                del self._edited[name]
                self._publish(self._workspace.remove(name))
                self._send({"kind": "gone", "file": name})
                self._checking.due()
            else:
                self._edited[name] = Edited(NEW, "")
        self._tell_saved()

    def _conflict(self, name: str) -> None:
        there, edited = self._on_disk.files.get(name), self._edited.get(name)
        if there is None or edited is None or there.digest == edited.digest:
            return
        mine = self._workspace.documents[name].source.text
        both = merged(edited.text, mine, there.text)
        self._send(
            {
                "kind": "conflict",
                "file": name,
                "theirs": there.text,
                "digest": there.digest,
                "merged": both.text,
                "clashes": both.clashes,
            }
        )

    async def _save(self, losses_are_meant: bool) -> None:
        if self._saving:
            return
        self._checking.catch_up()
        unsaved = self._unsaved()
        texts = {name: self._workspace.documents[name].source.text for name in unsaved}
        based_on = {name: self._edited[name].digest for name in unsaved}
        for name in unsaved:
            there = self._on_disk.files.get(name)
            if there is not None and there.digest != based_on[name]:
                self._conflict(name)
                self._send({"kind": "not_saved", "text": self._texts("save.conflict"), "losses": False})
                return
        if not texts:
            self._send({"kind": "saved", "files": [], "text": self._texts("save.nothing")})
            return
        self._saving = True
        self._send({"kind": "saving"})
        try:
            await self._on_disk.save(texts, based_on, losses_are_meant=losses_are_meant)
        except DraftRefused as error:
            losses = isinstance(error, Loses)
            self._send({"kind": "not_saved", "text": _sentence(str(error)), "losses": losses})
        except OSError as error:
            why = self._texts("save.impossible", why=error.strerror or str(error))
            self._send({"kind": "not_saved", "text": why, "losses": False})
        else:
            self._note_saved(texts)
            self._send(
                {
                    "kind": "saved",
                    "files": sorted(texts),
                    "text": self._texts.counted("save.done", len(texts)),
                }
            )
        finally:
            self._saving = False
            self._disk_changed()

    def _note_saved(self, texts: dict[str, str]) -> None:
        """What was written is what the texts of these files now begin from, also where somebody typed on meanwhile."""
        for name, text in texts.items():
            there = self._on_disk.files.get(name)
            if there is not None and there.text == text:
                self._edited[name] = Edited(there.digest, there.text)

    def _unsaved(self) -> list[str]:
        return [
            name
            for name, edited in self._edited.items()
            if edited.digest == NEW or self._workspace.documents[name].source.text != edited.text
        ]

    def _tell_saved(self) -> None:
        """Which text each file began from."""
        self._send(
            {
                "kind": "digests",
                "files": {name: edited.digest for name, edited in self._edited.items()},
                "unsaved": self._unsaved(),
            }
        )

    # --- what is found --------------------------------------------------------------------------------------

    def _found(self, seen: Seen) -> None:
        self._publish(seen)
        self._playing.due()
        if seen.settled:
            self._side.settled()
            self._show_blocks()

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
            self._send({"kind": "blocks", **self._shown.outline(name)})
        self._side.found()

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


def _file(source: SourceFile) -> dict[str, Any]:
    readonly = source.unread or ("holds something that is no text" if source.undecodable is not None else "")
    readonly = readonly or ("is too large" if source.oversized else "")
    return {"file": source.path, "text": source.text, "digest": source.digest, "readonly": readonly}


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?", "!")) else ".")
