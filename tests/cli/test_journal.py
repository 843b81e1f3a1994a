"""`flowrules journal`: whole or not, and what happened in a call."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from flowrules import Engine, Mode, RuleBook, Settings

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The journal of two calls."""
    folder = tmp_path / "journal"

    async def play() -> None:
        settings = Settings(mode=Mode.DRY_RUN, journal=folder, journal_fsync="never")
        async with Engine(RuleBook.from_text("on intent=x hold then unhold\n"), settings=settings) as engine:
            for name in ("c1", "c2"):
                await engine.call(name).event(intent="x", mood="\x1b[31mred", event_id=f"of {name}")

    asyncio.run(play())
    return folder


def test_a_whole_journal_is_counted(run: Run, folder: Path) -> None:
    shown = run("journal", folder)
    assert shown.exit_code == 0, shown.output
    rows = [line.split(maxsplit=1) for line in shown.stdout.splitlines()]
    assert ["2", "calls"] in rows
    assert ["0", "verbs that went out"] in rows
    assert shown.stderr == ""


def test_the_story_of_a_call(run: Run, folder: Path) -> None:
    shown = run("journal", folder, "--call", "c1")
    assert shown.exit_code == 0
    told = shown.stdout.splitlines()
    assert "the call is ours (dry_run" in told[0]
    assert "again" not in shown.stdout
    assert any("of c1: intent=x" in line and "→" in line for line in told)
    assert any("hold withheld" in line for line in told)
    assert "the call is over" in told[-1]
    assert "c2" not in shown.stdout
    assert "\x1b" not in shown.stdout


@pytest.mark.not_replayed
def test_what_does_not_fit_is_said_with_its_place(run: Run, folder: Path) -> None:
    path = folder / "journal.jsonl"
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join(rows[:3] + rows[4:]))
    shown = run("journal", folder)
    assert shown.exit_code == 1
    assert f"{path}:4: line 5 follows line 3" in shown.stderr


def test_where_there_is_nothing_to_read(run: Run, folder: Path, tmp_path: Path) -> None:
    for words in ((tmp_path / "none",), (folder, "--call", "c9")):
        shown = run("journal", *words)
        assert shown.exit_code == 2
        assert shown.stderr.count("\n") == 1


def test_calls_are_played_again(run: Run, folder: Path) -> None:
    shown = run("journal", "replay", "--journal", folder)
    assert shown.exit_code == 0, shown.output
    rows = [line.split(maxsplit=1) for line in shown.stdout.splitlines()]
    assert ["2", "sessions of calls replay equal, with 14 entries"] in rows
    assert ["0", "differ"] in rows
    shown = run("journal", "replay", "c1", "--journal", folder)
    assert shown.exit_code == 0
    assert shown.stdout.startswith("call c1, from 20")
    assert shown.stdout.endswith(": all 7 entries are equal\n")
    (told,) = json.loads(run("journal", "replay", "c1", "--journal", folder, "--json").stdout)
    assert (told["call"], told["equal"], told["difference"], told["why_not"]) == ("c1", 7, None, None)


@pytest.mark.not_replayed
def test_the_first_entry_that_differs_is_told_in_words(run: Run, folder: Path) -> None:
    path = folder / "journal.jsonl"
    path.write_text(
        path.read_text().replace(
            '"verb":"unhold","status":"withheld"', '"verb":"unhold","status":"dropped"', 1
        )
    )
    shown = run("journal", "replay", "--journal", folder)
    assert shown.exit_code == 1
    assert (
        '2 entries are equal, then line 6 differs: step of unhold (of c1): status is "dropped" on record, '
        'and "withheld" in the replay'
    ) in shown.stdout
    assert run("journal", "replay", "c2", "--journal", folder).exit_code == 0
    (told,) = json.loads(run("journal", "replay", "c1", "--journal", folder, "--json").stdout)
    assert told["difference"]["seq"] == 6


@pytest.mark.not_replayed
def test_a_call_that_can_not_be_played_again(run: Run, folder: Path) -> None:
    (rules,) = folder.glob("rules-*.json")
    rules.unlink()
    shown = run("journal", "replay", "c1", "--journal", folder)
    assert shown.exit_code == 2
    assert "can't be replayed: the texts of the rules" in shown.stdout
    for words in (("c9", "--journal", folder), ("--journal", folder / "none")):
        shown = run("journal", "replay", *words)
        assert shown.exit_code == 2
        assert shown.stderr.count("\n") == 1


def test_why_names_rules_that_have_no_name_by_their_first_line(run: Run, folder: Path) -> None:
    decisions = run("why", "--journal", folder).stdout.splitlines()
    number = next(line.split()[0] for line in decisions if "intent=x" in line)
    told = run("why", "--journal", folder, "--entry", number).stdout.splitlines()
    assert told[told.index("    took the event") - 1] == "on intent=x hold then unhold"


@pytest.mark.not_replayed
def test_what_a_newer_version_wrote_is_said(run: Run, tmp_path: Path) -> None:
    line = {"seq": 1, "prev": "", "at": "2031-01-01T00:00:00.000+00:00", "kind": "journal", "format": 99}
    (tmp_path / "journal.jsonl").write_text(json.dumps(line) + "\n")
    for words in ((tmp_path,), ("verify", tmp_path), ("replay", "--journal", tmp_path)):
        shown = run("journal", *words)
        assert shown.exit_code == 2
        assert "a newer version of flowrules wrote" in shown.stderr
        assert shown.stderr.count("\n") == 1


def test_the_schema_is_printed(run: Run) -> None:
    shown = run("journal", "schema")
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["title"] == "A line of a flowrules journal, format 2"


def test_verify_is_the_same_as_read(run: Run, folder: Path) -> None:
    assert run("journal", "verify", folder).stdout == run("journal", folder).stdout != ""


def test_what_is_kept_of_a_caller_is_exported_and_erased(run: Run, folder: Path, tmp_path: Path) -> None:
    shown = run("journal", "export", folder, "--call", "c1")
    assert shown.exit_code == 0
    assert {json.loads(line)["seq"] for line in shown.stdout.splitlines()} >= {3, 4, 5, 6, 7}
    shown = run("journal", "erase", folder, "--call", "c1", "--dry-run")
    assert (shown.exit_code, shown.stdout) == (0, "1 calls would be erased.\n")
    shown = run("journal", "erase", folder, "--call", "c1")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("1 calls were erased, in ")
    assert run("journal", "verify", folder).exit_code == 0
    output = tmp_path / "kept.jsonl"
    shown = run("journal", "export", folder, "--call", "c1", "-o", output)
    assert (shown.exit_code, shown.stderr, output.exists()) == (1, "Nothing is kept of this caller.\n", False)
    assert run("why", "--journal", folder).stdout.count("\n") == 2
    shown = run("journal", "retain", folder, "--days", "1")
    assert (shown.exit_code, shown.stdout) == (0, "0 files were forgotten, 0 bytes.\n")


def test_every_entry_is_a_row(run: Run, folder: Path, tmp_path: Path) -> None:
    from pyarrow import parquet

    output = tmp_path / "calls.parquet"
    assert run("journal", "export", folder, "--parquet", output).exit_code == 0
    table = parquet.read_table(output)
    rows = table.to_pylist()
    written = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    assert [json.loads(row["entry"]) for row in rows] == written
    assert [row["at"].isoformat(timespec="milliseconds") for row in rows] == [
        entry["at"] for entry in written
    ]
    decided = next(row for row in rows if row["kind"] == "decided")
    assert (len(decided["rules"]), decided["outcomes"], decided["erased"]) == (1, ["fired"], False)
    assert table.schema.names[:6] == ["seq", "at", "kind", "call", "session", "event"]
    assert [path.name for path in tmp_path.glob("*.new")] == []


def test_what_can_not_be_done_is_said_in_a_line(run: Run, folder: Path, tmp_path: Path) -> None:
    for words in (
        ("erase", folder),
        ("erase", tmp_path / "none", "--call", "c1"),
        ("export", folder),
        ("export", folder, "--parquet", tmp_path / "x", "--call", "c1"),
        ("export", folder, "--parquet", tmp_path / "none" / "x"),
        ("retain", tmp_path / "none", "--days", "3"),
    ):
        shown = run("journal", *words)
        assert shown.exit_code == 2, words
        assert shown.stderr.count("\n") == 1, shown.stderr
