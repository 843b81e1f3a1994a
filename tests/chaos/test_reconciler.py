"""The reconciler on records written by hand: what it lets pass, and what it does not."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flowrules.chaos.reconciler import Account, reconcile, reconcile_kept

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


@dataclass
class Records:
    """A journal and a ledger in the making. Each step takes 10 ms."""

    folder: Path
    entries: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    reported: list[tuple[str, str]] = field(default_factory=list)
    now: float = NOON
    torn: set[int] = field(default_factory=set)

    def note(self, kind: str, **fields: Any) -> dict[str, Any]:
        self.now += 0.01
        self.entries.append({"at": iso(self.now), "kind": kind, **fields})
        return self.entries[-1]

    def row(self, verb: str, key: str | None, status: int | None = 200, **changes: Any) -> dict[str, Any]:
        self.now += 0.01
        made = {
            "at": iso(self.now), "wound": 0.0, "call_id": "c1", "request": "control", "verb": verb,
            "body": {"event": verb}, "status": status, "idempotency_key": key, "token_call_id": "c1",
            "acted": status == 200, "replay": False, "fault": None,
        }  # fmt: skip
        self.rows.append({**made, **changes})
        return self.rows[-1]

    def decided(self, event: str, *verbs: str) -> None:
        steps = [{"step": "verb", "path": str(n), "verb": verb} for n, verb in enumerate(verbs, 1)]
        self.note("decided", **OF, event=event, plan=[{"rule": {"id": "r"}, "steps": steps}])

    def sending(self, event: str, path: str, verb: str, **changes: Any) -> dict[str, Any]:
        key = None if verb in ("log", "get_call_state") else f"{event}:{path}"
        step = {**OF, "event": event, "rule": "r", "path": path, "verb": verb, "key": key}
        return self.note("sending", **{**step, "body": {"event": verb}, **changes})

    def receipt(self, sending: dict[str, Any], status: str = "accepted", **changes: Any) -> dict[str, Any]:
        same = {name: sending[name] for name in ("call", "session", "event", "rule", "path", "verb", "key")}
        fate = {"status": status, "reason": None, "http_status": 200, "attempts": 1, "may_have_acted": False}
        if status == "unknown":
            fate.update(reason="timeout", http_status=None, may_have_acted=True)
        return self.note("receipt", **{**same, **fate, **changes})

    def verb(self, event: str, path: str, verb: str, status: str = "accepted") -> dict[str, Any]:
        """A verb with its request and its receipt. What is unknown did not act."""
        sending = self.sending(event, path, verb)
        self.row(verb, sending["key"], 200 if status == "accepted" else None)
        self.receipt(sending, status)
        return sending

    def closed(self, event: str) -> None:
        self.note("closed", **OF, event=event, status="done")

    def account(self, *, finished: bool = True) -> Account:
        previous, lines = "", []
        for seq, entry in enumerate(self.entries, 1):
            line = json.dumps({"seq": seq, "prev": previous, **entry}).encode()
            previous = hashlib.sha256(line).hexdigest()[:16]
            lines.append(line)
            if seq in self.torn:
                lines.append(line[:20])
        (self.folder / "journal.jsonl").write_bytes(b"\n".join(lines) + b"\n")
        ledger = {"entries": [{"seq": seq, **row} for seq, row in enumerate(self.rows, 1)]}
        (self.folder / "ledger.json").write_text(json.dumps(ledger))
        (self.folder / "reported.json").write_text(json.dumps(self.reported))
        files = (self.folder, self.folder / "ledger.json", self.folder / "reported.json")
        account = reconcile(*files, finished=finished)
        kept = reconcile_kept(lines, ledger["entries"], self.reported, finished=finished)
        assert kept == account, "what was kept in memory is judged as what was written down"
        return account


OF = {"call": "c1", "session": "s1"}


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """Two verbs of one event, carried out."""
    made = Records(tmp_path)
    made.note("journal")
    made.note("call", **OF)
    made.reported = [("c1", "e1")]
    made.decided("e1", "hold", "unhold")
    made.verb("e1", "1", "hold")
    made.verb("e1", "2", "unhold")
    made.closed("e1")
    return made


def an_unknown_verb_that_acted(made: Records) -> None:
    sending = made.sending("e2", "1", "mute")
    made.row("mute", "e2:1", None, acted=True, fault="timeout_after")
    made.receipt(sending, "unknown")


def a_retry_that_was_answered_from_memory(made: Records) -> None:
    sending = made.sending("e2", "1", "mute")
    made.row("mute", "e2:1", None, acted=True, fault="timeout_after")
    made.row("mute", "e2:1", 200, acted=False, replay=True)
    made.receipt(sending, attempts=2)


def a_429_on_purpose(made: Records) -> None:
    sending = made.sending("e2", "1", "log")
    made.row("log", None, 429, fault="rate_limited")
    made.row("log", None)
    made.receipt(sending, attempts=2)


def a_5xx_after_acting(made: Records) -> None:
    sending = made.sending("e2", "1", "mute")
    made.row("mute", "e2:1", 503, acted=True, fault="server_error_after")
    made.receipt(sending, "refused", reason="unavailable", http_status=503, may_have_acted=True)


def an_unknown_verb_that_came_late(made: Records) -> None:
    sending = made.sending("e2", "1", "mute")
    made.receipt(sending, "unknown")
    made.verb("e2", "2", "unmute")
    made.row("mute", "e2:1")


def records_behind_the_end(made: Records) -> None:
    made.verb("e2", "1", "hangup")
    sending = made.sending("#ended", "1", "set_disposition")
    made.row("set_disposition", "#ended:1", 409, acted=False)
    made.receipt(sending, "refused", reason="ended", http_status=409)
    made.note("ended", **OF)


def an_ending_after_a_look(made: Records) -> None:
    made.verb("e2", "1", "transfer", "unknown")
    made.verb("e3", "1.look", "get_call_state")
    made.verb("e3", "1", "hangup")


def a_kill_and_a_restart(made: Records) -> None:
    sending = made.sending("e2", "1", "mute")
    made.row("mute", "e2:1", None)
    made.row("mute", "e2:1")
    made.torn = {len(made.entries)}
    made.note("journal")
    made.receipt(sending, "unknown")


def a_log_that_never_came_before_the_kill_and_the_same_words_after_it(made: Records) -> None:
    """Logs carry no key: the second one's request is not the first one's."""
    first = made.sending("e2", "1", "log")
    made.note("journal")
    made.receipt(first, "unknown")
    made.verb("e3", "1", "log")


def a_log_that_never_came_and_the_same_words_at_the_moment_of_the_next_intent(made: Records) -> None:
    """A fast platform answers in the same millisecond."""
    first = made.sending("e2", "1", "log")
    made.note("journal")
    made.receipt(first, "unknown")
    second = made.sending("e3", "1", "log")
    made.row("log", None, at=second["at"])
    made.receipt(second)


def a_log_that_never_came_and_the_same_words_with_an_answer_that_broke_off(made: Records) -> None:
    """The platform's 200 is on record though its body did not come whole."""
    first = made.sending("e2", "1", "log")
    made.note("journal")
    made.receipt(first, "unknown")
    second = made.sending("e3", "1", "log")
    made.row("log", None, at=second["at"])
    made.receipt(second, "unknown", http_status=200)


def a_log_whose_broken_connection_is_known_before_the_platform_notes_that_it_came(made: Records) -> None:
    log = made.sending("e2", "1", "log")
    made.receipt(log, "unknown")
    made.now += 1
    behind = made.sending("e2", "2", "mute")
    made.row("mute", behind["key"])
    made.receipt(behind)
    made.now += 0.003
    made.row("log", None, None)


def a_masked_body(made: Records) -> None:
    made.receipt(made.sending("e2", "1", "log", body={"event": "log", "metadata": "masked:1 said"}))
    made.row("log", None, body={"event": "log", "metadata": "swordfish said"})


def a_platform_with_a_wound_clock(made: Records) -> None:
    sending = made.sending("e2", "1", "mute")
    made.row("mute", "e2:1", at=iso(made.now + 3600.01), wound=3600.0)
    made.receipt(sending)


@pytest.mark.parametrize(
    "story",
    [
        lambda made: None,
        an_unknown_verb_that_acted,
        a_retry_that_was_answered_from_memory,
        a_429_on_purpose,
        a_5xx_after_acting,
        an_unknown_verb_that_came_late,
        records_behind_the_end,
        an_ending_after_a_look,
        a_kill_and_a_restart,
        a_log_that_never_came_before_the_kill_and_the_same_words_after_it,
        a_log_that_never_came_and_the_same_words_at_the_moment_of_the_next_intent,
        a_log_that_never_came_and_the_same_words_with_an_answer_that_broke_off,
        a_log_whose_broken_connection_is_known_before_the_platform_notes_that_it_came,
        a_masked_body,
        a_platform_with_a_wound_clock,
    ],
)
def test_what_is_sound(story: Callable[[Records], None], records: Records) -> None:
    story(records)
    account = records.account()
    assert account.sound, str(account)


def test_what_was_under_way_at_the_kill_is_open(records: Records) -> None:
    records.decided("e2", "mute", "unmute")
    records.sending("e2", "1", "mute")
    assert records.account(finished=False).sound
    assert not records.account(finished=True).sound


def acted_twice(made: Records) -> None:
    made.rows.append(dict(made.rows[0]))
    made.entries[4]["attempts"] = 2


def without_a_key(made: Records) -> None:
    made.row("hold", None)


def intended_twice(made: Records) -> None:
    made.verb("e1", "1", "hold")


def decided_twice(made: Records) -> None:
    made.decided("e1")


def decided_again_after_a_restart(made: Records) -> None:
    made.note("journal")
    made.note("decided", call="c1", session="s2", event="e1", plan=[])


def a_key_for_two_steps(made: Records) -> None:
    made.receipt(made.sending("e2", "1", "mute", key="e1:1"))


def no_intent(made: Records) -> None:
    made.row("mute", "e2:1")


def a_log_too_many(made: Records) -> None:
    made.verb("e2", "1", "log")
    made.row("log", None)


def no_receipt(made: Records) -> None:
    made.sending("e2", "1", "mute")
    made.row("mute", "e2:1")


def two_receipts(made: Records) -> None:
    made.receipt(made.entries[3])


def accepted_and_never_came(made: Records) -> None:
    del made.rows[0]


def accepted_and_did_not_act(made: Records) -> None:
    made.rows[0]["acted"] = False


def refused_and_acted(made: Records) -> None:
    made.receipt(made.sending("e2", "1", "mute"), "refused", reason="refused", http_status=200)
    made.row("mute", "e2:1")


def dropped_and_acted(made: Records) -> None:
    made.receipt(made.sending("e2", "1", "mute"), "dropped", http_status=None, attempts=0)
    made.row("mute", "e2:1")


def another_answer(made: Records) -> None:
    made.rows[0]["status"] = 201


def more_requests_than_attempts(made: Records) -> None:
    made.row("unhold", "e1:2", 200, acted=False, replay=True)


def another_body(made: Records) -> None:
    made.rows[0]["body"] = {"event": "hold", "moh_url": "https://x.example"}


def accepted_after_a_restart(made: Records) -> None:
    a_kill_and_a_restart(made)
    made.entries[-1]["status"] = "accepted"


def a_step_that_vanished(made: Records) -> None:
    made.decided("e2", "mute")
    made.closed("e2")


def an_event_that_vanished(made: Records) -> None:
    made.reported.append(("c1", "e2"))


def a_plan_that_was_never_over(made: Records) -> None:
    made.decided("e2")


def a_foreign_token(made: Records) -> None:
    made.rows[0]["token_call_id"] = "c2"


def a_verb_on_another_call(made: Records) -> None:
    made.sending("e2", "1", "mute")
    made.row("mute", "e2:1", call_id="c2", token_call_id=None)


def too_soon(made: Records) -> None:
    sending = made.sending("e2", "1", "mute")
    made.row("mute", "e2:1", 429)
    made.row("mute", "e2:1")
    made.receipt(sending, attempts=2)


def a_second_ending(made: Records) -> None:
    made.verb("e2", "1", "transfer", "unknown")
    made.verb("e2", "1.fail1.1", "hangup")


def a_second_ending_after_a_restart(made: Records) -> None:
    made.sending("e2", "1", "transfer")
    made.note("journal")
    made.receipt(made.entries[-2], "unknown")
    made.verb("e3", "1", "hangup")


def a_verb_behind_the_end(made: Records) -> None:
    made.verb("e2", "1", "hangup")
    made.verb("e2", "2", "unmute")


def a_verb_behind_a_409(made: Records) -> None:
    made.receipt(made.sending("e2", "1", "mute"), "refused", reason="ended", http_status=409)
    made.row("mute", "e2:1", 409, acted=False)
    made.verb("e2", "2", "unmute")


def a_live_verb_behind_the_close(made: Records) -> None:
    made.verb("#ended", "1", "play_audio")


def a_record_behind_the_call(made: Records) -> None:
    made.note("ended", **OF)
    made.verb("e2", "1", "set_disposition")


def two_at_once(made: Records) -> None:
    first = made.sending("e2", "1", "mute")
    made.row("mute", "e2:1")
    made.verb("e3", "1", "hold")
    made.receipt(first)


def the_other_way_round(made: Records) -> None:
    made.rows.reverse()
    made.rows[0]["at"], made.rows[1]["at"] = made.rows[1]["at"], made.rows[0]["at"]


def an_afterthought(made: Records) -> None:
    made.row("mute", "e2:1")
    made.receipt(made.sending("e2", "1", "mute"))


def a_token(made: Records) -> None:
    made.note("note", message="yt_cb_01ARZ3NDEKTSV4RRFFQ69G5FAV")


def a_torn_line(made: Records) -> None:
    made.torn = {3}


@pytest.mark.parametrize(
    ("story", "claim"),
    [
        *((story, "duplicated effects") for story in (
            acted_twice, intended_twice, decided_twice, decided_again_after_a_restart, a_key_for_two_steps,
        )),
        *((story, "lost or unaccounted verbs") for story in (
            without_a_key, no_intent, a_log_too_many, no_receipt, two_receipts, accepted_and_never_came,
            accepted_and_did_not_act, refused_and_acted, dropped_and_acted, another_answer, another_body,
            more_requests_than_attempts, accepted_after_a_restart, a_step_that_vanished, an_event_that_vanished,
            a_plan_that_was_never_over,
        )),
        *((story, "requests across calls") for story in (a_foreign_token, a_verb_on_another_call)),
        (too_soon, "429s of our own making"),
        *((story, "endings after an unknown one") for story in (a_second_ending, a_second_ending_after_a_restart)),
        *((story, "verbs after the end") for story in (
            a_verb_behind_the_end, a_verb_behind_a_409, a_live_verb_behind_the_close, a_record_behind_the_call,
        )),
        *((story, "verbs out of order") for story in (two_at_once, the_other_way_round)),
        (an_afterthought, "intents written too late"),
        (a_torn_line, "journal lines that do not fit"),
        pytest.param(a_token, "journal lines that do not fit", marks=pytest.mark.hands_out_tokens),
    ],
)  # fmt: skip
def test_what_is_not(story: Callable[[Records], None], claim: str, records: Records) -> None:
    story(records)
    account = records.account()
    assert account.contradictions[claim], str(account)


@pytest.mark.parametrize("tamper", [b'"status": "accepted"', b'"path": "2"'])
def test_a_changed_line_is_found(tamper: bytes, records: Records) -> None:
    assert records.account().sound
    path = records.folder / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(tamper, tamper.replace(b'": "', b'":  "'), 1))
    account = reconcile(records.folder, records.folder / "ledger.json")
    assert account.contradictions["journal lines that do not fit"]


def test_a_missing_line_is_found(records: Records) -> None:
    records.account()
    path = records.folder / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5] + lines[6:]))
    account = reconcile(records.folder, records.folder / "ledger.json")
    assert account.contradictions["journal lines that do not fit"]


def test_it_says_what_it_found(records: Records) -> None:
    acted_twice(records)
    shown = str(records.account())
    assert "1  duplicated effects" in shown.replace(",", "")
    assert "c1: hold (line 4, event e1, step 1) acted 2 times" in shown
