"""Earlier versions of the rules, as git has them: who, when, what each changed; and how to have one back."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.diagnostic import Edit
from flowrules.scenarios.comparing.changed_parts import changed_parts
from flowrules.source import Location, SourceFile
from flowrules.studio.git import Git, NoHistory, Version
from flowrules.studio.panels.blocks import Block, Button, Buttons, Card, Heading, Note, Table, Tone
from flowrules.studio.panels.panel import Refused, Room

MOST_LINES = 60
"""Rows of old lines beside new ones, of one file."""
MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class _Changed:
    """`lines`: for each file, old stretches beside new ones; `parts`: what changed in the rules, how it was and is."""

    version: Version
    lines: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    parts: tuple[tuple[str, str, str], ...]


class History:
    """Asks git when it is looked at first, and again after a save or when somebody wants it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._git = Git(*room.on_disk.place)
        self._known: tuple[object, tuple[Version, ...]] | None = None
        self._chosen: _Changed | None = None

    async def show(self) -> Sequence[Block]:
        t = self._room.texts
        try:
            versions = await self._versions()
        except NoHistory as why:
            return (Note((t(str(why)),), Tone.SOFT),)
        if self._chosen is not None:
            return tuple(self._one(self._chosen))
        again = Buttons((Button(t("history.again"), "again"),))
        if not versions:
            return Note((t("history.empty"),), Tone.SOFT), again
        return (*(self._row(one) for one in versions), again)

    async def act(self, act: str, fields: Mapping[str, str]) -> None:
        """`look` at a version and `restore` a file of it, both by its revision; `all` versions, `again`."""
        t = self._room.texts
        try:
            match act:
                case "look":
                    self._chosen = await self._changed(await self._version(fields))
                case "restore":
                    await self._restore(await self._version(fields), fields.get("file", ""))
                case "all" | "again":
                    self._chosen = None
                    self._known = self._known if act == "all" else None
        except NoHistory as why:
            raise Refused(t(str(why))) from None

    async def _versions(self) -> tuple[Version, ...]:
        files = self._room.on_disk.files
        if self._known is None or self._known[0] is not files:
            self._known = files, await self._git.versions()
        return self._known[1]

    async def _version(self, fields: Mapping[str, str]) -> Version:
        wanted = fields.get("revision", "")
        for one in await self._versions():
            if one.revision == wanted:
                return one
        raise NoHistory("history.gone")

    async def _changed(self, version: Version) -> _Changed:
        before = await self._git.before(version)
        old = {one.path: one for one in await self._git.sources(before)}
        new = {one.path: one for one in await self._git.sources(version.revision)}
        fence = self._room.on_disk.fence
        parts = await asyncio.to_thread(_parts, tuple(old.values()), tuple(new.values()), fence)
        texts = [(name, _text(old.get(name)), _text(new.get(name))) for name in version.files]
        lines = tuple((name, tuple(_beside(was, now))) for name, was, now in texts)
        return _Changed(version, lines, parts)

    async def _restore(self, version: Version, file: str) -> None:
        t, document = self._room.texts, self._room.workspace.documents.get(file)
        if file not in version.files or document is None:
            raise Refused(t("history.no_file", file=file))
        then = await self._git.source(version.revision, file)
        document = self._room.workspace.documents[file]
        if then.undecodable is not None or then.oversized or then.unread:
            raise Refused(t("history.gone"))
        if then.text == document.source.text:
            raise Refused(t("history.same", file=file))
        whole = Location(document.source, 0, len(document.source.text))
        self._room.edit((Edit(whole, then.text),), t("history.restored", file=file))

    # --- what is seen ---

    def _row(self, one: Version) -> Card:
        t = self._room.texts
        look = Button(t("history.look"), "look", {"revision": one.revision})
        files = Note((", ".join(one.files),), Tone.SOFT)
        return Card((one.subject,), (self._by(one), files, Buttons((look,), one.subject)), key=one.revision)

    def _by(self, one: Version) -> Note:
        return Note((self._room.texts("history.by", who=one.who, when=_when(one.when)),), Tone.SOFT)

    def _one(self, chosen: _Changed) -> Iterator[Block]:
        t, version = self._room.texts, chosen.version
        yield Buttons((Button(t("history.all"), "all"),))
        yield Heading(version.subject, 2)
        yield self._by(version)
        if chosen.parts:
            head = (t("history.part"), t("history.before"), t("history.after"))
            yield Table(t("history.words"), head, chosen.parts[:MOST_PARTS])
            if (left := len(chosen.parts) - MOST_PARTS) > 0:
                yield Note((t("history.more", count=left),), Tone.SOFT)
        for file, lines in chosen.lines:
            yield Table(
                t("history.lines", file=file), (t("history.before"), t("history.after")), lines[:MOST_LINES]
            )
            if (left := len(lines) - MOST_LINES) > 0:
                yield Note((t("history.more", count=left),), Tone.SOFT)
            fields = {"revision": version.revision, "file": file}
            yield Buttons((Button(t("history.restore", file=file), "restore", fields, primary=True),))


def _text(source: SourceFile | None) -> str:
    return "" if source is None else source.text


def _beside(old: str, new: str) -> Iterator[tuple[str, str]]:
    """The lines that differ, old beside new."""
    was, now = old.splitlines(), new.splitlines()
    for what, start, end, first, last in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        for at in range(max(end - start, last - first)):
            left = was[start + at] if start + at < end else ""
            right = now[first + at] if first + at < last else ""
            yield left, right


def _parts(
    old: tuple[SourceFile, ...], new: tuple[SourceFile, ...], fence: DestinationPolicy
) -> tuple[tuple[str, str, str], ...]:
    """What changed in the rules; nothing where one side has none, or has errors."""
    before, after = (load_rules(some, fence=fence).ruleset if some else None for some in (old, new))
    if before is None or after is None:
        return ()
    return tuple((part.what, part.was, part.now) for part in changed_parts(before, after))


def _when(told: str) -> str:
    try:
        return f"{datetime.fromisoformat(told):%Y-%m-%d %H:%M}"
    except ValueError:
        return told
