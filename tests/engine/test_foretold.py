"""What an `also` rule remembers for certain is known to the rule that takes the same event."""

from datetime import UTC, datetime

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import make_event
from flowrules.engine.preview import Preview, known_call, preview, preview_in
from flowrules.engine.trace import reasons, trace_json
from flowrules.source import source_from_text

NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)
OWNERS = """\
on a when mood is angry log "angry"
on a when mood is calm log "calm"
on a when mood is unknown log "unknown"
"""


def ruleset(text: str) -> RuleSet:
    loaded = load_rules([source_from_text(text)])
    assert loaded.ruleset is not None, loaded.findings
    return loaded.ruleset


def owner_of(shown: Preview) -> str:
    """What the rule that took the event logs."""
    return str(shown.requests[-1]["metadata"]["message"])


def besides(*steps: str, more: str = "") -> str:
    return f"{more}rule besides\n  also on a\n" + "".join(f"  {step}\n" for step in steps) + "end\n"


@pytest.mark.parametrize(
    ("steps", "taken"),
    [
        (("remember mood is angry",), "angry"),
        (("remember tries is 1", 'advise "Be kind."', "remember mood is angry", 'say "x"'), "angry"),
        (("remember mood is angry", "remember mood is calm"), "calm"),
        (("remember mood is angry", "forget mood"), "unknown"),
        (("do first",), "angry"),
        # Behind what may fail, wait or stop nothing is certain.
        (('say "x"', "remember mood is angry"), "unknown"),
        (("wait 2 seconds", "remember mood is angry"), "unknown"),
        (("do last",), "unknown"),
        (('say "x" if it fails then (remember mood is angry then go on)',), "unknown"),
        (("if vip is yes then stop", "remember mood is angry"), "unknown"),
        (('if vip is yes then say "x"', "remember mood is angry"), "unknown"),
        # Nor in an `if`; behind one that can neither fail nor wait it is.
        (("if vip is unknown then remember mood is angry",), "unknown"),
        (("if vip is yes then remember vips is 1 otherwise do first", "remember mood is calm"), "calm"),
        # What the same rule may change again is not certain either.
        (("remember mood is angry", 'say "x"', "forget mood"), "unknown"),
        (("remember mood is angry", "if vip is yes then remember mood is calm"), "unknown"),
        (("remember mood is angry", 'say "x"', "conference_add agent a_1 as mood"), "unknown"),
    ],
)  # fmt: skip
def test_what_is_certain_is_known_to_the_rule_that_takes_the_event(
    steps: tuple[str, ...], taken: str
) -> None:
    more = (
        'steps first\n  remember mood is angry\nend\nsteps last\n  say "x"\n  remember mood is angry\nend\n'
    )
    more += "on unused do first then do last\n"
    rules = ruleset(besides(*steps, more=more) + OWNERS)
    assert owner_of(preview(rules, make_event("a"), NOW)) == taken


def test_what_was_known_before_is_changed_and_forgotten() -> None:
    known = {"mood": "calm"}
    rules = ruleset(besides("remember mood is angry") + OWNERS)
    assert owner_of(preview(rules, make_event("a"), NOW, known=known)) == "angry"
    rules = ruleset(besides("forget mood") + OWNERS)
    assert owner_of(preview(rules, make_event("a"), NOW, known=known)) == "unknown"


def test_what_the_event_carries_is_changed_too_for_whoever_asks_the_facts() -> None:
    rules = ruleset('also on intent=a remember intent is b\non intent=a when intent is b log "b"\n')
    shown = preview(rules, make_event(facts={"intent": "a"}), NOW)
    assert owner_of(shown) == "b"
    assert shown.decision.facts["intent"] == "a"


def test_a_later_rule_besides_has_the_last_word() -> None:
    first, last = besides("remember mood is angry"), "also on a remember mood is calm\n"
    assert owner_of(preview(ruleset(first + last + OWNERS), make_event("a"), NOW)) == "calm"
    assert owner_of(preview(ruleset(last + first + OWNERS), make_event("a"), NOW)) == "angry"
    unsure = 'rule unsure\n  also on a\n  say "x"\n  forget mood\nend\n'
    assert owner_of(preview(ruleset(first + unsure + OWNERS), make_event("a"), NOW)) == "unknown"
    assert owner_of(preview(ruleset(unsure + first + OWNERS), make_event("a"), NOW)) == "angry"


def test_rules_besides_are_decided_together_on_what_was_known_before() -> None:
    rules = ruleset(besides("remember mood is angry") + 'also on a when mood is angry log "told"\n' + OWNERS)
    assert [body["metadata"]["message"] for body in preview(rules, make_event("a"), NOW).requests] == [
        "angry"
    ]


def test_a_rule_besides_that_does_not_run_tells_nothing() -> None:
    text = "rule besides\n  also on a\n  when vip is yes\n  remember mood is angry\n{}end\n" + OWNERS
    assert owner_of(preview(ruleset(text.format("")), make_event("a"), NOW)) == "unknown"
    rules = ruleset(text.format("otherwise\n  remember mood is calm\n"))
    assert owner_of(preview(rules, make_event("a"), NOW)) == "calm"
    assert owner_of(preview(rules, make_event("a"), NOW, known={"vip": True})) == "angry"


def test_an_urgent_rule_has_the_event_to_itself_and_is_told_nothing() -> None:
    rules = ruleset(
        besides("remember mood is angry") + 'urgent on a when mood is angry log "urgent"\n' + OWNERS
    )
    assert owner_of(preview(rules, make_event("a"), NOW)) == "angry"
    shown = preview(rules, make_event("a"), NOW, known={"mood": "angry"})
    assert [part.rule.label for part in shown.plan.parts] == ['urgent on a when mood is angry log "urgent"']


def test_texts_and_conditions_of_the_plan_see_the_same() -> None:
    owner = 'rule owner\n  on a\n  when mood is angry\n  if mood is angry then log "{mood}" otherwise log "no"\nend\n'
    assert (
        owner_of(preview(ruleset(besides("remember mood is angry") + owner), make_event("a"), NOW)) == "angry"
    )


def test_counters_and_limits_of_rules_besides_hold() -> None:
    rules = ruleset("also on a 2 times remember mood is angry\n" + OWNERS)
    once = known_call(NOW, {})
    first = preview_in(rules, once, make_event("a", turn_id="1"), NOW)
    assert owner_of(first) == "unknown"
    second = preview_in(rules, first.decision.moment[1], make_event("a", turn_id="2"), NOW)
    assert owner_of(second) == "angry"


def test_the_same_words_heard_again_tell_nothing_again() -> None:
    text = 'also on hearing contains "bad" remember mood is angry\non a when mood is angry log "angry"\non a log "any"\n'
    rules = ruleset(text)
    event = make_event("a", facts={"hearing": "so bad"})
    state = preview(rules, event, NOW).decision.moment[1]
    assert owner_of(preview_in(rules, state, event, NOW)) == "angry"
    assert state.utterance is not None
    ids = frozenset(rule.id for rule in rules.rules[:1])
    again = state._replace(utterance=state.utterance._replace(set_off=ids))
    assert owner_of(preview_in(rules, again, event, NOW)) == "any"


def test_the_trace_says_who_told_it() -> None:
    rules = ruleset(
        besides("remember mood is angry", "forget noise") + OWNERS + 'on a when noise is known log "n"\n'
    )
    decision = preview(rules, make_event("a"), NOW, known={"noise": 1, "mood": "calm"}).decision
    told = "(mood was remembered just before by besides)"
    assert [reason for _, _, reason in reasons(decision)] == [
        "ran in addition",
        f"took the event because mood is angry {told}",
    ]
    assert trace_json(decision)["facts"] == {"mood": "angry"}
    rules = ruleset(besides("forget mood") + OWNERS)
    decision = preview(rules, make_event("a"), NOW, known={"mood": "calm"}).decision
    assert [reason for _, verdict, reason in reasons(decision) if verdict == "guard unknown"] == [
        "unknown because nobody supplied mood (mood was forgotten just before by besides)"
    ] * 2


def test_a_rule_set_without_such_rules_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its decisions do not come to what is done for the others."""
    rules = ruleset('also on b remember mood is angry\nalso on a log "besides"\n' + OWNERS)
    asked: list[object] = []
    monkeypatch.setattr("flowrules.engine.decide._taker", lambda *given: asked.append(given))
    assert owner_of(preview(rules, make_event("a"), NOW)) == "unknown"
    assert asked == []
