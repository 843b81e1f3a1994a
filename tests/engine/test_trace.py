"""A decision in words: for every rule one line."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from flowrules.engine.trace import trace_json, trace_lines

Begin = Callable[..., Any]


def named(label: str, head: str, otherwise: str = "") -> str:
    more = f"otherwise\n  {otherwise}\n" if otherwise else ""
    return f'rule {label}\n  {head}\n  log "x"\n{more}end\n'


def reasons(one: Any) -> dict[str, str]:
    return {line.rule.label: line.reason for line in trace_lines(one.decision)}


def test_every_rule_has_a_reason(call: Begin) -> None:
    one = call(
        "timezone Asia/Kolkata\nhours night\n  mon to sun 21:00 to 23:00\nend\n"
        + named("other", "on intent=billing")
        + named("night_shift", "on intent=sales\n during night")
        + named("rich", "on intent=sales\n when balance is at least 500")
        + named("vip", "on intent=sales\n when vip is yes")
        + named("first_time", "on intent=sales\n once per call")
        + named("patient", "on intent=sales\n not again for 30 seconds")
        + named("third", "on intent=sales 3 times")
        + named("row", "on intent=sales 4 times in a row")
        + named("owner", "on intent=sales\n when language is hi", otherwise='log "y"')
        + named("audit", "also on anything\n when language is unknown")
        + named("net", "on anything")
        + named("late", "after 20 minutes")
    )
    one.on(intent="sales", balance=120)
    one.now += timedelta(seconds=5)
    one.on(intent="sales", trace=True)
    one.now += timedelta(seconds=10)
    one.on(intent="sales", language="en", trace=False)
    one.on(intent="sales", language="en", trace=True)
    assert reasons(one) == {
        "other": "waits for something else: on intent=billing",
        "night_shift": "not met because night is closed, opens 21:00",
        "rich": "not met because balance is 120, needs at least 500",
        "vip": "unknown because nobody supplied vip",
        "first_time": "used up: once per call",
        "patient": "not again until 11:00:35",
        "third": "took the event",
        "row": "an earlier rule took it: third",
        "owner": "an earlier rule took it: third",
        "audit": "not met because language is en, must not be known",
        "net": "an earlier rule took it: third",
        "late": "waits for something else: after 20 minutes",
    }


def test_a_counter_says_how_far_it_is(call: Begin) -> None:
    one = call(named("third", "on intent=sales 3 times") + named("row", "on intent=sales 4 times in a row"))
    one.on(intent="sales")
    one.on("pause")
    one.on(intent="sales", trace=True)
    assert reasons(one) == {
        "third": "counted 2 so far, needs 3",
        "row": "counted 1 in a row so far, needs 4",
    }


def test_an_otherwise_says_why_the_guard_did_not_hold(call: Begin) -> None:
    one = call(named("a", "on go\n when x is at least 5", otherwise='log "y"'))
    one.on("go", x=1, trace=True)
    assert reasons(one)["a"] == "took the event with its otherwise: not met because x is 1, needs at least 5"
    one = call(named("a", "on go\n when x is at least 5", otherwise='log "y"'))
    one.on("go", trace=True)
    assert reasons(one)["a"] == "took the event with its otherwise: unknown because nobody supplied x"


def test_urgent_and_also(call: Begin) -> None:
    one = call(
        named("a", "on go")
        + named("b", "also on go\n when x is 1")
        + named("c", "urgent on go\n when x is 2")
    )
    one.on("go", x=2, trace=True)
    assert reasons(one) == {
        "a": "an urgent rule took it: c",
        "b": "an urgent rule took it: c",
        "c": "took the event because x is 2",
    }
    one.on("go", x=1, trace=True)
    assert reasons(one) == {
        "a": "took the event",
        "b": "ran in addition because x is 1",
        "c": "not met because x is 1, needs 2",
    }


def test_rules_that_the_index_passed_by_have_their_own_reasons(call: Begin) -> None:
    text = "".join(named(f"c{number}", f"on anything\n when campaign is c{number}") for number in range(30))
    one = call(text)
    one.on("go", campaign="c29", trace=True)
    assert reasons(one)["c3"] == "not met because campaign is c29, needs c3"
    assert reasons(one)["c29"] == "took the event because campaign is c29"
    assert [line.rule.label for line in trace_lines(one.decision, everything=False)] == ["c29"]


def test_refused_facts_are_noted(call: Begin) -> None:
    one = call("fact verified is yes/no from platform\n" + named("a", "on verified=yes"))
    one.on(verified=True, trace=True)
    assert reasons(one) == {"a": "waits for something else: on verified=yes"}
    assert trace_json(one.decision)["notes"] == [
        "verified was not taken from the host: only the platform may say it"
    ]


def test_the_json_tells_it_all(call: Begin) -> None:
    one = call(named("a", "on go\n when (x is 1 or y is yes) and during_call is yes"))
    one.on("go", x=2, y=True, trace=True)
    told = json.loads(json.dumps(trace_json(one.decision)))
    assert told["event"] == {"go": True, "x": 2, "y": True}
    assert told["facts"] == {"x": 2, "y": True, "during_call": None}
    assert told["turn"] == 1
    assert told["now"] == "2026-03-02T05:30:00+00:00"
    (line,) = told["rules"]
    assert (line["rule"], line["label"], line["file"], line["line"]) == ("a", "a", "test.rules", 1)
    assert line["verdict"] == "guard unknown"
    assert line["condition"]["answer"] == "unknown"
    assert line["condition"]["parts"][0] == {
        "words": "x is 1 or y is yes",
        "answer": "yes",
        "parts": [
            {"words": "x is 1", "answer": "no", "seen": "x is 2, needs 1"},
            {"words": "y is yes", "answer": "yes", "seen": "y is yes"},
        ],
    }


def test_a_decision_without_a_trace_has_no_lines(call: Begin) -> None:
    one = call(named("a", "on go"))
    one.on("go")
    with pytest.raises(ValueError, match="without a trace"):
        trace_lines(one.decision)
