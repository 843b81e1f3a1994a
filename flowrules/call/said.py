"""What rules say aloud: the sentences that the caller has heard, as part of the conversation."""

from typing import NamedTuple

from flowrules.call.receipt import Receipt, Status
from flowrules.call.request import VerbRequest
from flowrules.compiler.refs import RuleRef
from flowrules.engine.planning.receipts import INTERRUPTED, spoken

HEARD = "heard"
"""In what the host's own voice answers: the words that the caller heard before they interrupted."""


class Said(NamedTuple):
    """A sentence of the rules that was accepted. `step` names the step: the Idempotency-Key of its request. `voice` is
    the one that the rule names, '' for the usual one. `interrupted`: the caller has interrupted the host's own voice,
    and `text` is what was heard until then, as far as the voice has told."""

    text: str
    step: str
    event_id: str
    rule: RuleRef
    voice: str = ""
    interrupted: bool = False


def said_in(event_id: str, rule: RuleRef, request: VerbRequest, receipt: Receipt) -> Said | None:
    """The sentence that a receipt tells of; None where it tells of none."""
    text = spoken_text(request, receipt)
    if not text:
        return None
    interrupted = request.by_host and was_interrupted(receipt)
    voice = request.body.get("voice") or ""
    return Said(text, request.key or "", event_id, rule, voice, interrupted)


def spoken_text(request: VerbRequest, receipt: Receipt) -> str:
    """What the caller has heard spoken because of a request; '' where that is nothing, or nobody knows."""
    if receipt.status is not Status.ACCEPTED:
        return ""
    text = spoken(request.verb, request.body) or ""
    heard = receipt.result.get(HEARD) if text and request.by_host else None
    return heard if isinstance(heard, str) else text


def was_interrupted(receipt: Receipt) -> bool:
    """Whether the caller has interrupted the host's own voice."""
    return receipt.result.get(INTERRUPTED) is True
