"""The guide for who works on flowrules: what it names is there, and no module of the call machine is missing."""

import doctest
import importlib
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PACKAGE = ROOT / "flowrules"
NAMED = sorted(set(re.findall(r"`((?:[\w.]+/)+[\w.]*)`", PAGE)))
STAGES = re.findall(r"^\| [a-z ]+ \| `([\w.]+)`", PAGE.split("## How data flows")[1].split("\n\n- ")[0], re.M)


def section(heading: str) -> str:
    return PAGE.split(f"## {heading}")[1].split("\n## ")[0]


def test_the_picture_of_the_rooms_is_the_import_contract() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = (one["layers"] for one in contracts if one["id"] == "layers")
    picture = PAGE.split('contract "layers"')[1].split("```text\n")[1].split("```")[0]
    drawn = [re.split(r"\s{2,}", line)[0] for line in picture.splitlines()]
    assert [
        re.sub(r"flowrules\.", "", line).replace(" | ", ", ").replace(" : ", " + ") for line in layers
    ] == drawn


def test_the_traced_event_goes_as_the_page_shows_it() -> None:
    shown = PAGE.split("```pycon\n")[1].split("```")[0]
    trace = doctest.DocTestParser().get_doctest(shown, {}, "CONTRIBUTING.md", None, 0)
    said: list[str] = []
    result = doctest.DocTestRunner().run(trace, out=said.append)
    assert result.failed == 0, "".join(said)
    assert result.attempted > 20


def test_the_tasks_are_those_that_can_be_run() -> None:
    tasks = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["poe"]["tasks"]
    assert re.findall(r"^\| `poe (\w+)", PAGE, re.M) == list(tasks)


@pytest.mark.parametrize("path", NAMED)
def test_a_path_on_the_page_is_there(path: str) -> None:
    assert any((place / path).exists() for place in (ROOT, PACKAGE, PACKAGE / "runtime")), path


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_there(stage: str) -> None:
    names = stage.split(".")
    for depth in range(len(names), 0, -1):
        try:
            found: object = importlib.import_module(".".join(("flowrules", *names[:depth])))
        except ModuleNotFoundError:
            continue
        for name in names[depth:]:
            found = getattr(found, name)
        return
    raise AssertionError(stage)


def test_the_stages_are_those_of_the_page() -> None:
    assert len(STAGES) == 10


def test_every_module_of_the_call_machine_has_its_row() -> None:
    table = section("One call, written once").split("| driver |")[0]
    rows = {
        name for line in table.splitlines() if line.startswith("| `") for name in re.findall(r"`(\w+)`", line)
    }
    modules = {path.stem for path in (PACKAGE / "call").rglob("*.py")} - {"__init__"}
    assert modules <= rows


def test_whoever_drives_the_machine_has_a_row() -> None:
    table = section("One call, written once").split("| driver |")[1]
    drivers = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if re.search(r"machine\.handle\(", path.read_text("utf-8"))
    }
    assert drivers == set(re.findall(r"^\| `([\w/.]+)`", table, re.M))
