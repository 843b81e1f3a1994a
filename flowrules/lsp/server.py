"""The server: each request of the protocol, and the function of the editor service that answers it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

import flowrules
from flowrules.analysis.host_fence import DEFAULT_FENCE, HostFence
from flowrules.editor.completion import complete
from flowrules.editor.fixes import Fix, fixes, mend_all
from flowrules.editor.formatting import formatting
from flowrules.editor.hover import hover
from flowrules.editor.inlay import hints
from flowrules.editor.navigation import definition, references
from flowrules.editor.outline import folds, outline
from flowrules.editor.positions import Units
from flowrules.editor.rename import renamable, rename
from flowrules.editor.testing import Lens, lenses, run_test
from flowrules.editor.tokens import TYPES, coloured
from flowrules.editor.workspace import OutOfStep, Seen
from flowrules.folder import SUFFIX
from flowrules.language.names import fold
from flowrules.language.nodes import RuleFile
from flowrules.lsp.checking import Checking
from flowrules.lsp.convert import Converter, changes_of, symbol_kinds
from flowrules.lsp.protocol import RawTexts
from flowrules.lsp.rule_sets import RuleSetOpen, RuleSets

RUN_TEST = "flowrules.runTest"
"""A command with the address of a file and the name of a test in it."""
TRIGGERS = (" ", "=", "{", ",")
MAX_SYMBOLS = 500
REFUSED = -32803
"""The protocol's code for a request that can't be carried out for a reason that the person is told."""


class Refused(JsonRpcException):
    """What was asked for can't be done; the message says why."""

    CODE = REFUSED


class Server:
    """Answers an editor. `lsp` is pygls's server, which carries the messages."""

    def __init__(self, fence: HostFence = DEFAULT_FENCE) -> None:
        self.lsp = LanguageServer(
            "flowrules",
            flowrules.__version__,
            protocol_cls=RawTexts,
            converter_factory=get_converter,
        )
        self._sets = RuleSets(fence)
        self._checks: dict[int, tuple[RuleSetOpen, Checking]] = {}
        self._register()

    def _register(self) -> None:
        feature = self.lsp.feature
        handlers: tuple[tuple[str, Callable[..., Any], Any], ...] = (
            (types.INITIALIZED, self._initialized, None),
            (types.TEXT_DOCUMENT_DID_OPEN, self._opened, None),
            (types.TEXT_DOCUMENT_DID_CHANGE, self._changed, None),
            (types.TEXT_DOCUMENT_DID_CLOSE, self._closed, None),
            (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._on_disk, None),
            (
                types.TEXT_DOCUMENT_COMPLETION,
                self._complete,
                types.CompletionOptions(trigger_characters=TRIGGERS),
            ),
            (types.TEXT_DOCUMENT_HOVER, self._hover, None),
            (types.TEXT_DOCUMENT_DEFINITION, self._definition, None),
            (types.TEXT_DOCUMENT_REFERENCES, self._references, None),
            (types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, self._highlight, None),
            (types.TEXT_DOCUMENT_PREPARE_RENAME, self._renamable, None),
            (types.TEXT_DOCUMENT_RENAME, self._rename, types.RenameOptions(prepare_provider=True)),
            (
                types.TEXT_DOCUMENT_CODE_ACTION,
                self._actions,
                types.CodeActionOptions(code_action_kinds=_KINDS),
            ),
            (types.TEXT_DOCUMENT_FORMATTING, self._format, None),
            (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, self._outline, None),
            (types.WORKSPACE_SYMBOL, self._symbols, None),
            (types.TEXT_DOCUMENT_FOLDING_RANGE, self._folds, None),
            (
                types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
                self._tokens,
                types.SemanticTokensLegend(token_types=list(TYPES), token_modifiers=[]),
            ),
            (types.TEXT_DOCUMENT_INLAY_HINT, self._hints, None),
            (types.TEXT_DOCUMENT_CODE_LENS, self._lenses, None),
        )
        for name, handler, options in handlers:
            feature(name, options)(_function(handler))
        self.lsp.command(RUN_TEST)(_command(self._run_test))

    # --- texts ----------------------------------------------------------------------------------------------

    def _initialized(self, _: types.InitializedParams) -> None:
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

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        text = params.text_document
        rules, seen = self._sets.open(text.uri, text.text, text.version)
        self._published(rules, seen)
        self._publish(rules, rules.workspace.findings)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        known = self._sets.of(params.text_document.uri)
        if known is None:
            return
        rules, path = known
        try:
            seen = rules.workspace.edit(path, changes_of(params), self._units, params.text_document.version)
        except OutOfStep as error:
            message = f"{error}. They are left out; open the file again if what is shown does not fit it."
            self.lsp.window_log_message(types.LogMessageParams(types.MessageType.Warning, message))
            return
        self._published(rules, seen)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        closed = self._sets.close(params.text_document.uri)
        if closed is None:
            return
        rules, seen = closed
        self._published(rules, seen)
        if not rules.open_paths:
            self._checks.pop(id(rules))[1].stop()
            for path in rules.workspace.documents:
                self.lsp.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(rules.uri(path), [])
                )

    def _on_disk(self, params: types.DidChangeWatchedFilesParams) -> None:
        for event in params.changes:
            changed = self._sets.changed_on_disk(event.uri)
            if changed is not None:
                self._published(*changed)

    def _published(self, rules: RuleSetOpen, seen: Seen) -> None:
        """Show what an edit has changed, and check the whole where that is due."""
        self._publish(rules, seen.findings)
        if id(rules) not in self._checks:
            self._checks[id(rules)] = rules, Checking(self.lsp, rules, self._shown)
        self._checks[id(rules)][1].due()

    def _shown(self, rules: RuleSetOpen, seen: Seen) -> None:
        self._publish(rules, seen.findings)

    def _publish(self, rules: RuleSetOpen, findings: Any) -> None:
        converter = Converter(rules, self._units)
        for path, found in findings.items():
            document = rules.workspace.documents.get(path)
            self.lsp.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(
                    rules.uri(path),
                    [] if document is None else [converter.diagnostic(one) for one in found],
                    version=None if document is None else document.version,
                )
            )

    # --- questions ------------------------------------------------------------------------------------------

    def _at(self, params: Any) -> tuple[RuleSetOpen, Converter, RuleFile, int] | None:
        """The rule set, the file and the offset of a question about a place; None where the file is not known."""
        known = self._sets.of(params.text_document.uri)
        if known is None:
            return None
        rules, path = known
        converter = Converter(rules, self._units)
        position = getattr(params, "position", None) or types.Position(0, 0)
        return rules, converter, rules.workspace.files[path], converter.offset(path, position)

    def _complete(self, params: types.CompletionParams) -> list[types.CompletionItem] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        return converter.completion(
            complete(file, offset, rules.workspace.index), snippets=self._takes_snippets
        )

    def _hover(self, params: types.HoverParams) -> types.Hover | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        shown = hover(rules.workspace, file.source.path, offset)
        if shown is None:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, shown.text)
        return types.Hover(content, converter.range(shown.location))

    def _definition(self, params: types.DefinitionParams) -> list[types.Location] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        return converter.locations(definition(file, offset, rules.workspace.index))

    def _references(self, params: types.ReferenceParams) -> list[types.Location] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        declared = params.context.include_declaration
        return converter.locations(references(file, offset, rules.workspace.index, declared=declared))

    def _highlight(self, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        return [
            types.DocumentHighlight(converter.range(where))
            for where in references(file, offset, rules.workspace.index)
            if where.source is file.source
        ]

    def _renamable(self, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        found = renamable(file, offset, rules.workspace.index)
        if isinstance(found, str):
            raise Refused(found)
        where, name = found
        return types.PrepareRenamePlaceholder(converter.range(where), name)

    def _rename(self, params: types.RenameParams) -> types.WorkspaceEdit | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, offset = at
        renamed = rename(file, offset, params.new_name, rules.workspace.index)
        if renamed.refused:
            raise Refused(renamed.refused)
        return converter.workspace_edit(renamed.edits, versioned=self._takes_versions)

    def _actions(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, _ = at
        path = file.source.path
        found = rules.workspace.findings[path]
        start, end = converter.offset(path, params.range.start), converter.offset(path, params.range.end)
        only = tuple(str(getattr(kind, "value", kind)) for kind in params.context.only or ())
        actions = [self._action(fix, converter) for fix in fixes(file, found, start, end)]
        if (whole := mend_all(file, found)) is not None:
            actions.append(self._action(whole, converter))
        return [
            one for one in actions if not only or str(getattr(one.kind, "value", one.kind)).startswith(only)
        ]

    def _action(self, fix: Fix, converter: Converter) -> types.CodeAction:
        kind = types.CodeActionKind.SourceFixAll if fix.finding is None else types.CodeActionKind.QuickFix
        return types.CodeAction(
            title=fix.title,
            kind=kind,
            diagnostics=None if fix.finding is None else [converter.diagnostic(fix.finding)],
            is_preferred=(not fix.reason_wanted and fix.finding is not None) or None,
            edit=converter.workspace_edit(fix.edits, versioned=self._takes_versions),
        )

    def _format(self, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        if (at := self._at(params)) is None:
            return None
        _, converter, file, _ = at
        return [converter.text_edit(edit) for edit in formatting(file)]

    def _outline(self, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, _ = at
        return [converter.symbol(one) for one in outline(file, rules.workspace.index)]

    def _symbols(self, params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        asked, kinds = fold(params.query), symbol_kinds()
        return [
            types.WorkspaceSymbol(Converter(rules, self._units).location(one.at), one.name, kinds[one.kind])
            for rules in self._sets.all()
            for file in rules.workspace.files.values()
            for one in outline(file, rules.workspace.index)
            if asked in fold(one.name)
        ][:MAX_SYMBOLS]

    def _folds(self, params: types.FoldingRangeParams) -> list[types.FoldingRange] | None:
        if (at := self._at(params)) is None:
            return None
        kinds = {True: types.FoldingRangeKind.Comment, False: None}
        return [types.FoldingRange(one.first, one.last, kind=kinds[one.is_comment]) for one in folds(at[2])]

    def _tokens(self, params: types.SemanticTokensParams) -> types.SemanticTokens | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, _ = at
        return types.SemanticTokens(
            converter.token_data(file.source.path, coloured(file, rules.workspace.index))
        )

    def _hints(self, params: types.InlayHintParams) -> list[types.InlayHint] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, _ = at
        path = file.source.path
        start, end = converter.offset(path, params.range.start), converter.offset(path, params.range.end)
        return [
            types.InlayHint(
                converter.range(one.at).start,
                one.text,
                tooltip=one.tip,
                padding_left=True,
                padding_right=True,
            )
            for one in hints(file, rules.workspace.index, start, end)
        ]

    def _lenses(self, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        if (at := self._at(params)) is None:
            return None
        rules, converter, file, _ = at
        uri = params.text_document.uri
        return [_lens(one, uri, converter) for one in lenses(rules.workspace, file.source.path)]

    async def _run_test(self, uri: str, name: str) -> dict[str, Any]:
        """Play a test. The result has `passed`, `told`, and each place where it fell short."""
        known = self._sets.of(uri)
        if known is None:
            raise Refused("This file is not open.")
        rules, path = known
        await self._checks[id(rules)][1].settled()
        played = run_test(rules.workspace, path, name)
        converter = Converter(rules, self._units)
        kind = types.MessageType.Info if played.passed else types.MessageType.Warning
        told = " ".join([played.told, *(words for _, words in played.shortfalls)])
        self.lsp.window_show_message(types.ShowMessageParams(kind, told))
        fell = [{"range": converter.range(where), "message": words} for where, words in played.shortfalls]
        return {"passed": played.passed, "told": played.told, "shortfalls": fell}

    # --- what was agreed on ---------------------------------------------------------------------------------

    @property
    def _units(self) -> Units:
        agreed = self.lsp.server_capabilities.position_encoding
        return Units(str(getattr(agreed, "value", agreed) or Units.UTF16))

    @property
    def _takes_snippets(self) -> bool:
        text = self.lsp.client_capabilities.text_document
        item = text.completion.completion_item if text and text.completion else None
        return bool(item and item.snippet_support)

    @property
    def _takes_versions(self) -> bool:
        workspace = self.lsp.client_capabilities.workspace
        return bool(workspace and workspace.workspace_edit and workspace.workspace_edit.document_changes)


_KINDS: Sequence[types.CodeActionKind | str] = (
    types.CodeActionKind.QuickFix,
    types.CodeActionKind.SourceFixAll,
)


def _lens(one: Lens, uri: str, converter: Converter) -> types.CodeLens:
    if one.test:
        command = types.Command(one.title, RUN_TEST, arguments=[uri, one.test])
    else:
        # Editors know no command in common that shows places: the line is there to be read.
        command = types.Command(one.title, "")
    return types.CodeLens(converter.range(one.at), command=command)


def _function(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """pygls notes on a handler what it is for, which a bound method can't hold."""

    def handle(params: Any) -> Any:
        return handler(params)

    return handle


def _command(handler: Callable[[str, str], Any]) -> Callable[[str, str], Any]:
    async def handle(uri: str, name: str) -> Any:
        return await handler(uri, name)

    return handle
