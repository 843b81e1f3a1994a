"""Text with facts in it, as the author wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.language.nodes import Name
from flowrules.language.template import split_template, template_mistakes


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("no facts at all", ("no facts at all",)),
        ("", ()),
        ("{lead.name} asked for {intent}", (Name("lead.name"), " asked for ", Name("intent"))),
        ("{ intent }", (Name("intent"),)),
        ("{नाम}", (Name("नाम"),)),
        ("{{intent}}", ("{intent}",)),
        ("{{{intent}}}", ("{", Name("intent"), "}")),
        ("a}}b{{c", ("a}b{c",)),
        ("{pin-2.b_3}", (Name("pin-2.b_3"),)),
    ],
)
def test_a_text_is_split_at_the_facts_it_quotes(text: str, parts: tuple[str | Name, ...]) -> None:
    assert split_template(text) == parts
    assert template_mistakes(text) == ()


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("hello {name", (6, 11), "never closed"),
        ("hello }", (6, 7), "closes nothing"),
        ("{}", (0, 2), "no fact's name"),
        ("{lead name}", (0, 11), "'lead name' is no fact's name"),
        ("{a{b}", (0, 2), "never closed"),
        ("{intent!r}", (0, 10), "is no fact's name"),
    ],
)
def test_braces_that_mean_nothing_are_told_and_stay_text(text: str, at: tuple[int, int], says: str) -> None:
    ((span, message),) = template_mistakes(text)
    assert span == at
    assert says in message
    assert "".join(p if isinstance(p, str) else f"{{{p.text}}}" for p in split_template(text)) == text


@given(st.text())
def test_doubled_braces_print_any_text_as_it_is(text: str) -> None:
    escaped = text.replace("{", "{{").replace("}", "}}")
    assert "".join(str(part) for part in split_template(escaped)) == text
    assert template_mistakes(escaped) == ()


@given(st.text(alphabet="{}ab .", max_size=20))
def test_names_stand_where_their_span_says(text: str) -> None:
    for part in split_template(text):
        if isinstance(part, Name):
            assert text[part.span.start : part.span.end] == part.text
