"""One account over all journals of a fleet, the records in its database, and the platform's ledger.

What a host does in its own calls is held to every claim of a single host. What it tries for another one is set apart,
and is held to the fleet's own: nothing doubled, nothing lost, nothing across calls, the budget held.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowrules.chaos.reconciler.account import Account, account_for
from flowrules.chaos.reconciler.evidence import bring_together
from flowrules.chaos.reconciler.journal import Intent, Journal, read_journal
from flowrules.chaos.reconciler.ledger import Row, read_rows

_MINUTE = 60.0
_TRIED = frozenset({"done", "dropped", "unknown"})
"""States of a record in the database after which nothing more comes of it."""
_REFUSED = ("call over", "queue full")
"""Answers for events that no rule has seen."""
_LATE = "came late"
"""What a note says of an event that came too late."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What a run leaves. `journals` are folders by the hosts' names, `records` the rows of the fleet's table, `answers`
    what was told of each event, by call and event, `unanswered` the events that nobody was told of."""

    journals: Mapping[str, Path]
    ledger: Sequence[Mapping[str, Any]]
    records: Sequence[Mapping[str, Any]]
    answers: Mapping[tuple[str, str], str]
    unanswered: Sequence[tuple[str, str]]
    per_minute: int


def reconcile_fleet(paper: Paper) -> Account:
    """Raises OSError and ValueError."""
    journals = {name: read_journal(folder) for name, folder in paper.journals.items()}
    at_home = {call: name for name, journal in journals.items() for call in journal.calls}
    by = {record["key"]: record["tried_by"] or "" for record in paper.records}
    # A host that begins again may try what its own process before has left.
    tried = {
        name: [
            one
            for one in journal.intents
            if at_home.get(one.call) != name or by.get(one.key or "", "").startswith(f"{name}-")
        ]
        for name, journal in journals.items()
    }
    known = Counter((one.call, one.key) for journal in journals.values() for one in journal.intents)
    tried_keys = {(one.call, one.key) for intents in tried.values() for one in intents}
    rows = read_rows(paper.ledger)
    by_trial = [row for row in rows if (row.call, row.key) in tried_keys]
    own = [row for row in rows if (row.call, row.key) not in tried_keys]
    accounts = {}
    unwritten = {event for event in paper.answers if _is_unwritten(event, paper, journals, at_home)}
    for name, journal in journals.items():
        mine = [row for row in own if at_home.get(row.call) == name]
        # What was told late, or to nobody, need be in no plan.
        reported = [
            event
            for event, answer in paper.answers.items()
            if answer not in ("late", "422") and at_home.get(event[0]) == name and event not in unwritten
        ]
        accounts[name] = account_for(
            bring_together(_without(journal, tried[name]), mine, reported, finished=True)
        )
    notes = {name: _notes(folder) for name, folder in paper.journals.items()}
    found = {claim: [f"{name}: {one}" for name, account in accounts.items() for one in account.contradictions[claim]]
             for claim in next(iter(accounts.values())).contradictions}  # fmt: skip
    fleet = _Fleet(paper, known, tried, rows, by_trial, notes, at_home)
    found |= {claim: list(sentences) for claim, sentences in fleet.claims()}
    figures: Counter[str] = Counter()
    for account in accounts.values():
        figures.update(account.figures)
    figures.update(fleet.figures())
    figures["refusals that a killed process had not written down"] = len(unwritten)
    return Account(dict(figures), {claim: tuple(sentences) for claim, sentences in found.items()})


@dataclass(frozen=True, slots=True)
class _Fleet:
    paper: Paper
    intended: Mapping[tuple[str, str | None], int]
    """How often each key of a call is intended, in all journals."""
    tried: Mapping[str, Sequence[Intent]]
    rows: Sequence[Row]
    by_trial: Sequence[Row]
    notes: Mapping[str, Sequence[Mapping[str, Any]]]
    at_home: Mapping[str, str]

    def claims(self) -> Iterator[tuple[str, Iterator[str]]]:
        yield "records sent by two hosts, or twice", self._doubled()
        yield "records lost by the fleet", self._lost()
        yield "events that nobody was told of", self._untold()
        yield "records tried for another call", self._across()
        yield "requests of the tenant key beyond its budget", self._beyond_the_budget()

    def _doubled(self) -> Iterator[str]:
        """No key is intended in two journals, or twice in one; nothing acts twice under one key."""
        for (call, key), times in self.intended.items():
            if times > 1 and key is not None:
                yield f"{call}: key {key} was intended {times} times"
        acted = Counter((row.call, row.key) for row in self.rows if row.acted and row.key is not None)
        for (call, name), times in acted.items():
            if times > 1:
                yield f"{call}: key {name} acted {times} times"

    def _lost(self) -> Iterator[str]:
        """Every record that the database was told of came to an end; what was tried is in the journal of who tried it,
        with a receipt; and no request is in the ledger that no journal speaks of."""
        tried = {(one.call, one.key): (name, one) for name, own in self.tried.items() for one in own}
        for record in self.paper.records:
            about = f"{record['call']}: {record['verb']} ({record['key']})"
            if record["state"] not in _TRIED:
                yield f"{about} is {record['state']} in the end"
            if record["tried_by"] and record["state"] == "done":
                found = tried.get((record["call"], record["key"]))
                if found is None or not record["tried_by"].startswith(f"{found[0]}-"):
                    yield f"{about} was tried by {record['tried_by']}, whose journal does not say so"
                elif found[1].receipt is None:
                    yield f"{about} was tried, and has no receipt"
        for row in self.rows:
            if row.call not in self.at_home:
                yield f"{row.call}: {row} is about a call that no journal has"
        for row in self.by_trial:
            if (row.call, row.key) not in self.intended:
                yield f"{row.call}: {row} was never intended"

    def _untold(self) -> Iterator[str]:
        """Every event was answered; what was told late is in some journal as late."""
        for call, event in self.paper.unanswered:
            yield f"{call}: event {event} was never answered"
        late = {(note.get("call"), note.get("event")) for notes in self.notes.values() for note in notes}
        for (call, event), answer in self.paper.answers.items():
            if answer == "late" and (call, event) not in late:
                yield f"{call}: event {event} was told late, and no journal says so"

    def _across(self) -> Iterator[str]:
        keys = {record["key"]: record for record in self.paper.records}
        for name, intents in self.tried.items():
            for one in intents:
                record = keys.get(one.key or "")
                if record is None or (record["call"], record["verb"]) != (one.call, one.verb):
                    yield f"{name}: {one} of {one.call} is no record of the fleet's"
        for row in self.by_trial:
            if row.token_call is not None:
                yield f"{row.call}: {row} was tried with a token of {row.token_call}"

    def _beyond_the_budget(self) -> Iterator[str]:
        """In no stretch of a minute are there more requests with the tenant key than it has, whoever sent them."""
        times = sorted(row.at for row in self.rows if row.token_call is None)
        first = 0
        for last, at in enumerate(times):
            while times[first] <= at - _MINUTE:
                first += 1
            if last - first + 1 > self.paper.per_minute:
                yield f"{last - first + 1} requests in the minute before {at:.3f}"

    def figures(self) -> dict[str, int]:
        states = Counter(record["state"] for record in self.paper.records)
        tried = [one for intents in self.tried.values() for one in intents]
        fates: dict[str, int] = defaultdict(int)
        for one in tried:
            receipt = one.receipt
            fates["open" if receipt is None else receipt.reason or receipt.status] += 1
        answers = Counter(self.paper.answers.values())
        return {
            **{f"events answered {answer}": count for answer, count in sorted(answers.items())},
            **{f"records in the database: {state}": count for state, count in sorted(states.items())},
            "records tried for a host that had gone": len(tried),
            **{f"records tried, {fate}": count for fate, count in sorted(fates.items())},
            "requests with the tenant key": sum(row.token_call is None for row in self.rows),
            "most of these in a minute": self._most_in_a_minute(),
        }

    def _most_in_a_minute(self) -> int:
        times = sorted(row.at for row in self.rows if row.token_call is None)
        first, most = 0, 0
        for last, at in enumerate(times):
            while times[first] <= at - _MINUTE:
                first += 1
            most = max(most, last - first + 1)
        return most


def _is_unwritten(
    event: tuple[str, str], paper: Paper, journals: Mapping[str, Journal], at_home: Mapping[str, str]
) -> bool:
    """Whether an event was refused, so that nothing came of it, by a process that was killed before the line for it was
    on the disk: that may take some milliseconds, and nobody waits for it."""
    home = at_home.get(event[0])
    if paper.answers[event] not in _REFUSED or home is None or journals[home].runs < 2:
        return False
    return event not in {(call, name) for call, _, name in journals[home].closed}


def _without(journal: Journal, tried: Sequence[Intent]) -> Journal:
    """What the host did in its own calls."""
    left_out = {one.seq for one in tried}
    journal.intents[:] = [one for one in journal.intents if one.seq not in left_out]
    return journal


def _notes(folder: Path) -> list[Mapping[str, Any]]:
    """What a journal says of events that came late."""
    found = []
    for path in sorted(folder.glob("journal*.jsonl")):
        for line in path.read_bytes().split(b"\n"):
            if b'"kind":"note"' in line and _LATE.encode() in line:
                try:
                    found.append(json.loads(line))
                except ValueError:  # A process was killed here.
                    continue
    return found
