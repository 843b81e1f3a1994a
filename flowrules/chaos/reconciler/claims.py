"""What must hold of a run, claim by claim. Each looks at the evidence and yields what contradicts it, in words."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from flowrules.chaos.reconciler.evidence import KEYLESS, Evidence, says_the_same
from flowrules.chaos.reconciler.journal import Intent

ENDINGS = frozenset({"transfer", "hangup", "conference_leave"})
RECORDS = frozenset({"set_disposition", "set_lead_field", "set_lead_status", "schedule_callback", "log"})
CLOSED = "#ended"
"""The event that the close of a call's WebSocket raises."""

CLOCKS_APART = 0.005
"""Seconds by which two processes of one machine may read its time differently; journal and ledger cut it off after
the millisecond."""


def the_journal_is_whole(evidence: Evidence) -> Iterator[str]:
    """Every line follows the one before it; torn lines stand only where a process was killed; no token anywhere."""
    yield from evidence.journal.faults


def nothing_acts_twice(evidence: Evidence) -> Iterator[str]:
    """One intent acts once; one step is intended once; no two intents share a key; an event is decided once."""
    for intent in evidence.journal.intents:
        acted = sum(row.acted for row in evidence.of(intent))
        if acted > 1:
            yield f"{intent.call}: {intent} acted {acted} times"
    intents = evidence.journal.intents
    yield from _repeated("was intended", (intent.step for intent in intents))
    yield from _repeated("is a key of", (intent.key for intent in intents if intent.key is not None))
    # An event without an id of the host's gets one of its session's own (#1, #2, ...).
    decided = (
        (one.call, one.session if one.event.startswith("#") else "", one.event)
        for one in evidence.journal.decided
    )
    yield from _repeated("was decided", decided)


def nothing_is_lost(evidence: Evidence) -> Iterator[str]:
    """Every request was intended; every intent has one receipt, which says what the ledger says; every verb of a plan
    was sent, or is on record as not sent; every event that was reported was decided, or is on record as refused."""
    for row in evidence.strays:
        yield f"{row.call}: {row} was never intended"
    for call, line in evidence.journal.stray_receipts:
        yield f"{call}: line {line} is a receipt for what was not being sent"
    for intent in evidence.journal.intents:
        for problem in _receipt_lies(evidence, intent):
            yield f"{intent.call}: {intent} {problem}"
    yield from _vanished(evidence)


def no_request_crosses_calls(evidence: Evidence) -> Iterator[str]:
    """No call's token is shown for another call; no call's verb goes to another call."""
    for row in evidence.ledger:
        if row.token_call is not None and row.token_call != row.call:
            yield f"{row.call}: {row} came with a token of {row.token_call}"
    intended_for = {intent.key: intent.call for intent in evidence.journal.intents if intent.key is not None}
    for row in evidence.strays:
        if row.key in intended_for:
            yield f"{row.call}: {row} was intended for {intended_for[row.key]}"


def no_429_is_our_own(evidence: Evidence) -> Iterator[str]:
    """The only 429s are those that the platform was told to give."""
    for row in evidence.ledger:
        if row.status == 429 and row.fault is None:
            yield f"{row.call}: {row} came too soon"


def no_ending_follows_an_unknown_one(evidence: Evidence) -> Iterator[str]:
    """Unless the platform has said meanwhile that the session lives: that is what get_call_state is for."""
    for intents in evidence.by_call.values():
        unknown: Intent | None = None
        for intent in intents:
            status = intent.receipt.status if intent.receipt is not None else "unknown"
            if intent.verb == "get_call_state" and status == "accepted":
                unknown = None
            elif intent.verb in ENDINGS:
                if unknown is not None:
                    yield f"{intent.call}: {intent} follows {unknown}, which may have ended the session"
                unknown = intent if status == "unknown" else unknown


def nothing_follows_the_end(evidence: Evidence) -> Iterator[str]:
    """After an accepted ending verb, a 409 or the close of the WebSocket only records are tried; after the close of
    the call nothing."""
    over: dict[tuple[str, str], Intent] = {}
    for intent in evidence.journal.intents:
        session = (intent.call, intent.session)
        if intent.verb not in RECORDS:
            if (last := over.get(session)) is not None:
                yield f"{intent.call}: {intent} follows {last}, which ended the session"
            if intent.event.startswith(CLOSED):
                yield f"{intent.call}: {intent} was sent after the WebSocket's close"
        if evidence.journal.ended.get(session, intent.seq) < intent.seq:
            yield f"{intent.call}: {intent} was sent after the call's end"
        answer = intent.answer
        if answer is not None and (
            answer.reason == "ended" or (answer.status == "accepted" and intent.verb in ENDINGS)
        ):
            over[session] = intent


def calls_keep_their_order(evidence: Evidence) -> Iterator[str]:
    """One verb of a call is under way at a time, and what was answered came in the order of the intents. What was
    never answered may have come late."""
    for intents in evidence.by_call.values():
        last = 0
        for intent in intents:
            if intent.overlaps:
                yield f"{intent.call}: {intent} went out while another verb was under way"
            rows = evidence.of(intent)
            if not rows or intent.answer is None or intent.answer.http_status is None:
                continue
            if rows[-1].seq < last:
                yield f"{intent.call}: {intent} came before what was intended before it"
            last = rows[-1].seq


def intents_come_first(evidence: Evidence) -> Iterator[str]:
    """The intent was on record before its first request came."""
    for intent in evidence.journal.intents:
        for row in evidence.of(intent)[:1]:
            if intent.at > row.at + CLOCKS_APART:
                yield f"{intent.call}: {intent} was written {intent.at - row.at:.3f} s after {row}"


class Claim(NamedTuple):
    """`counts` names what there must be none of."""

    counts: str
    contradictions: Callable[[Evidence], Iterator[str]]


CLAIMS = (
    Claim("duplicated effects", nothing_acts_twice),
    Claim("lost or unaccounted verbs", nothing_is_lost),
    Claim("requests across calls", no_request_crosses_calls),
    Claim("429s of our own making", no_429_is_our_own),
    Claim("endings after an unknown one", no_ending_follows_an_unknown_one),
    Claim("verbs after the end", nothing_follows_the_end),
    Claim("verbs out of order", calls_keep_their_order),
    Claim("intents written too late", intents_come_first),
    Claim("journal lines that do not fit", the_journal_is_whole),
)


def _repeated(what: str, things: Iterator[object]) -> Iterator[str]:
    for thing, times in Counter(things).items():
        if times > 1:
            yield f"{thing} {what} {times} times"


def _receipt_lies(evidence: Evidence, intent: Intent) -> Iterator[str]:
    rows, receipt = evidence.of(intent), intent.receipt
    if (intent.key is None) != (intent.verb in KEYLESS):
        yield "has a key and should have none" if intent.key is not None else "has no key"
    if not all(says_the_same(intent, row) for row in rows):
        yield "was sent with another body"
    if receipt is None:
        if evidence.finished:
            yield "has no receipt"
        return
    if intent.answer is None:
        if receipt.status != "unknown":
            yield f"is {receipt.status} on record, which nobody can know"
        return
    if len(rows) > receipt.attempts:
        yield f"was sent {len(rows)} times, not {receipt.attempts}"
    if receipt.http_status is not None and (not rows or rows[-1].status != receipt.http_status):
        yield f"was answered {receipt.http_status} on record, and {rows[-1].status if rows else 'never came'}"
    acted = any(row.acted for row in rows)
    if receipt.status == "accepted" and not acted:
        yield "is accepted on record, and never acted"
    if receipt.status != "accepted" and acted and not receipt.may_have_acted:
        yield f"is {receipt.status} on record, and acted"


def _vanished(evidence: Evidence) -> Iterator[str]:
    journal = evidence.journal
    known = {(one.call, one.event) for one in journal.decided}
    known |= {(call, event) for call, _, event in journal.closed}
    for call, event in evidence.reported:
        if (call, event) not in known:
            yield f"{call}: event {event} was reported and is nowhere"
    accounted = {intent.step for intent in journal.intents} | set(journal.unsent)
    for decided in journal.decided:
        closed = (decided.call, decided.session, decided.event) in journal.closed
        if not closed and evidence.finished and decided.run == journal.runs:
            yield f"{decided.call}: event {decided.event} (line {decided.seq}) was decided and never closed"
        for step in decided.verbs if closed else ():
            if step not in accounted:
                yield f"{decided.call}: step {step[4]} of event {decided.event} was planned and is nowhere"
