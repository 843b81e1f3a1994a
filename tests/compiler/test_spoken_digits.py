"""Digits that are said as words."""

from datetime import UTC, datetime

import pytest

from flowrules.compiler.guards.spoken_digits import LANGUAGES, only_digits, some_digits
from flowrules.compiler.loading.load import load_rules
from flowrules.engine.decide import decide
from flowrules.engine.event import make_event
from flowrules.engine.state import start_call
from flowrules.source import source_from_text

ALL = tuple(sorted(LANGUAGES))
NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "language", "digits"),
    [
        ("my number is nine eight double seven oh one", "en", 6),
        ("Triple five, four", "en", 4),
        ("oh, I see", "en", 0),
        ("double check that", "en", 0),
        ("double oh seven", "en", 3),
        ("someone won at ten", "en", 0),
        ("one two 3४", "en", 4),
        ("मेरा नंबर नौ आठ डबल सात शून्य एक", "hi", 6),
        ("नाइन एट सेवन ओ वन", "hi", 5),
        ("छः पांच पाँच", "hi", 3),
        ("ஒன்பது எட்டு டபுள் ஏழு பூஜ்ஜியம் ஒன்று", "ta", 6),
        ("ரெண்டு மூணு நாலு அஞ்சு", "ta", 4),
    ],
)
def test_digits_that_are_said_count_in_their_language(text: str, language: str, digits: int) -> None:
    figures = sum(map(str.isdecimal, text))
    assert some_digits(text, (language,)) == digits
    assert some_digits(text, ALL) == digits
    assert some_digits(text) == figures
    others = tuple(one for one in ALL if one != language)
    assert some_digits(text, others) == figures


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1234", 4),
        ("12 34", 4),
        ("12-34#", 4),
        ("one two", 2),
        ("pin 12", None),
        ("", None),
        ("#", None),
        ("१२", 2),
    ],
)
def test_a_text_of_digits_alone_holds_nothing_else(text: str, digits: int | None) -> None:
    assert only_digits(text, ALL) == digits


@pytest.mark.parametrize(
    ("declared", "takes"),
    [
        ("fact language is one of hi, en-IN\n", True),
        ("fact language is one of hi, ta\n", False),
        ("fact language is text\n", True),
        ("", True),
    ],
)
def test_words_count_in_the_languages_that_the_rules_declare(declared: str, takes: bool) -> None:
    text = f"{declared}on said contains at least 6 digits hold\n"
    loaded = load_rules([source_from_text(text)])
    assert loaded.ruleset is not None, loaded.findings
    event = make_event(facts={"said": "one two three four five six"})
    decision = decide(loaded.ruleset, event, start_call("c", NOW), NOW)
    assert (decision.owner is not None) is takes


def test_an_edit_of_the_languages_reaches_the_rules_that_count() -> None:
    rule = "on said contains at least 6 digits hold\n"
    before = load_rules([source_from_text(f"fact language is one of hi\n{rule}")])
    after = load_rules([source_from_text(f"fact language is one of hi, en\n{rule}")], previous=before)
    event = make_event(facts={"said": "one two three four five six"})
    takes = [
        decide(loaded.ruleset, event, start_call("c", NOW), NOW).owner is not None
        for loaded in (before, after)
        if loaded.ruleset is not None
    ]
    assert takes == [False, True]
