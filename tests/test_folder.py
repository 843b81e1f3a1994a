"""Which files of a folder are read: links and what they lead to, what can't be read, what only looks like a rule file."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import flowrules
from flowrules.folder import look, looks_like_rules
from flowrules.source import read

RULE = "on intent=x hangup\n"


def put(path: Path, text: str = RULE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    put(tmp_path / "rules" / "a.rules")
    return tmp_path / "rules"


def names(path: Path) -> list[str]:
    return [file.relative_to(path).as_posix() for file in look(path).files]


def broken(path: Path) -> dict[str, str]:
    return {one.path.relative_to(path).as_posix(): one.why for one in look(path).broken}


def passed_over(path: Path) -> list[str]:
    return [one.path.relative_to(path).as_posix() for one in look(path).passed_over]


def codes(path: Path) -> list[tuple[str, str]]:
    return [(finding.code.name, Path(finding.location.source.path).name) for finding in flowrules.check(path)]


def test_linked_folders_are_followed(rules: Path, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "deep" / "b.rules")
    (rules / "sub").symlink_to(tmp_path / "elsewhere")
    assert names(rules) == ["a.rules", "sub/deep/b.rules"]


def test_what_two_ways_lead_to_is_read_once_by_the_name_that_stands_there(rules: Path) -> None:
    put(rules / "z" / "b.rules")
    (rules / "before").symlink_to("z")
    (rules / "other.rules").symlink_to("z/b.rules")
    assert names(rules) == ["a.rules", "z/b.rules"]
    assert passed_over(rules) == []


@pytest.mark.parametrize("target", [".", "..", "/", "sub/again", "../rules"])
def test_links_in_a_circle_come_to_an_end(rules: Path, target: str) -> None:
    (rules / "sub").mkdir()
    put(rules / "sub" / "b.rules")
    (rules / "sub" / "again").symlink_to(rules)
    (rules / "round").symlink_to(target)
    assert names(rules) == ["a.rules", "sub/b.rules"]


def test_a_link_to_a_folder_around_is_not_followed_and_said(rules: Path, tmp_path: Path) -> None:
    put(tmp_path / "b.rules")
    (rules / "up").symlink_to("..")
    assert names(rules) == ["a.rules"]
    assert passed_over(rules) == ["up"]


def test_mounted_configuration_is_read_once_through_its_links(tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    for name in ("rails.rules", "sub/more.rules"):
        put(mount / "..2026_01" / name, f"on intent={len(name)} hangup\n")
    (mount / "..data").symlink_to("..2026_01")
    (mount / "rails.rules").symlink_to("..data/rails.rules")
    (mount / "sub").symlink_to("..data/sub")
    assert names(mount) == ["rails.rules", "sub/more.rules"]
    assert codes(mount) == []


@pytest.mark.parametrize(
    "name",
    [
        "RAILS.RULES", "rails.Rules", "rails.rules.txt", "rails.rules ", "rails.rules.disabled", "rails.rules (1)",
        "rails.rules.md", "rails.rule", "rails.rulse", "rails.ruels", "rails.RULES.TXT",
    ],
)  # fmt: skip
def test_what_looks_like_a_rule_file_and_is_not_read_is_a_warning(rules: Path, name: str) -> None:
    put(rules / name)
    assert names(rules) == ["a.rules"]
    assert codes(rules) == [("passed-over", name)]
    assert looks_like_rules(name).endswith("so it is not read")


@pytest.mark.parametrize(
    "name",
    [
        "rails.rules~", "rails.rules.bak", "rails.rules.swp", "#rails.rules#", ".#rails.rules", ".rails.rules.swp",
        ".hidden.rules", "rails.rules.tmp", "README.md", "rules", "notes.txt", "rules.py", "x.rulebook",
    ],
)  # fmt: skip
def test_what_editors_leave_behind_and_other_files_are_no_finding(rules: Path, name: str) -> None:
    put(rules / name)
    assert codes(rules) == []
    assert names(rules) == ["a.rules"]


@pytest.mark.parametrize("text", ["", " \n\n"])
def test_an_empty_rule_file_is_a_warning_and_one_with_a_comment_is_none(rules: Path, text: str) -> None:
    put(rules / "rails.rules", text)
    put(rules / "why.rules", "# No guard rails so far.\n")
    assert codes(rules) == [("empty-file", "rails.rules")]


def test_hidden_folders_are_passed_over(rules: Path) -> None:
    put(rules / ".git" / "b.rules")
    put(rules / ".git" / "RAILS.RULES")
    assert names(rules) == ["a.rules"]
    assert codes(rules) == []


def test_a_link_that_leads_nowhere_is_an_error_by_a_rule_files_name(rules: Path) -> None:
    (rules / "rails.rules").symlink_to("nowhere")
    (rules / "sub").symlink_to("nowhere_either")
    assert codes(rules) == [("passed-over", "sub"), ("not-read", "rails.rules")]


def test_a_link_to_itself_is_an_error(rules: Path) -> None:
    (rules / "rails.rules").symlink_to("rails.rules")
    assert list(broken(rules)) == ["rails.rules"]


def test_a_pipe_is_an_error_and_never_waited_for(rules: Path, tmp_path: Path) -> None:
    os.mkfifo(rules / "rails.rules")
    assert codes(rules) == [("not-read", "rails.rules")]
    with pytest.raises(OSError, match="neither a file nor a folder"):
        read(rules / "rails.rules")


def test_an_empty_folder_with_a_files_name_is_an_error(rules: Path) -> None:
    (rules / "rails.rules").mkdir()
    assert codes(rules) == [("not-read", "rails.rules")]
    put(rules / "rails.rules" / "b.rules")
    assert names(rules) == ["a.rules", "rails.rules/b.rules"]
    assert broken(rules) == {}


@contextmanager
def without_rights() -> Iterator[None]:
    """As somebody who may not read everything."""
    who = os.geteuid()
    if who == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(who)


@pytest.mark.parametrize("locked", ["rails.rules", "sub", "linked"])
def test_what_may_not_be_read_is_an_error(locked: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        rules = Path(made)
        rules.chmod(0o755)
        put(rules / "a.rules")
        put(rules / "rails.rules")
        put(rules / "sub" / "b.rules")
        put(rules / ".far" / "deep" / "c.rules")
        (rules / "linked").symlink_to(".far/deep")
        closed = rules / (".far" if locked == "linked" else locked)
        closed.chmod(0)
        try:
            with without_rights():
                assert ("not-read", locked) in codes(rules)
                with pytest.raises(flowrules.RulesRefused, match=r"[Pp]ermission"):
                    flowrules.load(rules)
        finally:
            closed.chmod(0o755)


def test_a_folder_that_is_a_link_to_everything_has_an_end(
    rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowrules.folder.MAX_FOLDERS", 10)
    for number in range(30):
        (rules / f"f{number}" / "deeper").mkdir(parents=True)
    assert "more than 10 folders" in broken(rules)["."]


def test_unread_files_keep_the_rest_from_going_live_and_are_named(rules: Path) -> None:
    (rules / "rails.rules").symlink_to("nowhere")
    with pytest.raises(flowrules.RulesRefused, match=r"rails\.rules"):
        flowrules.load(rules)
    with pytest.raises(flowrules.RulesRefused, match=r"rails\.rules: This is a link that leads nowhere"):
        flowrules.RuleBook.load(rules)


def test_nothing_is_no_folder_of_rules(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file or folder"):
        read(tmp_path / "nowhere")
    assert read(tmp_path) == ()
