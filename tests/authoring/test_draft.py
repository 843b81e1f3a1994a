"""Texts that are not saved, laid over a rule set."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowrules.authoring.draft import MAX_CHARACTERS, MAX_TEXTS, DraftRefused, lay_over


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "more").mkdir(parents=True)
    (folder / "a.rules").write_text("on intent=sales hold\n")
    (folder / "more" / "b.rules").write_text("on intent=bill hold\n")
    return folder


def test_a_text_takes_the_place_of_its_file_and_nothing_is_written(rules: Path) -> None:
    draft = lay_over({"more/b.rules": "on intent=bill mute\n", "c.rules": "on intent=x hold\n"}, rules)
    assert [one.path for one in draft.before] == ["a.rules", "more/b.rules"]
    assert [one.path for one in draft.sources] == ["a.rules", "c.rules", "more/b.rules"]
    assert draft.sources[2].text == "on intent=bill mute\n"
    assert (rules / "more" / "b.rules").read_text() == "on intent=bill hold\n"
    assert not (rules / "c.rules").exists()


def test_a_rule_set_of_one_file_takes_its_own_text_alone(rules: Path) -> None:
    file = rules / "a.rules"
    assert lay_over({"a.rules": "on intent=x hold\n"}, file).sources[0].path == "a.rules"
    with pytest.raises(DraftRefused, match=r"the one file a\.rules"):
        lay_over({"b.rules": ""}, file)


@pytest.mark.parametrize(
    "name",
    [
        "", "a", "a.txt", ".rules", ".a.rules", "../a.rules", "/a.rules", "a/../b.rules", "a//b.rules", "./a.rules",
        "a\\b.rules", "C:/a.rules", "<b>.rules", "a\n.rules", "a\0.rules", "[x](y).rules", "`a`.rules",
        "a" * 200 + ".rules",
    ],
)  # fmt: skip
def test_a_name_that_leads_out_or_holds_mark_up_is_refused_in_words(rules: Path, name: str) -> None:
    with pytest.raises(DraftRefused) as refused:
        lay_over({name: ""}, rules)
    assert "name" in str(refused.value)
    assert not {"<", "\n", "\0", "`"} & set(str(refused.value))


@given(st.text(max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_name_the_file_would_lie_in_the_folder(rules: Path, name: str) -> None:
    try:
        draft = lay_over({f"{name}.rules": ""}, rules)
    except DraftRefused:
        return
    (plain,) = draft.names
    assert (rules / plain).resolve().is_relative_to(rules.resolve())


@pytest.mark.parametrize("name", ["refunds.rules", "ग्राहक सेवा.rules", "more/v1.2-new_ones.rules"])
def test_names_that_people_give_are_taken(rules: Path, name: str) -> None:
    assert lay_over({name: ""}, rules).names == {name}


def test_a_draft_is_bounded(rules: Path) -> None:
    with pytest.raises(DraftRefused, match="texts"):
        lay_over({f"a{n}.rules": "" for n in range(MAX_TEXTS + 1)}, rules)
    with pytest.raises(DraftRefused, match="characters"):
        lay_over({"a.rules": "#" * (MAX_CHARACTERS + 1)}, rules)


def test_no_rule_set_and_an_empty_folder_will_do(tmp_path: Path) -> None:
    for rules in (None, tmp_path):
        draft = lay_over({"a.rules": "on intent=x hold\n"}, rules)
        assert (draft.before, [one.path for one in draft.sources]) == ((), ["a.rules"])


def test_a_rule_set_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no such file"):
        lay_over({"a.rules": ""}, tmp_path / "nowhere")
