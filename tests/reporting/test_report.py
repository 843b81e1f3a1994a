"""What a report counts, held against journals whose calls are known."""

import json
import math
import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import flowrules
from flowrules.cli import application
from flowrules.reporting import report
from flowrules.reporting.durations import Durations
from flowrules.reporting.model import Numbers
from flowrules.reporting.reading import Reading
from flowrules.reporting.stretches import Times
from flowrules.runtime.errors import RulesRefused
from flowrules.runtime.journal.chain import Chain
from flowrules.runtime.journal.checking import Checker
from flowrules.runtime.journal.folders import journals_in
from flowrules.runtime.journal.masking import as_json
from flowrules.runtime.journal.reader import Line, entry_of, journal_files, read_lines
from tests.reporting.sample import FIRST, write

JOURNALS = Path(__file__).parents[1] / "runtime" / "journals"


def run(*words: object) -> Result:
    return CliRunner().invoke(
        application(str(words[0])), [str(word) for word in words], prog_name="flowrules"
    )


async def test_calls_whose_numbers_are_known(tmp_path: Path) -> None:
    made = report(await write(tmp_path))
    assert made.totals == Numbers(calls=6, events=18, unmatched=9, verbs=0, failed=0)
    assert made.problems == ()
    assert made.open == 0
    assert made.zone == "Asia/Kolkata"
    assert made.ended == (("transfer ended the AI's session", 5), ("the WebSocket has closed", 1))
    assert made.sources == (("host", 12), ("platform", 6)), "each call ends with an event of its own"
    used = [(one.rule.label, one.fired, one.calls, one.share) for one in made.rules]
    assert used == [("Sales", 5, 5, 5 / 18), ("on intent=x hold then unhold", 4, 4, 4 / 18)]
    assert [one.label for one in made.known.never] == ["Never", "on intent=y hold then unhold"]
    assert [(one.fact, one.rule.label, one.times) for one in made.unknown_facts] == [("lead.vip", "Sales", 1)]
    fates = {(one.verb, one.status): one.times for one in made.verbs}
    assert fates == {
        ("hold", "withheld"): 4,
        ("unhold", "withheld"): 4,
        ("play_audio", "withheld"): 5,
        ("transfer", "withheld"): 5,
    }
    assert [(one.rule.label, one.times, one.seconds) for one in made.waits] == [
        ("Sales", 5, 3 * 2.0 + 2 * 1.0)
    ]
    reached = {one.rule.label: (one.reached, one.missing) for one in made.known.coverage}
    assert reached["Sales"] == (("fired", "condition unknown"), ())
    assert reached["Never"] == ((), ("fired",))
    assert sum(period.numbers.events for period in made.periods) == 18


async def test_what_edits_changed(tmp_path: Path) -> None:
    refused, live = report(await write(tmp_path)).edits
    assert (refused.status, refused.changed, refused.after) == ("refused", None, None)
    assert "hodl" in refused.message
    assert live.status == "live"
    assert live.changed is not None
    assert ("2 seconds", "1 second") in {(one.was[-9:], one.now[-8:]) for one in live.changed} or any(
        "2 seconds" in one.was and "1 second" in one.now for one in live.changed
    )
    assert live.before == Numbers(calls=4, events=12, unmatched=5)
    assert live.after == Numbers(calls=2, events=6, unmatched=4)
    assert [(one.label, round(one.before), round(one.after)) for one in live.rules] == [
        ("on intent=x hold then unhold", 333, 0),
        ("Sales", 250, 333),
    ]


async def test_journals_of_several_workers_are_one(tmp_path: Path) -> None:
    one = report(await write(tmp_path))
    folder = await write(tmp_path, workers=3)
    assert all(len(journal_files(own)) > 1 for own in journals_in(folder)), "their files are small"
    made = report(folder)
    assert made.problems == ()
    for name in ("totals", "open", "zone", "ended", "sources", "statuses", "rules", "known", "unknown_facts"):
        assert getattr(made, name) == getattr(one, name), name
    assert (made.verbs, made.waits) == (one.verbs, one.waits)
    told = [
        [
            (edit.status, edit.revision, edit.was, edit.changed, edit.before, edit.after, edit.rules)
            for edit in of.edits
        ]
        for of in (made, one)
    ]
    assert told[0] == told[1], "an edit is told once, whichever workers tell of it"
    shown = run("report", folder, "--json")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout) == json.loads(json.dumps(made.as_json()))


async def test_a_worker_that_begins_anew_leaves_the_calls_of_others_open(tmp_path: Path) -> None:
    folder = await write(tmp_path, workers=2)
    entries = [line.entry for line in read_lines(journals_in(folder)[1]) if line.entry is not None]
    begins = next(entry for entry in entries if entry.kind == "journal")
    call = next(entry for entry in entries if entry.kind == "call")
    reading = Reading()
    reading.take(call, 0)
    reading.take(call, 1)
    reading.take(begins, 1)
    assert reading.open == 1


@pytest.mark.parametrize("kept", sorted(JOURNALS.iterdir()), ids=lambda path: path.name)
def test_journals_of_every_format(kept: Path) -> None:
    made = report(kept)
    assert made.problems == ()
    assert (made.totals.calls, made.totals.verbs, made.totals.failed) == (2, 7, 1)
    assert made.answers.times == sum(bar.times for bar in made.answer_bars) == 7
    assert sum(one.took.times for one in made.slowest) == 7
    assert {(one.verb, one.status) for one in made.verbs} >= {("unhold", "accepted"), ("hold", "accepted")}
    assert made.until_decided.times == (8 if "before" not in kept.name else 0)
    assert bool(made.known.why_not) is (kept.name == "1-before-checkpoints")


async def test_other_rules_can_be_asked_about(tmp_path: Path) -> None:
    folder = await write(tmp_path)
    other = tmp_path / "other.rules"
    other.write_text(FIRST)
    assert [one.label for one in flowrules.report(folder, rules=other).known.never] == ["Never"]
    other.write_text("on intent=x hodl\n")
    with pytest.raises(RulesRefused):
        flowrules.report(folder, rules=other)


async def test_the_command_writes_a_page_or_data(tmp_path: Path) -> None:
    folder = await write(tmp_path)
    shown = run("report", folder, "--json")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout) == json.loads(json.dumps(report(folder).as_json()))
    page = tmp_path / "report.html"
    assert run("report", folder, "-o", page).exit_code == 0
    assert "<script" not in page.read_text()
    for words in ((folder,), (tmp_path / "none", "--json"), (folder, "-o", tmp_path / "none" / "page.html")):
        shown = run("report", *words)
        assert shown.exit_code == 2
        assert shown.stderr.count("\n") == 1


@pytest.mark.not_replayed
async def test_what_does_not_fit_is_told(tmp_path: Path) -> None:
    folder = await write(tmp_path)
    path = folder / "journal.jsonl"
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join(rows[:4] + rows[5:]))
    assert report(folder).problems == (f"{path}:5: line 6 follows line 4",)
    assert run("report", folder, "--json").exit_code == 1


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.floats(0.001, 100_000), min_size=1, max_size=30))
def test_durations_are_right_to_a_fortieth(seconds: list[float]) -> None:
    counted = Durations()
    for one in seconds:
        counted.add(one)
    spread, ordered = counted.spread(), sorted(seconds)
    assert spread.times == len(seconds) == sum(bar.times for bar in counted.bars())
    assert spread.longest == round(ordered[-1], 3)
    for told, share in ((spread.median, 0.5), (spread.p95, 0.95)):
        true = ordered[math.ceil(share * len(ordered)) - 1]
        assert abs(told - true) <= true / 40 + 0.001


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.datetimes(datetime(2026, 3, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(["Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "America/St_Johns"]),
)
def test_periods_are_hours_or_days_of_the_zone(moments: list[datetime], name: str) -> None:
    times, zone = Times(), ZoneInfo(name)
    for moment in moments:
        times.of(moment.isoformat(timespec="milliseconds")).events += 1
    hourly, periods = times.periods(zone)
    begins = [datetime.fromisoformat(one.begins) for one in periods]
    assert begins == sorted(begins)
    assert hourly is (max(moments) - min(moments) < timedelta(days=7, minutes=15)) or len(moments) > 1
    counted = {one.begins: one.numbers.events for one in periods if one.numbers.events}
    wanted: dict[str, int] = {}
    for moment in moments:
        local = moment.astimezone(zone)
        begin = local.replace(minute=0, second=0, microsecond=0)
        if not hourly:
            begin = begin.replace(hour=0, fold=0)
        told = begin.isoformat(timespec="minutes")
        wanted[told] = wanted.get(told, 0) + 1
    assert counted == wanted


def test_memory_does_not_grow_with_the_journal(tmp_path: Path) -> None:
    """What is kept of the lines that were read is as large after two thousand calls as after two hundred."""
    reading, checker = Reading(), Checker(tmp_path)
    chain, now = Chain(0, ""), datetime(2026, 3, 2, 9, tzinfo=UTC)
    sizes = []
    for number in range(2_000):
        of = as_json({"call": f"c{number}", "session": now.isoformat()})
        step = as_json({"event": "e1", "rule": "r", "path": "1", "verb": "hold", "key": None})
        came = b'{"inputs":[{"input":"reported","us":5,"ticket":1,"event":"","source":"host","keys":{}}]}'
        for kind, said in (
            ("call", b'{"mode":"live","revision":"r","facts":{}}'),
            ("decided", b'{"event":"#1","revision":"r","rules":[],"keys":{},"plan":[],"notes":[]}'),
            ("sending", step),
            ("receipt", step[:-1] + b',"status":"accepted","reason":null}'),
            ("ended", b'{"why":"over"}'),
        ):
            line = Line(
                tmp_path, 1, entry_of(chain.line(kind, now, [of, said, came if kind == "call" else b""]))
            )
            assert list(checker.take(line)) == []
            assert line.entry is not None
            reading.take(line.entry)
        if number in (199, 1_999):
            sizes.append(len(pickle.dumps((reading, checker))))
    assert reading.totals.verbs == reading.until_decided.times == 2_000
    assert sizes[1] < sizes[0] + 200
