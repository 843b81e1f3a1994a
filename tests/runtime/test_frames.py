"""Frames as they may come, hostile ones among them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.engine.event import BadEvent, make_event
from flowrules.engine.state import start_call
from flowrules.runtime.calls.frames import (
    MAX_FACTS,
    MAX_FRAME,
    Dtmf,
    Ignored,
    Mark,
    Metadata,
    Other,
    PlayDone,
    TokenRefresh,
    read_frame,
)

TOKEN = "yt_cb_01ARZ3NDEKTSV4RRFFQ69G5FAV"

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "event", "data", "call_id", "callId", "token", "callback_token", "lead", "dtmf", "x"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "metadata", "call_id": "c1", "callback_token": TOKEN, "lead": {"name": "A"}},
        {"event": "metadata", "data": {"callId": "c1", "token": TOKEN, "lead": {"name": "A"}}},
        {"call_id": "c1", "callbackToken": TOKEN, "lead": {"name": "A"}},
        {"metadata": {"callId": "c1", "token": TOKEN}, "lead": {"name": "A"}},
    ],
)
def test_metadata_in_its_spellings(frame: Any) -> None:
    read = read_frame(json.dumps(frame), first=True)
    assert isinstance(read, Metadata)
    assert read.call_id == "c1"
    assert read.token is not None
    assert read.token.get_secret_value() == TOKEN
    assert read.facts == {"lead.name": "A"}
    assert TOKEN not in repr(read)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ({"type": "token_refresh", "callback_token": "t"}, TokenRefresh),
        ({"event": "tokenRefresh", "data": {"token": "t", "callId": "c"}}, TokenRefresh),
        ({"type": "token_refresh"}, Ignored),
        ({"type": "token_refresh", "token": "a b"}, Ignored),
        ({"type": "token_refresh", "token": 7}, Ignored),
        ({"event": "dtmf", "dtmf": "2", "duration": "1600"}, Dtmf),
        ({"event": "dtmf", "dtmf": "22"}, Ignored),
        ({"event": "dtmf"}, Ignored),
        ({"type": "playDone", "data": {}}, PlayDone),
        ({"type": "mark", "data": {"name": "m", "event": "playout"}}, Mark),
        ({"type": "mark", "data": 7}, Mark),
        ({"type": "hello"}, Other),
        ({"call_id": "c1"}, Ignored),
        ({}, Ignored),
    ],
)
def test_later_frames(frame: Any, expected: type) -> None:
    assert isinstance(read_frame(json.dumps(frame)), expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "7",
        '"x"',
        "[1]",
        "{",
        "{'a': 1}",
        '{"a": NaN}',
        "[" * 50_000,
        '{"a":' * 10_000 + "1" + "}" * 10_000,
        b"\xff\xfe\x00",
        "x" * (MAX_FRAME + 1),
        '{"type": "metadata", "call_id": "../../x\\u0000"}',
        '{"type": "metadata", "call_id": ".."}',
        '{"type": "metadata", "call_id": 7}',
    ],
)
def test_what_is_no_frame(text: Any) -> None:
    assert isinstance(read_frame(text, first=True), Ignored)


@given(st.text(max_size=200) | st.binary(max_size=200), st.booleans())
def test_any_text_is_read_without_a_word(text: Any, first: bool) -> None:
    read_frame(text, first=first)


@given(json_values, st.booleans())
def test_any_json_is_read_without_a_word(value: Any, first: bool) -> None:
    read_frame(json.dumps(value), first=first)
    if isinstance(value, dict):
        read_frame(value, first=first)


@given(st.dictionaries(st.text(max_size=8), json_values, max_size=6))
def test_metadata_make_facts_of_whatever_they_hold(extra: dict[str, Any]) -> None:
    read = read_frame({**extra, "type": "metadata", "call_id": "c1", "lead": extra})
    assert isinstance(read, Metadata)
    for value in read.facts.values():
        assert isinstance(value, (str, int, float, bool, tuple))


def test_facts_are_bounded() -> None:
    lead = {f"f{n}": "x" * 5_000 for n in range(MAX_FACTS + 50)}
    read = read_frame({"type": "metadata", "call_id": "c1", "lead": lead})
    assert isinstance(read, Metadata)
    assert len(read.facts) == MAX_FACTS
    assert max(len(str(value)) for value in read.facts.values()) == 2_048
    assert read.notes


def test_metadata_cannot_speak_of_the_calls_own_facts() -> None:
    read = read_frame(
        {"type": "metadata", "call_id": "c1", "call.disposition": "x", "lead.vip": True, "lead": {"a": 1}}
    )
    assert isinstance(read, Metadata)
    assert read.facts == {"lead.a": 1}


@pytest.mark.parametrize("name", ["\u00ad", "\u200b\u200d", " ", "lead.\u00ad"])
def test_a_name_that_nobody_sees_costs_no_call_its_beginning(name: str) -> None:
    frame = {"call_id": "c1", "lead": {name: 1, "name": "A"}, name: 2, "caller": "+1"}
    read = read_frame(frame, first=True)
    assert isinstance(read, Metadata)
    at_start = start_call("c1", datetime(2026, 11, 30, tzinfo=UTC), read.facts)
    assert (at_start.facts["lead.name"], at_start.facts["caller"]) == ("A", "+1")


def test_metadata_that_a_host_has_read_itself_lose_only_what_can_be_no_fact() -> None:
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"x": deep, "y": 1}
    told = {"": 1, " ": 2, 7: 3, "deep": deep, "lead": {"": 1, "name": "A"}, "campaign": {"id": 5}}
    at_start = start_call("c1", datetime(2026, 11, 30, tzinfo=UTC), told)  # type: ignore[arg-type]
    assert at_start.facts["campaign.id"] == 5


@pytest.mark.parametrize("name", ["\u00ad", "\u200b", " ", ""])
def test_an_event_can_not_set_what_has_no_name(name: str) -> None:
    with pytest.raises(BadEvent, match="must be text"):
        make_event(facts={name: 1})
