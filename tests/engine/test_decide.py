"""Which rules answer an event."""

from collections.abc import Callable
from typing import Any

import pytest

from flowrules.engine.decide import decide
from flowrules.engine.event import BadEvent, Event, Source, make_event
from flowrules.engine.state import remember

Begin = Callable[..., Any]


def named(label: str, head: str, body: str = "log x", otherwise: str = "") -> str:
    more = f"otherwise\n  {otherwise}\n" if otherwise else ""
    return f"rule {label}\n  {head}\n  {body.replace('log x', 'log {0}x{0}'.format(chr(34)))}\n{more}end\n"


def test_the_first_match_in_written_order_owns_the_event(call: Begin) -> None:
    text = (
        named("rich", "on intent=sales\n when balance is at least 500")
        + named("spare", "on intent=sales\n when balance is less than 900")
        + named("any", "on intent=sales")
    )
    assert call(text).on(intent="sales", balance=900) == ["rich"]
    assert call(text).on(intent="sales", balance=500) == ["rich"]
    assert call(text).on(intent="sales", balance=100) == ["spare"]
    assert call(text).on(intent="sales") == ["any"]
    assert call(text).on(intent="support") == []


def test_an_otherwise_takes_the_event_on_no_and_on_unknown(call: Begin) -> None:
    text = named("office", "on intent=sales\n when open is yes", otherwise='say "Closed."') + named(
        "next", "on anything"
    )
    assert call(text).on(intent="sales", open=True) == ["office"]
    assert call(text).on(intent="sales", open=False) == ["office otherwise"]
    assert call(text).on(intent="sales") == ["office otherwise"]


def test_a_guard_without_otherwise_passes_the_event_on(call: Begin) -> None:
    text = named("verified", "on intent=sales\n unless risky is yes") + named("next", "on intent=sales")
    assert call(text).on(intent="sales", risky=False) == ["verified"]
    assert call(text).on(intent="sales", risky=True) == ["next"]
    assert call(text).on(intent="sales") == ["next"]  # not unknown is unknown


def test_also_rules_run_besides_in_written_order_before_the_owner(call: Begin) -> None:
    text = (
        named("owner", "on intent=sales")
        + named("second", "also on anything")
        + named("third", "also on intent=sales\n when x is 1", otherwise='log "n"')
        + named("never", "also on intent=other")
    )
    assert call(text).on(intent="sales") == ["second", "third otherwise", "owner"]


def test_an_urgent_match_has_the_event_to_itself(call: Begin) -> None:
    text = (
        named("sales", "on intent=sales")
        + named("audit", "also on anything")
        + named("dnc", 'urgent on said contains "never call"')
    )
    one = call(text)
    assert one.on(intent="sales", said="never call me again") == ["dnc"]
    assert one.on(intent="sales", said="hello") == ["audit", "sales"]


def test_what_is_only_being_said_is_for_the_rules_that_name_it(call: Begin) -> None:
    one = call(
        named("audit", "also on anything")
        + named("net", "on anything")
        + named("lawyer", "on hearing contains lawyer")
    )
    assert one.on(hearing="I want") == []
    assert one.on(hearing="I want my lawyer") == ["lawyer"]
    assert one.on(said="I want my mother") == ["audit", "net"]
    assert one.on(hearing="I want", intent="sales") == ["audit", "net"]


def test_on_anything_takes_what_the_host_reports_and_nothing_else(call: Begin) -> None:
    one = call(
        named("failed", "on step_failed\n when failed_reason is timeout") + named("net", "on anything")
    )
    assert one.on("whatever") == ["net"]
    assert one.take(Event({"step_failed": True}, frozenset({"step_failed"}), reported=False)) == []
    failed = Event(
        {"step_failed": True, "failed_reason": "timeout"}, frozenset({"step_failed"}), reported=False
    )
    assert one.take(failed) == ["failed"]


def test_or_joins_events_and_any_of_several_values_matches(call: Begin) -> None:
    one = call(named("a", 'on intent is one of sales, "नया प्लान" or dtmf=1 or payment_done'))
    assert one.on(intent="नया प्लान") == ["a"]
    assert one.on(intent=["support", "Sales"]) == ["a"]
    assert one.on(dtmf="1") == ["a"]
    assert one.on(dtmf=1) == ["a"]
    assert one.on("payment_done") == ["a"]
    assert one.on(payment_done=True) == ["a"]
    assert one.on(payment_done=False) == []
    assert one.on(payment_done="no") == []
    assert one.on(dtmf="01") == []
    assert one.on(dtmf="#") == []


@pytest.mark.parametrize(
    ("test", "matching", "other"),
    [
        ("amount is at least 100", [100, "250", (5, 500)], [99, "lots", True]),
        ("amount < 0.5", [0.25, 0], [0.5, "x"]),
        ("amount is between 5 and 9", [5, 9, "7"], [4, 10]),
        ("amount is not 5", [4, "6"], [5, "five"]),
        ("amount is not one of 5, 6", [4], [5, "6"]),
        ('amount is "5"', ["5", 5, 5.0], ["5.0", True, 6]),
        ("amount is 1", [1, "1", "1.0"], [True, "yes", "one"]),
        ("amount is yes", [True, "yes", "TRUE"], [1, False, "ja"]),
        ("amount is no", [False, "no"], [0, True]),
        ('amount is "yes"', ["yes", True], ["true", 1]),
        ("amount contains pay", ["pay me", ("x", "I pay")], ["payment", 5]),
        ('amount contains any of "pay now", money', ["please pay now", "money"], ["now pay", "pay"]),
        ("amount starts with in", ["India"], ["no india"]),
        ("amount is 2026-01-26", ["2026-01-26"], ["2026-01-27", 5]),
        ("amount is known", ["", 0, False], []),
        ("amount contains at least 3 digits", ["1 2 3", 456], ["12"]),
    ],
)
def test_an_event_is_tested_by_what_it_carries(
    call: Begin, test: str, matching: list[Any], other: list[Any]
) -> None:
    text = "timezone Asia/Kolkata\n" + named("a", f"on {test}")
    for value in matching:
        assert call(text).on(amount=value) == ["a"], value
    for value in other:
        assert call(text).on(amount=value) == [], value
    assert call(text).on("something") == []


def test_a_trigger_reads_the_event_and_a_guard_the_whole_call(call: Begin) -> None:
    one = call(named("a", "on intent=sales\n when language is hi"))
    assert one.on(language="hi") == []
    assert one.on(intent="sales") == ["a"]
    assert one.on(language="en") == []
    assert one.on(intent="sales") == []


def test_said_hearing_and_bare_events_last_for_one_event(call: Begin) -> None:
    one = call(
        named("a", "on said contains hello\n when said contains bob and hearing is unknown")
        + named("b", "on intent=sales\n when said is unknown and ping is unknown")
    )
    assert one.on(said="hello bob") == ["a"]
    one.on("ping")
    assert one.on(intent="sales") == ["b"]


def test_a_bare_event_is_yes_while_it_lasts(call: Begin) -> None:
    assert call(named("a", "on intent=pay\n when payment_started is yes")).on(
        "payment_started", intent="pay"
    ) == ["a"]


def test_a_fact_refuses_sources_weaker_than_declared(call: Begin) -> None:
    text = (
        "fact verified is yes/no from host\nfact intent is text\n"
        + named("direct", "on verified=yes")
        + named("guarded", "on intent=pay\n when verified is yes", otherwise='log "no"')
    )
    one = call(text)
    assert one.take(make_event(facts={"verified": True}, source=Source.MODEL)) == []
    assert one.decision.notes == ("verified was not taken from the model: only the host may say it",)
    assert one.on(intent="pay") == ["guarded otherwise"]
    assert one.take(make_event(facts={"verified": True})) == ["direct"]
    assert one.on(intent="pay") == ["guarded"]
    assert one.state.sources.get("verified", Source.HOST) is Source.HOST


@pytest.mark.parametrize(
    ("key", "word"), [("said", "my manager"), ("hearing", "my man"), ("dtmf", "5"), ("keys", "1234")]
)
def test_what_a_model_reports_as_said_is_not_heard_on_the_line(call: Begin, key: str, word: str) -> None:
    rules = named("a", f"on {key}")
    for by in (Source.PLATFORM, Source.HOST, Source.CALLER):
        one = call(f"fact {key} is text only from caller\n" + rules)
        assert one.take(make_event(facts={key: word}, source=by)) == ["a"]
    one = call(f"fact {key} is text only from caller\n" + rules)
    assert one.take(make_event(facts={key: word, "intent": "sales"}, source=Source.MODEL)) == []
    assert one.decision.notes == (f"{key} was not taken from the model: only the caller may say it",)
    assert call(rules).take(make_event(facts={key: word}, source=Source.MODEL)) == ["a"]


def test_what_an_event_can_not_say(call: Begin) -> None:
    for name in ("call.disposition", "Lead.owner", "time", "today", "date", "turn"):
        with pytest.raises(BadEvent, match=r"can't be set by an event"):
            make_event(facts={name: "x"})
    with pytest.raises(BadEvent, match="order"):
        make_event(facts={"order": [{"a": 1}]})
    with pytest.raises(BadEvent):
        make_event(facts={"x": float("nan")})


def test_equal_inputs_make_equal_answers(call: Begin) -> None:
    one = call(named("a", "on intent=sales\n when balance is at least 5"))
    one.on(intent="sales", balance=9)
    made = one.decision
    assert decide(one.ruleset, made.event, made.moment[1], made.now) == made


def test_remembered_facts_are_facts(call: Begin) -> None:
    one = call(named("a", "on intent=resume\n unless refused is yes", otherwise='log "no"'))
    one.state = remember(one.state, "refused", True, one.now)
    assert one.on(intent="resume") == ["a otherwise"]


def test_many_rules_of_one_kind_are_still_asked_in_order(call: Begin) -> None:
    """Enough rules that the index tells them apart by their guards."""
    text = "".join(
        named(
            f"campaign{number}",
            f"on anything\n when campaign is c{number % 10} and balance is at least {number}",
        )
        for number in range(40)
    ) + "".join(
        named(f"word{number}", f'on said contains any of word{number % 10}, "only {number}"')
        for number in range(40)
    )
    one = call(text)
    assert one.on("go", campaign="C3", balance=40) == ["campaign3"]
    assert one.on("go", campaign="c3", balance=2) == []
    assert one.on("go", campaign=("c5", "c4"), balance=10) == ["campaign4"]
    assert one.on("go", campaign="c9", balance="15") == ["campaign9"]
    assert one.on(said="a Word7 and word3", campaign="none") == ["word3"]
    assert one.on(said="word1", campaign="c8", balance=8) == ["campaign8"]


def test_a_quoted_number_is_text_beside_text(call: Begin) -> None:
    one = call(
        named("quoted", 'on amount="5"') + named("number", "on amount=5") + named("text", "on amount=05")
    )
    assert [one.on(amount=value) for value in ("5", 5, "5.0", "05")] == [
        ["quoted"], ["quoted"], ["number"], ["text"],
    ]  # fmt: skip
