"""What a rule set lets a model report."""

from typing import Any

import pytest

from flowrules.agents.vocabulary import Reportable, Shape, Vocabulary, vocabulary
from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.source import source_from_text


def ruleset(text: str) -> RuleSet:
    loaded = load_rules([source_from_text(text)])
    assert loaded.ruleset is not None, loaded.findings
    return loaded.ruleset


def words(text: str, **options: Any) -> dict[str, Reportable]:
    return {item.name: item for item in vocabulary(ruleset(text), **options).items}


@pytest.mark.parametrize(
    ("declared", "shape"),
    [
        ("number", Shape.NUMBER),
        ("yes/no", Shape.YESNO),
        ("text", Shape.TEXT),
        ("duration", Shape.SECONDS),
        ("time", Shape.TIME),
        ("date", Shape.DATE),
    ],
)
def test_a_declared_fact_has_its_type_and_its_comment(declared: str, shape: Shape) -> None:
    found = words(
        f"timezone UTC\n# What it is about.\nfact it is {declared}\non intent=x when it is known hold\n"
    )
    assert (found["it"].shape, found["it"].about, found["it"].closed) == (shape, "What it is about.", False)


def test_a_closed_set_is_closed_and_its_values_mean_what_their_rules_say() -> None:
    found = words(
        "fact mood is one of good, bad, odd\n# They are angry.\non mood=bad hold\n# Whatever it is.\non mood is one of bad, good unhold\n"
    )
    assert found["mood"].closed
    assert found["mood"].values == {"good": "Whatever it is.", "bad": "They are angry.", "odd": ""}


def test_intents_are_what_the_rules_wait_for_and_may_be_several() -> None:
    found = words(
        "list trade is buy, sell\non intent is one of sales, Sales, upgrade hold\non intent is in trade hold\n"
    )
    assert list(found["intent"].values) == ["sales", "upgrade", "buy", "sell"]
    assert found["intent"].closed
    assert found["intent"].several


@pytest.mark.parametrize(
    ("guard", "shape"),
    [
        ("x is at least 5", Shape.NUMBER),
        ("x is between 5 and 7", Shape.NUMBER),
        ("x is 5", Shape.NUMBER),
        ("x is at most 5 minutes", Shape.SECONDS),
        ("x is at least 09:00", Shape.TIME),
        ("x is less than 2026-05-02", Shape.DATE),
        ("x is yes", Shape.YESNO),
        ('x contains "y"', Shape.TEXT),
        ("x is known", Shape.TEXT),
    ],
)
def test_an_undeclared_fact_is_what_it_is_held_against(guard: str, shape: Shape) -> None:
    found = words(f"timezone UTC\non intent=a when {guard} hold\n")
    assert (found["x"].shape, found["x"].closed) == (shape, False)


def test_a_set_is_open_where_other_values_matter_but_its_values_are_shown() -> None:
    plan = words("on intent=a unless plan is gold hold\non intent=b when plan is not silver hold\n")["plan"]
    assert not plan.closed
    assert list(plan.values) == ["gold", "silver"]


def test_what_texts_quote_destinations_turn_on_and_callbacks_need_is_asked_for() -> None:
    found = words(
        "timezone UTC\ndestination desk by language\n  hi is queue hindi\n  otherwise is queue english\nend\n"
        'on intent=a log "about {topic}" then transfer to desk\n'
        "on intent=b schedule_callback at callback_time\n"
    )
    assert (found["topic"].shape, found["topic"].closed) == (Shape.TEXT, False)
    assert (list(found["language"].values), found["language"].closed) == (["hi"], True)
    assert found["callback_time"].shape is Shape.MOMENT


def test_events_are_those_declared_and_those_waited_for() -> None:
    declared = words("# They paid.\nevent paid, asked\n# They swear.\nevent abuse\non paid hold\n")
    assert {name: (item.event, item.about) for name, item in declared.items()} == {
        "abuse": (True, "They swear."),
        "asked": (True, "They paid."),
        "paid": (True, "They paid."),
    }
    waited_for = words("# They swear.\non abuse hold\non paid hold\n")
    assert {name: item.about for name, item in waited_for.items()} == {"abuse": "They swear.", "paid": ""}


def test_the_caller_s_words_the_clock_the_call_and_the_engine_are_nothing_to_report() -> None:
    found = words(
        "timezone UTC\n"
        "on said contains x or dtmf=1 or call_started or machine_answered hold\n"
        "on hearing contains y hold\n"
        'on step_failed when failed_verb is "transfer" hold\n'
        "on intent=a when today is monday and call.elapsed is at least 5 and lead.owner is priya "
        "and caller.number is known and campaign.name is known hold\n"
        "after 10 seconds of silence hold\n"
        "after 5 minutes of hold_music unhold\n"
        "on intent=b remember refused is yes\n"
        "on intent=c when refused is yes hold\n"
        'on intent=d whisper to agent_call "psst"\n'
    )
    assert list(found) == ["intent"]


def test_what_only_the_host_may_say_is_not_offered() -> None:
    text = (
        "fact verified is yes/no from host\nfact paid is yes/no from platform\nfact mood is text from model\n"
        "fact words is text from caller\non intent=a when verified is yes and paid is yes and mood is known hold\n"
        "on intent=b when words is known hold\n"
    )
    assert set(words(text)) == {"intent", "mood", "words"}
    assert set(words(text, hide=("Mood",))) == {"intent", "words"}


def test_a_bare_event_that_is_fenced_or_hidden_is_not_offered() -> None:
    text = "fact paid is yes/no from host\nevent asked\non paid hold\non asked hold\n"
    assert set(words(text)) == {"asked"}
    assert set(words(text, hide=("asked",))) == set()


def test_tests_in_the_file_add_nothing() -> None:
    found = words(
        'on intent=a hold\ntest "t"\n  given mood is bad\n  on intent=b with size=3\n  expect nothing\nend\n'
    )
    assert list(found) == ["intent"]
    assert list(found["intent"].values) == ["a"]


def test_a_long_comment_is_cut() -> None:
    about = words(f"# {'long ' * 200}\nfact it is text\non intent=a when it is known hold\n")["it"].about
    assert len(about) == 300
    assert about.endswith("…")


def test_the_revision_is_the_rules_own() -> None:
    rules = ruleset("on intent=a hold\n")
    assert vocabulary(rules) == Vocabulary(rules.revision, vocabulary(rules).items)
