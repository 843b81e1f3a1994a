"""What becomes of a verb in a call that is played again: what the recording says, or what is supposed.

A verb that the recording holds has the outcome that it had there: first that of the same step of the same event, then
that of the same verb with the same body anywhere in the call. Each recorded outcome is used once. What was never sent
is supposed, by a rule that can be told: accepted at once, or as the caller of the replay says; after the AI's session
has ended, refused because of that, as the platform does.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from flowrules.call.call import twin_of
from flowrules.call.receipt import Reason, Receipt, Status, no_answer, not_sent
from flowrules.call.request import VerbRequest
from flowrules.engine.planning.receipts import names_member
from flowrules.recordings.call import UNANSWERED, Sent
from flowrules.replaying.verbs import is_ending, word
from flowrules.runtime.journal.replaying.comparing import alike, holds_mask

Supposing = Mapping[str, Reason]
"""Why verbs fail that were never sent, by the words that rules have for them. Of others it is supposed that they are
accepted."""

NOTHING_FAILS: Supposing = {}
_OVER = "the AI's session has ended"


class Origin(StrEnum):
    """Where an outcome comes from."""

    RECORDED = "recorded"
    """The same verb was sent for the same event."""
    ELSEWHERE = "elsewhere"
    """The same verb was sent in the call, for another event."""
    SUPPOSED = "supposed"
    """It was never sent."""


class Outcome(NamedTuple):
    """`left`: a request goes out."""

    receipt: Receipt
    left: bool
    origin: Origin
    sent: Sent | None = None
    """That of the recording."""


class Wanted(NamedTuple):
    """A request, as far as its outcome depends on it."""

    verb: str
    body: Mapping[str, Any]


class Supposed(NamedTuple):
    """`word`: what rules call the verb."""

    receipt: Receipt
    word: str


class Outcomes:
    """Of one call, for one way of playing it."""

    def __init__(self, recorded: Sequence[Sent], supposing: Supposing = NOTHING_FAILS) -> None:
        self._before, self._after = _parted(recorded) if recorded else ([], [])
        self._supposing = supposing
        self._members = 0
        self._over = False

    def fork(self) -> "Outcomes":
        """A copy that goes its own way from here."""
        twin = twin_of(self)
        twin._before, twin._after = [*self._before], [*self._after]
        return twin

    def supposed(self, request: VerbRequest | Wanted) -> Supposed:
        """What would become of a request that never went out."""
        return Supposed(self._supposed(request).receipt, word(request.verb, request.body))

    def answer(self, event_id: str, request: VerbRequest | Wanted) -> Outcome:
        """What becomes of a request that an event has led to."""
        outcome = self._recorded(event_id, request) or self._supposed(request)
        if _ends(request.verb, outcome.receipt):
            self._over = True
        return outcome

    def _recorded(self, event_id: str, request: VerbRequest | Wanted) -> Outcome | None:
        left, found = self._after if self._over else self._before, None
        for place, sent in enumerate(left):
            if sent.verb == request.verb and _same_body(sent.body, request.body):
                if sent.event_id == event_id:
                    found = place
                    break
                if found is None:
                    found = place
        if found is None:
            return None
        sent = left.pop(found)
        if sent.receipt is UNANSWERED:
            return self._supposed(request)._replace(sent=sent)
        origin = Origin.RECORDED if sent.event_id == event_id else Origin.ELSEWHERE
        return Outcome(sent.receipt, sent.left is not None, origin, sent)

    def _supposed(self, request: VerbRequest | Wanted) -> Outcome:
        reason = Reason.ENDED if self._over else self._supposing.get(word(request.verb, request.body))
        if reason is None:
            receipt = Receipt(Status.ACCEPTED, http_status=200, result=self._result(request), attempts=1)
        elif reason is Reason.TIMEOUT:
            receipt = no_answer("no answer came", 1)
        else:
            receipt = not_sent(reason, _OVER if self._over else f"supposed: {reason}", 1)
        return Outcome(receipt, True, Origin.SUPPOSED)

    def _result(self, request: VerbRequest | Wanted) -> Mapping[str, object]:
        if not names_member(request.verb):
            return {}
        self._members += 1
        return {"member_id": f"supposed-{self._members}"}


def _parted(recorded: Sequence[Sent]) -> tuple[list[Sent], list[Sent]]:
    """The outcomes before the AI's session ended, and those after: one side says nothing of the other."""
    for place, sent in enumerate(recorded, start=1):
        if _ends(sent.verb, sent.receipt):
            return list(recorded[:place]), list(recorded[place:])
    return list(recorded), []


def _ends(verb: str, receipt: Receipt) -> bool:
    """Whether the AI's session is over by this."""
    if receipt.reason is Reason.ENDED:
        return True
    return receipt.went_well and is_ending(verb)


def _same_body(recorded: Mapping[str, Any] | None, sent: Mapping[str, Any]) -> bool:
    """Whether a request says what was sent then, as far as the recording shows that."""
    if recorded is None or recorded == sent:
        return True
    return holds_mask(recorded) and alike(dict(recorded), dict(sent))
