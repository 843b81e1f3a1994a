"""Journals as recordings: whole, in several files, cut off, of several processes."""

import json
from pathlib import Path
from shutil import copy
from zoneinfo import ZoneInfo

import pytest

from flowrules.call.receipt import Status
from flowrules.recordings.call import NotReplayed, Recorded, RecordedCall
from flowrules.recordings.layout import Layout
from flowrules.recordings.recording import open_recording, read_piece

JOURNALS = Path(__file__).parents[1] / "runtime" / "journals"


def read(path: Path) -> list[Recorded]:
    recording = open_recording(path, Layout())
    found = [
        one for piece in recording.pieces(path) for one in read_piece(piece.reads, Layout(), ZoneInfo("UTC"))
    ]
    return [*found, *recording.unread]


def plain(found: list[Recorded]) -> list[object]:
    """Without where things stand, and without the functions of a setup."""
    return [
        one._replace(origin="", setup=one.setup.limits) if isinstance(one, RecordedCall) else one  # type: ignore[arg-type]
        for one in found
    ]


def test_what_a_journal_tells() -> None:
    first, second = read(JOURNALS / "2")
    assert isinstance(first, RecordedCall)
    assert isinstance(second, RecordedCall)
    assert first.origin.startswith("journal.jsonl, line ")
    assert [type(received).__name__ for _, received in first.inputs][:1] == ["Reported"]
    assert first.masked == {"said"}
    assert first.happened is not None
    assert len(first.happened) == first.events + 1  # the end of the call, which nobody reports
    for call in (first, second):
        assert all(sent.left is not None and sent.body for sent in call.outcomes)
        assert sum(len(one.verbs) for one in call.happened or ()) >= len(call.outcomes)
        times = [at for at, _ in call.inputs]
        assert times == sorted(times)
        assert call.until >= times[-1]
    assert Status.UNKNOWN in {sent.receipt.status for sent in second.outcomes}
    assert first.revisions == ("a5df11038e33",)


@pytest.mark.parametrize("version", ["1-before-inputs", "1-before-checkpoints"])
def test_older_journals_are_counted(version: str) -> None:
    found = read(JOURNALS / version)
    assert len(found) == 2
    assert all(isinstance(one, NotReplayed) and "an older version wrote it" in one.reason for one in found)
    assert all(one.events for one in found)


def test_files_are_pieces_and_sessions_go_on_in_the_next(tmp_path: Path) -> None:
    whole = plain(read(JOURNALS / "2"))
    lines = (JOURNALS / "2" / "journal.jsonl").read_bytes().splitlines(keepends=True)
    for first, second in ((5, 12), (20, 21), (10, 40)):
        folder = tmp_path / f"{first}"
        folder.mkdir()
        (folder / "journal-000000000005.jsonl").write_bytes(b"".join(lines[:first]))
        (folder / "journal-000000000012.jsonl").write_bytes(b"".join(lines[first:second]))
        (folder / "journal.jsonl").write_bytes(b"".join(lines[second:]))
        copy(JOURNALS / "2" / "rules-a5df11038e33.json", folder)
        assert len(open_recording(folder, Layout()).pieces(folder)) == 3
        assert plain(read(folder)) == whole
    # Each of several processes keeps a journal of its own.
    assert len(read(tmp_path)) == 6


@pytest.mark.not_replayed
def test_a_journal_that_is_cut_off_or_lacks_lines(tmp_path: Path) -> None:
    lines = (JOURNALS / "2" / "journal.jsonl").read_bytes().splitlines(keepends=True)
    kinds = [json.loads(line)["kind"] for line in lines]
    second = len(kinds) - 1 - kinds[::-1].index("call")
    path = tmp_path / "calls.jsonl"  # a copy under another name
    path.write_bytes(b"".join(lines[: second + 4]) + lines[second + 4][:50])
    first, torn, cut = read(path)
    assert isinstance(first, RecordedCall)
    assert torn == NotReplayed(
        "", "a line of a journal is cut off, or is no entry", 1, f"calls.jsonl, line {second + 5}"
    )
    assert isinstance(cut, RecordedCall)
    assert cut.over == ""
    path.write_bytes(b"".join([*lines[: second + 2], *lines[second + 3 :]]))
    assert [one.reason for one in read(path) if isinstance(one, NotReplayed)] == [
        "lines of the journal are missing"
    ]


@pytest.mark.not_replayed
def test_a_newer_journal_is_not_guessed_at(tmp_path: Path) -> None:
    lines = (JOURNALS / "2" / "journal.jsonl").read_text().splitlines()
    head = json.loads(lines[0])
    assert head["kind"] == "journal"
    (tmp_path / "journal.jsonl").write_text("\n".join([json.dumps({**head, "format": 99}), *lines[1:]]))
    assert read(tmp_path) == [NotReplayed("", "a newer version of flowrules wrote it", 0, "journal.jsonl")]


@pytest.mark.not_replayed
def test_what_was_tried_for_another_host_is_no_step_of_the_call(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (JOURNALS / "2" / "journal.jsonl").read_text().splitlines()]
    tried = [{**line, "tried_for": "host a"} for line in lines if line["kind"] in ("sending", "receipt")]
    behind = next(number for number, line in enumerate(lines) if line["kind"] == "receipt") + 1
    lines[behind:behind] = [line for line in tried if line["call"] == tried[0]["call"]]
    path = tmp_path / "calls.jsonl"
    path.write_text("\n".join(json.dumps({**line, "seq": seq}) for seq, line in enumerate(lines, start=1)))
    assert plain(read(path)) == plain(read(JOURNALS / "2"))
