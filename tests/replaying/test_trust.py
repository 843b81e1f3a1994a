"""Calls of a live engine that met faults, edits of its rules and a kill, replayed from its journal by the rules of their
time: all that can be replayed is handled as it was, entry by entry, and the rest is counted by its reason.

`REPLAY_CHAOS_CALLS` says how many calls, `REPLAY_CHAOS_SEEDS` by which seeds (`1,2,3`).
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flowrules.call.inputs import Learned, Reported, RulesChanged
from flowrules.call.receipt import Reason, not_sent
from flowrules.chaos.run import chaos
from flowrules.chaos.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Source, make_event
from flowrules.recordings.call import NotReplayed, RecordedCall, Sent
from flowrules.recordings.pace import Beat, Pace
from flowrules.replaying.judge import Judge
from flowrules.replaying.outcomes import NOTHING_FAILS
from flowrules.replaying.play import Played, Player, as_recorded, known_part, replay_call
from flowrules.replaying.run import calls_of
from flowrules.runtime.journal.replaying.comparing import alike, holds_mask
from flowrules.runtime.journal.replaying.revisions import read_rules
from tests.replaying.calls import START, rules
from tests.replaying.test_live import entries

CALLS = int(os.environ.get("REPLAY_CHAOS_CALLS", "30"))
SEEDS = [int(seed) for seed in os.environ.get("REPLAY_CHAOS_SEEDS", "7").split(",")]


class Revisions:
    """The rules that stand beside a journal."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._made: dict[str, RuleSet] = {}

    def of(self, revision: str) -> RuleSet:
        if revision not in self._made:
            self._made[revision] = read_rules(self._journal, revision, "agent")
        return self._made[revision]


def replayed(call: RecordedCall, revisions: Revisions) -> Played:
    """The call by the rules that were live in it, each from when it was."""
    player = Player(revisions.of(call.revisions[0]), call, NOTHING_FAILS)
    for beat, received in steps(call, revisions):
        player.pass_until(beat.at, beat.place)
        player.feed(received, beat.at)
    played = player.end(call.until)
    assert not played.bugs
    return played if call.known_until is None else known_part(call, played, player.settled)


def steps(call: RecordedCall, revisions: Revisions) -> list[tuple[Beat, object]]:
    happened = [
        (Beat(at, place), received)
        for (at, received), place in zip(call.inputs, call.pace.places, strict=True)
    ]
    edits = [(beat, RulesChanged(revisions.of(revision))) for beat, revision in call.pace.edits]
    return sorted([*happened, *edits], key=lambda one: one[0].place)


@pytest.mark.timeout(300 * len(SEEDS))
@pytest.mark.parametrize("seed", SEEDS)
async def test_what_faults_kills_and_edits_left_is_replayed_as_it_was(tmp_path: Path, seed: int) -> None:
    setup = Setup.drawn(seed, CALLS)
    result = await chaos(setup, tmp_path, kill=True)
    assert result.sound
    journal = tmp_path / "journal"
    counted: Counter[str] = Counter()
    differ: list[str] = []
    revisions = Revisions(journal)
    for call in calls_of(journal, ZoneInfo("UTC")):
        if isinstance(call, NotReplayed):
            counted[call.reason] += 1
            continue
        judge = Judge(revisions.of(call.revisions[0]))
        judge.judge(call)
        (reason,) = judge.answer.unplayed or [""]
        if reason:
            counted[reason.partition(":")[0]] += 1
            continue
        recorded, again = as_recorded(call), replayed(call, revisions)
        assert recorded is not None
        again = with_masks_of(recorded, again)
        counted["equal, cut off" if call.known_until else "equal"] += 1
        counted["entries"] += len(recorded.handled)
        counted["edited in mid-call"] += len(call.revisions) > 1
        if entries(recorded.handled) != entries(again.handled):
            differ.append(f"{call.origin}: {list(first_difference(recorded, again))}")
        if len(call.revisions) == 1:
            # The public way says the same: nothing changes.
            assert (judge.answer.calls, judge.answer.changed_calls) == (1, 0), call.origin
            assert judge.answer.past_end == (call.known_until is not None)
    print(dict(counted))
    assert differ == []
    assert counted["equal"] > CALLS / 3
    assert counted["equal, cut off"] > 0
    sessions = sum(path.read_bytes().count(b'"kind":"call"') for path in journal.glob("journal*.jsonl"))
    told = {"equal", "equal, cut off", "a rule asks for what the recording hides"}
    assert sum(counted[one] for one in told) == sessions
    assert set(counted) <= told | {
        "entries",
        "edited in mid-call",
        "it stands beside a journal, and is no part of it",
    }


def with_masks_of(recorded: Played, again: Played) -> Played:
    """The replay, with the masks of the record in bodies that say the same apart from these."""

    def masked(mine: Sent, other: Sent | None) -> Sent:
        if other is None or other.body is None or mine.body is None or not holds_mask(other.body):
            return mine
        return mine._replace(body=other.body) if alike(dict(other.body), dict(mine.body)) else mine

    handled = [
        mine._replace(
            verbs=tuple(
                masked(*pair)
                for pair in zip_longest(mine.verbs, other.verbs[: len(mine.verbs)] if other else ())
            )
        )
        for mine, other in zip_longest(again.handled, recorded.handled[: len(again.handled)])
    ]
    return replace(again, handled=tuple(handled))


def first_difference(recorded: Played, again: Played) -> Iterator[object]:
    mine, theirs = entries(recorded.handled), entries(again.handled)
    for one, other in zip([*mine, None], [*theirs, None], strict=False):
        if one != other:
            yield one
            yield other
            return


LATE = """
on intent=sales log "sales"
after 10 seconds log "ten"
"""


@pytest.mark.parametrize(("event_first", "order"), [(True, ["#1", "@call"]), (False, ["@call", "#1"])])
def test_what_comes_at_the_same_microsecond_comes_in_the_order_on_record(
    event_first: bool, order: list[str]
) -> None:
    due = START + timedelta(seconds=10)
    event = Reported(1, make_event(facts={"intent": "sales"}))
    pace = Pace(places=(0 if event_first else 1,), woken={due: [Beat(due, 1 if event_first else 0)]})
    call = RecordedCall("c1", START, {}, ((due, event),), due + timedelta(seconds=1), pace=pace)
    played = replay_call(rules(LATE), call)
    assert [one.event_id.partition("/")[0] for one in played.handled] == order


def test_an_alarm_that_rang_late_lets_an_event_go_first() -> None:
    due = START + timedelta(seconds=10)
    late = due + timedelta(milliseconds=4)
    event = Reported(1, make_event(facts={"intent": "sales"}))
    call = RecordedCall("c1", START, {}, ((late, event),), late + timedelta(seconds=1))
    ahead = replay_call(rules(LATE), call)
    behind = replay_call(rules(LATE), call._replace(pace=Pace((0,), overdue={due: Beat(late, 0)})))
    assert [one.event_id.partition("/")[0] for one in ahead.handled] == ["@call", "#1"]
    assert [one.event_id.partition("/")[0] for one in behind.handled] == ["#1", "@call"]


def test_a_journal_that_lacks_how_the_call_kept_up_is_read(tmp_path: Path) -> None:
    journals = Path(__file__).parents[1] / "runtime" / "journals" / "2"
    lines = (journals / "journal.jsonl").read_text().splitlines()
    assert not any("since" in one for line in lines for one in json.loads(line).get("inputs", ()))
    calls = [call for call in calls_of(journals, ZoneInfo("UTC")) if isinstance(call, RecordedCall)]
    revisions = Revisions(journals)
    assert len(calls) == 2
    for call in calls:
        recorded = as_recorded(call)
        assert recorded is not None
        assert call.pace.places
        again = replayed(call, revisions)
        assert len(entries(again.handled)) == len(entries(recorded.handled))


RAIL = """
never transfer when paying is yes
on intent=sales transfer queue sales
"""


@pytest.mark.parametrize(
    ("text", "status"), [(RAIL, "refused"), (RAIL.replace("never", "# never"), "accepted")]
)
def test_what_a_guard_rail_held_back_in_the_last_moment_goes_out_without_it(text: str, status: str) -> None:
    began = START + timedelta(seconds=5)
    facts = {"event": "transfer", "destination_type": "agent_queue", "destination": "sales"}
    held = Sent(
        "transfer",
        not_sent(Reason.FORBIDDEN, "forbidden"),
        "#1",
        body=facts,
        took=timedelta(seconds=2),
        asked=((timedelta(seconds=1), 2),),
        place=3,
        held_back=True,
    )
    call = RecordedCall(
        "c1",
        START,
        {},
        (
            (began, Reported(1, make_event(facts={"intent": "sales"}))),
            (began + timedelta(milliseconds=500), Learned({"paying": True}, Source.HOST)),
        ),
        began + timedelta(seconds=9),
        (held,),
        pace=Pace(places=(0, 1)),
    )
    (one,) = (one for one in replay_call(rules(text), call).handled if one.verbs)
    (sent,) = one.verbs
    assert sent.receipt.status == status
    assert (sent.left is None) == (status == "refused")
