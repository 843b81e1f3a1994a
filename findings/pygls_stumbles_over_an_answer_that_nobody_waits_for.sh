#!/usr/bin/env bash
# pygls 2.1.1: the editor's answer to a request whose caller was cancelled shows the person an error.
#
# A good guess: a server asks the editor something (here for a progress bar: window/workDoneProgress/create) in a task. The task is
#   cancelled before the answer is there, as the next keystroke makes the check worthless. Nobody waits for the answer then, so
#   it is dropped.
# What happens: cancelling the task cancels the future of the request, which stays in pygls's table. The answer, as right as it is,
#   is set on that future: InvalidStateError. pygls logs "Unable to handle message" with a traceback, and sends the editor
#   window/showMessage "Error in server: CANCELLED: <Future …>".
# Why it matters for call flows: whoever edits rules reads of an error of the server with each few keystrokes, and learns to click
#   away what the editor says, on the day too when it says that a rule goes wrong.
#
# What helps: asyncio.shield around each request to the editor. It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pygls==2.1.1 lsprotocol==2025.0.0
cat > server.py <<'PYTHON'
import asyncio

from lsprotocol import types
from pygls.lsp.server import LanguageServer

server = LanguageServer("server", "1")
asked: list[asyncio.Task] = []


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
async def changed(params):
    for task in asked:
        task.cancel()
    token = f"check-{len(asked)}"
    asked.append(asyncio.ensure_future(server.work_done_progress.create_async(token)))


server.start_io()
PYTHON
cat > editor.py <<'PYTHON'
import asyncio
import sys
from importlib.metadata import version

from lsprotocol import types
from pygls.lsp.client import LanguageClient

print(f"pygls {version('pygls')}, lsprotocol {version('lsprotocol')}")


async def main():
    editor, shown, told = LanguageClient("editor", "1"), [], asyncio.Event()

    @editor.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)
    async def create(params):
        await asyncio.sleep(0.3)  # the second keystroke is faster than the answer

    @editor.feature(types.WINDOW_SHOW_MESSAGE)
    def show(params):
        shown.append(params.message)
        told.set()

    await editor.start_io(sys.executable, "server.py")
    await editor.initialize_async(types.InitializeParams(capabilities=types.ClientCapabilities()))
    for version_ in (1, 2):
        document = types.VersionedTextDocumentIdentifier(version_, "file:///a")
        editor.text_document_did_change(types.DidChangeTextDocumentParams(document, []))
    try:
        await asyncio.wait_for(told.wait(), 20)
    except TimeoutError:
        pass
    for message in shown:
        print("the person sees:", message.split(" at 0x")[0])
    await editor.shutdown_async(None)
    editor.exit(None)
    await editor.stop()
    return any("CANCELLED" in message for message in shown)


sys.exit(0 if asyncio.run(main()) else 1)
PYTHON
venv/bin/python editor.py 2>/dev/null
