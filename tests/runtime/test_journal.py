"""The journal: what is on record, when, and what is left of it when the process dies."""

import asyncio
import json
import os
import re
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import example, given
from hypothesis import strategies as st

from flowrules.call.outcome import EventStatus
from flowrules.control.clock import ManualClock, SystemClock
from flowrules.engine.event import Source
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal import Journal, Masker, read_journal, story, verify
from flowrules.runtime.journal.chain import Stamp
from flowrules.runtime.journal.masking import as_json, passes_luhn
from flowrules.runtime.journal.reader import CURRENT, journal_files
from flowrules.runtime.settings import Settings
from flowrules.sandbox import Fault

CARD = "4111 1111 1111 1111"


def settings(folder: Path, **changes: Any) -> Settings:
    return Settings(journal=folder, **{"journal_fsync": "never", **changes})


def lines(folder: Path) -> list[dict[str, Any]]:
    """The raw journal, read without the project's reader."""
    files = sorted(folder.glob("journal*.jsonl"), key=lambda path: (path.name == CURRENT, path.name))
    return [json.loads(line) for path in files for line in path.read_text().splitlines()]


async def test_journal_and_ledger_tell_the_same_story(seat: Any, sandbox: Any, tmp_path: Path) -> None:
    table = await seat(
        'on intent=x hold then unhold if it fails because unavailable then log "lost"\n'
        "on intent=bye transfer queue q then set_disposition done\n"
    )
    sandbox.add_faults(
        Fault(kind="rate_limited", verb="hold", retry_after=0),
        Fault(kind="server_error", verb="unhold", when="after"),
    )
    await table.call.event(intent="x")
    await table.call.event(intent="bye")
    await table.call.close()
    await table.engine.aclose()
    written = lines(tmp_path / "journal")
    sent = {entry["key"] or entry["path"]: entry for entry in written if entry["kind"] == "sending"}
    receipts = {entry["key"] or entry["path"]: entry for entry in written if entry["kind"] == "receipt"}
    assert sent.keys() == receipts.keys()
    ledger = sandbox.ledger(table.call.call_id)
    assert {entry.idempotency_key for entry in ledger if entry.idempotency_key} <= sent.keys()
    assert sum(receipt["attempts"] for receipt in receipts.values()) == len(ledger)
    for entry in ledger:
        if entry.acted and entry.idempotency_key:
            receipt = receipts[entry.idempotency_key]
            assert receipt["status"] == "accepted" or receipt["may_have_acted"]
    assert [entry["kind"] for entry in written[:3]] == ["journal", "rules", "call"]
    assert verify(tmp_path / "journal") == ()
    told = list(story(tmp_path / "journal", table.call.call_id))
    assert any("transfer accepted" in line for line in told)
    assert "the call is over" in told[-1]


async def test_an_intent_is_on_record_before_the_verb_goes_out(
    seat: Any, sandbox: Any, tmp_path: Path, eventually: Any
) -> None:
    table = await seat("on intent=x hold\n")
    sandbox.add_faults(Fault(kind="slow", verb="hold", seconds=0.2))
    waiting = asyncio.create_task(table.call.event(intent="x"))
    await eventually(lambda: table.requests)
    kinds = [entry["kind"] for entry in lines(tmp_path / "journal")]
    assert kinds[-1] == "sending"
    await waiting


async def test_what_cannot_be_written_is_not_sent(seat: Any, tmp_path: Path, no_room: Any) -> None:
    table = await seat("on intent=x hold\non intent=y unhold\n")
    await table.call.event(intent="x")
    with no_room(tmp_path / "journal" / CURRENT):
        outcome = await table.call.event(intent="y")
        assert [str(step) for step in outcome.steps] == ["unhold refused because unavailable"]
        assert "File too large" in outcome.steps[0].receipt.message
        assert table.acted == ["hold"]
        assert any("File too large" in problem for problem in table.engine.health().problems)
    await table.call.event(intent="y")
    assert table.acted == ["hold", "unhold"]
    await table.engine.aclose()
    assert verify(tmp_path / "journal") == ()


async def test_only_one_process_writes(tmp_path: Path) -> None:
    journal = Journal(settings(tmp_path), SystemClock())
    with pytest.raises(JournalError, match="another engine"):
        Journal(settings(tmp_path), SystemClock())
    await journal.aclose()
    await Journal(settings(tmp_path), SystemClock()).aclose()


async def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    journal = Journal(settings(tmp_path / "j", journal_max_bytes=4096), SystemClock())
    for _ in range(40):
        journal.note("note", message="x" * 300)
        await journal.commit("note", message="x")
    await journal.aclose()
    files = list((tmp_path / "j").iterdir())
    assert len(files) > 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "j").stat().st_mode) == 0o700


async def test_it_grows_in_files_and_forgets_the_old_ones(tmp_path: Path) -> None:
    clock = ManualClock(datetime.now(UTC))
    journal = Journal(settings(tmp_path, journal_max_bytes=4096, journal_keep_days=3), clock)
    for _ in range(30):
        await journal.commit("note", message="x" * 500)
    assert len(journal_files(tmp_path)) > 3
    assert verify(tmp_path) == ()
    assert [entry.seq for entry in read_journal(tmp_path)] == list(
        range(1, 32 + len(journal_files(tmp_path)) - 1)
    )
    await clock.advance(4 * 86_400)
    for _ in range(10):
        await journal.commit("note", message="x" * 500)
    await journal.aclose()
    first = next(read_journal(tmp_path))
    assert first.seq > 25
    assert verify(tmp_path) == ()


@pytest.mark.parametrize("fsync", ["always", "interval", "never"])
async def test_every_way_of_syncing_writes(tmp_path: Path, fsync: str) -> None:
    journal = Journal(settings(tmp_path, journal_fsync=fsync), SystemClock())
    await asyncio.gather(*(journal.commit("note", number=number) for number in range(50)))
    await journal.aclose()
    assert [entry["number"] for entry in lines(tmp_path)[1:-1]] == list(range(50))


async def test_what_nobody_waits_for_is_written_all_the_same(tmp_path: Path, eventually: Any) -> None:
    journal = Journal(settings(tmp_path), SystemClock())

    def numbers() -> list[int]:
        return [entry.fields["number"] for entry in read_journal(tmp_path) if entry.kind == "note"]

    journal.note("note", number=1)
    journal.note("note", number=2)
    await eventually(lambda: numbers() == [1, 2])
    journal.note("note", number=3)
    await journal.commit("note", number=4)
    assert numbers() == [1, 2, 3, 4]
    await journal.aclose()
    assert verify(tmp_path) == ()


@given(st.lists(st.datetimes(timezones=st.just(UTC)), min_size=1, max_size=8), st.integers(0, 2_000_000))
@example([datetime.min.replace(tzinfo=UTC)], 0)
def test_a_line_says_when_it_was_written(moments: list[datetime], later: int) -> None:
    stamp = Stamp()
    for moment in moments:
        for now in (moment, moment.replace(microsecond=later % 1_000_000)):
            assert stamp.written(now) == now.isoformat(timespec="milliseconds")


async def test_a_changed_line_is_found(tmp_path: Path) -> None:
    journal = Journal(settings(tmp_path), SystemClock())
    for number in range(5):
        journal.note("note", number=number)
    await journal.aclose()
    path = tmp_path / CURRENT
    path.write_text(path.read_text().replace('"number":2', '"number":7'))
    assert [problem.message for problem in verify(tmp_path)] == ["the line before this one was changed"]


async def test_a_missing_line_and_a_torn_one_in_the_middle_are_found(tmp_path: Path) -> None:
    journal = Journal(settings(tmp_path), SystemClock())
    for number in range(6):
        journal.note("note", number=number)
    await journal.aclose()
    path = tmp_path / CURRENT
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join(rows[:2] + rows[3:5] + [rows[5][:20] + "\n"] + rows[6:]))
    messages = [problem.message for problem in verify(tmp_path)]
    assert any("follows" in message for message in messages)
    assert "this line can't be read" in messages


CHILD = """
import asyncio, sys
from pathlib import Path
from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Settings

async def main(base_url, folder, metadata):
    rules = RuleBook.from_text("on intent=x hold then unhold\\n")
    settings = Settings(base_url=base_url, journal=Path(folder), read_timeout=60, request_timeout=60)
    async with Engine(rules, settings=settings) as engine:
        call = engine.call_from(metadata)
        for number in range(10_000):
            await call.event(intent="x", event_id=f"m{number}")

asyncio.run(main(*sys.argv[1:]))
"""


async def test_kill_9_in_the_middle_leaves_a_journal_that_reconciles(
    sandbox: Any, seat: Any, tmp_path: Path, eventually: Any
) -> None:
    """The process dies while a verb is on the wire. What it had sent is unknown after the restart, and stays unsent."""
    opened = await sandbox.open_call()
    sandbox.add_faults(Fault(kind="slow", verb="hold", skip=2, seconds=30))
    folder = tmp_path / "journal"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, sandbox.base_url, str(folder), json.dumps(opened.metadata),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    try:
        await eventually(lambda: len(sandbox.ledger(opened.call_id)) >= 5 or child.returncode is not None)
    finally:
        child.kill()
        await child.wait()
    with (folder / CURRENT).open("ab") as file:
        file.write(b'{"seq":99,"prev":"x","at":"2026-')
    before = len(sandbox.ledger(opened.call_id))
    open_intents = [p for p in verify(folder) if p.message.startswith("nobody knows")]
    assert len(open_intents) == 1

    table = await seat("on intent=x hold then unhold\n", journal=folder)
    again = table.engine.call_from(opened.metadata)
    repeated = await again.event(intent="x", event_id="m0")
    assert repeated.status is EventStatus.REPEATED
    await table.engine.aclose()
    assert len(sandbox.ledger(opened.call_id)) == before
    assert verify(folder) == ()
    entries = list(read_journal(folder))
    sent = {entry.fields["key"] for entry in entries if entry.kind == "sending"}
    assert {entry.idempotency_key for entry in sandbox.ledger(opened.call_id)} == sent
    unknown = [entry for entry in entries if entry.kind == "receipt" and entry.fields["status"] == "unknown"]
    assert [entry.fields["verb"] for entry in unknown] == ["hold"]
    told = list(story(folder, opened.call_id))
    assert [
        line for line in told if line.endswith("again: the process before had stopped in the middle of m2")
    ]
    assert any("hold unknown" in line for line in told)


async def test_what_the_caller_said_is_masked(seat: Any, tmp_path: Path) -> None:
    table = await seat(
        'on said contains "refund" set_disposition REFUND note "{said}" \n'
        'on dtmf=4 when lead.name is known log "pressed {dtmf}, card {lead.card}"\n',
        mask=("lead.phone",),
        open_call={"lead": {"name": "Asha", "phone": "+919812345678", "card": CARD}},
    )
    await table.call.event(said="I want a refund, my secret is swordfish", source=Source.CALLER)
    table.call.frame({"event": "dtmf", "dtmf": "4"})
    await table.call.event("nothing")
    await table.call.close()
    await table.engine.aclose()
    written = (tmp_path / "journal" / CURRENT).read_text()
    for secret in ("swordfish", "+919812345678", "4111", '"dtmf":"4"', "pressed 4"):
        assert secret not in written, secret
    decided = [entry for entry in lines(tmp_path / "journal") if entry["kind"] == "decided"]
    assert re.fullmatch(r"masked:[0-9a-f]{16}", decided[0]["keys"]["said"])
    assert decided[0]["rules"][0]["outcome"] == "fired"
    notes = table.sandbox.ledger(table.call.call_id)[0].body["notes"]
    assert "swordfish" in notes, "the platform gets what the rules say"


async def test_a_plan_that_is_written_once_is_masked_where_it_has_to_be(seat: Any, tmp_path: Path) -> None:
    table = await seat('rule wish\n  on intent=x\n  set_lead_field wish to "tulips"\nend\n')
    for said in ("roses", "tulips", "roses"):
        await table.call.event(intent="x", said=said)
    await table.call.close()
    await table.engine.aclose()
    plans = [entry["plan"] for entry in lines(tmp_path / "journal") if entry["kind"] == "decided"][:3]
    bodies = [plan[0]["steps"][0]["body"]["value"] for plan in plans]
    assert bodies[0] == bodies[2] == "tulips"
    assert bodies[1].startswith("masked:")


def test_equal_stays_equal() -> None:
    masker, other = Masker(b"k"), Masker(b"other")
    assert masker.digest("Yes") == masker.digest("yes") != masker.digest("no")
    assert masker.digest("yes") != other.digest("yes")
    assert masker.digest(4) == masker.digest("4")


@given(st.text("0123456789", min_size=12, max_size=18), st.sampled_from(["", " ", "-"]))
def test_card_numbers_are_masked_wherever_they_stand(digits: str, between: str) -> None:
    check = next(str(n) for n in range(10) if passes_luhn(digits + str(n)))
    number = digits + check
    shown = between.join(number[at : at + 4] for at in range(0, len(number), 4))
    cover = Masker(b"k").over({}, {})
    masked = cover.any({"a": [f"it is {shown}, thanks"], "b": int("9" + number[1:]) and shown})
    assert shown not in str(masked)
    assert number not in str(masked)


@given(st.text(min_size=1, max_size=30), st.text(max_size=20), st.text(max_size=20))
def test_a_callers_words_are_found_in_any_text(said: str, left: str, right: str) -> None:
    cover = Masker(b"k").over({"said": said}, {"said": Source.CALLER})
    if len(said) >= 4:
        masked = cover.text(f"{left}{said}{right}")
        assert said not in masked or said in f"{left}{right}" or said in "masked:0123456789abcdef"
    assert str(cover.fact("said", said)).startswith("masked:")


@given(st.text(st.characters(exclude_categories=()), max_size=30), st.text(max_size=10))
def test_searching_first_masks_as_much_as_walking(said: str, other: str) -> None:
    cover = Masker(b"k").over({"said": said}, {"said": Source.CALLER})
    value = {"a": [f"x {said} y", other], "b": {"c": said}, "d": CARD}
    assert json.loads(cover.json(value)) == json.loads(as_json(cover.any(value)))


async def test_a_key_that_was_pressed_hides_no_step_of_the_plan(seat: Any, tmp_path: Path) -> None:
    """Where everybody can tell what stood there, a digest would give the digit away."""
    table = await seat(
        'rule wait\n  on dtmf=1 or said is "play_audio"\n  say "Hm."\n  log "pressed {dtmf}"\nend\n'
    )
    await table.call.event(dtmf="1", source=Source.CALLER)
    await table.call.event(said="play_audio", source=Source.CALLER)
    await table.engine.aclose()
    decided = [entry for entry in lines(tmp_path / "journal") if entry["kind"] == "decided"]
    assert [step["path"] for step in decided[0]["plan"][0]["steps"]] == ["1", "2"]
    assert [step["verb"] for step in decided[1]["plan"][0]["steps"]] == ["play_audio", "log"]
    assert "masked:" in decided[0]["plan"][0]["steps"][1]["body"]["metadata"]["message"]


def as_left_behind(journal: Path, copy: Path) -> Path:
    """The journal as a process that is killed now would leave it."""
    copy.mkdir()
    for path in journal.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    return copy


async def test_after_a_restart_an_ending_asks_first_where_one_may_have_acted(
    seat: Any, sandbox: Any, tmp_path: Path
) -> None:
    rules = "on intent=sales transfer queue q\non intent=bye hangup\n"
    table = await seat(rules)
    sandbox.add_faults(Fault(kind="timeout", verb="transfer"))
    await table.call.event(intent="sales")
    folder = as_left_behind(tmp_path / "journal", tmp_path / "second")
    again = await seat(rules, journal=folder)
    taken_over = again.engine.call_from(table.opened.metadata)
    await taken_over.event(intent="bye")
    await again.engine.aclose()
    seen = [entry.verb for entry in sandbox.ledger(table.call.call_id)]
    assert seen == ["transfer", "get_call_state", "hangup"]


async def test_an_ending_that_was_on_the_wire_when_the_process_died_may_have_acted(
    seat: Any, sandbox: Any, tmp_path: Path, eventually: Any
) -> None:
    rules = "on intent=sales transfer queue q\non intent=bye hangup\n"
    table = await seat(rules)
    sandbox.add_faults(
        Fault(kind="slow", verb="transfer", seconds=0.3), Fault(kind="server_error", verb="get_call_state")
    )
    waiting = asyncio.create_task(table.call.event(intent="sales"))
    await eventually(lambda: table.requests)
    folder = as_left_behind(tmp_path / "journal", tmp_path / "second")
    again = await seat(rules, journal=folder)
    outcome = await again.engine.call_from(table.opened.metadata).event(intent="bye")
    assert [str(step) for step in outcome.steps][-1] == "hangup refused because timeout"
    await waiting
    assert [entry.verb for entry in sandbox.ledger(table.call.call_id)] == ["transfer", "get_call_state"]


async def test_what_was_decided_is_remembered_through_many_restarts(seat: Any, tmp_path: Path) -> None:
    table = await seat("on intent=x hold\n")
    await table.call.event(intent="x", event_id="m1")
    folder = as_left_behind(tmp_path / "journal", tmp_path / "second")
    for _ in range(2):
        idle = await seat("on intent=x hold\n", journal=folder)
        await idle.engine.aclose()
    last = await seat("on intent=x hold\n", journal=folder)
    outcome = await last.engine.call_from(table.opened.metadata).event(intent="x", event_id="m1")
    assert outcome.status is EventStatus.REPEATED
    assert table.acted == ["hold"]


async def test_a_call_that_never_came_back_is_forgotten_after_a_day(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    step = {"call": "c1", "session": "s", "event": "m1"}
    journal = Journal(settings(tmp_path), clock)
    journal.note("decided", **step)
    await journal.aclose()
    for hours, left in ((23, {"c1"}), (2, set())):
        await clock.advance(hours * 3600)
        journal = Journal(settings(tmp_path), clock)
        assert set(journal.left) == left
        await journal.aclose()


async def test_a_log_that_is_closed_too_stops_nothing(tmp_path: Path, no_room: Any) -> None:
    gone = tmp_path.joinpath("gone").open("w")
    gone.close()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(gone))
    try:
        journal = Journal(settings(tmp_path / "j"), SystemClock())
        await journal.commit("note", message="it writes")
        with no_room(tmp_path / "j" / CURRENT), pytest.raises(JournalError, match="File too large"):
            await asyncio.wait_for(journal.commit("note", message="it can't"), 45)
        await asyncio.wait_for(journal.commit("note", message="it writes again"), 45)
        await journal.aclose()
    finally:
        structlog.reset_defaults()
