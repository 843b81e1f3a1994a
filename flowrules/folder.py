"""Which files of a folder are its rule files: those that are read, those that can't be, and what only looks like one.

Links are followed, to files and to folders. What two ways lead to is read once, so that a link in a circle ends.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from errno import EINVAL
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG

SUFFIX = ".rules"
MAX_FOLDERS = 2_000
"""A folder of rules with more folders in it than this is a link to somewhere else."""
_LEFT_BEHIND = re.compile(
    r".*~|#.*#|.*\.(bak|tmp|temp|sw[a-z]|orig|rej|part|partial|crdownload)", re.IGNORECASE
)
"""What editors, copies and downloads leave beside a file; nobody takes it for one."""
_ALIKE = 0.8
"""From here on an ending is a slip of the keyboard: `.rule`, `.rulse`."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A file or folder that is not read. `why` is how the sentence "This …" goes on."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Folder:
    """What a path holds, each in the order of its paths.

    `broken` are rule files and folders that can't be read. `passed_over` are files that look like rule files by their
    names, and links that may have been meant as folders of them. `folders` are the real folders that were looked into.
    """

    files: tuple[Path, ...]
    broken: tuple[Unread, ...] = ()
    passed_over: tuple[Unread, ...] = ()
    folders: tuple[Path, ...] = ()


def look(path: Path) -> Folder:
    """The rule files of a file or a folder; hidden files and folders are passed over.

    Raises OSError where the path itself is neither: FileNotFoundError where nothing is there.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file or folder {str(path)!r}") from None
    if S_ISREG(mode):
        return Folder((path,))
    if not S_ISDIR(mode):
        raise OSError(EINVAL, "it is neither a file nor a folder", str(path))
    walk = _Walk(path)
    walk.go()
    return walk.found()


class _Walk:
    """One walk through a folder: real folders first, so that a file goes by the name that stands in them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._around = root.resolve()
        self._folders: dict[Path, None] = {}
        self._named_like_files: list[Path] = []
        self._links: list[Path] = []
        self._files: dict[Path, Path] = {}
        """Rule files by where they really are."""
        self._linked_files: list[Path] = []
        self._broken: list[Unread] = []
        self._passed_over: list[Unread] = []

    def go(self) -> None:
        self._through(self._root, self._around)
        while self._links:
            link = self._links.pop(0)
            real = _resolved(link)
            if real is None:
                self._broken.append(Unread(link, "can't be followed to its end"))
            elif real in self._folders:
                continue
            elif self._around.is_relative_to(real):
                self._passed_over.append(
                    Unread(link, "is a link to a folder around this one, so it is not followed")
                )
            else:
                self._through(link, real)
        for file in sorted(self._linked_files, key=self._order):
            self._files.setdefault(_resolved(file) or file, file)
        if len(self._folders) > MAX_FOLDERS:
            why = f"holds more than {MAX_FOLDERS:,} folders; look where its links lead"
            self._broken.append(Unread(self._root, why))

    def found(self) -> Folder:
        files = tuple(sorted(self._files.values(), key=self._order))
        for folder in self._named_like_files:
            if not any(file.is_relative_to(folder) for file in files):
                self._broken.append(Unread(folder, f"is a folder without a {SUFFIX} file, not a file"))
        broken, passed_over = (
            tuple(sorted(these, key=lambda one: self._order(one.path)))
            for these in (self._broken, self._passed_over)
        )
        return Folder(files, broken, passed_over, tuple(self._folders))

    def _through(self, folder: Path, real: Path) -> None:
        waiting = [(folder, real)]
        while waiting and len(self._folders) <= MAX_FOLDERS:
            folder, real = waiting.pop()
            if real in self._folders:
                continue
            self._folders[real] = None
            try:
                entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
            except OSError as error:
                self._broken.append(Unread(folder, said_by(error)))
                continue
            for entry in entries:
                if self._take(entry, real / entry.name):
                    waiting.append((entry, real / entry.name))

    def _take(self, entry: Path, real: Path) -> bool:
        """Note an entry; whether it is a folder to go through now."""
        is_rules = entry.name.endswith(SUFFIX)
        try:
            mode = entry.lstat().st_mode
            is_link = S_ISLNK(mode)
            if is_link:
                mode = entry.stat().st_mode
        except OSError as error:
            self._take_dead(entry, error)
            return False
        if S_ISDIR(mode):
            if is_rules:
                self._named_like_files.append(entry)
            if is_link:
                self._links.append(entry)
            return not is_link
        if is_rules and S_ISREG(mode):
            if is_link:
                self._linked_files.append(entry)
            else:
                self._files[real] = entry
        elif is_rules:
            self._broken.append(Unread(entry, "is no ordinary file"))
        elif why := looks_like_rules(entry.name):
            self._passed_over.append(Unread(entry, why))
        return False

    def _take_dead(self, entry: Path, error: OSError) -> None:
        """What can't be looked at: a link that leads nowhere, or round in a circle, or past a locked door."""
        why = "is a link that leads nowhere" if isinstance(error, FileNotFoundError) else said_by(error)
        if entry.name.endswith(SUFFIX) or isinstance(error, PermissionError):
            self._broken.append(Unread(entry, why))
        elif looks_like_rules(entry.name) or not entry.suffix:
            self._passed_over.append(Unread(entry, why))

    def _order(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def looks_like_rules(name: str) -> str:
    """Why a file of this name is not read, if it looks like a rule file by it; else ''."""
    plain = name.strip().casefold()
    if name.endswith(SUFFIX) or _LEFT_BEHIND.fullmatch(plain):
        return ""
    ending = plain[plain.rfind(".") :] if "." in plain else ""
    if ending == SUFFIX:
        spelling = (
            "has a space behind its name"
            if name != name.strip()
            else f'does not end in "{SUFFIX}" in small letters'
        )
        return f"{spelling}, so it is not read"
    if SUFFIX in plain:
        rest = name.strip()[plain.rfind(SUFFIX) + len(SUFFIX) :]
        return f'does not end in "{SUFFIX}" but in "{rest}", so it is not read'
    if (
        ending
        and ending not in _OTHER_ENDINGS
        and SequenceMatcher(None, ending[1:], SUFFIX[1:]).ratio() >= _ALIKE
    ):
        return f'ends in "{name.strip()[-len(ending) :]}", not in "{SUFFIX}", so it is not read'
    return ""


_OTHER_ENDINGS = frozenset({".ruleset"})
"""Endings of other programs that are like ours."""


def said_by(error: OSError) -> str:
    """How the sentence "This …" goes on with what the system said."""
    return f"can't be read: {error.strerror or error}"


def _resolved(path: Path) -> Path | None:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # A circle of links, that some Pythons raise one for and some the other.
        return None
