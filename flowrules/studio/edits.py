"""The texts of one tab as they are edited: changes of them, what comes from the disk, and saving them."""

from collections.abc import Callable
from typing import Any

from flowrules.authoring.draft import DraftRefused, plain_name
from flowrules.authoring.saving import NEW, Loses
from flowrules.background.checking import Checking
from flowrules.editor.documents import Change as TextChange
from flowrules.editor.promised import broken, tested
from flowrules.editor.workspace import Seen, Workspace
from flowrules.source import SourceFile
from flowrules.studio import messages
from flowrules.studio.edited import Edited, changed
from flowrules.studio.merging import merged
from flowrules.studio.on_disk import Files, RulesOnDisk
from flowrules.studio.shown import Shown
from flowrules.studio.texts import Texts

Send = Callable[[dict[str, Any]], None]
MOST_FILES = 500


class Edits:
    """`publish` is told what an edit has changed, `show_blocks` that files have come or gone."""

    def __init__(
        self,
        on_disk: RulesOnDisk,
        workspace: Workspace,
        shown: Shown,
        checking: Checking,
        send: Send,
        texts: Texts,
        publish: Callable[[Seen], None],
        show_blocks: Callable[[], None],
    ) -> None:
        self._on_disk = on_disk
        self._workspace = workspace
        self._shown = shown
        self._checking = checking
        self._send = send
        self._texts = texts
        self._publish = publish
        self._show_blocks = show_blocks
        self._edited: dict[str, Edited] = {}
        self._saving = False

    def begin(self, files: Files) -> Seen:
        """All texts as they stand on disk, with what was found in them where they were checked."""
        self._edited = {name: Edited(source.digest, source.text) for name, source in files.items()}
        loaded = self._on_disk.ready(files)
        if loaded is None:
            return self._workspace.put_sources(files.values())
        return self._workspace.put_loaded(loaded)

    def change(self, message: messages.Change) -> None:
        """The browser has changed a text. One that does not follow has it send the whole."""
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
        self._on_disk.prepare()
        self._checking.edited()
        if text == edited.text and edited.digest != NEW:
            self._tell_saved()  # It was undone.

    def text(self, message: messages.Text) -> None:
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
            self.conflict(name)
        elif there is not None:
            self._edited[name] = Edited(there.digest, there.text)
        self._checking.due()
        self._show_blocks()

    def took(self, file: str, digest: str) -> None:
        """The own text goes back to the one on disk with this digest, from here on."""
        there = self._on_disk.files.get(file)
        if there is not None and there.digest == digest and file in self._edited:
            self._edited[file] = Edited(there.digest, there.text)
            self._tell_saved()
        elif there is None and digest == NEW and file in self._edited:
            self._edited[file] = Edited(NEW, "")
        elif there is not None:
            self.disk_changed()

    def new(self, file: str) -> None:
        """Begin a file that is not there yet."""
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

    def disk_changed(self) -> None:
        """Files have changed on disk, by a save of this tab, of another one, or of any other program."""
        files = self._on_disk.files
        for name, source in files.items():
            edited = self._edited.get(name)
            if edited is None:
                self._edited[name] = Edited(source.digest, source.text)
                self._publish(self._workspace.put_sources([source]))
                self._send({"kind": "file", "file": file_told(source)})
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
                    self.conflict(name)
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

    def conflict(self, name: str) -> None:
        """Show both texts of a file, where that on disk is another one than the own began from."""
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

    async def save(self, losses_are_meant: bool) -> None:
        """Save all that was edited, through the gate of a reload, and tell what came of it."""
        if self._saving:
            return
        self._checking.catch_up()
        unsaved = self._unsaved()
        texts = {name: self._workspace.documents[name].source.text for name in unsaved}
        based_on = {name: self._edited[name].digest for name in unsaved}
        for name in unsaved:
            there = self._on_disk.files.get(name)
            if there is not None and there.digest != based_on[name]:
                self.conflict(name)
                self._send({"kind": "not_saved", "text": self._texts("save.conflict"), "losses": False})
                return
        if not texts:
            self._tell_saved()
            self._send({"kind": "saved", "files": [], "text": self._texts("save.nothing")})
            return
        if (story := broken(self._workspace)) is not None:
            # The gate plays for a shorter time than is played beside whoever writes, and might not come so far.
            why = self._texts("save.broken", why=story.message, story=" ".join(story.story))
            self._send({"kind": "not_saved", "text": why, "losses": False})
            return
        self._saving = True
        self._send({"kind": "saving"})
        try:
            played = tested(self._workspace)
            await self._on_disk.save(texts, based_on, losses_are_meant=losses_are_meant, played=played)
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
            self.disk_changed()

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
        """Which text each file began from, and which files have another one now, as of their versions here."""
        self._send(
            {
                "kind": "digests",
                "files": {name: edited.digest for name, edited in self._edited.items()},
                "unsaved": self._unsaved(),
                "versions": {name: self._workspace.documents[name].version or 0 for name in self._edited},
            }
        )


def file_told(source: SourceFile) -> dict[str, Any]:
    readonly = source.unread or ("holds something that is no text" if source.undecodable is not None else "")
    readonly = readonly or ("is too large" if source.oversized else "")
    return {"file": source.path, "text": source.text, "digest": source.digest, "readonly": readonly}


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?", "!")) else ".")
