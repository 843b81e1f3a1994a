"""Which files are one rule set, and the texts of those that no editor has open."""

from dataclasses import dataclass, field
from pathlib import Path

from pygls.uris import from_fs_path, to_fs_path

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.editor.workspace import Seen, Workspace
from flowrules.folder import SUFFIX, look
from flowrules.source import MAX_BYTES


@dataclass
class RuleSetOpen:
    """A rule set with an open file. `folder` is None for a text that is no file yet; `open_paths` are the paths of the
    texts that an editor has, `uris` what it calls them."""

    folder: Path | None
    workspace: Workspace
    open_paths: set[str] = field(default_factory=set)
    uris: dict[str, str] = field(default_factory=dict)

    def uri(self, path: str) -> str:
        """What the editor calls a file."""
        return self.uris.get(path) or from_fs_path(path) or path


class RuleSets:
    """The rule sets of the files that are open."""

    def __init__(self, fence: DestinationPolicy) -> None:
        self._fence = fence
        self._roots: tuple[Path, ...] = ()
        self._sets: dict[str, RuleSetOpen] = {}

    def within(self, roots: tuple[Path, ...]) -> None:
        """The folders that the editor has open: a rule set does not reach beyond them."""
        self._roots = roots

    def all(self) -> tuple[RuleSetOpen, ...]:
        return tuple(self._sets.values())

    def of(self, uri: str) -> tuple[RuleSetOpen, str] | None:
        """The rule set of a file that is known, and its path; None where it is not."""
        path = path_of(uri)
        return next(((one, path) for one in self._sets.values() if path in one.workspace.files), None)

    def open(self, uri: str, text: str, version: int) -> tuple[RuleSetOpen, Seen]:
        """A file is opened in an editor; the others of its rule set are read from the disk."""
        path = path_of(uri)
        known = self.of(uri)
        one = known[0] if known is not None else self._for(uri, path)
        one.open_paths.add(path)
        one.uris[path] = uri
        return one, one.workspace.put(path, text, version)

    def close(self, uri: str) -> tuple[RuleSetOpen, Seen] | None:
        """A file is closed: what counts is what stands on the disk."""
        known = self.of(uri)
        if known is None:
            return None
        one, path = known
        one.open_paths.discard(path)
        seen = self._from_disk(one, path)
        if not one.open_paths:
            self._sets = {key: other for key, other in self._sets.items() if other is not one}
        return one, seen

    def changed_on_disk(self, uri: str) -> tuple[RuleSetOpen, Seen] | None:
        """A file has changed, come or gone on the disk; None where that concerns no rule set that is open."""
        path = path_of(uri)
        for one in self._sets.values():
            inside = one.folder is not None and one.folder in Path(path).parents and path.endswith(SUFFIX)
            if inside and path not in one.open_paths:
                return one, self._from_disk(one, path)
        return None

    def _for(self, uri: str, path: str) -> RuleSetOpen:
        folder = None if to_fs_path(uri) is None else self._folder_of(Path(path))
        key = uri if folder is None else str(folder)
        one = self._sets.get(key)
        if one is None:
            one = self._sets[key] = RuleSetOpen(folder, Workspace(self._fence))
            if folder is not None:
                one.workspace.put_all(_texts(folder))
        return one

    def _folder_of(self, path: Path) -> Path:
        """The folder of a file, or the highest one above it, within what is open, from which rule files stand in each
        folder on the way down."""
        folder = path.parent
        while any(root in folder.parents for root in self._roots) and any(folder.parent.glob(f"*{SUFFIX}")):
            folder = folder.parent
        return folder

    def _from_disk(self, one: RuleSetOpen, path: str) -> Seen:
        data = _bytes(Path(path))
        return one.workspace.remove(path) if data is None else one.workspace.put_all({path: data})


def path_of(uri: str) -> str:
    """The path of a file; of a text that is no file its address."""
    path = to_fs_path(uri)
    return uri if path is None else Path(path).as_posix()


def _texts(folder: Path) -> dict[str, bytes]:
    try:
        files = look(folder).files
    except OSError:
        return {}
    texts = ((path.as_posix(), _bytes(path)) for path in files)
    return {path: data for path, data in texts if data is not None}


def _bytes(path: Path) -> bytes | None:
    """What stands in a file; None where it can't be read. Of one that is too large, so much that this can be told."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError:
        return None
