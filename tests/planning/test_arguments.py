"""Literal arguments are checked before any call, in words."""

import pytest

from flowrules.analysis.model.verb_fields import validate_arguments, validate_other
from flowrules.language.nodes import (
    Argument,
    Destination,
    DestinationMap,
    Kind,
    Literal,
    OtherVerb,
    Rule,
    VerbStep,
)
from flowrules.language.parse import parse
from flowrules.source import source_from_text
from flowrules.verbs import CATALOGUE

DECLARED = """
destination desk by lead.owner
  priya is agent a_1
  otherwise is supervisor boss
end
destination line is number +91
"""


def problems(step: str, declared: str = "") -> list[tuple[str, str]]:
    file, findings = parse(source_from_text(f"{declared}\non go {step}"))
    assert not findings, findings
    items = [block.item for block in file.blocks]
    (rule,) = [item for item in items if isinstance(item, Rule)]
    destinations = {i.name.key: i for i in items if isinstance(i, (Destination, DestinationMap))}
    match rule.steps[0]:
        case VerbStep() as verb:
            return validate_arguments(verb, destinations)
        case OtherVerb() as other:
            return validate_other(other)
    raise AssertionError(rule.steps[0])


@pytest.mark.parametrize("step", [example for spec in CATALOGUE for example in spec.examples])
def test_the_catalogues_own_examples_are_sound(step: str) -> None:
    assert problems(step) == []


@pytest.mark.parametrize(
    ("step", "argument", "says"),
    [
        ('send_dtmf "12x"', "digits", "Digits may hold 0-9, A-D, * and #, at most 64 of them."),
        (
            'play_audio "hello.wav"',
            "audio_url",
            "Must be a web address that begins with https:// or http://.",
        ),
        ('hold with music "ftp://x.example.com/a"', "moh_url", "Must be a web address"),
        ('say ""', "tts_text", "It must not be empty."),
        (f'say "{"a" * 9_000}"', "tts_text", "It has more than 8,192 characters."),
        ("transfer number +91", "target", "A number is + and 3 to 15 digits, such as +911234567890."),
        ("transfer number +0123456789", "target", "A number is +"),
        ('transfer sip "desk@pbx"', "target", 'A SIP address begins with "sip:" or "sips:".'),
        ('transfer sip "sip:{intent}@pbx"', "target", "A target is never built from facts"),
        ('transfer queue "{intent}"', "target", "A target is never built from facts"),
        (
            "transfer supervisor s_1",
            "target",
            "transfer takes no supervisor: write agent, queue, number or sip.",
        ),
        (
            "conference_add queue q",
            "target",
            "conference_add takes no queue: write agent, supervisor, number or sip.",
        ),
        ("transfer to desk", "target", "transfer takes no supervisor"),
        ("transfer to line", "target", "A number is +"),
        ("mute for at most 0 seconds", "cap", "It must be at least 1 second."),
        ("log with a 1, a 2", "metadata", "a is given twice."),
        ('request_supervisor because ""', "reason", "It must not be empty."),
        ('set_lead_status ""', "status", "It must not be empty."),
    ],
)
def test_a_mistake_is_a_sentence_at_its_argument(step: str, argument: str, says: str) -> None:
    found = problems(step, DECLARED)
    assert [name for name, _ in found] == [argument] or len(found) == 2
    assert (argument, True) in [(name, message.startswith(says)) for name, message in found]


def test_what_is_only_known_in_a_call_is_left_open() -> None:
    for step in (
        'say "{x}"',
        'whisper to x "{y}"',
        "schedule_callback at x",
        "set_disposition",
        "conference_add to d",
    ):
        assert problems(step, "destination d is agent a_1") == []


def test_a_later_verb() -> None:
    assert problems("verb future_verb with a 1") == []
    assert "is a verb of its own" in problems("verb hangup")[0][1]
    assert problems("verb future_verb with event hangup_now")[0][0] == "event"


def test_a_literal_that_a_mistaken_parser_gave_is_still_refused() -> None:
    party = Argument("target", Literal(Kind.WORD, "everybody", "everybody"))
    assert validate_arguments(VerbStep("mute", "mute", (party,)))[0][0] == "target"
