"""Calls with equal keys go on alike; calls that go on otherwise have other keys."""

from datetime import timedelta
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from flowrules.call.setup import Setup
from flowrules.compiler.loading.load import load_rules
from flowrules.source import source_from_text

from .driven import Driven
from .generated import rules

ACTS: tuple[tuple[Any, ...], ...] = (
    ("report", {"intent": "i1"}), ("report", {"intent": "i2"}), ("report", {"intent": "i3"}), ("report", {"said": "stop it"}),
    ("report", {"dtmf": "1"}), ("report", {"f1": True}), ("report", {"f2": True}), ("answer", ""), ("answer", ""), ("answer", "timeout"),
    ("answer", "refused"), ("rest",), ("rest",), ("rest",), ("pass", 1.0), ("pass", 3.0), ("leaves",), ("close",),
)  # fmt: skip
acts = st.lists(st.sampled_from(ACTS), max_size=6)


def play(call: Driven, act: tuple[Any, ...]) -> None:
    match act:
        case ("report", facts):
            call.report(**facts)
        case ("answer", why) if call.sending is not None:
            call.answer(why)
        case ("leaves",) if call.sending is not None:
            call.leaves()
        case ("rest",):
            call.rests()
        case ("pass", seconds):
            call.passes(seconds)
        case ("close",):
            call.close()


def goes_on(call: Driven, behind: list[tuple[Any, ...]]) -> list[Any]:
    """What is sent and told from here on, and when; the names of events aside."""
    sent, told, began = len(call.sends), sum(map(len, call.told.values())), call.now
    for act in behind:
        play(call, act)
    play(call, ("rest",))
    outcomes = [outcome for outcomes in call.told.values() for outcome in outcomes][told:]
    return [
        [(send.request.body, send.deadline - began) for send in call.sends[sent:]],
        sorted(outcome.status for outcome in outcomes),
        call.machine.over,
        call.now - began,
    ]


@example('on call_ended log "l"\n', [("close",), ("close",)], 0, [])
@settings(deadline=None, max_examples=100)
@given(rules(), acts, st.integers(0, 5), acts)
def test_calls_with_equal_keys_go_on_alike(
    text: str, before: list[tuple[Any, ...]], without: int, behind: list[tuple[Any, ...]]
) -> None:
    assume(load_rules([source_from_text(text)]).ruleset is not None)
    one, other = Driven(text), Driven(text)
    for number, act in enumerate(before):
        play(one, act)
        if number != without:
            play(other, act)
    if one.machine.key() == other.machine.key(other.now):
        assert goes_on(one, behind) == goes_on(other, behind)


def test_a_copy_has_the_key_of_its_original_until_it_goes_its_own_way() -> None:
    call = Driven("on intent=i1 hold for at most 9 seconds then wait 5 seconds then unhold\n")
    call.report(intent="i1")
    call.answer()
    twin = call.machine.fork()
    assert twin.key(call.now) == call.machine.key(call.now)
    assert twin.key(call.now + timedelta(seconds=1)) != call.machine.key(call.now)
    call.passes(5)
    assert twin.key(call.now) != call.machine.key(call.now)


def test_what_leads_to_no_other_future_is_no_part_of_it() -> None:
    call, other = Driven('on intent=i1 log "l"\n'), Driven('on intent=i1 log "l"\n')
    for name in ("a", "b"):
        call.report(intent="i1", event_id=name)
        call.rests().passes(60)
    other.report(intent="i1")
    other.rests()
    assert call.machine.key(call.now)[1] == other.machine.key(other.now)[1]  # type: ignore[index]
    assert call.machine.key(call.now) != other.machine.key(
        other.now
    )  # Events with an id may be reported again.


def keys(text: str, *acts: tuple[Any, ...], setup: Setup | None = None) -> list[Any]:
    """The keys that a call has after each of these."""
    call = Driven(text, setup)
    found = [call.machine.key(call.now)]
    for act in acts:
        play(call, act)
        found.append(call.machine.key(call.now))
    return found


I1, REST = ("report", {"intent": "i1"}), ("rest",)


def test_what_leads_to_another_future_is() -> None:
    for text, *acts in (
        ("on intent=i1 hold\n", I1, ("leaves",), REST),
        ("on intent=i1 once per call say \"Hello.\"\n", I1, REST, ("pass", 60.0)),
        ('on intent=i1 not again for 5 minutes log "l"\n', I1, REST, ("pass", 60.0)),
        ('on intent=i1 3 times log "l"\n', I1, I1),
        ('after 1 minute of silence log "l"\n', ("pass", 1.0), ("pass", 1.0)),
        ('timezone Asia/Kolkata\non intent=i1 when today is monday log "l"\n', ("pass", 1.0)),
        ('on intent=i1 when call.elapsed is more than 1 minute log "l"\n', ("pass", 1.0)),
        ('on intent=i1 when turn is at least 2 log "l"\n', ("report", {"said": "one"}), ("report", {"said": "two"})),
        ("on intent=i1 transfer queue q\n", I1, ("answer", "timeout")),
        ("on call_ended log \"l\"\n", ("close",), ("close",)),
    ):  # fmt: skip
        found = keys(text, *acts)
        assert len(set(found)) == len(found), text


def test_a_limit_that_is_used_up_stays_used_up() -> None:
    call = Driven('on intent=i1 not again for 1 minute log "l"\n')
    call.report(intent="i1")
    call.rests().passes(61)
    cooled = call.machine.key(call.now)
    call.now += timedelta(hours=1)
    call.passes(0)
    assert call.machine.key(call.now) == cooled
