"""What one row tells, and what is said of one that can't be read."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from flowrules.call.receipt import Reason, Status
from flowrules.engine.event import Source
from flowrules.recordings.call import NotReplayed, RecordedCall
from flowrules.recordings.layout import BadMapping, Layout, parse_maps
from flowrules.recordings.record import BadRecording
from tests.recordings.reading import calls, happened, read_all, write_lines

AT = "2026-03-02T11:00:00"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"intent": "sales", "balance": 900}, [("Reported", {"intent": "sales", "balance": 900})]),
        ({"order": {"total": 1.5}}, [("Reported", {"order.total": 1.5})]),
        ({"intent": ["sales", "billing"]}, [("Reported", {"intent": ("sales", "billing")})]),
        ({"event": "payment_done"}, [("Reported", {"payment_done": True})]),
        ({"events": ["hello", "paid"]}, [("Reported", {"hello": True, "paid": True})]),
        ({"event": {"intent": "x", "paid": True}}, [("Reported", {"intent": "x", "paid": True})]),
        ({"facts": {"events": 3}}, [("Reported", {"events": 3})]),
        ({"verified": True, "intent": None, "said": ""}, [("Reported", {"verified": True})]),
        ({"said": " … "}, []),
        ({"signal": "bot_speaking"}, [("BotSpeaking", {})]),
        ({"signal": "close"}, [("Closed", {})]),
        ({"event": "call_ended"}, [("Closed", {})]),
        (
            {"known": {"vip": True}, "intent": "x"},
            [("Learned", {"vip": True}), ("Reported", {"intent": "x"})],
        ),
        (
            {"call.recording": "paused", "lead": {"city": "Pune"}, "intent": "x"},
            [("Reported", {"intent": "x"})],
        ),
    ],
)
def test_a_row_tells(tmp_path: Path, row: dict[str, Any], told: list[tuple[str, Any]]) -> None:
    (call,) = calls(write_lines(tmp_path / "a.jsonl", [{"call_id": "c", "at": AT, **row}]))
    assert [one[1:] for one in happened(call)] == told


def test_what_the_platform_told_is_known_from_the_start(tmp_path: Path) -> None:
    row = {
        "call_id": "c",
        "at": AT,
        "lead": {"city": "Pune"},
        "metadata": {"campaign": "gold"},
        "intent": "x",
    }
    later = {**row, "at": "2026-03-02T11:00:09", "lead": {"city": "Agra"}}
    (call,) = calls(write_lines(tmp_path / "a.jsonl", [later, row]))
    assert call.facts == {"lead.city": "Pune", "campaign": "gold"}
    assert [one[1:] for one in happened(call)] == [
        ("Reported", {"intent": "x"}),
        ("Learned", {"lead.city": "Agra"}),
        ("Reported", {"intent": "x"}),
    ]


def test_who_said_it_and_under_which_id(tmp_path: Path) -> None:
    rows = [
        {"call_id": "c", "at": AT, "intent": "x", "source": "model", "event_id": "#1", "turn_id": 7},
        {"call_id": "c", "at": AT, "said": "yes", "intent": "x"},
    ]
    (call,) = calls(write_lines(tmp_path / "a.jsonl", rows))
    first, second = (received for _, received in call.inputs)
    assert (first.event.source, first.event.turn_id, first.event.event_id) == (Source.MODEL, "7", '"#1"')
    assert first.digest
    assert not second.digest
    assert second.event.source_of("said") is Source.CALLER
    assert (first.ticket, second.ticket) == (1, 2)


def test_verbs_and_what_became_of_them(tmp_path: Path) -> None:
    rows = [
        {"call_id": "c", "at": AT, "verb": "transfer", "failed": "unavailable"},
        {"call_id": "c", "at": AT, "verb": "hangup"},
        {"call_id": "c", "at": AT, "verb": "say", "failed": "timeout"},
    ]
    (call,) = calls(write_lines(tmp_path / "a.jsonl", rows))
    assert [(one.verb, one.receipt.status, one.receipt.reason) for one in call.outcomes] == [
        ("transfer", Status.REFUSED, Reason.UNAVAILABLE),
        ("hangup", Status.ACCEPTED, None),
        ("say", Status.UNKNOWN, Reason.TIMEOUT),
    ]


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-03-02T11:00:00", "03-02T05:30:00"),
        ("2026-03-02 11:00", "03-02T05:30:00"),
        ("2026-03-02T11:00:00Z", "03-02T11:00:00"),
        ("2026-03-02T11:00:00+02:00", "03-02T09:00:00"),
        (1772449200, "03-02T11:00:00"),
        (1772449200000, "03-02T11:00:00"),
    ],
)
def test_times_without_an_offset_are_those_of_the_rules(tmp_path: Path, written: object, utc: str) -> None:
    (call,) = calls(write_lines(tmp_path / "a.jsonl", [{"call_id": "c", "at": written, "intent": "x"}]))
    assert happened(call)[0][0] == utc


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("nonsense", "a line is no JSON object"),
        ("[1]", "a line is no JSON object"),
        (f'{{"call_id": "c", "at": "{AT}", "inte', "one of its rows can't be read: a line is no JSON object"),
        ({"at": AT, "intent": "x"}, "it names no call"),
        ({"call_id": "c", "intent": "x"}, "one of its rows can't be read: it tells no time"),
        ({"call_id": "c", "at": "noon"}, "one of its rows can't be read: its time is no date and time"),
        ({"call_id": "c", "at": 1e300}, "one of its rows can't be read: its time is no date and time"),
        ({"call_id": "c", "at": AT, "signal": "moo"}, "one of its rows can't be read: its signal is none that is known"),
        ({"call_id": "c", "at": AT, "source": "me", "intent": "x"}, "its source is none of host, model, caller"),
        ({"call_id": "c", "at": AT, "event": 4}, "its event is no name"),
        ({"call_id": "c", "at": AT, "turn": 4}, "turn can't be set by an event"),
        ({"call_id": "c", "at": AT, "event": "step_failed"}, "are raised by the engine itself"),
        ({"call_id": "c", "at": AT, "x": "y" * 20_000}, "characters"),
        ({"call_id": "c", "at": AT, "x": [{"y": 1}]}, "must be text, a number"),
        ({"call_id": "c", "at": AT, "verb": "transfer", "failed": "moo"}, "none of the language's"),
    ],
)  # fmt: skip
def test_what_cant_be_read_is_counted_with_its_place(tmp_path: Path, row: Any, why: str) -> None:
    good = {"call_id": "c", "at": AT, "intent": "x"}
    path = write_lines(tmp_path / "a.jsonl", [good, row, {**good, "call_id": "d"}])
    (unread,) = (one for one in read_all(path) if isinstance(one, NotReplayed))
    assert why in unread.reason
    assert unread.origin == "a.jsonl, line 2"
    # The other call is whole; the one that lacks a row is not played, unless nobody knows that it does.
    assert {one.call_id for one in read_all(path) if isinstance(one, RecordedCall)} == {"c", "d"} - {
        unread.call_id
    }


def test_no_token_is_kept(tmp_path: Path) -> None:
    token = "yt_cb_01HZZZZZZZZZZZZZZZZZZZZZZZ"
    row = {"call_id": "c", "at": AT, "intent": f"a {token}", "lead": {"note": token}, "known": {"b": token}}
    path = write_lines(tmp_path / "a.jsonl", [row, {**row, "source": "model"}])
    found = calls(path)
    path.unlink()
    assert token not in repr(found)
    assert "[redacted]" in repr(found)


def test_csv_with_quotes_gaps_and_lines_that_dont_fit(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "\ufeffcall_id,at,intent,said,lead.city\r\n"
        f'1,{AT},sales,"hello, ""you""\nthere",Pune\r\n'
        f"1,{AT},,,\r\n"
        f"2,{AT},a,b,c,d\r\n"
        f"3,{AT},x\r\n",
        encoding="utf-8",
    )
    first, third, wrong = sorted(read_all(path), key=lambda one: one.call_id or "9")
    assert happened(first) == [
        ("03-02T05:30:00", "Reported", {"intent": "sales", "said": 'hello, "you"\nthere'})
    ]
    assert happened(third) == [("03-02T05:30:00", "Reported", {"intent": "x"})]
    assert wrong == NotReplayed(
        "", "a line has more cells than the first line has columns", 1, "a.csv, line 5"
    )


def test_a_file_that_is_compressed_and_cut_off(tmp_path: Path) -> None:
    text = b"".join(
        b'{"call_id":"c%d","at":"2026-03-02T11:00","intent":"x"}\n' % number for number in range(2000)
    )
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(text))
    assert len(calls(path)) == 2000
    path.write_bytes(gzip.compress(text)[:-400])
    found = read_all(path)
    assert found[0] == NotReplayed("", "the file is cut off, or damaged", 1, "a.jsonl.gz")
    assert 0 < len(found) < 2000


def test_columns_are_mapped(tmp_path: Path) -> None:
    row = {
        "conversation": {"id": "c", "started": AT},
        "label": "sales",
        "intent": "not this one",
        "customer": {"city": "Pune", "vip": True},
        "noise": {"a": 1},
    }
    path = write_lines(tmp_path / "a.jsonl", [row])
    options = {
        "call_id": "conversation.id",
        "at": "conversation.started",
        "intent": "label",
        "metadata": "customer",
    }
    (call,) = calls(path, ignored=["noise.a"], **options)
    assert call.call_id == "c"
    assert call.facts == {"city": "Pune", "vip": True}
    assert happened(call) == [("03-02T05:30:00", "Reported", {"intent": "sales"})]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (["intent"], "no NAME=COLUMN"),
        (["=x"], "no NAME=COLUMN"),
        (["intent=a", "intent=b"], "mapped to two columns"),
    ],
)
def test_mappings_that_cant_be_meant(written: list[str], why: str) -> None:
    with pytest.raises(BadMapping, match=why):
        parse_maps(written)
    with pytest.raises(BadMapping, match="follows from the clock"):
        Layout({"date": "x"})


def test_a_table_without_a_column_for_the_call_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"conversation,at,intent\n1,{AT},x\n")
    with pytest.raises(
        BadRecording, match=r"--map call_id=COLUMN names it\. The columns are conversation, at, intent"
    ):
        read_all(path)
    assert [one.call_id for one in calls(path, call_id="conversation")] == ["1"]


def test_webhooks_as_they_were_received(tmp_path: Path) -> None:
    started = {
        "event_id": "w0",
        "event_type": "call.started",
        "timestamp": 1772449200,
        "data": {"call_id": "c", "lead": {"city": "Pune"}},
    }
    moved = {
        "id": "w1",
        "type": "ai_session.transferred",
        "created_at": "2026-03-02T11:05:00Z",
        "tenant_id": "t",
        "data": {"call_id": "c", "outcome": "transferred_agent", "log": [{"a": 1}]},
    }
    ended = {**moved, "id": "w2", "type": "ai_session.ended", "created_at": "2026-03-02T11:06:00Z"}
    other = {"event_id": "w3", "event_type": "campaign.paused", "timestamp": 1772449200, "data": {"id": "k"}}
    unread, call = read_all(write_lines(tmp_path / "w.jsonl", [ended, moved, other, moved, started]))
    facts = {"ai_session.call_id": "c", "ai_session.outcome": "transferred_agent"}
    assert isinstance(call, RecordedCall)
    assert call.facts == {"lead.city": "Pune"}
    assert happened(call) == [
        ("03-02T11:05:00", "Reported", {"ai_session.transferred": True, **facts}),
        ("03-02T11:05:00", "Reported", {"ai_session.transferred": True, **facts}),
        ("03-02T11:06:00", "Reported", {"ai_session.ended": True, **facts}),
        ("03-02T11:06:00", "Closed", {}),
    ]
    digests = [received.digest for _, received in call.inputs[:3]]
    assert digests[0] == digests[1] != digests[2]
    assert unread == NotReplayed("", "it names no call", 1, "w.jsonl, line 3")


def test_folders(tmp_path: Path) -> None:
    (tmp_path / "r" / "day1").mkdir(parents=True)
    (tmp_path / "r" / "_SUCCESS").write_text("")
    (tmp_path / "r" / "notes.txt").write_text("hello")
    write_lines(tmp_path / "r" / "day1" / "a.jsonl", [{"call_id": "c", "at": AT, "intent": "x"}])
    (tmp_path / "r" / "b.csv").write_text("call_id,at,intent\nc,2026-03-02T10:00:00,y\n")
    unread, call = read_all(tmp_path / "r")
    assert [facts for _, _, facts in happened(call)] == [{"intent": "y"}, {"intent": "x"}]
    assert unread.origin == "notes.txt"
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadRecording, match="holds no file whose name ends in"):
        read_all(tmp_path / "empty")
