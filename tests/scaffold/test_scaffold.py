"""What the scaffolding writes is right as far as it goes, and the tests of the tables name what is still missing."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.scaffold.edits import PlaceGone, add_behind

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(600)  # types and a whole run of tests, in processes of their own
MISSING = {
    "tests/analysis/test_codes.py::test_what_to_avoid_raises_this_and_nothing_else[odd-thing]",
    "tests/analysis/test_codes.py::test_a_code_is_written_for_people[odd-thing]",
    'tests/planning/test_verb_rows.py::test_what_a_verb_tells_is_what_the_platform_believes[blink "TODO"]',
    "tests/compiler/test_comparisons.py::test_every_comparison_of_the_table_answers_as_its_samples_say[sounds_like]",
}
"""What nobody but its author can write: what is wrong, what the platform does, what a comparison answers."""


def ran(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=tree, capture_output=True, text=True)


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    """A copy of the project to which one of each kind was added."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        for name in ("flowrules", "tests", "docs", "pyproject.toml"):
            ignored = shutil.ignore_patterns("__pycache__", "node_modules", "static")
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, copy / name)
        for asked in (("lint", "odd-thing"), ("verb", "blink", "call"), ("comparison", "sounds like")):
            done = ran(copy, "-m", "tests.scaffold", *asked)
            assert done.returncode == 0, done.stderr
            assert "Replace every TODO" in done.stdout
        yield copy


def test_linters_and_types_find_nothing_in_it(tree: Path) -> None:
    done = ran(tree, "-m", "ruff", "check", "--no-cache", "flowrules")
    assert done.returncode == 0, done.stdout
    done = ran(tree, "-m", "ruff", "format", "--no-cache", "--check", "flowrules")
    assert done.returncode == 0, done.stdout
    packages = ("flowrules.analysis.lints", "flowrules.verbs", "flowrules.language.operators")
    named = [part for package in packages for part in ("-p", package)]
    done = ran(tree, "-m", "mypy", "--follow-imports=silent", "--cache-dir", str(tree / "types"), *named)
    assert done.returncode == 0, done.stdout


def test_the_tests_of_the_tables_name_what_is_missing(tree: Path) -> None:
    files = sorted({name.partition("::")[0] for name in MISSING} | {"tests/language/test_operators.py"})
    done = ran(
        tree, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-rf", *files,
        "-k", "odd or blink or sounds or test_every_comparison_has_one_row",
    )  # fmt: skip
    failed = set(re.findall(r"^FAILED (.+?\])(?: - .*)?$", done.stdout, re.M))
    assert failed == MISSING, done.stdout


def test_a_place_that_is_gone_ends_it(tmp_path: Path) -> None:
    file = tmp_path / "table.py"
    file.write_text("A\nA\n", "utf-8")
    for place in ("A\n", "B\n"):
        with pytest.raises(PlaceGone, match="has to be there once"):
            add_behind(file, place, "C\n")
    assert file.read_text("utf-8") == "A\nA\n"
