"""Each hazard is found where it is, in its shortest story, and nowhere else; and is answered by a comment."""

import pytest

from flowrules.diagnostics.codes.hazards import HAZARDS as CODES
from flowrules.diagnostics.diagnostic import Code
from flowrules.exploration.hazards import HAZARDS
from tests.exploration.hazards.cases import CASES, Case
from tests.exploration.hazards.played import play, reasons, stories


def each(part: str) -> list[object]:
    return [
        pytest.param(case, one, id=f"{case.hazard.code.name}-{number}")
        for case in CASES
        for number, one in enumerate(getattr(case, part))
    ]


@pytest.mark.parametrize(("case", "planted"), each("have"))
def test_a_hazard_is_found_in_its_shortest_story(case: Case, planted: tuple[str, int, str]) -> None:
    text, line, story = planted
    assert stories(text, case.hazard, depth=case.depth) == [(case.hazard.code.name, line, story)]


@pytest.mark.parametrize(("case", "text"), each("near"))
def test_what_is_nearly_one_is_none(case: Case, text: str) -> None:
    assert stories(text, case.hazard, depth=case.depth) == []


@pytest.mark.parametrize("case", CASES, ids=[case.hazard.code.name for case in CASES])
def test_one_that_is_meant_is_answered(case: Case) -> None:
    (name, reason), *others = reasons(case.meant, case.hazard, depth=case.depth)
    assert name == case.hazard.code.name
    assert f", {reason}\n" in case.meant
    assert others == []


def test_each_has_enough_cases() -> None:
    assert [case.hazard for case in CASES] == list(HAZARDS)
    assert [hazard.code for hazard in HAZARDS] == list(CODES)
    assert all(len(case.have) >= 3 and len(case.near) >= 3 for case in CASES)


@pytest.mark.parametrize("code", CODES, ids=[code.name for code in CODES])
def test_what_to_avoid_has_this_hazard_and_no_other(code: Code) -> None:
    assert {found.breach.code.name for found in play(code.avoid, *HAZARDS)} == {code.name}


@pytest.mark.parametrize("code", CODES, ids=[code.name for code in CODES])
def test_what_to_prefer_has_none(code: Code) -> None:
    assert [found.breach.message for found in play(code.prefer, *HAZARDS)] == []


@pytest.mark.parametrize("code", CODES, ids=[code.name for code in CODES])
def test_a_message_names_the_rule_and_how_it_is_answered(code: Code) -> None:
    for found in play(code.avoid, *HAZARDS):
        breach = found.breach
        assert "rule" in breach.message
        assert f"# meant: {code.name}, " in breach.hint
        for text in (breach.message, breach.hint):
            assert not any(word in text for word in ("None", "True", "False", "play_audio", "<", "VerbStep"))
