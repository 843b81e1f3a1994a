"""The server: texts that an editor opens and changes, what is found in them, and commands."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

import flowrules
from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.background.checking import Checking
from flowrules.background.player_process import PlayerProcess
from flowrules.background.playing import Playing
from flowrules.editor.features.testing import run_test
from flowrules.editor.workspace import OutOfStep, Seen
from flowrules.folder import SUFFIX
from flowrules.lsp.agreed import Agreed
from flowrules.lsp.convert import Converter, changes_of
from flowrules.lsp.options import Options
from flowrules.lsp.progress import Progress
from flowrules.lsp.protocol import RawTexts
from flowrules.lsp.questions import EXPLORE_RULE, PREVIEW, RUN_TEST, Questions, Refused
from flowrules.lsp.rule_sets import RuleSetOpen, RuleSets
from flowrules.lsp.usage import Usage

EXPLORED_FOR = 20.0
"""Seconds for the stories around a rule, where nobody says otherwise."""
MOST_EXPLORED = 600.0
COUNTED_EVERY = 60.0
"""Seconds after which the journal is read on."""


class _Work(NamedTuple):
    """What goes on in the background for a rule set."""

    rules: RuleSetOpen
    checking: Checking
    playing: Playing


class Server:
    """Answers an editor. `lsp` is pygls's server, which carries the messages."""

    def __init__(self, fence: DestinationPolicy = DEFAULT_POLICY) -> None:
        self.lsp = LanguageServer(
            "flowrules",
            flowrules.__version__,
            protocol_cls=RawTexts,
            converter_factory=get_converter,
        )
        self._agreed = Agreed(self.lsp)
        self._sets = RuleSets(fence)
        self._work: dict[int, _Work] = {}
        self._process = PlayerProcess(fence, self._warn)
        self._options = Options()
        self._usage: Usage | None = None
        self._counting: asyncio.Task[None] | None = None
        questions = Questions(
            self._sets,
            self._agreed,
            lambda: self._options,
            lambda rules: self._of(rules).checking.catch_up(),
            lambda: None if self._usage is None else self._usage.of,
        )
        handlers: tuple[tuple[str, Callable[..., Any], Any], ...] = (
            (types.INITIALIZE, self._initialize, None),
            (types.INITIALIZED, self._initialized, None),
            (types.SHUTDOWN, self._shutdown, None),
            (types.TEXT_DOCUMENT_DID_OPEN, self._opened, None),
            (types.TEXT_DOCUMENT_DID_CHANGE, self._changed, None),
            (types.TEXT_DOCUMENT_DID_CLOSE, self._closed, None),
            (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._on_disk, None),
            *questions.handlers(),
        )
        for name, handler, options in handlers:
            self.lsp.feature(name, options)(_function(handler))
        self.lsp.command(RUN_TEST)(_command(self._run_test))
        self.lsp.command(EXPLORE_RULE)(_command(self._explore_rule))
        self.lsp.command(PREVIEW)(_command(self._preview))

    # --- texts ----------------------------------------------------------------------------------------------

    def _initialize(self, params: types.InitializeParams) -> None:
        self._options, wrong = Options.of(params.initialization_options)
        for message in wrong:
            self._warn(message)

    def _initialized(self, _: types.InitializedParams) -> None:
        if self._options.journal is not None:
            self._counting = asyncio.get_running_loop().create_task(self._count(self._options.journal))
        folders = self.lsp.workspace.folders.values()
        uris = [folder.uri for folder in folders] or [self.lsp.workspace.root_uri or ""]
        self._sets.within(tuple(Path(path) for path in map(to_fs_path, uris) if path))
        watched = self.lsp.client_capabilities.workspace
        if watched and (of := watched.did_change_watched_files) and of.dynamic_registration:
            pattern = types.FileSystemWatcher(glob_pattern=f"**/*{SUFFIX}")
            self.lsp.client_register_capability(
                types.RegistrationParams(
                    [
                        types.Registration(
                            id="flowrules-files",
                            method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                            register_options=types.DidChangeWatchedFilesRegistrationOptions([pattern]),
                        )
                    ]
                )
            )

    async def _count(self, journal: Path) -> None:
        """Keep up with the journal of live calls."""
        usage = Usage(journal)
        told = ""
        while True:
            try:
                if await asyncio.to_thread(usage.read):
                    self._usage = usage
                    self._refresh_lenses()
            except OSError as error:
                if told != str(error):
                    told = str(error)
                    self._warn(
                        f"The journal can't be read, so nothing is told of how often rules ran: {told}"
                    )
            await asyncio.sleep(COUNTED_EVERY)

    def _shutdown(self, _: None) -> None:
        if self._counting is not None:
            self._counting.cancel()
        self._process.close()

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        text = params.text_document
        rules, _ = self._sets.open(text.uri, text.text, text.version)
        self._publish(rules, rules.workspace.findings)
        self._of(rules).checking.due()

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        known = self._sets.of(params.text_document.uri)
        if known is None:
            return
        rules, path = known
        try:
            rules.workspace.change(path, changes_of(params), self._agreed.units, params.text_document.version)
        except OutOfStep as error:
            self._warn(f"{error}. They are left out; open the file again if what is shown does not fit it.")
            return
        self._of(rules).checking.edited()

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        closed = self._sets.close(params.text_document.uri)
        if closed is None:
            return
        rules, seen = closed
        self._found(rules, seen)
        if rules.open_paths:
            self._of(rules).checking.due()
            return
        work = self._work.pop(id(rules))
        work.checking.stop()
        work.playing.forget()
        for path in rules.workspace.documents:
            self._publish(rules, {path: ()})

    def _on_disk(self, params: types.DidChangeWatchedFilesParams) -> None:
        for event in params.changes:
            changed = self._sets.changed_on_disk(event.uri)
            if changed is not None:
                self._found(*changed)
                self._of(changed[0]).checking.due()

    # --- what is found --------------------------------------------------------------------------------------

    def _of(self, rules: RuleSetOpen) -> _Work:
        work = self._work.get(id(rules))
        if work is None:
            work = self._work[id(rules)] = _Work(
                rules,
                Checking(rules.workspace, Progress(self.lsp, self._agreed), partial(self._found, rules)),
                Playing(
                    rules.workspace,
                    self._process,
                    Progress(self.lsp, self._agreed),
                    self._options.story_seconds,
                    partial(self._publish_seen, rules),
                    self._refresh_lenses,
                ),
            )
        return work

    def _found(self, rules: RuleSetOpen, seen: Seen) -> None:
        """Show what an edit or a check has changed, and play calls where that is due."""
        self._publish(rules, seen.findings)
        self._of(rules).playing.due()

    def _publish_seen(self, rules: RuleSetOpen, seen: Seen) -> None:
        self._publish(rules, seen.findings)

    def _publish(self, rules: RuleSetOpen, findings: Any) -> None:
        converter = Converter(rules, self._agreed.units)
        for path, found in findings.items():
            document = rules.workspace.documents.get(path)
            self.lsp.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(
                    rules.uri(path),
                    [] if document is None else [converter.diagnostic(one) for one in found],
                    version=None if document is None else document.version,
                )
            )

    def _refresh_lenses(self) -> None:
        if self._agreed.refreshes_lenses:
            self.lsp.workspace_code_lens_refresh(None)

    def _warn(self, message: str) -> None:
        self.lsp.window_log_message(types.LogMessageParams(types.MessageType.Warning, message))

    # --- commands -------------------------------------------------------------------------------------------

    async def _run_test(self, uri: str, name: str, quiet: bool = False) -> dict[str, Any]:
        """Play a test. The result has `passed`, `told`, and each place where it fell short; unless `quiet`, the editor
        shows it."""
        rules, path = await self._settled(uri)
        played = run_test(rules.workspace, path, name)
        converter = Converter(rules, self._agreed.units)
        kind = types.MessageType.Info if played.passed else types.MessageType.Warning
        told = " ".join([played.told, *(words for _, words in played.shortfalls)])
        if not quiet:
            self.lsp.window_show_message(types.ShowMessageParams(kind, told))
        fell = [{"range": converter.range(where), "message": words} for where, words in played.shortfalls]
        return {"passed": played.passed, "told": played.told, "shortfalls": fell}

    async def _explore_rule(self, uri: str, position: Any, seconds: float = EXPLORED_FOR) -> dict[str, Any]:
        """Play the stories around the rule at a position. The result has the `rule`, `findings` with a story for each,
        how far was `looked`, and all of it as `text` in Markdown; or why it was `refused`."""
        rules, path = await self._settled(uri)
        if rules.workspace.ruleset is None:
            return {"refused": "Nothing is played while the rules have mistakes. Mend them first."}
        converter = Converter(rules, self._agreed.units)
        offset = converter.offset(path, types.Position(position["line"], position["character"]))
        explored = await self._of(rules).playing.explore(path, offset, min(seconds, MOST_EXPLORED))
        if explored is None:
            return {"refused": "No rule stands there, or it was edited meanwhile."}
        return converter.explored(explored)

    async def _preview(self, uri: str) -> dict[str, str]:
        """The rule set in sentences, as a page: `html`, or why it was `refused`."""
        rules, _ = await self._settled(uri)
        ruleset = rules.workspace.ruleset
        if ruleset is None:
            return {"refused": "The rules have mistakes. Mend them first."}

        def page() -> str:
            from flowrules.prose.formats.html import html  # With the first page that is asked for.
            from flowrules.prose.read_back import read_back

            return html(read_back(ruleset))

        return {"html": await asyncio.to_thread(page)}

    async def _settled(self, uri: str) -> tuple[RuleSetOpen, str]:
        """The rule set of a file, everything in it checked."""
        known = self._sets.of(uri)
        if known is None:
            raise Refused("This file is not open.")
        await self._of(known[0]).checking.settled()
        return known


def _function(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """pygls notes on a handler what it is for, which a bound method can't hold."""

    def handle(params: Any) -> Any:
        return handler(params)

    return handle


def _command(handler: Callable[..., Any]) -> Callable[..., Any]:
    async def handle(*arguments: Any) -> Any:
        return await handler(*arguments)

    return handle
