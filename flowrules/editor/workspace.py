"""The texts of one rule set while they are edited, and what is found in them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.compiler.loading.load import Loaded, load_edit, load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Diagnostic, Findings, in_order
from flowrules.editor.documents import Change, Document
from flowrules.editor.index import Index
from flowrules.editor.kept import Moves
from flowrules.editor.played import NOTHING_PLAYED, Played
from flowrules.editor.positions import Units
from flowrules.language.nodes import RuleFile
from flowrules.language.parse import parse
from flowrules.source import SourceFile


class OutOfStep(Exception):
    """A change of a text that is not open, or of another version than the one that is known."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What an edit has changed: the findings of each file that has others than before, by its path. Not `settled` while
    only the mistakes in texts are known for certain, and the whole is still to be checked."""

    findings: Mapping[str, Findings]
    settled: bool


@dataclass(frozen=True, slots=True)
class Check:
    """A check of everything that is due. It may run in another thread; `Workspace.take` takes what it finds."""

    sources: tuple[SourceFile, ...]
    previous: Loaded | None
    fence: DestinationPolicy

    def run(self) -> Loaded:
        return load_rules(self.sources, fence=self.fence, previous=self.previous)


@dataclass(frozen=True, slots=True)
class ToPlay:
    """Texts without errors that calls are to be played of. `Workspace.hear` takes what comes of it."""

    sources: tuple[SourceFile, ...]
    files: tuple[RuleFile, ...]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What calls have shown, in the files that were played."""

    files: tuple[RuleFile, ...] = ()
    played: Played = NOTHING_PLAYED


class Workspace:
    """The files of one rule set by their paths, in the order of these.

    `files` are as they were read last, `loaded` as they were checked last, which may be some edits ago. Places in
    answers are offsets in the files' texts; a `Document` tells them in an editor's units.

    What playing calls shows comes later (`to_play`, `hear`), and stays shown as far as its rule is as it was.
    """

    def __init__(self, fence: DestinationPolicy = DEFAULT_POLICY) -> None:
        self.fence = fence
        self.documents: dict[str, Document] = {}
        self.files: dict[str, RuleFile] = {}
        self.index = Index()
        self.loaded: Loaded | None = None
        self._syntax: dict[str, Findings] = {}
        self._shown: dict[str, Findings] = {}
        self._heard = _Heard()
        self._is_settled = True
        self._is_read = True

    @property
    def settled(self) -> bool:
        """Whether everything was checked since the last edit."""
        return self._is_settled and self._is_read

    @property
    def is_read(self) -> bool:
        """Whether `files` are the texts as they are now."""
        return self._is_read

    @property
    def ruleset(self) -> RuleSet | None:
        """The rule set, where everything is checked and free of errors."""
        return self.loaded.ruleset if self.settled and self.loaded is not None else None

    @property
    def findings(self) -> Mapping[str, Findings]:
        """All findings by path."""
        return self._shown

    def put(self, path: str, raw: str, version: int | None = None) -> Seen:
        """A file is opened, or another text stands in it; the rest of the rule set is as it was."""
        return self._read({path: Document.of(path, raw, version)})

    def put_all(self, texts: Mapping[str, str | bytes]) -> Seen:
        """Several files: texts, or the bytes that stand on disk."""
        return self._read(
            {
                path: Document.of_bytes(path, raw) if isinstance(raw, bytes) else Document.of(path, raw)
                for path, raw in texts.items()
            }
        )

    def put_sources(self, sources: Iterable[SourceFile]) -> Seen:
        """Files as they were read from the disk; the editor has them with line ends of `\\n`."""
        return self._read({source.path: Document(source, source.text, 0) for source in sources})

    def put_loaded(self, loaded: Loaded) -> Seen:
        """Files as they were read from the disk and checked: nothing is done again."""
        files = loaded.checkup.rules.read
        self.documents = {file.source.path: Document(file.source, file.source.text, 0) for file in files}
        self._is_read = True
        return self._settled(loaded)

    def remove(self, path: str) -> Seen:
        """A file is gone."""
        self.documents.pop(path, None)
        return self._read({})

    def edit(
        self,
        path: str,
        changes: Iterable[Change],
        units: Units = Units.UTF16,
        version: int | None = None,
    ) -> Seen:
        """Changes as an editor reports them. Raises OutOfStep where they are not of a newer version of a file that is
        known, so that they can't be made."""
        self.change(path, changes, units, version)
        return self.read()

    def change(
        self,
        path: str,
        changes: Iterable[Change],
        units: Units = Units.UTF16,
        version: int | None = None,
    ) -> None:
        """As `edit`, where more may come before `read` looks at it."""
        known = self.documents.get(path)
        if known is None:
            raise OutOfStep(f"{path} is not open")
        if version is not None and known.version is not None and version <= known.version:
            raise OutOfStep(f"{path} is known in version {known.version}, and these changes are of {version}")
        self.documents[path] = known.changed(changes, units, version)
        self._is_read = False

    def read(self) -> Seen:
        """What has changed since the texts were read last."""
        return Seen({}, self._is_settled) if self._is_read else self._read({})

    def settle(self) -> Seen:
        """Check everything, where that is due."""
        check = self.due()
        return Seen({}, True) if check is None else self.take(check, check.run())

    def due(self) -> Check | None:
        """The check of everything that is due; None where nothing is."""
        return None if self.settled else Check(self._sources, self.loaded, self.fence)

    def take(self, check: Check, loaded: Loaded) -> Seen:
        """What a check has found. It counts only where no edit has come meanwhile: then nothing changes."""
        if check.sources != self._sources:
            return Seen({}, self.settled)
        return self._settled(loaded)

    def to_play(self) -> ToPlay | None:
        """What calls are to be played of; None where the texts have errors, or are not checked."""
        ruleset = self.ruleset
        return None if ruleset is None else ToPlay(self._sources, ruleset.checked.read)

    def hear(self, of: ToPlay, played: Played) -> Seen:
        """What calls have shown. It counts only where no edit has come meanwhile: then nothing changes."""
        if of.sources != self._sources or self.loaded is None or not self.settled:
            return Seen({}, self.settled)
        self._heard = _Heard(of.files, played)
        return self._settled(self.loaded)

    @property
    def tests(self) -> Mapping[tuple[str, int], bool]:
        """Whether each test passes, by its path and where its name stands: what was played of these very texts."""
        return {(one.location.source.path, one.location.start): one.passed for one in self.played.tests}

    @property
    def looked(self) -> tuple[str, ...]:
        """How far stories were played of these very texts, in sentences; none where they were not, or not yet."""
        return self.played.looked

    @property
    def played(self) -> Played:
        """What playing calls has shown so far of these very texts."""
        heard = self._heard
        is_of_now = self.settled and tuple(file.source for file in heard.files) == self._sources
        return heard.played if is_of_now else NOTHING_PLAYED

    @property
    def _sources(self) -> tuple[SourceFile, ...]:
        return tuple(document.source for document in self.documents.values())

    def _read(self, documents: Mapping[str, Document]) -> Seen:
        self._is_read = True
        new = {**self.documents, **documents}
        self.documents = {path: new[path] for path in sorted(new, key=lambda path: path.split("/"))}
        if self.loaded is not None:
            loaded = load_edit(self._sources, self.loaded, fence=self.fence)
            if loaded is not None:
                return self._settled(loaded)
        files, syntax = {}, {}
        for path, document in self.documents.items():
            known = self.files.get(path)
            files[path], syntax[path] = (
                (known, self._syntax[path])
                if known is not None and known.source is document.source and path in self._syntax
                else parse(document.source, known)
            )
        self._syntax = syntax
        self._follow(files)
        self._is_settled = False
        kept = {path: list(found) for path, found in syntax.items()}
        for one in self._still_heard(tuple(files.values())):
            kept[one.location.source.path].append(one)
        if self.loaded is not None:
            before = self.loaded.checkup.rules.read
            for one in Moves(before, tuple(files.values())).findings(self.loaded.checkup.findings):
                kept[one.location.source.path].append(one)
        return self._show({path: in_order(found) for path, found in kept.items()}, settled=False)

    def _settled(self, loaded: Loaded) -> Seen:
        self.loaded = loaded
        self._is_settled = True
        self._syntax = {}
        self._follow({file.source.path: file for file in loaded.checkup.rules.read})
        found: dict[str, list[Diagnostic]] = {path: [] for path in self.documents}
        for one in loaded.findings:
            found[one.location.source.path].append(one)
        for one in self._still_heard(loaded.checkup.rules.read):
            found[one.location.source.path].append(one)
        return self._show({path: in_order(some) for path, some in found.items()}, settled=True)

    def _still_heard(self, files: tuple[RuleFile, ...]) -> Iterator[Diagnostic]:
        """What calls have shown of blocks that are as they were then."""
        if self._heard.played.findings:
            yield from Moves(self._heard.files, files).findings(self._heard.played.findings)

    def _follow(self, files: dict[str, RuleFile]) -> None:
        self.files = files
        self.index = Index(files.values(), self.index)

    def _show(self, findings: dict[str, Findings], *, settled: bool) -> Seen:
        before = {path: self._shown.get(path, ()) for path in {*findings, *self._shown}}
        self._shown = findings
        changed = {
            path: findings.get(path, ()) for path in sorted(before) if before[path] != findings.get(path, ())
        }
        return Seen(changed, settled)
