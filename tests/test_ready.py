"""Rules that were loaded before are ready without being read and checked again, and are the same."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import flowrules
from flowrules import kept, ready
from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.api.preview import check, load, preview
from flowrules.cli import application
from flowrules.compiler.loading import load as loading
from flowrules.compiler.overview import overview
from flowrules.compiler.ruleset import RuleSet
from flowrules.runtime.errors import RulesRefused

RULES = Path(__file__).parents[1] / "rules"
TEXT = """\
timezone Asia/Kolkata
fact balance is number
hours office
  mon to fri 09:00 to 18:00
  closed on 2026-01-26
end
rule "sales"
  on intent=sales when balance is at least 500 during office
  mute for at most 30 seconds
  transfer queue sales with priority 1, vip yes if it fails then schedule_callback next office
end
on intent=other hangup
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv(kept.SWITCH, str(folder))
    return folder


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How often rules were read and checked."""
    found: list[int] = []
    load_rules = loading.load_rules

    def counted(*args: Any, **options: Any) -> Any:
        found.append(1)
        return load_rules(*args, **options)

    monkeypatch.setattr(loading, "load_rules", counted)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "desk.rules"
    path.write_text(TEXT, "utf-8")
    return path


def same(one: RuleSet, other: RuleSet) -> None:
    assert one.revision == other.revision
    assert overview(one) == overview(other)
    assert one.checked == other.checked
    for mine, theirs in zip(one.rules, other.rules, strict=True):
        assert repr((mine.guard, mine.steps, mine.otherwise)) == repr(
            (theirs.guard, theirs.steps, theirs.otherwise)
        )


@pytest.mark.parametrize("path", [RULES, *sorted(RULES.glob("*.rules"))], ids=lambda path: path.name)
def test_the_second_load_is_the_first_without_its_work(home: Path, loads: list[int], path: Path) -> None:
    findings = check(path)
    warm = load(path)
    assert len(loads) == 1
    os.environ[kept.SWITCH] = "off"
    assert check(path) == findings
    same(warm, load(path))
    assert len(loads) == 3


def test_a_preview_after_a_warm_start_shows_the_same(home: Path, file: Path) -> None:
    at = datetime(2026, 3, 2, 11)
    shown = [preview(file, {"intent": "sales"}, known={"balance": 900}, at=at).requests for _ in range(2)]
    assert shown[0]
    assert shown[0] == shown[1]


def test_an_edit_another_fence_and_another_engine_are_loaded_anew(
    home: Path, file: Path, loads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    load(file)
    load(file)
    assert len(loads) == 1
    load(file, fence=DestinationPolicy(deny_numbers=("+44",)))
    assert len(loads) == 2
    file.write_text(f"{TEXT}on intent=more hangup\n", "utf-8")
    assert len(load(file).rules) == 3
    assert len(loads) == 3
    monkeypatch.setattr(ready, "engine", lambda: "another")
    load(file)
    assert len(loads) == 4


def test_the_kind_of_an_agent_is_not_kept(home: Path, loads: list[int], file: Path) -> None:
    file.write_text("on intent=sales transfer agent a_1\n", "utf-8")
    for kind in ("agent", "agent_queue", "agent"):
        shown = preview(load(file, agent_type=kind), {"intent": "sales"})
        assert shown.requests[0]["destination_type"] == kind


def test_rules_with_errors_are_not_kept(home: Path, file: Path) -> None:
    file.write_text("on intent=sales transfer\n", "utf-8")
    for _ in range(2):
        with pytest.raises(RulesRefused):
            load(file)
    assert not home.exists()


def test_what_is_forged_is_loaded_anew(home: Path, file: Path, loads: list[int]) -> None:
    first = load(file)
    (stored,) = home.iterdir()
    key = stored.read_bytes().split()[3].decode()
    data = kept.fetch(home, stored.name, key)
    assert data is not None
    for number in range(0, len(data), max(1, len(data) // 60)):  # whole by its digest, and odd in one place
        kept.store(home, stored.name, key, data[:number] + bytes([data[number] ^ 0x41]) + data[number + 1 :])
        loading_again = len(loads)
        try:
            found = load(file)
        except RulesRefused:
            pytest.fail("a forged file is no error of the rules")
        if len(loads) > loading_again:
            same(found, first)
    for forged in (b"", b"\x00", data[: len(data) // 2], b"\x94\x90\x90\x90\xc0"):
        kept.store(home, stored.name, key, forged)
        before = len(loads)
        same(load(file), first)
        assert len(loads) == before + 1


def test_a_home_that_can_t_be_written_is_no_error(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").touch()
    monkeypatch.setenv(kept.SWITCH, str(tmp_path / "home" / "below"))
    assert len(load(file).rules) == 2


def test_processes_that_start_at_once_are_ready(home: Path, file: Path) -> None:
    code = "import sys, flowrules; print(flowrules.load(sys.argv[1]).revision)"
    command = [sys.executable, "-c", code, str(file)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert {process.communicate(timeout=120)[0].strip() for process in running} == {load(file).revision}


# --- built rule sets ----------------------------------------------------------------------------------------


def build(source: Path, target: Path) -> int:
    result = application("build")(
        ["build", str(source), "-o", str(target)], "flowrules", standalone_mode=False
    )
    return result if isinstance(result, int) else 0


def test_a_built_rule_set_is_the_rules(tmp_path: Path, loads: list[int]) -> None:
    target = tmp_path / "desk.frb"
    build(RULES, target)
    same(load(target), load(RULES))
    assert check(target) == check(RULES)
    texts = [(file.source.path, file.source.text) for file in load(target).checked.files]
    assert texts == [(file.source.path, file.source.text) for file in load(RULES).checked.files]


def test_a_built_rule_set_is_ready_without_a_cache(tmp_path: Path, file: Path, loads: list[int]) -> None:
    target = tmp_path / "desk.frb"
    build(file, target)
    loads.clear()
    load(target)
    assert not loads


def test_of_a_built_rule_set_the_texts_are_enough(tmp_path: Path, file: Path, loads: list[int]) -> None:
    target = tmp_path / "desk.frb"
    build(file, target)
    data = target.read_bytes()
    for damaged in (data[:-1], data[:-200], data[:-1] + b"?"):
        target.write_bytes(damaged)
        loads.clear()
        same(load(target), load(file))
        assert len(loads) == 2


def test_without_its_texts_a_built_rule_set_is_refused_in_words(tmp_path: Path, file: Path) -> None:
    target = tmp_path / "desk.frb"
    build(file, target)
    data = target.read_bytes()
    for damaged in (b"", b"on intent=sales hangup\n", data[:150], data.replace(b"hangup", b"hangip")):
        target.write_bytes(damaged)
        with pytest.raises(RulesRefused, match="build it again"):
            load(target)


def test_built_for_another_host_it_is_checked_for_this_one(
    tmp_path: Path, file: Path, loads: list[int]
) -> None:
    file.write_text("allow numbers +44\non intent=sales transfer number +442071234567\n", "utf-8")
    target = tmp_path / "desk.frb"
    build(file, target)
    assert load(target)
    with pytest.raises(RulesRefused):
        load(target, fence=DestinationPolicy(deny_numbers=("+44",)))


# --- what a start brings with it ----------------------------------------------------------------------------


def imported(code: str, **environment: str) -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"],
        capture_output=True, text=True, check=True, env={**os.environ, **environment},
    )  # fmt: skip
    return set(json.loads(shown.stdout.splitlines()[-1]))


def test_a_host_s_import_brings_no_command_line_and_no_server() -> None:
    brought = imported(
        "import flowrules.runtime.engine, flowrules.engine.decide; from flowrules import Engine"
    )
    assert brought.isdisjoint(
        {"typer", "rich", "starlette", "uvicorn", "websockets", "structlog", "lark", "phonenumbers"}
    )


def test_a_first_load_brings_no_grammar_tools_and_no_network(file: Path) -> None:
    flowrules.load(file)  # the tables are kept now
    brought = imported(f"import flowrules; flowrules.load({str(file)!r})")
    assert brought.isdisjoint({"lark", "httpx", "asyncio", "typer", "rich", "starlette"})


def test_a_warm_load_brings_no_checks_and_no_models(home: Path, file: Path) -> None:
    flowrules.load(file)
    brought = imported(f"import flowrules; flowrules.load({str(file)!r})")
    assert brought.isdisjoint(
        {
            "lark",
            "pydantic",
            "flowrules.analysis.check",
            "flowrules.analysis.lints",
            "flowrules.language.parser.lalr",
        }
    )
