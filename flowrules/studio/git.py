"""What git knows of a folder of rules: its versions, and its files as they were. It is only read.

A repository's own configuration can name programs that git starts (a file monitor, hooks, a pager, an external diff, a
text filter, a signature check, a way to fetch what is missing). The folder may be anybody's, so none of them is run.
"""

import asyncio
import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from flowrules.folder import SUFFIX
from flowrules.source import SourceFile, source_from_bytes

SECONDS = 15.0
"""That one question may take."""
MOST_BYTES = 4_000_000
"""Of one answer."""
MOST_VERSIONS = 50
_REVISION = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_OPTIONS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.attributesFile": os.devnull,
    "core.quotePath": "false",
    "core.sshCommand": "false",
    "credential.helper": "",
    "diff.external": "",
    "log.showSignature": "false",
    "log.mailmap": "false",
    "i18n.logOutputEncoding": "UTF-8",
    "safe.bareRepository": "explicit",
}
_SURROUNDINGS = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}


class NoHistory(Exception):
    """There is none to be had; the message is the name of a text of the studio that says why."""


@dataclass(frozen=True, slots=True)
class Version:
    """A commit. `when` is as git writes it (ISO 8601, with the author's zone); `files` are the rule files that it
    changed, by their names within the folder."""

    revision: str
    who: str
    when: str
    subject: str
    files: tuple[str, ...]


class Git:
    """Asks git about one folder; `file` is the name of its only rule file, '' where all are meant."""

    def __init__(self, folder: Path, file: str = "") -> None:
        self._folder = folder
        self._where = f"./{file}" if file else "."

    async def versions(self) -> tuple[Version, ...]:
        """The newest first. Raises NoHistory."""
        await self._ask("rev-parse", "--verify", "--quiet", "HEAD", missing="history.empty")
        told = await self._ask(
            "log",
            f"--max-count={MOST_VERSIONS}",
            "--no-merges",
            "--no-ext-diff",
            "--no-textconv",
            "--no-renames",
            "--no-color",
            "--name-only",
            "--relative",
            "-z",
            "--format=%x01%H%x02%an%x02%aI%x02%s%x02",
            "--",
            self._where,
        )
        found = (_version(part) for part in told.decode("utf-8", "replace").split("\x01"))
        return tuple(one for one in found if one is not None and one.files)

    async def before(self, version: Version) -> str:
        """The revision that a version was made from; '' for the first one. Raises NoHistory."""
        told = await self._ask("rev-list", "--parents", "--max-count=1", version.revision, "--")
        parents = told.decode("ascii", "replace").split()[1:]
        return parents[0] if parents and _REVISION.fullmatch(parents[0]) else ""

    async def sources(self, revision: str) -> tuple[SourceFile, ...]:
        """All rule files of a revision, '' for the time before the first one. Raises NoHistory."""
        if not revision:
            return ()
        told = await self._ask("ls-tree", "-r", "-z", "--name-only", revision, "--", self._where)
        names = [name for name in told.decode("utf-8", "replace").split("\0") if name.endswith(SUFFIX)]
        return tuple([await self.source(revision, name) for name in sorted(names)])

    async def source(self, revision: str, file: str) -> SourceFile:
        """A file as it was. Raises NoHistory."""
        if not _REVISION.fullmatch(revision):
            raise NoHistory("history.gone")
        data = await self._ask("cat-file", "blob", f"{revision}:./{file}", missing="history.gone")
        return source_from_bytes(data, file)

    async def _ask(self, *words: str, missing: str = "history.none") -> bytes:
        program = shutil.which("git")
        if program is None:
            raise NoHistory("history.no_git")
        options = [word for name, value in _OPTIONS.items() for word in ("-c", f"{name}={value}")]
        own = {name: value for name, value in os.environ.items() if not name.upper().startswith("GIT_")}
        process = await asyncio.create_subprocess_exec(
            program,
            "--no-pager",
            *options,
            *words,
            cwd=self._folder,
            env={**own, **_SURROUNDINGS},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(SECONDS):
                data = bytearray()
                while piece := await process.stdout.read(65_536):
                    data += piece
                    if len(data) > MOST_BYTES:
                        raise NoHistory("history.too_long")
                code = await process.wait()
        except TimeoutError:
            raise NoHistory("history.too_long") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if code:
            raise NoHistory(missing)
        return bytes(data)


def _version(told: str) -> Version | None:
    revision, *fields = told.split("\x02")
    if not _REVISION.fullmatch(revision) or len(fields) < 4:
        return None
    who, when, *subject, names = fields
    files = tuple(name.strip("\n") for name in names.split("\0"))
    return Version(
        revision, who, when, " ".join(subject), tuple(name for name in files if name.endswith(SUFFIX))
    )
