"""Rules of managers that were clean, green, and wrong on a live call: each is named now, by a check or by a story."""

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.exploration.hazards import HAZARDS
from flowrules.source import source_from_text
from tests.exploration.hazards.played import play

WRONG = {
    "the recording never comes back": (
        'on paying recording_pause because "card"\non paid recording_resume\non intent=human transfer queue people',
        "stays-paused",
    ),
    "handed over, and nobody was there": (
        'rule "Over"\n  on intent=human\n  set_disposition HANDED_OVER\n  transfer queue people\nend\n'
        "before hangup unless call.disposition is known then set_disposition OTHER\non bye hangup",
        "false-disposition",
    ),
    "nobody ever hangs up": (
        "on help conference_add agent a_1 as helper\non caller_left conference_remove helper then hangup",
        "never-ends",
    ),
    "unless, of a fact that nobody tells": (
        'on intent=offer unless offered is yes remember offered is yes then say "We have an offer."',
        "wish-unanswered",
    ),
    "not known yet": (
        'also on intent=sim log "sim" then remember risky is yes\n'
        'on intent=sim when risky is yes request_supervisor because "sim"',
        "told-too-late",
    ),
    "a lawyer in the middle of a transfer": (
        "urgent on said contains lawyer transfer queue legal\n"
        'on intent=human say "One moment, please." then transfer queue people',
        "ending-dropped",
    ),
    "hung up on half a word": ("on hearing contains bye hangup", "hangup-on-hearing"),
    "its own sentence": ('on bye say "Goodbye to you." then hangup now', "cut-sentence"),
    "a hole": ('on intent=dues say "{lead.dues} rupees"', "cut-sentence"),
    "forbids itself": (
        'never say when q is yes instead say "No."\non intent=a say "Yes."\non b remember q is yes',
        "rail-against-itself",
    ),
}


@pytest.mark.parametrize("told", WRONG)
def test_what_was_silently_wrong_is_named(told: str) -> None:
    text, name = WRONG[told]
    findings = {one.code.name for one in load_rules([source_from_text(text, "a.rules")]).findings}
    assert name in findings | {found.breach.code.name for found in play(text, *HAZARDS)}


def test_a_sentence_and_a_log_line_before_a_fallback_stop_nothing_any_more() -> None:
    text = (
        'rule "Over"\n  on intent=human\n  transfer queue a\n'
        '    if it fails then (say "Sorry." then log "busy" then transfer queue b)\nend'
    )
    assert [found.breach.code.name for found in play(text, *HAZARDS)] == []
