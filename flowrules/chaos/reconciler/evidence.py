"""Which request belongs to which intent: by its key, or where verbs carry none, by their order."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from flowrules.chaos.reconciler.journal import Intent, Journal
from flowrules.chaos.reconciler.ledger import Row

KEYLESS = frozenset({"log", "get_call_state"})
"""Verbs that carry no Idempotency-Key (the platform's client, 0.2.1)."""

_NOT_YET = (401, 429)
"""Answers after which the same verb may come again, key or not."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Both records, and how they belong together. `rows` holds each intent's requests by the intent's line, `strays`
    those that no intent speaks of. `reported` are call and event of what the host says that it reported. `finished`:
    nothing is under way any more."""

    journal: Journal
    ledger: Sequence[Row]
    rows: Mapping[int, Sequence[Row]]
    strays: Sequence[Row]
    by_call: Mapping[str, Sequence[Intent]]
    reported: Sequence[tuple[str, str]]
    finished: bool

    def of(self, intent: Intent) -> Sequence[Row]:
        return self.rows.get(intent.seq, ())


def bring_together(
    journal: Journal, ledger: Sequence[Row], reported: Sequence[tuple[str, str]], *, finished: bool
) -> Evidence:
    by_call: dict[str, list[Intent]] = defaultdict(list)
    for intent in journal.intents:
        by_call[intent.call].append(intent)
    keyed: dict[tuple[str, str | None], Intent] = {
        (intent.call, intent.key): intent for intent in journal.intents if intent.key is not None
    }
    rows: dict[int, list[Row]] = defaultdict(list)
    strays: list[Row] = []
    keyless: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in ledger:
        owner = keyed.get((row.call, row.key))
        if owner is not None and owner.verb == row.verb:
            rows[owner.seq].append(row)
        elif row.key is None and row.verb in KEYLESS:
            keyless[row.call, row.verb].append(row)
        else:
            strays.append(row)
    for (call, verb), found in keyless.items():
        same = [intent for intent in by_call[call] if intent.verb == verb and intent.key is None]
        strays += _in_order(same, found, rows, _next_at(by_call[call]))
    strays.sort(key=lambda row: row.seq)
    return Evidence(journal, ledger, rows, strays, by_call, reported, finished)


def _next_at(intents: Sequence[Intent]) -> Mapping[int, float]:
    """When each of a call's intents was followed by the next, by its line."""
    return {one.seq: after.at for one, after in pairwise(intents)}


def _in_order(
    intents: Sequence[Intent], found: list[Row], rows: dict[int, list[Row]], next_at: Mapping[int, float]
) -> list[Row]:
    """Give each intent the first requests that can be its own; what is left. What an intent of unknown outcome sent may
    never have come, and a later one may say the same: the request that this one got its answer from is not its own. Of
    an intent whose process died, nothing comes any more once the next process intends something."""
    left = list(found)
    for number, intent in enumerate(intents):
        attempts, until = len(left), _until(intent, next_at)
        if intent.answer is not None:
            attempts = intent.answer.attempts
        if not _was_answered(intent):
            later = sum(_was_answered(one) and _same(intent.body, one.body) for one in intents[number + 1 :])
            attempts = min(attempts, sum(says_the_same(intent, row) for row in left) - later)
        while attempts > 0:
            fitting = (row for row in left if row.at <= until and says_the_same(intent, row))
            if (row := next(fitting, None)) is None:
                break
            left.remove(row)
            rows[intent.seq].append(row)
            attempts -= 1
            if row.status not in _NOT_YET:
                break
    return [row for row in left if not _finds_a_place(row, intents, rows, next_at)]


def _finds_a_place(
    row: Row, intents: Sequence[Intent], rows: dict[int, list[Row]], next_at: Mapping[int, float]
) -> bool:
    """Whether a request that is left over is one that an intent of unknown outcome may have sent, and none is known
    of it. Where its process lived on, it may have come late: whoever has sent it knows that the connection broke before
    the platform writes down that it came."""
    for intent in intents:
        until = math.inf if intent.answer is not None else _until(intent, next_at)
        fits = says_the_same(intent, row) and intent.at <= row.at <= until
        if fits and not _was_answered(intent) and _is_unknown(intent) and not rows[intent.seq]:
            rows[intent.seq].append(row)
            return True
    return False


def _until(intent: Intent, next_at: Mapping[int, float]) -> float:
    """When the last request of an intent can have come."""
    if intent.answer is not None and intent.answer.status != "unknown":
        return math.inf
    return next_at.get(intent.seq, math.inf)


def _was_answered(intent: Intent) -> bool:
    """Whether the platform's answer to it is on record: then its request has come."""
    return intent.answer is not None and intent.answer.http_status is not None


def _is_unknown(intent: Intent) -> bool:
    return intent.answer is None or intent.answer.status == "unknown"


def _same(intended: object, sent: object) -> bool:
    """Whether one body can be the other; what the journal masks can be anything."""
    match intended, sent:
        case dict(), dict():
            return intended.keys() == sent.keys() and all(_same(intended[key], sent[key]) for key in intended)
        case list(), list():
            return len(intended) == len(sent) and all(map(_same, intended, sent))
        case str(), _ if "masked:" in intended:
            return True
    return intended == sent


def says_the_same(intent: Intent, row: Row) -> bool:
    """Whether what was sent is what was intended."""
    return _same(intent.body, row.body)
