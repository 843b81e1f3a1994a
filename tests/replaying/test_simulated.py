"""Calls of simulated chaos runs, in which anything comes at any moment and processes die: replayed from their journals by
the rules of their time they are handled as they were.

`REPLAY_WORLDS` says how many worlds, `REPLAY_SEED` of which seed.
"""

import os
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flowrules.chaos.simulated.play import REPLAYED, Run, play, rule_set
from flowrules.chaos.simulated.story import EDITIONS
from flowrules.compiler.ruleset import RuleSet
from flowrules.recordings.call import RecordedCall
from flowrules.recordings.journal_lines import read_entries
from flowrules.replaying.judge import Judge
from flowrules.replaying.play import as_recorded
from flowrules.replaying.run import calls_of
from tests.replaying.test_live import entries
from tests.replaying.test_trust import first_difference, replayed, with_masks_of

WORLDS = int(os.environ.get("REPLAY_WORLDS", "15"))
SEED = int(os.environ.get("REPLAY_SEED") or 3)


class Editions:
    """The rules of a world, by their revisions."""

    def __init__(self, number: int) -> None:
        self.all = [rule_set(SEED, number, edition) for edition in range(EDITIONS)]

    def of(self, revision: str) -> RuleSet:
        return next(one for one in self.all if one.revision == revision)


def test_simulated_calls_are_replayed_as_they_were(tmp_path: Path) -> None:
    counted, lacking, differ = Counter[str](), Counter[str](), list[Any]()
    for number in range(0, WORLDS * REPLAYED, REPLAYED):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(b"".join(line + b"\n" for line in play(Run(SEED), number).lines))
        for _, entry in read_entries(path):
            for told in () if entry is None else entry.fields.get("inputs", ()):
                if told["input"] in ("about_to_send", "answered", "continued"):
                    counted["inputs that something was wanted for"] += 1
                    lacking[told["input"]] += "since" not in told
                counted["inputs that an alarm should have rung before"] += "overdue" in told
        editions = Editions(number)
        for call in calls_of(path, ZoneInfo("UTC")):
            if not isinstance(call, RecordedCall):
                counted[call.reason] += 1
                continue
            judge = Judge(editions.of(call.revisions[0]))
            judge.judge(call)
            if judge.answer.unplayed:
                counted["a rule asks for what is masked"] += 1
                continue
            recorded, again = as_recorded(call), replayed(call, editions)
            assert recorded is not None
            again = with_masks_of(recorded, again)
            counted["calls"] += 1
            if entries(recorded.handled) != entries(again.handled):
                differ.append((call.origin, *first_difference(recorded, again)))
    print(dict(counted), dict(lacking))
    assert differ == []
    assert lacking.total() == 0
    assert counted["calls"] >= WORLDS
