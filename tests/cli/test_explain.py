"""`flowrules explain`: the page as Markdown, HTML and data."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
RULES = Path(__file__).parents[2] / "rules"


def test_the_page_is_markdown(run: Run, folder: Path) -> None:
    shown = run("explain", folder)
    assert shown.exit_code == 0
    assert shown.stdout.startswith("# What these rules do\n\n- Revision of the rules: ")
    assert "### When intent is “vip”" in shown.stdout
    assert "If plan is in the list “gold”:\n\n1. Set the lead's status to “callback”.\n" in shown.stdout


def test_the_page_holds_no_time_unless_it_is_asked_for(run: Run, folder: Path) -> None:
    assert run("explain", folder).stdout == run("explain", folder).stdout
    assert "Made on 20" not in run("explain", folder).stdout
    assert re.search(
        r"^- Made on 20\d\d-\d\d-\d\d at", run("explain", folder, "--dated").stdout, re.MULTILINE
    )


def test_the_files_are_named_and_the_digest_is_not_theirs(run: Run, folder: Path) -> None:
    before = run("explain", folder, "--json")
    (folder / "b.rules").rename(folder / "c.rules")
    text = (folder / "a.rules").read_text()
    (folder / "a.rules").write_text(f"# A remark.\n\n{text}")
    old, new = json.loads(before.stdout), json.loads(run("explain", folder, "--json").stdout)
    assert [Path(name).name for name in old["files"] + new["files"]] == [
        "a.rules",
        "b.rules",
        "a.rules",
        "c.rules",
    ]
    assert old["revision"] != new["revision"]
    assert old["digest"] == new["digest"]
    assert {**old, "files": [], "revision": ""} == {**new, "files": [], "revision": ""}


def test_the_data_under_it(run: Run, folder: Path) -> None:
    data = json.loads(run("explain", folder, "--json").stdout)
    assert [event["event"] for event in data["events"]] == [
        "When intent is “sales”",
        "When intent is “vip”",
        "When intent is “late”",
    ]
    assert [step["kind"] for step in data["rules"][0]["steps"]] == ["record", "ending"]
    assert data["hours"][0]["lines"][0] == "Monday to Friday: 09:00 to 18:30."


class Tags(HTMLParser):
    """Every tag, what is open, and the text."""

    EMPTY = ("meta",)

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("name", ["house", "healthcare"])
def test_the_page_as_html(run: Run, name: str) -> None:
    shown = run("explain", RULES / f"{name}.rules", "--html")
    page = Tags()
    page.feed(shown.stdout)
    page.close()
    tags = [tag for tag, _ in page.seen]
    assert page.open == []
    assert shown.stdout.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert not {"script", "link", "img", "iframe"} & set(tags)
    assert (tags.count("h1"), tags.count("main"), tags.count("nav")) == (1, 1, 1)
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [attrs["id"] for _, attrs in page.seen if "id" in attrs]
    links = [str(attrs["href"]) for tag, attrs in page.seen if tag == "a"]
    assert links == [f"#{one}" for one in ids]
    assert len(set(ids)) == len(ids) > 4
    assert not [attrs for _, attrs in page.seen if {"src", "onclick", "style"} & attrs.keys()]
    said = "".join(page.text)
    assert "How to read this page" in said
    assert "“शिकायत”" in said or name != "house"


def test_what_people_write_is_text_in_html(run: Run, folder: Path) -> None:
    (folder / "b.rules").write_text('on intent=x say "<script>alert(1)</script> & *so*"\n')
    shown = run("explain", folder / "b.rules", "--html")
    assert "<script" not in shown.stdout
    assert "“&lt;script&gt;alert(1)&lt;/script&gt; &amp; *so*”" in shown.stdout


@pytest.mark.parametrize("form", [(), ("--html",), ("--json",)])
def test_it_can_be_written_to_a_file(run: Run, folder: Path, tmp_path: Path, form: tuple[str, ...]) -> None:
    target = tmp_path / "page"
    shown = run("explain", folder, *form, "-o", target)
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert target.read_bytes().decode() == run("explain", folder, *form).stdout
    refused = run("explain", folder, "-o", tmp_path / "no" / "page")
    assert refused.exit_code == 2
    assert "can't be written" in refused.stderr


def test_one_form_at_a_time(run: Run, folder: Path) -> None:
    shown = run("explain", folder, "--html", "--json")
    assert shown.exit_code == 2
    assert shown.stderr == "Ask for --html or for --json, not for both.\n"


def test_rules_with_errors_are_not_explained(run: Run, folder: Path) -> None:
    (folder / "b.rules").write_text("on a when x is in nowhere hangup\n")
    shown = run("explain", folder)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "nowhere" in shown.stderr
    assert shown.stderr.endswith("The rules have errors, so they can't be explained.\n")


def test_what_can_not_be_read_is_said(run: Run, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for path, words in (
        (empty, "There is no rule file in"),
        (tmp_path / "none", "There is no file or folder"),
    ):
        shown = run("explain", path)
        assert (shown.exit_code, shown.stdout) == (2, "")
        assert words in shown.stderr
    (empty / "a.rules").write_bytes(b'on intent=x say "\xff\xfe"\n')
    shown = run("explain", empty)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert "UTF-8" in shown.stderr
