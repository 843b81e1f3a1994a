"""An editor that does whatever can be done: in the end what is shown is what a check from the beginning finds."""

import random
from pathlib import Path

import pytest
from lsprotocol import types

from flowrules.compiler.loading.load import load_rules
from flowrules.source import source_from_bytes
from tests.lsp.client import Editor

pytestmark = pytest.mark.timeout(600)
"""A machine that does much else beside takes a while for hundreds of messages."""
FILES = {
    "a.rules": "timezone Asia/Kolkata\nfact vip is yes/no\nfact language is one of hi, en from host\n",
    "b.rules": "destination desk is queue sales_q\nsteps bye\n  say \"Bye 😀.\"\nend\n",
    "c.rules": "on intent=sales then transfer to desk\non intent=bye then do bye\n",
    "d.rules": 'rule "Late 😀"\n  on said contains refund\n  when vip is yes\n  say "नमस्ते"\nend\n',
    "e.rules": "never transfer when vip is no\non intent=x when language is hi then hangup\n",
    "f.rules": 'test "sales"\n  on intent=sales\n  expect transfer to desk\nend\n',
    "g.rules": "on anything then say \"Pardon?\"\n",
    "h.rules": "",
}  # fmt: skip
PIECES = (
    " ", "\n", "\r\n", '"', "(", "end\n", "on x then hangup\n", "😀", "\u2028", "\x85", "\x0c", "\t", "# ", "then ",
    "fact vip is yes/no\n", 'rule "R"\n', "transfr ", "\ufeff", "\x00", "या", "never hangup\n", "x" * 3_000,
)  # fmt: skip
SEEDS = range(1)


def shown_from_scratch(texts: dict[str, bytes]) -> dict[str, list[tuple[str, str]]]:
    """The codes and messages by path of what a check of these files finds."""
    paths = sorted(texts, key=lambda path: path.split("/"))
    found: dict[str, list[tuple[str, str]]] = {path: [] for path in paths}
    for one in load_rules([source_from_bytes(texts[path], path) for path in paths]).findings:
        shown = f"{one.message} {one.hint}".strip()
        shown = f"{shown} Answered: {one.answered}" if one.answered else shown
        found[one.location.source.path].append((one.code.id, shown))
    return {path: sorted(some) for path, some in found.items()}


async def settled(editor: Editor, uri: str) -> None:
    """Everything is checked: a question about the whole rule set has been answered."""
    await editor.client.workspace_execute_command_async(
        types.ExecuteCommandParams("flowrules.preview", [uri])
    )


def held_against(editor: Editor, texts: dict[str, bytes]) -> None:
    for path, wanted in shown_from_scratch(texts).items():
        published = editor.found.get(Path(path).as_uri())
        found = sorted((str(one.code), one.message) for one in published.diagnostics) if published else []
        assert found == wanted, path


async def play(tmp_path: Path, seed: int, edits: int) -> None:
    dice = random.Random(seed)
    editor = Editor(dice.choice(("utf-16", "utf-8", "utf-32")))
    folder = tmp_path / f"rules{seed}"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_bytes(text.replace("\n", dice.choice(("\n", "\r\n"))).encode())
    await editor.start(folder)
    uris = {editor.open(folder / name): folder / name for name in dice.sample(sorted(FILES), 5)}
    undone: list[tuple[str, str]] = []
    for _ in range(edits):
        uri = dice.choice(sorted(uris))
        before = editor.texts[uri]
        match dice.choice(("insert", "insert", "delete", "replace", "cursors", "undo", "all", "disk")):
            case "insert":
                at = dice.randint(0, len(before))
                editor.replace(uri, at, at, dice.choice(PIECES))
            case "delete":
                at = dice.randint(0, len(before))
                editor.replace(uri, at, min(len(before), at + dice.randint(0, 40)), "")
            case "replace":
                at = dice.randint(0, len(before))
                editor.replace(uri, at, min(len(before), at + dice.randint(0, 9)), dice.choice(PIECES))
            case "cursors":
                places = sorted({dice.randint(0, len(before)) for _ in range(4)}, reverse=True)
                editor.change_at_once(uri, [(at, at, dice.choice(PIECES)) for at in places])
            case "undo" if undone:
                uri, text = undone.pop()
                editor.replace(uri, 0, len(editor.texts[uri]), text)
                continue
            case "all":
                editor.replace_all(uri, FILES[uris[uri].name])
            case _:
                closed = [folder / name for name in FILES if folder / name not in uris.values()]
                path = dice.choice(closed)
                path.write_bytes(dice.choice((b"", b"\xff\xfe\x00bin\x00", b"on z then hangup\n", b"x" * 99)))
                editor.client.workspace_did_change_watched_files(
                    types.DidChangeWatchedFilesParams(
                        [types.FileEvent(path.as_uri(), types.FileChangeType.Changed)]
                    )
                )
        undone.append((uri, before))
    await settled(editor, next(iter(uris)))
    texts = {path.as_posix(): path.read_bytes() for path in (folder / name for name in FILES)}
    texts |= {path.as_posix(): editor.texts[uri].encode() for uri, path in uris.items()}
    held_against(editor, texts)
    await editor.stop()


async def test_after_any_edits_the_same_is_shown_as_after_a_fresh_check(tmp_path: Path) -> None:
    for seed in SEEDS:
        await play(tmp_path, seed, 25)


async def test_five_hundred_changes_at_once_are_read_together_and_land_right(tmp_path: Path) -> None:
    editor = Editor()
    path = tmp_path / "a.rules"
    path.write_text(
        "# \n" + "".join(f"on intent=i{n} then transfer queue q{n}\n" for n in range(60)), "utf-8"
    )
    await editor.start(tmp_path)
    uri = editor.open(path)
    for number in range(500):
        at = 2 + number
        editor.replace(uri, at, at, "x")
    shown = await editor.client.text_document_hover_async(
        types.HoverParams(**editor.at(uri, "transfer queue q59"))
    )
    assert shown is not None
    await settled(editor, uri)
    held_against(editor, {path.as_posix(): editor.texts[uri].encode()})
    await editor.stop()


async def test_files_that_are_renamed_or_deleted_while_they_are_open(tmp_path: Path) -> None:
    one, other = tmp_path / "a.rules", tmp_path / "b.rules"
    one.write_text("destination desk is queue q\n", "utf-8")
    other.write_text("on x then transfer to desk\n", "utf-8")
    editor = Editor()
    await editor.start(tmp_path)
    first, second = editor.open(one), editor.open(other)
    # Deleted on the disk: what the editor has counts as long as it has it.
    one.unlink()
    gone = types.FileEvent(first, types.FileChangeType.Deleted)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([gone]))
    await settled(editor, second)
    assert "FR203" not in editor.codes(second)
    editor.close(first)
    await editor.until(lambda: any("desk" in one.message for one in editor.found[second].diagnostics))
    # Renamed: closed under the old name, opened under the new one.
    renamed = tmp_path / "z.rules"
    renamed.write_text("destination desk is queue q\n", "utf-8")
    came = types.FileEvent(renamed.as_uri(), types.FileChangeType.Created)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([came]))
    await settled(editor, second)
    texts = {path.as_posix(): path.read_bytes() for path in (other, renamed)}
    held_against(editor, texts)
    await editor.stop()


async def test_two_folders_are_two_rule_sets(tmp_path: Path) -> None:
    roots = tmp_path / "one", tmp_path / "two"
    for root in roots:
        root.mkdir()
        (root / "a.rules").write_text(
            f"destination desk is queue {root.name}\non x then transfer to desk\n", "utf-8"
        )
    editor = Editor()
    await editor.start(*roots)
    uris = [editor.open(root / "a.rules") for root in roots]
    for uri, root in zip(uris, roots, strict=True):
        shown = await editor.client.text_document_hover_async(
            types.HoverParams(**editor.at(uri, "to desk", 4))
        )
        assert shown is not None
        assert isinstance(shown.contents, types.MarkupContent)
        assert f"queue {root.name}" in shown.contents.value
        await settled(editor, uri)
        held_against(editor, {(root / "a.rules").as_posix(): (root / "a.rules").read_bytes()})
    await editor.stop()


async def test_a_line_without_end_and_a_file_that_is_no_text(tmp_path: Path) -> None:
    path, binary = tmp_path / "a.rules", tmp_path / "b.rules"
    path.write_text('on x then say "' + "😀 very long " * 40_000 + '"\n', "utf-8")
    binary.write_bytes(bytes(range(256)) * 200)
    editor = Editor("utf-8")
    await editor.start(tmp_path)
    uri = editor.open(path)
    editor.type(uri, "on y then hangup\n")
    other = editor.open_text(binary, binary.read_bytes().decode("utf-8", "replace"))
    await settled(editor, uri)
    symbols = await editor.client.text_document_document_symbol_async(
        types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
    )
    assert symbols is not None
    assert symbols[-1].name.startswith("on y")
    assert editor.codes(other)
    await editor.stop()
