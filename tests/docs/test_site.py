"""The documentation site: what its builder checks, and that it names everything. `tests/browser/test_site.py` opens it."""

import importlib.util
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest

import flowrules

SITE = Path(__file__).parents[2] / "docs" / "site"


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"site_{name}", SITE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


build, links = module("build"), module("links")


def pages_of(entries: list[dict[str, Any]]) -> Iterator[str]:
    for entry in entries:
        for value in entry.values():
            if isinstance(value, str):
                yield value
            else:
                yield from pages_of(value)


@pytest.fixture(scope="module")
def stage() -> Iterator[Path]:
    """The staged pages, outside of `tmp_path`: the sample tokens of the guide are no secret that leaked."""
    with TemporaryDirectory() as folder:
        build.Stage(Path(folder)).fill()
        yield Path(folder)


def test_the_navigation_names_every_page_once(stage: Path) -> None:
    staged = {path.relative_to(stage).as_posix() for path in stage.rglob("*.md")}
    named = list(pages_of(tomllib.loads((SITE / "zensical.toml").read_text("utf-8"))["project"]["nav"]))
    assert sorted(named) == sorted(page for page in staged if not page.startswith("files/"))


def test_a_file_that_a_page_links_to_is_shown_by_a_page(stage: Path) -> None:
    assert "](files/examples/operations/kubernetes.yaml.md)" in (stage / "deployment.md").read_text("utf-8")
    shown = (stage / "files/examples/operations/kubernetes.yaml.md").read_text("utf-8")
    assert (SITE.parents[1] / "examples/operations/kubernetes.yaml").read_text("utf-8") in shown


def test_a_link_to_nothing_ends_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n\nSee [there](nothing.md).\n", "utf-8")
    monkeypatch.setattr(build, "_pages", lambda: iter([page]))
    monkeypatch.setattr(build, "_place", lambda source: source.name)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    with pytest.raises(SystemExit, match=re.escape("page.md: there is no nothing.md")):
        build.Stage(tmp_path / "stage").fill()


def test_the_reference_has_every_public_name_once() -> None:
    texts = [path.read_text("utf-8") for path in (SITE / "pages" / "api").glob("*.md")]
    named = [name for text in texts for name in re.findall(r"^::: flowrules\.(\w+)$", text, re.M)]
    assert sorted(named) == sorted(flowrules.__all__)


def test_every_decision_is_in_the_overview() -> None:
    folder = SITE.parent / "decisions"
    listed = re.findall(r"\]\((\S+\.md)\)", (folder / "index.md").read_text("utf-8"))
    assert sorted(listed) == sorted(path.name for path in folder.glob("*.md") if path.name != "index.md")


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="b.html">b</a>', "a.html: b.html: there is no such file"),
        ('<a href="#nowhere">x</a>', "a.html: #nowhere: there is no such place in the page"),
        ('<img src="b.png">', "a.html: b.png: there is no such file"),
        ('<a href="javascript:go()">x</a>', "a.html: javascript:go(): a link with javascript:"),
        ('<script src="https://host.example/a.js"></script>', "a.html: loads https://host.example/a.js from another host"),
        ('<link rel="stylesheet" href="//fonts.example/a.css">', "a.html: loads //fonts.example/a.css from another host"),
    ],
)  # fmt: skip
def test_a_fault_of_a_page_is_found(html: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(html, "utf-8")
    assert links.problems(tmp_path) == [problem]


@pytest.mark.parametrize(
    "rule", ['@import "https://f.example/a.css";', "a{background:url(https://f.example/a.css)}"]
)
def test_a_style_sheet_asks_no_other_host(rule: str, tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text(rule, "utf-8")
    assert links.problems(tmp_path) == ["a.css: loads https://f.example/a.css from another host"]


def test_a_right_page_has_no_fault(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "index.html").write_text(
        '<h2 id="there">b</h2><img src="data:image/png;base64,AA">', "utf-8"
    )
    text = '<a href="b/#there">b</a><a href="https://host.example">out</a><link rel="canonical" href="https://h.example">'
    (tmp_path / "a.html").write_text(text, "utf-8")
    assert links.problems(tmp_path) == []
