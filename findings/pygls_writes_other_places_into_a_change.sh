#!/usr/bin/env bash
# pygls 2.1.1: a change of a text is altered before the server's own handler sees it, where a line holds U+2028.
#
# A good guess: a handler of textDocument/didChange gets the change as the editor sent it. pygls applies it to a text of its own
#   as well, but the places in the message are the editor's: line 0, character 7.
# What happens: pygls splits lines with str.splitlines, so at U+2028, U+0085, form feeds and vertical tabs too, where the protocol
#   knows \n, \r\n and \r alone. It applies the change first, puts it in the wrong place of its text, and writes the place that
#   it took (line 0, character 3) into the very object that the handler gets: what the editor meant can't be told any more.
# Why it matters for call flows: a sentence pasted from a web page brings U+2028 along. A server that keeps texts of its own
#   because of the first fault still edits another place than the manager does, in rules that will be saved.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pygls==2.1.1 lsprotocol==2025.0.0
cat > change.py <<'PYTHON'
import sys
from importlib.metadata import version

from lsprotocol import types
from pygls.lsp.server import LanguageServer

print(f"pygls {version('pygls')}, lsprotocol {version('lsprotocol')}")
server, seen = LanguageServer("server", "1"), []


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
def changed(params: types.DidChangeTextDocumentParams) -> None:
    seen.append(params.content_changes[0].range.start)


def tell(method, params):
    server.protocol._handle_notification(method, params)


server.protocol._handle_request(
    1, types.INITIALIZE, types.InitializeParams(capabilities=types.ClientCapabilities())
)
text = "one\u2028two\nthree\n"
tell(
    types.TEXT_DOCUMENT_DID_OPEN,
    types.DidOpenTextDocumentParams(types.TextDocumentItem("file:///a", "plain", 1, text)),
)
place = types.Position(0, 7)
change = types.TextDocumentContentChangePartial(types.Range(place, types.Position(0, 7)), "!")
tell(
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, "file:///a"), [change]),
)
kept = server.workspace.get_text_document("file:///a").source
print("the editor changed line 0, character 7; the handler sees", seen[0])
print("wanted", repr("one\u2028two!\nthree\n"), "pygls keeps", repr(kept))
sys.exit(0 if str(seen[0]) == "0:3" and kept == "one!\u2028two\nthree\n" else 1)
PYTHON
venv/bin/python change.py 2>/dev/null
