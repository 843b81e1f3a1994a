"""Which calls may be looked up, and whether what is sent in one has the outcomes that the recording holds."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from flowrules.call.agenda import ENDING_EVENT
from flowrules.call.inputs import Closed, Reported
from flowrules.call.setup import Setup
from flowrules.recordings.call import RECORDED, Handled, RecordedCall, RecordedInput, Sent
from flowrules.replaying.outcomes import Origin, Outcomes, Wanted
from flowrules.replaying.play import quiet
from flowrules.replaying.verbs import is_ending, sends_a_time, word

MOST_EVENTS = 150
"""Of a longer call, what is kept of it may have an end: it is played."""


def is_plain(call: RecordedCall) -> bool:
    """Whether a call may be looked up at all: it is set up as most are, is on record to its end, and all went well."""
    return (
        _is_usual(call.setup)
        and not call.under_way
        and not call.unknown_ending
        and not call.unknown_to_host
        and not call.decided_before
        and len(call.inputs) <= MOST_EVENTS
        and all(map(_went_well, call.outcomes))
        and not any(is_ending(sent.verb) for sent in call.outcomes[:-1])
    )


@lru_cache(maxsize=64)
def _is_usual(setup: Setup) -> bool:
    return quiet(setup) == quiet(RECORDED)


def _went_well(sent: Sent) -> bool:
    return sent.receipt.went_well and sent.left is not None and not sent.receipt.result


_NUMBERED = tuple(f"#{number}" for number in range(MOST_EVENTS + 1))


def by_event(outcomes: Sequence[Sent]) -> Mapping[str, list[Sent]]:
    found: dict[str, list[Sent]] = {}
    for sent in outcomes:
        found.setdefault(sent.event_id, []).append(sent)
    return found


def name_of(received: RecordedInput, reports: int) -> str:
    """What the machine calls an event, of which so many were reported by now; '' for what is none."""
    if type(received) is Reported:
        return received.event.event_id or _NUMBERED[reports]
    return ENDING_EVENT if type(received) is Closed else ""


def matches(recorded: Sequence[Sent], sent: Sequence[Sent]) -> bool:
    """Whether what is sent is what was sent then, so that it has its outcomes."""
    return len(sent) == len(recorded) and all(map(_is_same, recorded, sent))


class Origins(NamedTuple):
    """Where outcomes come from on one side of a call in which it does not send what the recording holds: of each verb
    that goes out, by the word that rules have for it. `is_new`: which side."""

    is_new: bool
    verbs: Sequence[tuple[Origin, str]]


def origins_of(call: RecordedCall, done: Iterable[tuple[str, Sequence[Handled]]], *, is_new: bool) -> Origins:
    """`done`: what was done for each event, with the names that these have in this call."""
    outcomes = Outcomes(call.outcomes)
    found = []
    for name, handled in done:
        for sent in (sent for one in handled for sent in one.verbs):
            wanted = Wanted(sent.verb, sent.body or {})
            found.append((outcomes.answer(name, wanted).origin, word(*wanted)))
    return Origins(is_new, found)


def _is_same(recorded: Sent, sent: Sent) -> bool:
    if recorded.verb != sent.verb:
        return False
    if recorded.body is None or recorded.body == sent.body:
        return True
    timed = sends_a_time(sent.verb)
    return timed and (recorded.rule, recorded.path) == (sent.rule, sent.path)
