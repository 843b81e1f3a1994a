"""Many calls, faults on a share of all requests; then the raw journal is held against the raw ledger."""

import asyncio
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from flowrules.control.client import ControlClient
from flowrules.control.retry import Backoff
from flowrules.control.wire import Timeouts
from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Settings
from flowrules.sandbox import Fault, FaultRate, Sandbox

RULES = """
on intent=ask hold then say "One moment." then unhold then set_lead_field asked to yes
on intent=refund set_disposition REFUND note "wants money back"
  if it fails because unavailable, timeout then log "not recorded"
on intent=crowd conference_add supervisor s_1 as helper then conference_remove helper
on intent=human transfer queue q
  if it fails because unavailable, refused, timeout, limited, at_capacity then (say "All busy." then hangup)
on intent=bye hangup then set_disposition done
urgent on intent=dnc set_lead_status dnd
on step_failed log "a step failed"
on call_ended set_lead_field seen to yes
"""
FAULTS = (
    Fault(kind="rate_limited"),
    Fault(kind="rate_limited", retry_after=0),
    Fault(kind="server_error", when="before"),
    Fault(kind="server_error", when="after"),
    Fault(kind="timeout", when="before"),
    Fault(kind="timeout", when="after"),
    Fault(kind="reset", when="before"),
    Fault(kind="reset", when="after"),
    Fault(kind="slow", seconds=0.05),
    Fault(kind="truncated"),
    Fault(kind="malformed"),
    Fault(kind="refused"),
)
ENDING = {"transfer", "hangup", "conference_leave"}


async def play(sandbox: Sandbox, folder: Path, seed: int, *, keys_enforced: bool) -> None:
    sandbox.set_fault_rate(FaultRate(rate=0.2, seed=seed, faults=FAULTS))
    control = ControlClient(
        sandbox.base_url,
        keys_enforced=keys_enforced,
        timeouts=Timeouts(1, 0.3, 2),
        backoff=Backoff(0.01, 0.05),
    )
    settings = Settings(base_url=sandbox.base_url, journal=folder, journal_fsync="never", plan_deadline=4)
    async with control, Engine(RuleBook.from_text(RULES), settings=settings, control=control) as engine:

        async def call(number: int) -> None:
            opened = await sandbox.open_call(call_id=f"call-{number}")
            session = engine.call_from(opened.metadata)
            said = ["ask", "refund", "crowd", "dnc", "ask", "human" if number % 2 else "bye", "bye", "refund"]
            for intent in said[number % 3 :]:
                if number % 5 == 0:
                    session.post(intent=intent)
                else:
                    await session.event(intent=intent)
            await session.close()

        await asyncio.gather(*(call(number) for number in range(30)))


def reconcile(folder: Path, ledger: list[dict[str, Any]]) -> list[str]:
    """Everything that does not fit."""
    wrong: list[str] = []
    sent: dict[str, dict[str, Any]] = {}
    receipts: Counter[str] = Counter()
    fate: dict[str, dict[str, Any]] = {}
    unsure: set[str] = set()
    for line in (folder / "journal.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["kind"] not in ("sending", "receipt"):
            continue
        step = "|".join(str(entry[name]) for name in ("call", "event", "rule", "path"))
        if entry["kind"] == "sending":
            if step in sent:
                wrong.append(f"sent twice: {step}")
            if entry["verb"] in ENDING and entry["call"] in unsure:
                wrong.append(f"an ending after an unknown one: {step}")
            sent[step] = entry
            continue
        receipts[step] += 1
        fate[step] = entry
        if entry["verb"] in ENDING and entry["status"] == "unknown":
            unsure.add(entry["call"])
        if entry["verb"] == "get_call_state" and entry["status"] == "accepted":
            unsure.discard(entry["call"])
    wrong += [f"not one receipt: {step}" for step in sent if receipts[step] != 1]
    by_key = defaultdict(list)
    without_key: Counter[tuple[str, str]] = Counter()
    for row in ledger:
        if row["token_call_id"] != row["call_id"]:
            wrong.append(f"a token of another call: {row['seq']}")
        if row["status"] == 429 and not row["fault"]:
            wrong.append(f"a 429 of our own making: {row['seq']}")
        if row["idempotency_key"]:
            by_key[row["idempotency_key"]].append(row)
        elif row["acted"]:
            without_key[row["call_id"], row["verb"]] += 1
    keys = {entry["key"]: step for step, entry in sent.items() if entry["key"]}
    for key, rows in by_key.items():
        acted = sum(row["acted"] for row in rows)
        if key not in keys:
            wrong.append(f"not in the journal: {key}")
            continue
        receipt = fate[keys[key]]
        if acted > 1:
            wrong.append(f"acted twice: {keys[key]}")
        if receipt["attempts"] != len(rows):
            wrong.append(f"{receipt['attempts']} attempts, {len(rows)} requests: {keys[key]}")
        if receipt["status"] == "accepted" and not acted:
            wrong.append(f"accepted, and did not act: {keys[key]}")
        if receipt["status"] == "refused" and acted and not receipt["may_have_acted"]:
            wrong.append(f"refused, and acted: {keys[key]}")
    for (call, verb), count in without_key.items():
        intents = sum(1 for entry in sent.values() if (entry["call"], entry["verb"]) == (call, verb))
        if count > intents:
            wrong.append(f"{verb} acted {count} times for {intents} intents: {call}")
    return wrong


@pytest.mark.parametrize("keys_enforced", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
async def test_journal_and_ledger_agree_whatever_goes_wrong(
    sandbox: Sandbox, tmp_path: Path, seed: int, keys_enforced: bool
) -> None:
    sandbox.configure(enforce_keys=keys_enforced)
    await play(sandbox, tmp_path, seed, keys_enforced=keys_enforced)
    ledger = [entry.as_json() for entry in sandbox.ledger()]
    assert len(ledger) > 200
    assert sum(bool(row["fault"]) for row in ledger) > 30
    assert reconcile(tmp_path, ledger) == []


async def test_a_host_that_is_wrong_about_keys_is_found_out(sandbox: Sandbox, tmp_path: Path) -> None:
    """The reconciliation is no formality: it sees what a platform without keys does to a client that trusts them."""
    sandbox.configure(enforce_keys=False)
    await play(sandbox, tmp_path, 3, keys_enforced=True)
    wrong = reconcile(tmp_path, [entry.as_json() for entry in sandbox.ledger()])
    assert any("acted twice" in sentence for sentence in wrong)
