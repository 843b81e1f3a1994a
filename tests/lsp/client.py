"""An editor: a real client over standard input and output, which keeps its own text and applies what the server sends."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

PATIENCE = 60
"""Seconds until an answer that does not come fails a test; none takes a second where nothing is wrong."""
WIDTH = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


class Editor:
    """Texts by their addresses, as the editor has them. Places are found by hand, without the code under test."""

    def __init__(
        self, units: str = "utf-16", *, progress: bool = False, options: Mapping[str, Any] | None = None
    ) -> None:
        """`options` for the server; no calls are played where nobody asks for it."""
        self.units = units
        self.options = {"storySeconds": -1} if options is None else dict(options)
        self.client = LanguageClient("an editor", "1")
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.found: dict[str, types.PublishDiagnosticsParams] = {}
        self.said: list[str] = []
        self.progress: list[tuple[Any, dict[str, Any]]] = []
        self.registered: list[str] = []
        self.refreshed = 0
        self._came = asyncio.Event()
        self._with_progress = progress
        feature = self.client.feature
        feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(self._publish())
        feature(types.WINDOW_SHOW_MESSAGE)(self._say())
        feature(types.WINDOW_LOG_MESSAGE)(self._say())
        feature(types.CLIENT_REGISTER_CAPABILITY)(self._register())
        feature(types.WORKSPACE_CODE_LENS_REFRESH)(self._refresh())
        feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)(lambda params: None)
        feature(types.PROGRESS)(self._note())

    def _publish(self) -> Callable[[types.PublishDiagnosticsParams], None]:
        def handle(params: types.PublishDiagnosticsParams) -> None:
            self.found[params.uri] = params
            self._came.set()

        return handle

    def _say(self) -> Callable[[Any], None]:
        def handle(params: Any) -> None:
            self.said.append(params.message)
            self._came.set()

        return handle

    def _note(self) -> Callable[[types.ProgressParams], None]:
        def handle(params: types.ProgressParams) -> None:
            value = params.value
            as_read = (
                value
                if isinstance(value, dict)
                else {"kind": value.kind, "title": getattr(value, "title", "")}
            )
            self.progress.append((params.token, as_read))
            self._came.set()

        return handle

    def _register(self) -> Callable[[types.RegistrationParams], None]:
        def handle(params: types.RegistrationParams) -> None:
            self.registered += [one.method for one in params.registrations]

        return handle

    def _refresh(self) -> Callable[[None], None]:
        def handle(_: None) -> None:
            self.refreshed += 1
            self._came.set()

        return handle

    async def start(self, *roots: Path) -> types.InitializeResult:
        await self.client.start_io(sys.executable, "-m", "flowrules", "lsp")
        result = await self.client.initialize_async(
            types.InitializeParams(
                capabilities=types.ClientCapabilities(
                    general=types.GeneralClientCapabilities(
                        position_encodings=[types.PositionEncodingKind(self.units)]
                    ),
                    window=types.WindowClientCapabilities(work_done_progress=self._with_progress),
                    workspace=types.WorkspaceClientCapabilities(
                        workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
                        code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=True),
                        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
                            dynamic_registration=True
                        ),
                    ),
                    text_document=types.TextDocumentClientCapabilities(
                        completion=types.CompletionClientCapabilities(
                            completion_item=types.ClientCompletionItemOptions(snippet_support=True)
                        )
                    ),
                ),
                workspace_folders=[types.WorkspaceFolder(root.as_uri(), root.name) for root in roots],
                initialization_options=self.options,
            )
        )
        self.client.initialized(types.InitializedParams())
        return result

    async def stop(self) -> None:
        await asyncio.wait_for(self.client.shutdown_async(None), PATIENCE)
        self.client.exit(None)
        await self.client.stop()

    # --- texts ---

    def open(self, path: Path) -> str:
        return self.open_text(path, path.read_bytes().decode())

    def open_text(self, path: Path, text: str) -> str:
        """A file whose text the editor has otherwise than it stands on the disk."""
        uri = path.as_uri()
        self.texts[uri], self.versions[uri] = text, 1
        item = types.TextDocumentItem(uri, "flowrules", 1, self.texts[uri])
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def close(self, uri: str) -> None:
        self.client.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
        )

    def replace(self, uri: str, start: int, end: int, new: str) -> None:
        """One change of the text, told to the server."""
        where = types.Range(self.position(uri, start), self.position(uri, end))
        text = self.texts[uri]
        self.texts[uri] = text[:start] + new + text[end:]
        self.versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.versions[uri], uri),
                [types.TextDocumentContentChangePartial(where, new)],
            )
        )

    def change_at_once(self, uri: str, changes: Iterable[tuple[int, int, str]]) -> None:
        """Several cursors: changes in one message, the last place first."""
        told = []
        for start, end, new in changes:
            where = types.Range(self.position(uri, start), self.position(uri, end))
            told.append(types.TextDocumentContentChangePartial(where, new))
            text = self.texts[uri]
            self.texts[uri] = text[:start] + new + text[end:]
        self.versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.versions[uri], uri), list(told)
            )
        )

    def replace_all(self, uri: str, new: str) -> None:
        """Another text in the place of all of it."""
        self.texts[uri] = new
        self.versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.versions[uri], uri),
                [types.TextDocumentContentChangeWholeDocument(new)],
            )
        )

    def type(self, uri: str, new: str, at: int | None = None) -> None:
        """Key by key; a line end is one key."""
        at = len(self.texts[uri]) if at is None else at
        keys = new.replace("\r\n", "\0")
        for key in keys:
            key = "\r\n" if key == "\0" else key
            self.replace(uri, at, at, key)
            at += len(key)

    def apply(self, uri: str, edits: Iterable[types.TextEdit]) -> None:
        """Edits that came from the server, told back to it."""
        placed = [
            (self.offset(uri, one.range.start), self.offset(uri, one.range.end), one.new_text)
            for one in edits
        ]
        for start, end, new in sorted(placed, reverse=True):
            self.replace(uri, start, end, new)

    def apply_everywhere(self, edit: types.WorkspaceEdit) -> dict[str, list[types.TextEdit]]:
        """Edits of the files that are open are made; those of others are returned."""
        others = {}
        for change in edit.document_changes or ():
            assert isinstance(change, types.TextDocumentEdit)
            uri = change.text_document.uri
            assert change.text_document.version in (None, self.versions.get(uri))
            if uri in self.texts:
                self.apply(uri, change.edits)  # type: ignore[arg-type]
            else:
                others[uri] = list(change.edits)
        return others  # type: ignore[return-value]

    # --- places ---

    def position(self, uri: str, offset: int) -> types.Position:
        before = self.texts[uri][:offset].replace("\r\n", "\n").replace("\r", "\n")
        rest = before.rpartition("\n")[2]
        return types.Position(before.count("\n"), len(rest.encode(CODEC[self.units])) // WIDTH[self.units])

    def offset(self, uri: str, position: types.Position) -> int:
        text = self.texts[uri]
        return next(
            at
            for at in range(len(text) + 1)
            if text[at - 1 : at + 1] != "\r\n" and self.position(uri, at) == position
        )

    def at(self, uri: str, needle: str, inside: int = 0) -> dict[str, Any]:
        """The beginning of a question about a place."""
        offset = self.texts[uri].index(needle) + inside
        return {
            "text_document": types.TextDocumentIdentifier(uri),
            "position": self.position(uri, offset),
        }

    # --- waiting ---

    async def until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not ready():
                self._came.clear()
                if ready():
                    return
                await self._came.wait()

    def seen(self, uri: str, name: str) -> types.Diagnostic | None:
        """What is shown of a kind, by its code, of the version that the editor has."""
        found = self.found.get(uri)
        if found is None or found.version != self.versions[uri]:
            return None
        return next((one for one in found.diagnostics if one.code == name), None)

    def working(self, title: str) -> int:
        """How many pieces of work of a title have begun and not ended."""
        begun = {
            token for token, value in self.progress if value["kind"] == "begin" and value["title"] == title
        }
        return len(begun - {token for token, value in self.progress if value["kind"] == "end"})

    def codes(self, uri: str) -> list[str]:
        """The codes of what is shown for the version that the editor has."""
        found = self.found.get(uri)
        return [str(one.code) for one in found.diagnostics] if found is not None else []
