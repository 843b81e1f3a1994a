"""What is kept on disk is used where it is whole, ours, and of the right key; else it is as if nothing were there."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flowrules import kept
from flowrules.language.parser import grammar
from flowrules.language.parser.tables import Tables

KEY = "k" * 64
DATA = b"some\ndata" * 100


def test_what_was_stored_is_fetched(tmp_path: Path) -> None:
    assert kept.store(tmp_path / "new", "a.x", KEY, DATA)
    assert kept.fetch(tmp_path / "new", "a.x", KEY) == DATA
    assert kept.fetch(tmp_path / "new", "a.x", "other") is None
    assert kept.fetch(tmp_path / "new", "b.x", KEY) is None


@pytest.mark.parametrize(
    "forge",
    [
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: data.replace(b"some", b"SOME", 1),
        lambda data: data + b"x",
        lambda data: data.replace(b"\n", b"", 1),
        lambda data: os.urandom(2_000),
    ],
)
def test_a_file_that_is_not_whole_is_not_used(tmp_path: Path, forge: Callable[[bytes], bytes]) -> None:
    kept.store(tmp_path, "a.x", KEY, DATA)
    (tmp_path / "a.x").write_bytes(forge((tmp_path / "a.x").read_bytes()))
    assert kept.fetch(tmp_path, "a.x", KEY) is None
    assert kept.store(tmp_path, "a.x", KEY, DATA)
    assert kept.fetch(tmp_path, "a.x", KEY) == DATA


@pytest.mark.skipif(sys.platform == "win32", reason="rights are no mode there")
def test_what_others_may_write_is_not_used(tmp_path: Path) -> None:
    kept.store(tmp_path, "a.x", KEY, DATA)
    (tmp_path / "a.x").chmod(0o666)
    assert kept.fetch(tmp_path, "a.x", KEY) is None
    (tmp_path / "a.x").chmod(0o644)
    assert kept.fetch(tmp_path, "a.x", KEY) == DATA
    tmp_path.chmod(0o777)
    assert kept.fetch(tmp_path, "a.x", KEY) is None
    assert not kept.store(tmp_path, "b.x", KEY, DATA)
    tmp_path.chmod(0o700)


def test_where_nothing_can_be_written_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert not kept.store(tmp_path / "file" / "below", "a.x", KEY, DATA)
    assert kept.fetch(tmp_path / "file" / "below", "a.x", KEY) is None


def test_only_the_newest_stay(tmp_path: Path) -> None:
    for number in range(6):
        kept.store(tmp_path, f"{number}.x", KEY, DATA, most=3)
        os.utime(tmp_path / f"{number}.x", ns=(number * 10**9, number * 10**9))
    kept.store(tmp_path, "other.y", KEY, DATA, most=3)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["3.x", "4.x", "5.x", "other.y"]


def test_processes_that_write_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from flowrules import kept\n"
        "for _ in range(200):\n"
        "    kept.store(Path(sys.argv[1]), 'a.x', 'key', sys.argv[2].encode() * 50_000)\n"
        "    found = kept.fetch(Path(sys.argv[1]), 'a.x', 'key')\n"
        "    assert found is not None and len(set(found)) == 1, found"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), sign]) for sign in "abc"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert [file.name for file in tmp_path.iterdir()] == ["a.x"]


def test_the_switch_names_a_folder_or_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(kept.SWITCH, str(tmp_path))
    assert kept.user_folder() == tmp_path
    for off in ("off", "", "OFF"):
        monkeypatch.setenv(kept.SWITCH, off)
        assert kept.user_folder() is None


# --- the grammar's tables -----------------------------------------------------------------------------------


@pytest.fixture
def makings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[int]:
    """How often the tables are made, which are kept in an empty folder."""
    made: list[int] = []
    tables = grammar.tables()

    def make(_: object) -> Tables:
        made.append(1)
        return tables

    monkeypatch.setattr(grammar, "_folders", lambda: [tmp_path / "tables"])
    monkeypatch.setattr(grammar, "make_tables", make)
    return made


def test_tables_are_made_once(makings: list[int]) -> None:
    assert grammar.tables.__wrapped__() == grammar.tables.__wrapped__() == grammar.tables()
    assert len(makings) == 1


def test_tables_of_another_grammar_are_made_anew(makings: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    grammar.tables.__wrapped__()
    text = grammar.grammar_text()
    monkeypatch.setattr(grammar, "grammar_text", lambda: f"{text}\n// edited")
    grammar.tables.__wrapped__()
    assert len(makings) == 2


@pytest.mark.parametrize("data", [b"{}", b"[]", b"no json", b'{"symbols": [], "reductions": [[1]]}', b"\xff"])
def test_tables_that_are_none_are_made_anew(makings: list[int], tmp_path: Path, data: bytes) -> None:
    grammar.tables.__wrapped__()
    (file,) = (tmp_path / "tables").iterdir()
    kept.store(file.parent, file.name, grammar._key(), data)
    assert grammar.tables.__wrapped__() == grammar.tables()
    assert len(makings) == 2


def test_tables_are_made_where_none_can_be_kept(
    makings: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(grammar, "_folders", lambda: [tmp_path / "file" / "below"])
    assert grammar.tables.__wrapped__() == grammar.tables()
    assert grammar.tables.__wrapped__() == grammar.tables()
    assert len(makings) == 2
