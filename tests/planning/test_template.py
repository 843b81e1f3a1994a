"""Text with facts in it, as the author wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.language.nodes import Name
from flowrules.language.template import QuotedFact, split_template, template_mistakes


def fact(name: str, words: str = "") -> QuotedFact:
    return QuotedFact(Name(name), words)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("no facts at all", ("no facts at all",)),
        ("", ()),
        ("{lead.name} asked for {intent}", (fact("lead.name"), " asked for ", fact("intent"))),
        ("{ intent }", (fact("intent"),)),
        ("{नाम}", (fact("नाम"),)),
        ("{{intent}}", ("{intent}",)),
        ("{{{intent}}}", ("{", fact("intent"), "}")),
        ("a}}b{{c", ("a}b{c",)),
        ("{pin-2.b_3}", (fact("pin-2.b_3"),)),
        ("Hello {lead.name or there}.", ("Hello ", fact("lead.name", "there"), ".")),
        ('{lead.name or "there"}', (fact("lead.name", "there"),)),
        ("{lead.name or 'there'}", (fact("lead.name", "there"),)),
        ("{lead.name or ‘there’}", (fact("lead.name", "there"),)),
        ('{lead.name or"there"}', (fact("lead.name", "there"),)),
        ("{ lead.name  OR  dear customer }", (fact("lead.name", "dear customer"),)),
        ("{lead.name or ' there '}", (fact("lead.name", " there "),)),
        ("{नाम or ग्राहक}", (fact("नाम", "ग्राहक"),)),
        ("{day or today or tomorrow}", (fact("day", "today or tomorrow"),)),
        ('{word or say "yes" now}', (fact("word", 'say "yes" now'),)),
        ("{name or it's you}", (fact("name", "it's you"),)),
        ("{host or 'example.com'}", (fact("host", "example.com"),)),
        ("{amount or 2.5}", (fact("amount", "2.5"),)),
        ("{order or or}", (fact("order", "or"),)),
        ("{oracle}{doctor or Dr. Rao}", (fact("oracle"), fact("doctor", "Dr. Rao"))),
    ],
)
def test_a_text_is_split_at_the_facts_it_quotes(text: str, parts: tuple[str | QuotedFact, ...]) -> None:
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
        ("{or}", (0, 4), 'The fact before "or" is missing'),
        ("Hi {or there}", (3, 13), 'The fact before "or" is missing'),
        ("{lead.name or}", (0, 14), 'The words behind "or" are missing'),
        ('{lead.name or ""}', (0, 17), 'The words behind "or" are missing'),
        ('{lead.name or "there}', (0, 21), "One of the quotes"),
        ("{lead.name or lead.company}", (0, 27), '"lead.company" looks like a fact'),
        ("{lead.name or nick_name or there}", (0, 33), '"nick_name" looks like a fact'),
        ("{first name or there}", (0, 21), "'first name' is no fact's name"),
        ("{lead.name otherwise there}", (0, 27), "is no fact's name"),
    ],
)
def test_braces_that_mean_nothing_are_told_and_stay_text(text: str, at: tuple[int, int], says: str) -> None:
    ((span, message, _),) = template_mistakes(text)
    assert span == at
    assert says in message
    assert written(split_template(text)) == text


def written(parts: tuple[str | QuotedFact, ...]) -> str:
    return "".join(p if isinstance(p, str) else f"{{{p.fact.text}}}" for p in parts)


def test_another_fact_behind_or_is_told_once() -> None:
    text = "{lead.name or {lead.company}} a } b"
    assert [(*one.span, one.message.partition(".")[0]) for one in template_mistakes(text)] == [
        (0, 14, 'Behind "or" stand words to say, and no other fact'),
        (32, 33, "This } closes nothing"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "{lead.name or}",
        "{or there}",
        "{lead.name otherwise there}",
        "{lead.name | there}",
        "{lead.name, or x}",
    ],
)
def test_where_words_were_meant_the_hint_shows_how_they_are_given(text: str) -> None:
    assert "{lead.name or there}" in template_mistakes(text)[0].hint


PLAIN_WORDS = st.from_regex(r"[a-zA-Z0-9,!?]+( [a-zA-Z0-9,!?]+)*", fullmatch=True)


@given(PLAIN_WORDS)
def test_words_are_the_same_with_quotes_of_each_kind_and_without(words: str) -> None:
    for quoted in (words, f'"{words}"', f"'{words}'", f" {words} "):
        assert split_template(f"{{name or {quoted}}}") == (fact("name", words),)
        assert template_mistakes(f"{{name or {quoted}}}") == ()


@given(st.text())
def test_doubled_braces_print_any_text_as_it_is(text: str) -> None:
    escaped = text.replace("{", "{{").replace("}", "}}")
    assert "".join(str(part) for part in split_template(escaped)) == text
    assert template_mistakes(escaped) == ()


@given(st.text(alphabet='{}ab .or"', max_size=20))
def test_names_stand_where_their_span_says(text: str) -> None:
    for part in split_template(text):
        if isinstance(part, QuotedFact):
            assert text[part.fact.span.start : part.fact.span.end] == part.fact.text
