"""A draft is saved through the same gate as any reload: what a running engine would refuse or hold back is not
written."""

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from flowrules import kept
from flowrules.authoring.draft import DraftRefused, lay_over
from flowrules.authoring.encoded import encoded_like
from flowrules.compiler.loading.load import Loaded, load_rules
from flowrules.exploration.kept import TESTED, keep_promises
from flowrules.runtime.rules.rulebook import LoadOutcome, LoadStatus, RuleBook
from flowrules.source import SourceFile, read_folder, source_from_bytes

PATIENCE = 10.0
"""Seconds that promises are played, at most: all that `flowrules test` plays, but for rules by the hundred."""
_NOT_LIVE = (LoadStatus.REFUSED, LoadStatus.HELD)
NEW = ""
"""In place of a digest: there is no such file yet."""


class Loses(DraftRefused):
    """A draft that is sound, and with which rules, promises or whole files would be gone."""


@dataclass(frozen=True, slots=True)
class _File:
    """One file to write: `old` is None where there is none yet."""

    path: Path
    old: bytes | None
    new: bytes


class Saver:
    """Saves drafts of the rule set of a book. The book may be that of a running engine, which then goes on under the
    new rules; its gate has the last word."""

    def __init__(self, book: RuleBook) -> None:
        if book.path is None:
            raise ValueError("a book of text has no files to save")
        self._book = book
        self._path = book.path
        self._one = asyncio.Lock()
        self._loaded: Loaded | None = None
        """What was judged last, of which the next is an edit."""

    async def save(
        self,
        texts: Mapping[str, str],
        based_on: Mapping[str, str],
        *,
        losses_are_meant: bool = False,
        played: Collection[str] = (),
    ) -> LoadOutcome:
        """Write the texts, if the rule set with them may go live, and load it. `based_on` has for each file the digest
        of the text that the draft was made from, `NEW` or nothing for a new file. `losses_are_meant`: whoever saves was
        shown what is gone with it, so it is not held back for that. `played`: the digests of a whole rule set whose
        promises were played as far as `flowrules test` plays, and hold; if it is this one they are not played again.

        Raises DraftRefused, with nothing written, `Loses` where that is all that speaks against it; OSError where a
        file can't be written.
        """
        async with self._one:
            await self._book.reload()
            laid = await asyncio.to_thread(self._files, texts, based_on)
            sources = await asyncio.to_thread(self._sources, laid)
            outcome = await self._book.judge(sources)
            if outcome.status is LoadStatus.REFUSED:
                raise DraftRefused(self._why_not(outcome))
            if outcome.status is LoadStatus.HELD and not losses_are_meant:
                raise Loses(self._why_not(outcome))
            if broken := await asyncio.to_thread(self._broken, sources, played):
                raise DraftRefused(f"nothing is saved, for it may not go live: {broken}")
            await asyncio.to_thread(self._write, laid)
            outcome = await self._book.reload()
            if outcome.status is LoadStatus.HELD and losses_are_meant:
                outcome = self._book.accept() or outcome
            if outcome.status in _NOT_LIVE:
                await asyncio.to_thread(self._put_back, laid)
                await self._book.reload()
                raise DraftRefused(self._why_not(outcome))
            return outcome

    def _files(self, texts: Mapping[str, str], based_on: Mapping[str, str]) -> tuple[_File, ...]:
        if not texts:
            raise DraftRefused("there is no text to save")
        draft = lay_over(texts, self._path)
        digests = {source.path: source.digest for source in draft.before}
        files = []
        for source in draft.sources:
            name = source.path
            if name not in draft.names:
                continue
            there, given = digests.get(name, NEW), based_on.get(name, NEW)
            if there != given:
                raise DraftRefused(_changed(name, there, given))
            path = self._place(name)
            old = path.read_bytes() if there else None
            files.append(_File(path, old, encoded_like(old or b"", source.text)))
        return tuple(files)

    def _place(self, name: str) -> Path:
        """Where a file really stands: never outside the folder, whatever its links say."""
        if self._path.is_file():
            return self._path.resolve()
        root = self._path.resolve()
        place = (root / name).resolve()
        if not place.is_relative_to(root):
            raise DraftRefused(
                f"{name} is a link that leads out of the folder of the rules, so it is not written"
            )
        return place

    def _sources(self, files: tuple[_File, ...]) -> tuple[SourceFile, ...]:
        """The rule set as it will be on disk, with the paths that it has there."""
        sources, _ = read_folder(self._path)
        root = self._path.parent if self._path.is_file() else self._path
        real = {Path(source.path).resolve(): source.path for source in sources}
        by_path = {source.path: source for source in sources}
        for file in files:
            path = real.get(file.path) or (root / file.path.relative_to(root.resolve())).as_posix()
            by_path[path] = source_from_bytes(file.new, path)
        readable = sorted(path for path, source in by_path.items() if not source.unread)
        unread = [path for path, source in by_path.items() if source.unread]
        return tuple(by_path[path] for path in (*readable, *unread))

    async def prepare(self) -> None:
        """Have at hand what the first save needs: the rules as they are, in the process that judges."""
        async with self._one:
            await self._book.reload()

    def _broken(self, sources: tuple[SourceFile, ...], played: Collection[str]) -> str:
        """The promise that a story breaks, as far as `flowrules test` looks: the gate of a reload has less time. ''
        where all hold. Those of the files with the digests `played` are known to."""
        if sorted(played) == sorted(source.digest for source in sources):
            return ""
        book = self._book
        self._loaded = load_rules(
            sources, agent_type=book.agent_type, fence=book.fence, previous=self._loaded
        )
        ruleset, budget = self._loaded.ruleset, TESTED._replace(seconds=PATIENCE)
        kept_promises = keep_promises(ruleset, budget, clock=time.monotonic) if ruleset is not None else None
        broken = (
            [one.finding for one in kept_promises.promises if one.broken] if kept_promises is not None else []
        )
        return f"{broken[0].message} {' '.join(broken[0].story)}" if broken and broken[0] is not None else ""

    def _why_not(self, outcome: LoadOutcome) -> str:
        """Files by their names within the folder."""
        held = outcome.status is LoadStatus.HELD
        kept_out = "the rule set would lose something" if held else "it may not go live"
        root = self._path.parent if self._path.is_file() else self._path
        return f"nothing is saved, for {kept_out}: {outcome.message.replace(f'{root.as_posix()}/', '')}"

    def _write(self, files: tuple[_File, ...]) -> None:
        done: list[_File] = []
        try:
            for file in files:
                if (file.path.read_bytes() if file.path.exists() else None) != file.old:
                    raise DraftRefused(
                        f"{file.path.name} has changed while the draft was judged: read it again"
                    )
                file.path.parent.mkdir(parents=True, exist_ok=True)
                kept.replace(file.path, file.new)
                done.append(file)
        except BaseException:
            self._put_back(tuple(done))
            raise

    def _put_back(self, files: tuple[_File, ...]) -> None:
        """As it was, where nobody else has written since."""
        for file in files:
            if not file.path.exists() or file.path.read_bytes() != file.new:
                continue
            if file.old is None:
                file.path.unlink()
            else:
                kept.replace(file.path, file.old)


def _changed(name: str, there: str, given: str) -> str:
    if not there:
        return f"there is no {name} any more: look at the rules again"
    if not given:
        return f"there is a {name} already: read it, and give its digest in based_on"
    return f"{name} has changed since the draft was made: read it again, and draft over what it says now"
