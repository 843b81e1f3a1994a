"""One tab against another, and against the disk: nothing of what somebody typed or saved is lost."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.studio.conftest import RULES, Join, Peer

Opened = Callable[[], Awaitable[Peer]]
FILE = "sales.rules"


async def welcomed(join: Join) -> tuple[Peer, dict[str, Any]]:
    tab = await join()
    return tab, (await tab.until(kind="welcome"))


def insert(text: str, at: int = 0, version: int = 1) -> dict[str, Any]:
    return {"kind": "change", "file": FILE, "version": version, "changes": [[at, at, text]]}


async def test_findings_come_with_the_version_that_they_are_for(join: Join) -> None:
    tab, welcome = await welcomed(join)
    assert [one["file"] for one in welcome["files"]] == [FILE]
    await tab.send(**insert("on intent=x tranfer y\n", len(RULES)))
    found = await tab.until(kind="findings", file=FILE, version=1)
    (finding,) = found["findings"]
    assert finding["message"] == 'There is no verb "tranfer".'
    assert (RULES + "on intent=x tranfer y\n")[finding["from"] : finding["to"]] == "tranfer"
    await tab.send(kind="change", file=FILE, version=2, changes=[[len(RULES), len(RULES) + 22, ""]])
    assert (await tab.until(kind="findings", file=FILE, version=2))["findings"] == []


async def test_a_change_that_does_not_follow_has_the_browser_send_its_text(join: Join) -> None:
    tab, welcome = await welcomed(join)
    await tab.send(**insert("x", version=5))
    await tab.until(kind="resend", file=FILE)
    await tab.send(kind="text", file=FILE, version=9, text="# mine\n", digest=welcome["files"][0]["digest"])
    await tab.send(**insert("on intent=x tranfer y\n", version=10))
    assert (await tab.until(kind="findings", version=10))["count"] == 1


async def taken(tab: Peer) -> None:
    """All that was sent so far is taken in."""
    await tab.send(kind="ask", id=99, what="format", file=FILE)
    await tab.until(kind="answer", id=99)


async def save(tab: Peer, **more: Any) -> dict[str, Any]:
    await tab.send(kind="save", **more)
    while True:
        message = await tab.until()
        if message["kind"] in ("saved", "not_saved"):
            return message


@pytest.mark.parametrize(
    ("encoding", "mark", "end"),
    [
        ("utf-8", b"", "\r\n"),
        ("utf-8", b"\xef\xbb\xbf", "\n"),
        ("utf-16-le", b"\xff\xfe", "\r\n"),
        ("utf-8", b"", "\r"),
    ],
)
async def test_a_save_keeps_marks_line_ends_and_encoding(
    rules: Path, join: Join, encoding: str, mark: bytes, end: str
) -> None:
    text = RULES.replace("\n", end) + f"# 😀 ü{end}"
    (rules / FILE).write_bytes(mark + text.encode(encoding))
    tab, _ = await welcomed(join)
    if (rules / FILE).read_bytes() != RULES.encode():
        # The file was written while the studio ran: it tells of it, and the tab takes it.
        told = await tab.until(kind="disk", file=FILE)
        await tab.send(kind="change", file=FILE, version=1, changes=[[0, len(RULES), told["text"]]])
        await tab.send(kind="took", file=FILE, digest=told["digest"])
    await tab.send(**insert("# new\n", 0, version=2))
    assert (await save(tab))["kind"] == "saved"
    assert (rules / FILE).read_bytes() == mark + (f"# new{end}" + text).encode(encoding)


async def test_a_save_goes_through_the_gate_of_a_reload(rules: Path, join: Join) -> None:
    tab, _ = await welcomed(join)
    await tab.send(**insert("on intent=x tranfer y\n", len(RULES)))
    told = await save(tab)
    assert told["kind"] == "not_saved"
    assert 'There is no verb "tranfer"' in told["text"]
    await tab.send(kind="change", file=FILE, version=2, changes=[[len(RULES), len(RULES) + 22, ""]])
    at = RULES.index("expect transfer")
    await tab.send(kind="change", file=FILE, version=3, changes=[[at, at + 15, "expect hangup"]])
    told = await save(tab)
    assert told["kind"] == "not_saved"
    assert "does not pass" in told["text"]
    assert (rules / FILE).read_text("utf-8") == RULES


async def test_what_would_be_lost_is_told_first_and_saved_when_it_is_meant(rules: Path, join: Join) -> None:
    tab, _ = await welcomed(join)
    await tab.send(kind="change", file=FILE, version=1, changes=[[0, len(RULES), "# nothing is left\n"]])
    told = await save(tab)
    assert (told["kind"], told["losses"]) == ("not_saved", True)
    assert (rules / FILE).read_text("utf-8") == RULES
    assert (await save(tab, losses_are_meant=True))["kind"] == "saved"
    assert (rules / FILE).read_text("utf-8") == "# nothing is left\n"


async def test_an_edit_on_disk_is_never_overwritten(rules: Path, join: Join) -> None:
    tab, _ = await welcomed(join)
    await tab.send(**insert("# mine\n"))
    await taken(tab)
    theirs = RULES + "# theirs\n"
    (rules / FILE).write_text(theirs, "utf-8", newline="\n")
    told = await tab.until(kind="conflict", file=FILE)
    assert (told["theirs"], told["merged"], told["clashes"]) == (theirs, "# mine\n" + theirs, 0)
    assert (await save(tab))["kind"] == "not_saved"
    assert (rules / FILE).read_text("utf-8") == theirs
    # The right side is taken: now it may be saved.
    await tab.send(
        kind="change", file=FILE, version=2, changes=[[len(RULES) + 7, len(RULES) + 7, "# theirs\n"]]
    )
    await tab.send(kind="took", file=FILE, digest=told["digest"])
    assert (await save(tab))["kind"] == "saved"
    assert (rules / FILE).read_text("utf-8") == "# mine\n" + theirs


async def test_an_edit_just_before_the_save_is_seen_too(rules: Path, join: Join) -> None:
    """Before the watcher has told of it, the gate looks at the disk itself."""
    tab, _ = await welcomed(join)
    await tab.send(**insert("# mine\n"))
    await taken(tab)
    # Nothing is awaited between the two.
    (rules / FILE).write_text(RULES + "# theirs\n", "utf-8", newline="\n")
    assert (await save(tab))["kind"] == "not_saved"
    assert (rules / FILE).read_text("utf-8") == RULES + "# theirs\n"


async def test_two_tabs_see_each_others_saves(join: Join) -> None:
    one, _ = await welcomed(join)
    other, _ = await welcomed(join)
    await one.send(**insert("# one\n"))
    assert (await save(one))["kind"] == "saved"
    told = await other.until(kind="disk", file=FILE)
    assert told["text"] == "# one\n" + RULES
    assert told["version"] == 0


async def test_who_types_while_another_saves_is_shown_both(join: Join) -> None:
    one, _ = await welcomed(join)
    other, _ = await welcomed(join)
    await one.send(**insert("# one\n"))
    assert (await save(one))["kind"] == "saved"
    await other.until(kind="disk", file=FILE)
    await other.send(kind="mine", file=FILE)
    assert (await other.until(kind="conflict", file=FILE))["theirs"] == "# one\n" + RULES


async def test_a_new_file_is_written_and_one_that_came_meanwhile_is_not(rules: Path, join: Join) -> None:
    tab, _ = await welcomed(join)
    await tab.send(kind="new", file="refunds.rules")
    await tab.until(kind="file")
    text = "on intent=refund log refund\n"
    await tab.send(kind="change", file="refunds.rules", version=1, changes=[[0, 0, text]])
    (rules / "refunds.rules").write_text("# theirs\n")
    assert (await save(tab))["kind"] == "not_saved"
    assert (rules / "refunds.rules").read_text() == "# theirs\n"


@pytest.mark.parametrize(
    "name", ["../evil.rules", "/etc/x.rules", "x.txt", ".hidden.rules", "a/../../b.rules", ""]
)
async def test_the_page_names_no_place_outside_of_the_folder(rules: Path, join: Join, name: str) -> None:
    tab, _ = await welcomed(join)
    await tab.send(kind="new", file=name)
    await tab.send(kind="change", file=name, version=1, changes=[[0, 0, "x"]])
    await tab.until(kind="resend", file=name)
    assert [path.name for path in rules.parent.rglob("*.rules")] == [FILE]


async def test_a_file_that_is_no_text_is_shown_and_not_written(rules: Path, join: Join) -> None:
    (rules / "bad.rules").write_bytes(b"# \xff\xfe\xff\n")
    tab, welcome = await welcomed(join)
    told = next((one for one in welcome["files"] if one["file"] == "bad.rules"), None)
    if told is None:
        told = (await tab.until(kind="file"))["file"]
    assert told["readonly"]
    await tab.send(kind="change", file="bad.rules", version=1, changes=[[0, 0, "x"]])
    await tab.until(kind="resend", file="bad.rules")
    assert (rules / "bad.rules").read_bytes() == b"# \xff\xfe\xff\n"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
async def test_a_file_that_can_not_be_written_is_told_of(rules: Path, join: Join) -> None:
    tab, _ = await welcomed(join)
    os.chmod(rules, 0o555)
    try:
        await tab.send(**insert("# x\n"))
        assert (await save(tab))["kind"] == "not_saved"
    finally:
        os.chmod(rules, 0o755)


async def test_completion_hover_and_words_count_as_the_browser_does(join: Join) -> None:
    tab, _ = await welcomed(join)
    text = '# 😀😀\non intent=refund say "😀" then transfer queue sa\n'
    await tab.send(**insert(text))
    at = len(text.encode("utf-16-le")) // 2 - 1
    await tab.send(kind="ask", id=7, what="completion", file=FILE, start=at)
    found = (await tab.until(kind="answer", id=7))["answer"]
    assert found[0]["label"] == "sales_q"
    assert (found[0]["from"], found[0]["to"]) == (at - 2, at)
    word = len(text[: text.index("transfer")].encode("utf-16-le")) // 2
    await tab.send(kind="ask", id=8, what="hover", file=FILE, start=word + 1)
    shown = (await tab.until(kind="answer", id=8))["answer"]
    assert (shown["from"], shown["to"]) == (word, word + 8)
    assert "<strong>transfer</strong>" in shown["html"]
    await tab.send(kind="ask", id=9, what="words", file=FILE, start=0, end=at)
    data = (await tab.until(kind="answer", id=9))["answer"]["data"]
    assert word in data[::3]


async def test_findings_come_before_all_else_that_an_edit_changes(join: Join) -> None:
    tab, _ = await welcomed(join)
    await tab.send(kind="show", panel="tests")
    await tab.until(kind="panel", panel="tests")
    await taken(tab)
    await tab.send(**insert("on intent=x tranfer y\n", len(RULES)))
    kinds = []
    while "blocks" not in kinds:
        kinds.append((await tab.until())["kind"])
    assert "findings" in kinds[: kinds.index("blocks")]
    assert "panel" not in kinds[: kinds.index("findings")]
