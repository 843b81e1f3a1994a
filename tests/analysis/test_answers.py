"""Comments that answer findings: what they hold for, what is wrong with them, and that the formatter keeps them."""

import pytest

from flowrules.analysis.checks.answers import answered
from flowrules.compiler.loading.load import check_sources, load_rules
from flowrules.diagnostics.codes.hazards import HAZARDS, NEVER_ENDS, STAYS_PAUSED
from flowrules.diagnostics.diagnostic import Diagnostic, Findings
from flowrules.diagnostics.fix import fixed
from flowrules.language.format import format_text
from flowrules.language.parse import parse
from flowrules.source import Location, source_from_text

VERB = "on intent=sales verb future_verb with level 2"
BLOCK = 'rule "New"\n  on intent=sales\n  verb future_verb with level 2\nend'


def told(*texts: str) -> list[tuple[str, str]]:
    """The names of all findings, each with the reason why it is meant."""
    return [(finding.code.name, finding.answered) for finding in checked(*texts)]


def checked(*texts: str) -> Findings:
    return check_sources([source_from_text(text, f"{chr(97 + i)}.rules") for i, text in enumerate(texts)])[1]


@pytest.mark.parametrize(
    "text",
    [
        f"# allow FR606: the platform's new verb\n{VERB}",
        f"# allow FR606, the platform's new verb\n{VERB}",
        f"# allow FR606 because the platform's new verb\n{VERB}",
        f"# Allow fr606 – the platform's new verb\n{VERB}",
        f"# allow unchecked-verb: the platform's new verb\n{VERB}",
        f"{VERB}  # allow FR606: the platform's new verb",
        f"# New.\n# allow FR606: the platform's new verb\n# More on it.\n{VERB}",
        f"# allow FR606: the platform's new verb\n{BLOCK}",
        BLOCK.replace("\n  verb", "\n  # allow FR606: the platform's new verb\n  verb"),
        BLOCK.replace("level 2", "level 2  # allow FR606: the platform's new verb"),
        f"# Our rules.\n# allow FR606: the platform's new verb\n\non intent=x hangup\n{VERB}",
        f"on intent=x hangup\n\n# allow FR606: the platform's new verb\n{VERB}",
    ],
)
def test_a_warning_is_answered_where_the_comment_stands(text: str) -> None:
    assert told(text) == [("unchecked-verb", "the platform's new verb")]
    formatted = format_text(source_from_text(text, "a.rules")).text
    assert told(formatted) == told(text)
    assert format_text(source_from_text(formatted, "a.rules")).text == formatted


@pytest.mark.parametrize(
    "text",
    [
        f"# allow them to hang up: they pay\n{VERB}",
        f"# It is meant for the branch.\n{VERB}",
        f'on intent="# allow FR606: x" hangup\n{VERB}',
    ],
)
def test_other_comments_and_texts_are_no_answers(text: str) -> None:
    assert told(text) == [("unchecked-verb", "")]


def test_an_answer_holds_for_its_own_block_and_file_alone() -> None:
    above = f"# allow FR606: new\n{VERB}\non intent=b verb future_verb with level 3"
    assert told(above) == [("unchecked-verb", "new"), ("unchecked-verb", "")]
    whole = f"# allow FR606: new\n\n{VERB}"
    assert told(whole, "on intent=b verb future_verb with level 3") == [
        ("unchecked-verb", "new"),
        ("unchecked-verb", ""),
    ]


def test_a_finding_of_two_rules_is_answered_at_either() -> None:
    first, second = "on intent=a when x is yes hold then unhold", "on intent=a when y is yes mute then unmute"
    assert told(f"{first}\n{second}") == [("overlap", "")]
    assert told(f"# allow overlap: x goes first\n{first}\n{second}") == [("overlap", "x goes first")]
    assert told(f"{first}\n# allow overlap: x goes first\n{second}") == [("overlap", "x goes first")]


MISTAKES = [
    (f"# allow FR606:\n{VERB}", "no-reason", "Nothing says why this is allowed.", "# allow FR606: the reason in your words"),
    (f"# meant: stays-paused\n{VERB}", "no-reason", "Nothing says why this is meant.", "# meant: stays-paused, the reason"),
    (f"# meant: stays-pasued, so they want\n{VERB}", "unknown-answer", 'no hazard "stays-pasued"', '"stays-paused"?'),
    (f"# meant: whatever, so they want\n{VERB}", "unknown-answer", 'no hazard "whatever"', "The hazards are stays-paused, "),
    (f"# allow FR999: so they want\n{VERB}", "unknown-answer", 'no warning "FR999"', "flowrules check"),
    (f"# allow uncheked-verb: so they want\n{VERB}", "unknown-answer", 'no warning "uncheked-verb"', '"unchecked-verb"?'),
    (f"# meant: unchecked-verb, so they want\n{VERB}", "unknown-answer", "is no hazard", "# allow FR606: so they want"),
    (f"# allow FR801: so they want\n{VERB}", "unknown-answer", "is a hazard", "# meant: stays-paused, so they want"),
    (f"# allow FR401: so they want\n{VERB}", "cant-be-allowed", "is an error", "Mend"),
    (f"# allow FR823: so they want\n{VERB}", "cant-be-allowed", "such comments themselves", "Mend"),
    (f"# allow FR504: so they want\n{VERB}", "answers-nothing", "FR504 (overlap) is not found here", "Take it out."),
    (f"# allow FR504: so they want\n\n{VERB}", "answers-nothing", "not found in this file", "Take it out."),
    (f"{VERB}\n\n# allow FR606: so they want\n", "answers-nothing", "stands by itself", "right above the rule"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "said", "hint"), MISTAKES)
def test_what_is_wrong_with_an_answer(text: str, name: str, said: str, hint: str) -> None:
    wrong = [finding for finding in checked(text) if finding.code.name != "unchecked-verb"]
    assert [finding.code.name for finding in wrong] == [name]
    assert said in wrong[0].message
    assert hint in wrong[0].hint


def test_an_answer_in_the_other_form_is_mended() -> None:
    text = f"# allow FR801: they refuse\n{VERB}"
    source = source_from_text(text, "a.rules")
    mended, _ = fixed(source, check_sources([source])[1])
    assert mended == f"# meant: stays-paused, they refuse\n{VERB}\n".removesuffix("\n")


def test_an_error_is_not_answered() -> None:
    assert told("# allow two-ends: so they want\non intent=a hangup then hangup") == [
        ("cant-be-allowed", ""),
        ("two-ends", ""),
    ]


def test_where_there_are_errors_nothing_is_left_over() -> None:
    """Rules with an error are not looked into further, so that their warnings may be missing."""
    assert told("# allow FR409: so they want\non intent=a hold then hangup then hangup") == [("two-ends", "")]


def test_what_is_answered_is_not_mended() -> None:
    text = "# allow FR605: the manager wants these words\non intent=sales unless vip is not yes transfer queue vip"
    source = source_from_text(text, "a.rules")
    findings = check_sources([source])[1]
    assert [finding.answered for finding in findings] == ["the manager wants these words"]
    assert fixed(source, findings) == (text, ())


def test_hazards_are_left_to_who_plays_calls() -> None:
    assert told("# meant: stays-paused, they refuse\non intent=sales hangup") == []


def hazard(text: str, at: str, *looked_for: str) -> list[tuple[str, str]]:
    """What becomes of `stays-paused`, found at the first place that reads so."""
    source = source_from_text(text, "a.rules")
    file, _ = parse(source)
    start = text.index(at)
    found = Diagnostic(STAYS_PAUSED, Location(source, start, start + len(at)), "It stays paused.")
    after = answered((file,), (found,), looked_for or {code.id for code in HAZARDS})
    return [(one.code.name, one.answered) for one in after]


def test_a_hazard_is_answered() -> None:
    text = "# meant: stays-paused, they refuse\non intent=sales hangup\non intent=b hangup"
    assert hazard(text, "on intent=sales") == [("stays-paused", "they refuse")]
    assert hazard(text, "on intent=b") == [("stays-paused", ""), ("answers-nothing", "")]


def test_an_answer_to_a_hazard_that_was_not_looked_for_is_left_alone() -> None:
    text = "# meant: never-ends, they wait\non intent=sales hangup\non intent=b hangup"
    assert hazard(text, "on intent=b", STAYS_PAUSED.id) == [("stays-paused", "")]
    assert hazard(text, "on intent=b", NEVER_ENDS.id) == [("stays-paused", ""), ("answers-nothing", "")]


def test_an_answer_tells_nothing_about_its_rule() -> None:
    """What stands above a rule is shown to the model."""
    file, _ = parse(source_from_text(f"# Of the branch.\n# allow FR606: new\n# In Pune.\n{VERB}", "a.rules"))
    assert [block.comment for block in file.blocks] == ["Of the branch. In Pune."]


def test_rules_with_answered_findings_load() -> None:
    loaded = load_rules([source_from_text(f"# allow FR606: new\n{VERB}", "a.rules")])
    assert loaded.ruleset is not None
    assert [finding.answered for finding in loaded.findings] == ["new"]
