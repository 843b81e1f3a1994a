"""What a server and its editor have agreed on."""

from pygls.lsp.server import LanguageServer

from flowrules.editor.positions import Units


class Agreed:
    """Asked anew each time: it is known once the editor has said hello."""

    def __init__(self, lsp: LanguageServer) -> None:
        self._lsp = lsp

    @property
    def units(self) -> Units:
        agreed = self._lsp.server_capabilities.position_encoding
        return Units(str(getattr(agreed, "value", agreed) or Units.UTF16))

    @property
    def takes_snippets(self) -> bool:
        text = self._lsp.client_capabilities.text_document
        item = text.completion.completion_item if text and text.completion else None
        return bool(item and item.snippet_support)

    @property
    def takes_versions(self) -> bool:
        workspace = self._lsp.client_capabilities.workspace
        return bool(workspace and workspace.workspace_edit and workspace.workspace_edit.document_changes)

    @property
    def shows_progress(self) -> bool:
        window = self._lsp.client_capabilities.window
        return bool(window and window.work_done_progress)

    @property
    def refreshes_lenses(self) -> bool:
        workspace = self._lsp.client_capabilities.workspace
        return bool(workspace and workspace.code_lens and workspace.code_lens.refresh_support)
