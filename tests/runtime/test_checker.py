"""Edits that another process checks: the same answers, and none that is lost when that process is."""

import gc
import os
import pickle
import signal
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.compiler.loading.load import compile_sound, load_rules
from flowrules.compiler.overview import overview
from flowrules.compiler.ruleset import RuleSet
from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.rulebook import LoadStatus, RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.scenarios.gate import failing_tests
from flowrules.source import read, source_from_text

COOKBOOK = Path(__file__).parents[2] / "rules"
GOOD = "list vips is a, b\non intent=x when plan is in vips hold\n"
EDITS = {
    "good": GOOD + "on intent=y mute\n",
    "warned of": GOOD + "list nobody is a\n",
    "broken": GOOD + "on intent=y tranfer queue q\non intent=z hangup then hold\n",
    "no rules at all": GOOD.replace("vips", "vps", 1),
    "failing its tests": GOOD + 'test "t"\n  on intent=x with plan=a\n  expect mute\nend\n',
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "main.rules"
    made.write_text(GOOD)
    return made


@pytest.fixture
def apart(path: Path) -> Iterator[RuleBook]:
    book = RuleBook.load(path, gate=failing_tests, apart=True)
    yield book
    book.close()


async def test_a_process_apart_says_what_this_one_would_say(path: Path, apart: RuleBook) -> None:
    here = RuleBook.load(path, gate=failing_tests)
    for text in EDITS.values():
        save(path, text)
        mine, other = await here.reload(), await apart.reload()
        assert (other.status, other.message, other.findings) == (mine.status, mine.message, mine.findings)
        assert overview(apart.current) == overview(here.current)
    assert apart.last is not None


@pytest.mark.parametrize("file", sorted(COOKBOOK.glob("*.rules")), ids=lambda file: file.stem)
def test_what_was_found_sound_compiles_to_the_same(file: Path) -> None:
    sources = read(file)
    whole = load_rules(sources).ruleset
    assert whole is not None
    assert overview(compile_sound(sources)) == overview(whole)
    assert overview(compile_sound(sources, previous=whole)) == overview(whole)


def save(path: Path, text: str) -> None:
    path.write_text(text)


def process_of(book: RuleBook) -> Any:
    assert book._examiner.checker is not None
    return book._examiner.checker._process


async def test_no_process_before_the_first_edit_and_one_for_all(path: Path, apart: RuleBook) -> None:
    assert process_of(apart) is None
    save(path, EDITS["good"])
    await apart.reload()
    first = process_of(apart)
    save(path, EDITS["broken"])
    await apart.reload()
    assert process_of(apart) is first
    apart.close()
    assert first.returncode is not None
    assert process_of(apart) is None


async def test_a_process_that_dies_costs_no_edit(path: Path, apart: RuleBook) -> None:
    for edit, status in (
        ("good", LoadStatus.LIVE),
        ("broken", LoadStatus.REFUSED),
        ("warned of", LoadStatus.LIVE),
    ):
        if (process := process_of(apart)) is not None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        save(path, EDITS[edit])
        outcome = await apart.reload()
        assert outcome.status is status, outcome


async def test_a_gate_that_does_not_travel_is_asked_here(path: Path) -> None:
    asked: list[str] = []

    def gate(rules: Any) -> str:
        asked.append(rules.revision)
        return "not today" if len(asked) > 1 else ""

    book = RuleBook.load(path, gate=gate, apart=True)
    save(path, EDITS["good"])
    outcome = await book.reload()
    assert (outcome.status, outcome.message) == (LoadStatus.REFUSED, "not today")
    assert process_of(book) is None


async def test_the_engine_ends_the_process_that_it_had_started(path: Path) -> None:
    engine = Engine(path, settings=Settings(mode=Mode.DRY_RUN, watch=False))
    async with engine:
        save(path, EDITS["good"])
        assert (await engine.rules.reload()).status is LoadStatus.LIVE
        process = process_of(engine.rules)
        assert process.poll() is None
    assert process.returncode is not None


async def test_the_collector_is_left_as_it_was(path: Path) -> None:
    before = gc.get_threshold()
    async with Engine(path, settings=Settings(mode=Mode.DRY_RUN, watch=False, tune_gc=True)) as engine:
        assert gc.get_threshold()[2] > before[2]
        save(path, EDITS["good"])
        await engine.rules.reload()
        assert gc.isenabled()
    assert gc.get_threshold() == before
    async with Engine(path, settings=Settings(mode=Mode.DRY_RUN, watch=False)):
        assert gc.get_threshold() == before


def test_a_process_whose_owner_was_killed_ends_without_a_word() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "flowrules.runtime.rules.check_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    question = (source_from_text("on intent=x hold\n"),), "agent", None, DestinationPolicy()
    with process.stdin, process.stderr:
        process.stdin.write(pickle.dumps(question))
        process.stdin.flush()
        assert process.wait() == 0
        assert process.stderr.read() == b""


async def test_engines_that_end_in_any_order_leave_the_collector_as_it_was(path: Path) -> None:
    before = gc.get_threshold()
    engines = [
        Engine(path, settings=Settings(mode=Mode.DRY_RUN, watch=False, tune_gc=True)) for _ in range(2)
    ]
    for engine in engines:
        await engine.__aenter__()
    await engines[0].aclose()
    await engines[0].aclose()
    assert gc.get_threshold()[2] > before[2]
    await engines[1].aclose()
    assert gc.get_threshold() == before


class Cycle:
    def __init__(self) -> None:
        self.itself = self


def text_of(rules: RuleSet) -> str:
    return "".join(file.source.text for file in rules.checked.files)


async def test_a_load_keeps_nobodys_garbage(path: Path) -> None:
    book = RuleBook.load(path)
    gone = weakref.ref(Cycle())
    for number in range(3):
        save(path, f"{GOOD}on intent=kept_by_nobody_{number} hold\n")
        await book.reload()
    gc.collect()
    assert gone() is None
    alive = [one for one in gc.get_objects() if isinstance(one, RuleSet) and "kept_by_nobody" in text_of(one)]
    assert alive == [book.current]
    assert gc.get_freeze_count() == 0


async def test_what_the_host_has_frozen_stays_frozen(path: Path) -> None:
    book = RuleBook.load(path)
    gc.freeze()
    try:
        save(path, EDITS["good"])
        await book.reload()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
