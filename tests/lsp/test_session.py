"""A recorded session of a real client over standard input and output."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient

from flowrules.diagnostics.codes.names import UNKNOWN_DESTINATION
from flowrules.lsp.server import RUN_TEST
from tests.lsp.client import Editor

QUEUES = "destination sales_desk is queue sales_q\non intent=sales then transfer queue billing_q\n"
MAIN = """timezone Asia/Kolkata
# नमस्ते 😀
on intent=billing then say "😀" then transfer queue billing_q
test "billing"
  on intent=billing
  expect transfer queue billing_q
end
"""
SLIPS = """rule "New 😀"
  on intent=new
  say "नमस्ते 😀"  then transfr queue billing_q
    if it fails then hangup
  set_dispositon DONE
end
"""
FORMATTED = """timezone Asia/Kolkata
# नमस्ते 😀
on intent=billing say "😀" then transfer queue "bills today"

test "billing"
  on intent=billing
  expect transfer queue "bills today"
end

rule "New 😀"
  on intent=new
  say "नमस्ते 😀"
  transfer queue "bills today"
    if it fails then hangup
  set_disposition DONE
end

on intent=late transfer to sales_desk
"""


@pytest.fixture
async def editor(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Editor]:
    editor = Editor(getattr(request, "param", "utf-16"))
    await editor.start(tmp_path)
    yield editor
    await editor.stop()


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("editor", ["utf-16", "utf-8", "utf-32"], indirect=True)
async def test_a_session(editor: Editor, tmp_path: Path, line_end: str) -> None:
    def ends(text: str) -> str:
        return text.replace("\n", line_end)

    queues, main = tmp_path / "a_queues.rules", tmp_path / "main.rules"
    queues.write_bytes(ends(QUEUES).encode())
    main.write_bytes(ends(MAIN).encode())

    # Open, and type a rule with two slips.
    uri = editor.open(main)
    editor.type(uri, ends(SLIPS))
    await editor.until(lambda: editor.codes(uri).count("FR103") == 2)

    # Take both fixes.
    for slip, word in (("transfr", "transfer"), ("set_dispositon", "set_disposition")):
        place = editor.at(uri, slip)
        actions = await editor.client.text_document_code_action_async(
            types.CodeActionParams(
                place["text_document"],
                types.Range(place["position"], place["position"]),
                types.CodeActionContext([]),
            )
        )
        assert actions is not None
        fix = next(one for one in actions if one.title == f'Write "{word}" for "{slip}"')
        assert isinstance(fix, types.CodeAction)
        assert fix.edit is not None
        assert editor.apply_everywhere(fix.edit) == {}
    await editor.until(lambda: "FR103" not in editor.codes(uri))
    assert f'  say "नमस्ते 😀"  then transfer queue billing_q{line_end}' in editor.texts[uri]

    # Complete a destination.
    editor.type(uri, "on intent=late then transfer to sa")
    items = await editor.client.text_document_completion_async(
        types.CompletionParams(**editor.at(uri, "transfer to sa", len("transfer to sa")))
    )
    assert isinstance(items, list)
    (item,) = items
    assert (item.label, item.detail) == ("sales_desk", "queue sales_q")
    assert isinstance(item.text_edit, types.TextEdit)
    editor.apply(uri, [item.text_edit])
    editor.type(uri, line_end)

    # Rename a queue across files, of which one is not open.
    place = editor.at(uri, "queue billing_q", 8)
    able = await editor.client.text_document_prepare_rename_async(types.PrepareRenameParams(**place))
    assert isinstance(able, types.PrepareRenamePlaceholder)
    assert able.placeholder == "billing_q"
    renamed = await editor.client.text_document_rename_async(
        types.RenameParams(new_name="bills today", **place)
    )
    assert renamed is not None
    others = editor.apply_everywhere(renamed)
    assert others.keys() == {queues.as_uri()}
    ((edit,),) = others.values()
    assert (edit.range.start.line, edit.new_text) == (1, '"bills today"')
    assert "billing_q" not in editor.texts[uri]
    queues.write_bytes(ends(QUEUES.replace("billing_q", '"bills today"')).encode())
    editor.client.workspace_did_change_watched_files(
        types.DidChangeWatchedFilesParams([types.FileEvent(queues.as_uri(), types.FileChangeType.Changed)])
    )

    # Format.
    edits = await editor.client.text_document_formatting_async(
        types.DocumentFormattingParams(types.TextDocumentIdentifier(uri), types.FormattingOptions(2, True))
    )
    assert edits
    editor.apply(uri, edits)
    assert editor.texts[uri] == ends(FORMATTED)

    # Run a test.
    played = await editor.client.workspace_execute_command_async(
        types.ExecuteCommandParams(RUN_TEST, [uri, "billing"])
    )
    assert played == {"passed": True, "told": '"billing" passed.', "shortfalls": []}
    assert editor.said == ['"billing" passed.']


async def test_edits_land_where_the_editor_means_them_in_lines_that_python_would_split(
    editor: Editor, tmp_path: Path
) -> None:
    path = tmp_path / "a.rules"
    path.write_text("# one\u2028two\x85three\x0cfour\x0bfive\non x then hangup\n", "utf-8")
    uri = editor.open(path)
    editor.replace(uri, editor.texts[uri].index("three"), editor.texts[uri].index("four"), "3")
    editor.type(uri, " 😀", editor.texts[uri].index("\non x"))
    editor.type(uri, 'rule "R"\n  on y\n  hngup\nend\n')
    editor.replace(uri, editor.texts[uri].index("hngup"), editor.texts[uri].index("hngup") + 5, "hangup")
    await editor.until(lambda: uri in editor.found and editor.found[uri].version == editor.versions[uri])
    symbols = await editor.client.text_document_document_symbol_async(
        types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
    )
    assert symbols is not None
    rule = symbols[-1]
    assert isinstance(rule, types.DocumentSymbol)
    assert (rule.name, rule.range.start.line, rule.range.end.line) == ("R", 2, 5)
    assert not {"FR103", "FR101"} & set(editor.codes(uri))


async def test_every_question_is_answered(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text(QUEUES, "utf-8")
    path = tmp_path / "b.rules"
    path.write_text(FORMATTED, "utf-8")
    uri = editor.open(path)
    text = types.TextDocumentIdentifier(uri)
    everything = types.Range(types.Position(0, 0), types.Position(99, 0))
    client = editor.client

    shown = await client.text_document_hover_async(types.HoverParams(**editor.at(uri, "to sales_desk", 4)))
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
    assert "destination sales_desk is queue sales_q" in shown.contents.value
    (where,) = await client.text_document_definition_async(
        types.DefinitionParams(**editor.at(uri, "to sales_desk", 4))
    )
    assert (where.uri, where.range.start.line) == ((tmp_path / "a.rules").as_uri(), 0)
    places = await client.text_document_references_async(
        types.ReferenceParams(types.ReferenceContext(True), **editor.at(uri, "to sales_desk", 4))
    )
    assert places is not None
    assert len(places) == 2
    here = await client.text_document_document_highlight_async(
        types.DocumentHighlightParams(**editor.at(uri, "bills today"))
    )
    assert here is not None
    assert len(here) == 3
    found = await client.workspace_symbol_async(types.WorkspaceSymbolParams("desk"))
    assert found is not None
    assert [one.name for one in found] == ["sales_desk", "on intent=late transfer to sales_desk"]
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(text))
    assert folds is not None
    assert [(one.start_line, one.end_line) for one in folds] == [(4, 7), (9, 15)]
    tokens = await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(text))
    assert tokens is not None
    assert list(tokens.data[:5]) == [0, 0, 8, 0, 0]
    assert len(tokens.data) % 5 == 0
    hints = await client.text_document_inlay_hint_async(types.InlayHintParams(text, everything))
    assert hints is not None
    assert [(one.position.line, one.label) for one in hints] == [(14, "moved before transfer")]
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(text))
    assert lenses is not None
    assert [one.command.title for one in lenses if one.command] == [
        "Explore this rule",
        "Run this test",
        "Explore this rule",
        "Explore this rule",
    ]


async def test_what_can_not_be_renamed_is_refused_in_words(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "a.rules"
    path.write_text("on said contains x then hangup\n", "utf-8")
    uri = editor.open(path)
    with pytest.raises(JsonRpcException, match="the engine knows") as refused:
        await editor.client.text_document_rename_async(
            types.RenameParams(new_name="told", **editor.at(uri, "said"))
        )
    assert refused.value.code == -32803


async def test_changes_of_an_old_version_are_left_out(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "a.rules"
    path.write_text("on x then hangup\n", "utf-8")
    uri = editor.open(path)
    editor.versions[uri] = 0
    editor.type(uri, "on")
    await editor.until(lambda: len(editor.said) == 1)
    assert "known in version 1, and these changes are of 1" in editor.said[0]


async def test_files_that_come_and_go_on_disk_count(editor: Editor, tmp_path: Path) -> None:
    path, other = tmp_path / "a.rules", tmp_path / "sub" / "b.rules"
    path.write_text("on x then transfer to desk\n", "utf-8")
    uri = editor.open(path)
    await editor.until(lambda: UNKNOWN_DESTINATION.id in editor.codes(uri))
    assert editor.registered == [types.WORKSPACE_DID_CHANGE_WATCHED_FILES]
    other.parent.mkdir()
    other.write_text("destination desk is queue q\n", "utf-8")
    changed = types.FileEvent(other.as_uri(), types.FileChangeType.Created)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
    await editor.until(lambda: UNKNOWN_DESTINATION.id not in editor.codes(uri))
    other.unlink()
    gone = types.FileEvent(other.as_uri(), types.FileChangeType.Deleted)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([gone]))
    await editor.until(lambda: UNKNOWN_DESTINATION.id in editor.codes(uri))
    editor.close(uri)
    await editor.until(lambda: editor.codes(uri) == [])


async def test_a_text_that_is_no_file_yet_is_checked_by_itself(editor: Editor) -> None:
    uri = "untitled:Untitled-1"
    item = types.TextDocumentItem(uri, "flowrules", 1, "on x then hngup\n")
    editor.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    await editor.until(lambda: "FR103" in editor.codes(uri))


async def test_the_check_of_everything_shows_that_it_runs(tmp_path: Path) -> None:
    editor = Editor("utf-16", progress=True)
    await editor.start(tmp_path)
    path = tmp_path / "a.rules"
    path.write_text("on x then hangup\n", "utf-8")
    editor.open(path)
    await editor.until(lambda: len(editor.progress) == 2)
    assert [one["kind"] for _, one in editor.progress] == ["begin", "end"]
    assert editor.progress[0][1]["title"] == "Checking the rules"
    await editor.stop()


async def test_a_request_can_be_called_off(editor: Editor, tmp_path: Path) -> None:
    """A test waits for the check of everything; called off meanwhile, it is answered with that."""
    path = tmp_path / "a.rules"
    rules = "".join(f"on intent=i{number} then transfer queue q{number}\n" for number in range(400))
    path.write_text(f'{rules}test "t"\n  on intent=i1\n  expect transfer queue q1\nend\n', "utf-8")
    uri = editor.open(path)
    asked = editor.client.workspace_execute_command_async(types.ExecuteCommandParams(RUN_TEST, [uri, "t"]))
    waiting = asyncio.ensure_future(asked)
    await asyncio.sleep(0)
    (number,) = editor.client.protocol._request_futures
    editor.client.cancel_request(types.CancelParams(number))
    symbols = await editor.client.text_document_document_symbol_async(
        types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
    )
    assert symbols is not None
    assert len(symbols) == 401
    with pytest.raises(JsonRpcException):
        await waiting


async def test_over_tcp_on_this_machine(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "flowrules", "lsp", "--tcp", str(port)
    )
    client = LanguageClient("an editor", "1")
    async with asyncio.timeout(60):
        while True:
            try:
                await client.start_tcp("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.05)
        result = await client.initialize_async(
            types.InitializeParams(capabilities=types.ClientCapabilities())
        )
        assert result.server_info is not None
        assert result.server_info.name == "flowrules"
        assert result.capabilities.position_encoding == "utf-16"
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()
        await process.wait()
