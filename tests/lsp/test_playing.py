"""What only playing calls shows, in an editor: it comes by itself, and nobody waits for it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.codes.hazards import STAYS_PAUSED
from flowrules.diagnostics.codes.hygiene import TEST_PROVES_NOTHING
from flowrules.diagnostics.codes.promises import BROKEN_PROMISE
from flowrules.lsp.questions import EXPLORE_RULE, PREVIEW, RUN_TEST
from flowrules.lsp.usage import Usage
from flowrules.runtime.journal.chain import Chain
from flowrules.runtime.journal.masking import as_json
from flowrules.source import source_from_text
from tests.lsp.client import Editor

RULES = """on paying then recording_pause because "card number"
on intent=human then transfer queue people
promise "people are greeted" never transfer when vip is yes
test "people"
  on intent=human
  expect transfer queue people
end
"""
MANY = "".join(
    f"on intent=i{number} when a{number} is yes then remember b{number} is yes\n" for number in range(60)
)
"""Rules of which stories could be played for hours."""


@pytest.fixture
async def editor(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Editor]:
    editor = Editor(progress=True, options={"storySeconds": getattr(request, "param", 30)})
    await editor.start(tmp_path)
    yield editor
    await editor.stop()


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "a.rules"
    path.write_text(text, "utf-8")
    return path


async def actions(editor: Editor, uri: str, shown: types.Diagnostic) -> list[types.CodeAction]:
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(uri), shown.range, types.CodeActionContext([shown])
    )
    found = await editor.client.text_document_code_action_async(params)
    return [one for one in found or () if isinstance(one, types.CodeAction)]


def child_of(pid: int) -> int:
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


async def run(editor: Editor, command: str, *arguments: Any) -> Any:
    asked = types.ExecuteCommandParams(command, list(arguments))
    return await editor.client.workspace_execute_command_async(asked)


async def test_a_story_that_goes_wrong_comes_by_itself_and_becomes_a_test(
    editor: Editor, tmp_path: Path
) -> None:
    uri = editor.open(write(tmp_path, RULES))
    await editor.until(lambda: editor.seen(uri, STAYS_PAUSED.id) is not None)
    await editor.until(lambda: editor.seen(uri, BROKEN_PROMISE.id) is not None)
    paused = editor.seen(uri, STAYS_PAUSED.id)
    assert paused is not None
    assert "How it comes about:\n1. " in paused.message
    assert isinstance(paused.data, dict)
    assert paused.data["test"].startswith("test ")

    # An edit elsewhere leaves it where its rule stands, and of the version that the editor has.
    editor.replace(uri, 0, 0, "# Cards.\n\n")
    await editor.until(lambda: editor.seen(uri, STAYS_PAUSED.id) is not None)
    paused = editor.seen(uri, STAYS_PAUSED.id)
    assert paused is not None
    assert paused.range.start.line == 2

    # Its story becomes a test, which fails until the rules are mended.
    fix = next(one for one in await actions(editor, uri, paused) if one.title == "Write this story as a test")
    assert fix.edit is not None
    assert fix.is_preferred is None
    editor.apply_everywhere(fix.edit)
    await editor.until(lambda: editor.seen(uri, "test") is not None)
    at = editor.texts[uri].index("transfer queue")
    editor.replace(uri, at, at, "recording_resume then ")
    await editor.until(
        lambda: (
            editor.seen(uri, BROKEN_PROMISE.id) is not None
            and editor.seen(uri, "test") is None
            and editor.seen(uri, STAYS_PAUSED.id) is None
        )
    )
    lenses = await editor.client.text_document_code_lens_async(
        types.CodeLensParams(types.TextDocumentIdentifier(uri))
    )
    titles = [one.command.title for one in lenses or () if one.command]
    assert titles.count("Run this test (it passes)") == 2
    assert titles.count("Explore this rule") == 2


@pytest.mark.parametrize("editor", [0], indirect=True)
async def test_a_test_that_fails_or_proves_nothing_is_shown_where_no_story_is_played(
    editor: Editor, tmp_path: Path
) -> None:
    text = RULES.replace("expect transfer", "expect say") + 'test "none"\n  on paying\nend\n'
    uri = editor.open(write(tmp_path, text.replace("say queue people", "hangup")))
    await editor.until(lambda: editor.seen(uri, TEST_PROVES_NOTHING.id) is not None)
    failing = editor.seen(uri, "test")
    assert failing is not None
    assert failing.severity is types.DiagnosticSeverity.Error
    assert failing.range.start.line == 5
    await editor.until(lambda: editor.refreshed > 0)
    assert editor.seen(uri, STAYS_PAUSED.id) is None


async def test_questions_and_edits_are_answered_while_calls_are_played(
    editor: Editor, tmp_path: Path
) -> None:
    """What is played takes half a minute at least; each answer comes before that is over."""
    uri = editor.open(write(tmp_path, MANY))
    await editor.until(lambda: editor.working("Playing calls") == 1)
    for word in ("remember", "b7 is"):
        items = await editor.client.text_document_completion_async(
            types.CompletionParams(**editor.at(uri, word))
        )
        assert items
        assert editor.working("Playing calls") == 1

    # An edit ends what is played, is shown at once, and begins it anew.
    editor.type(uri, "on intent=more then hngup")
    await editor.until(lambda: editor.seen(uri, "FR103") is not None)
    await editor.until(lambda: editor.working("Playing calls") == 0)
    at = editor.texts[uri].index("hngup")
    editor.replace(uri, at, at + 5, "hangup")
    await editor.until(lambda: editor.working("Playing calls") == 1)
    assert editor.seen(uri, "FR103") is None

    # Whoever does not want to wait calls it off.
    token = editor.progress[-1][0]
    editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    await editor.until(lambda: editor.working("Playing calls") == 0)


async def test_one_rule_is_explored_and_that_can_be_called_off(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(write(tmp_path, RULES + MANY))
    explored = await run(editor, EXPLORE_RULE, uri, {"line": 0, "character": 3}, 2)
    assert explored["rule"].startswith("on paying")
    assert explored["findings"][0]["name"] == "stays-paused"
    assert explored["findings"][0]["story"]
    assert explored["looked"].startswith("Played")
    assert "# on paying" in explored["text"]
    nothing = await run(editor, EXPLORE_RULE, uri, {"line": 3, "character": 0}, 2)
    assert nothing == {"refused": "No rule stands there, or it was edited meanwhile."}

    asked = types.ExecuteCommandParams(EXPLORE_RULE, [uri, {"line": 7, "character": 0}, 600])
    waiting = asyncio.ensure_future(editor.client.workspace_execute_command_async(asked))
    await editor.until(lambda: editor.working("Exploring a rule") == 1)
    (number,) = editor.client.protocol._request_futures
    editor.client.cancel_request(types.CancelParams(number))
    with pytest.raises(JsonRpcException):
        await waiting
    await editor.until(lambda: editor.working("Exploring a rule") == 0)
    await editor.until(lambda: editor.working("Playing calls") == 1)


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for the process where Linux lists it")
async def test_what_plays_calls_may_die_and_is_started_again(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(write(tmp_path, MANY))
    await editor.until(lambda: editor.working("Playing calls") == 1)
    await editor.client.text_document_completion_async(types.CompletionParams(**editor.at(uri, "remember")))
    server = editor.client._server
    assert server is not None
    os.kill(child_of(server.pid), signal.SIGKILL)
    await editor.until(lambda: any("has ended" in one for one in editor.said))
    await editor.until(lambda: editor.working("Playing calls") == 0)
    editor.replace(uri, 0, len(editor.texts[uri]), RULES)
    await editor.until(lambda: editor.seen(uri, STAYS_PAUSED.id) is not None)


@pytest.mark.parametrize("editor", [-1], indirect=True)
async def test_a_preview_and_a_quiet_test(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(write(tmp_path, RULES))
    page = await run(editor, PREVIEW, uri)
    assert "<html" in page["html"]
    assert "people" in page["html"]
    assert (await run(editor, RUN_TEST, uri, "people", True))["passed"]
    assert editor.said == []
    editor.type(uri, "on")
    assert await run(editor, PREVIEW, uri) == {"refused": "The rules have mistakes. Mend them first."}
    with pytest.raises(JsonRpcException, match="no command"):
        await run(editor, "flowrules.other")


NOW = datetime.now(UTC)


class Journal:
    """Lines as the engine writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._chain = Chain(0, "")

    def decided(self, rule: str, days: float, outcome: str = "fired") -> bytes:
        rules = [{"id": rule, "label": rule, "file": "a.rules", "line": 1, "outcome": outcome}]
        shown = as_json({"call": "c", "event": "e", "rules": rules, "keys": {"said": "my secret"}})
        return self._chain.line("decided", NOW - timedelta(days=days), [shown]) + b"\n"

    def write(self, *lines: bytes, name: str = "journal.jsonl") -> None:
        with (self.folder / name).open("ab") as file:
            file.write(b"".join(lines))


def rule_ids() -> list[str]:
    loaded = load_rules([source_from_text(RULES, "a.rules")])
    assert loaded.ruleset is not None
    return [rule.id for rule in loaded.ruleset.rules]


def test_how_often_rules_ran_is_counted_from_where_it_was_read_last(tmp_path: Path) -> None:
    (paying, human), journal = rule_ids(), Journal(tmp_path)
    usage = Usage(tmp_path, lambda: NOW)
    loaded = load_rules([source_from_text(RULES, "a.rules")])
    assert loaded.ruleset is not None
    first, second, *_ = loaded.ruleset.checked.rules
    assert usage.of(first) is None
    lines = [journal.decided(paying, 0.1), journal.decided(paying, 2), journal.decided(human, 8)]
    journal.write(*lines, journal.decided(human, 1, "otherwise"), b"no line\n", b'{"kind":"decided"}\n')
    assert usage.read()
    assert (usage.of(first), usage.of(second)) == (2, 0)
    assert not usage.read()

    # A line that is being written counts once it is whole; a file that is closed gets another name, and counts once.
    line = journal.decided(human, 0)
    journal.write(line[:50])
    assert not usage.read()
    journal.write(line[50:])
    (tmp_path / "journal.jsonl").rename(tmp_path / "journal-000000000007.jsonl")
    journal.write(journal.decided(human, 0), b'{"kind":"note","x":"' + b"x" * 5_000_000 + b'"}\n')
    journal.write(journal.decided(human, 0))
    assert usage.read()
    assert (usage.of(first), usage.of(second)) == (2, 3)

    # What is older than a week counts no more.
    assert Usage(tmp_path, lambda: NOW + timedelta(days=6.5)).read()
    later = Usage(tmp_path, lambda: NOW + timedelta(days=30))
    later.read()
    assert (later.of(first), later.of(second)) == (0, 0)
    assert "secret" not in repr(vars(usage))


async def test_an_editor_shows_how_often_a_rule_ran(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    folder.mkdir()
    journal = Journal(folder)
    journal.write(*(journal.decided(rule_ids()[0], 1) for _ in range(212)))
    options = {"storySeconds": -1, "journal": str(folder), "commands": ["flowrules.showPlaces"], "x": 1}
    editor = Editor(options=options)
    await editor.start(tmp_path)
    uri = editor.open(write(tmp_path, RULES))
    await editor.until(lambda: editor.refreshed > 0)
    lenses = await editor.client.text_document_code_lens_async(
        types.CodeLensParams(types.TextDocumentIdentifier(uri))
    )
    titles = [one.command.title for one in lenses or () if one.command]
    assert titles[0] == "Fired 212 times last week"
    assert "Did not fire last week" in titles
    assert 'There is no option "x"' in editor.said[0]
    await editor.stop()
