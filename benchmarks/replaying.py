"""Replaying a recording under two rule sets: events a second of a processor, from Parquet and from JSON lines, beside
today's peers on the same events.

Each way runs in a process of its own, in turn, and tells its processor time and its peak of memory:

    python -m benchmarks.replaying WAY FOLDER [TREE]
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.results import Results, Spread, Table, Target

ROOT = Path(__file__).parents[1]
BEFORE = "225952f"
"""The last build whose `diff --recording` asked about one event at a time."""
CALL = 10
"""Events of a call."""
LIVE = 200
"""Calls of which a journal is written; a longer one holds them again and again."""
INTENTS = 60
LANGUAGES = ("hi", "en", "ta", "mr")
CAMPAIGNS = tuple(f"campaign_{number}" for number in range(20))
START = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
WAYS = {
    "parquet": "flowrules, Parquet",
    "jsonl": "flowrules, JSON lines",
    "journal": "flowrules, the journal of an engine",
    "two": "flowrules, Parquet, two processes",
    "before": "flowrules before: diff --recording, JSON lines",
    "zen": "zen-engine, a decision table (no state, one rule set), Parquet",
    "polars": "Polars, an expression for three of the rules (no state, one rule set), Parquet",
}


def rules(threshold: int) -> str:
    """A policy: each intent has a rule, half of them with a guard; two count."""
    lines = []
    for number in range(INTENTS):
        match number % 4:
            case 0:
                lines.append(
                    f"on intent=i{number} when balance is at least {threshold} set_disposition d{number}"
                )
            case 1:
                lines.append(f"on intent=i{number} when lead.language is hi set_lead_field want to w{number}")
            case 2 if number < 8:
                lines.append(f"on intent=i{number} 2 times set_lead_field again to w{number}")
            case _:
                lines.append(f"on intent=i{number} set_disposition d{number}")
    return "\n".join([*lines, "on intent=human transfer queue people", ""])


def rows(calls: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(20)
    intents = [f"i{number}" for number in range(INTENTS)]
    weights = [1 / (number + 1) for number in range(INTENTS)]
    for call in range(calls):
        at = START + timedelta(seconds=call)
        lead = {"lead.language": chance.choice(LANGUAGES), "lead.campaign": chance.choice(CAMPAIGNS)}
        for number in range(CALL):
            at += timedelta(seconds=chance.randrange(1, 20))
            intent = (
                chance.choices(intents, weights)[0] if number < CALL - 1 else chance.choice(["human", "i3"])
            )
            yield {
                "call_id": f"call-{call:08d}",
                "at": at,
                "intent": intent,
                "balance": chance.randrange(1000),
                **lead,
            }


def write(folder: Path, calls: int, *, lines: bool = True) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    with (folder / "calls.jsonl").open("w") as file:
        made = rows(calls)
        while batch := [row for _, row in zip(range(50_000), made, strict=False)]:
            table = pa.Table.from_pylist(batch)
            writer = writer or pq.ParquetWriter(folder / "calls.parquet", table.schema)
            writer.write_table(table)
            if lines:
                for row in batch:
                    file.write(json.dumps({**row, "at": row["at"].isoformat()}) + "\n")
    assert writer is not None
    writer.close()


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool) -> Results:
    from benchmarks.journal_of_calls import write_journal  # What is measured runs without an engine.

    events = sizes[0] if sizes else (20_000 if quick else 1_000_000)
    rounds = min(rounds, 3)
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as name, _before() as tree:
        folder = Path(name)
        write(folder, events // CALL)
        live = min(LIVE, events // CALL)
        of_calls = (list(one) for _, one in groupby(rows(live), key=itemgetter("call_id")))
        write_journal(folder, rules(500), of_calls, events // CALL // live)
        for _ in range(rounds):
            for way in WAYS:
                if way != "before" or tree is not None:
                    found[way].append(_measured(way, folder, tree))
    table = Table(
        f"Events a second of a processor, and the peak of memory of a process; {events:,} events",
        ("events/s of a processor", "peak, MB"),
        {
            WAYS[way]: (
                Spread.of([one["events"] / one["cpu"] for one in measured]),
                Spread.of([one["peak"] for one in measured]),
            )
            for way, measured in found.items()
            if measured
        },
        "flowrules plays two rule sets over whole calls, with their memory, counters and ends, and compares what they "
        "do, in a journal with the outcomes on record; the peers ask one rule set about each row by itself.",
    )
    rate = {
        way: median(one["events"] / one["cpu"] for one in measured)
        for way, measured in found.items()
        if measured
    }
    targets = [
        Target("events a second of a processor from Parquet", 60_000, rate["parquet"], at_least=True, unit="/s"),
        Target("events a second of a processor from JSON lines", 20_000, rate["jsonl"], at_least=True, unit="/s"),
        Target("events a second of a processor from a journal", 20_000, rate["journal"], at_least=True, unit="/s"),
        Target(
            "two processes against one, by the processor time of both",
            1.8, 2 * rate["two"] / rate["parquet"], at_least=True,
        ),
    ]  # fmt: skip
    peak = max(one["peak"] for one in found["two"])
    targets.append(Target("peak of memory of a process, two processes", 400, peak, unit="MB"))
    if "before" in rate:
        targets.append(
            Target("against the build before, JSON lines", 12, rate["jsonl"] / rate["before"], at_least=True)
        )
    return Results("replaying", (table,), tuple(targets))


def _before() -> Any:
    from benchmarks import peer

    return peer.peers_tree(BEFORE)


def _measured(way: str, folder: Path, tree: Path | None) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.replaying", way, str(folder), *([str(tree)] if tree else [])]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2000:])
    told: dict[str, float] = json.loads(ran.stdout)
    return told


# --- in a process of its own ---------------------------------------------------------------------------------


def _replay(path: Path, processes: int) -> int:
    from flowrules.compiler.loading.load import load_rules
    from flowrules.recordings.layout import Layout
    from flowrules.recordings.recording import open_recording
    from flowrules.replaying.running.run import Where, events_in, replay_pieces
    from flowrules.source import source_from_text

    old, new = (load_rules([source_from_text(rules(one), "a.rules")]).ruleset for one in (500, 600))
    assert old is not None
    assert new is not None
    answer = replay_pieces(open_recording(path, Layout()), new, old, where=Where(processes))
    assert answer.changed_calls
    return events_in(answer)


def _diff_before(folder: Path, tree: str) -> int:
    sys.path.insert(0, tree)
    from flowrules.compiler.load import load_rules  # type: ignore[import-not-found,unused-ignore]
    from flowrules.scenarios.recording import read_recording, replay  # type: ignore[import-not-found,unused-ignore]

    from flowrules.source import source_from_text

    old, new = (load_rules([source_from_text(rules(one), "a.rules")]).ruleset for one in (500, 600))
    assert new is not None

    def as_it_wanted() -> Iterator[str]:
        with (folder / "calls.jsonl").open() as lines:
            for number, line in enumerate(lines):
                if number == 20_000:
                    return
                row = json.loads(line)
                event = {"intent": row["intent"], "balance": row["balance"]}
                known = {name: value for name, value in row.items() if name.startswith("lead.")}
                yield json.dumps({"event": event, "known": known, "at": row["at"]})

    return int(replay(old, new, read_recording(as_it_wanted(), new.zone)).events)


def _zen(folder: Path) -> int:
    import pyarrow.parquet as pq
    import zen

    from benchmarks.subjects.zen_engine import graph_of

    fields = ("intent", "balance", "language")
    table = [
        {"_id": str(number), "rule": str(number), "intent": f'"i{number}"',
         "language": '"hi"' if number % 4 == 1 else "", "balance": ">= 500" if number % 4 == 0 else ""}
        for number in range(INTENTS)
    ]  # fmt: skip
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"table": graph_of(table, fields)}}})
    count = 0
    for batch in pq.ParquetFile(folder / "calls.parquet").iter_batches(
        8192, columns=["intent", "balance", "lead.language"]
    ):
        for row in batch.to_pylist():
            told = {"intent": row["intent"], "balance": row["balance"], "language": row["lead.language"]}
            engine.evaluate("table", json.dumps(told))
            count += 1
    return count


def _polars(folder: Path) -> int:
    import polars as pl

    frame = pl.scan_parquet(folder / "calls.parquet")
    intent, balance, language = pl.col("intent"), pl.col("balance"), pl.col("lead.language")
    rule = (
        pl.when((intent == "i0") & (balance >= 500)).then(0)
        .when((intent == "i1") & (language == "hi")).then(1)
        .when(intent == "i3").then(3)
    )  # fmt: skip
    counts = frame.group_by(rule.alias("rule")).len().collect()
    return int(counts["len"].sum())


def main(way: str, folder: Path, tree: str = "") -> None:
    ways: dict[str, Callable[[], int]] = {
        "parquet": lambda: _replay(folder / "calls.parquet", 1),
        "jsonl": lambda: _replay(folder / "calls.jsonl", 1),
        "journal": lambda: _replay(folder / "journal", 1),
        "two": lambda: _replay(folder / "calls.parquet", 2),
        "before": lambda: _diff_before(folder, tree),
        "zen": lambda: _zen(folder),
        "polars": lambda: _polars(folder),
    }
    began = time.monotonic()
    events = ways[way]()
    wall = time.monotonic() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in used)
    peak = max(one.ru_maxrss for one in used) / 1024
    print(json.dumps({"events": events, "cpu": cpu, "wall": wall, "peak": peak}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:4])
