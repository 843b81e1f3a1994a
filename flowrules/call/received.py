"""What the outcome of a verb changes in a call."""

from datetime import timedelta

from flowrules.call.call import Call
from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.plan import PlannedVerb
from flowrules.engine.receipts import apply_receipt, spoken
from flowrules.engine.state import OpenCap, close_cap, open_cap
from flowrules.verbs import Effect

SESSION_OVER = "the platform says that the AI's session has ended"


def received(
    call: Call, ruleset: RuleSet, rule: RuleRef, event_id: str, step: PlannedVerb, receipt: Receipt
) -> None:
    """`step` as it was sent for a rule and an event. What is known, heard, held, open or over after its outcome."""
    if receipt.went_well:
        before = call.state
        state = apply_receipt(
            before,
            step.verb,
            step.body,
            receipt.result,
            call.now,
            keep_as=step.keep_as,
            source=step.source,
            weakest=ruleset.fences,
        )
        call.state = close_cap(state, step.verb, step.body)
        if (text := spoken(step.verb, step.body)) is not None:
            call.platform_says(text)
        # Not only `hold` tells: others with a key may have held the caller, and `get_call_state` says so.
        call.held_since(before)
    if step.cap is not None and (receipt.went_well or receipt.may_have_acted):
        cap = step.cap
        due = call.now + timedelta(seconds=cap.seconds)
        opened = OpenCap(due, rule, event_id, step.path, cap.verb, cap.body)
        call.state = open_cap(call.state, opened)
    if receipt.reason is Reason.ENDED:
        call.end(SESSION_OVER)
    if step.effect is Effect.ENDING:
        if receipt.went_well:
            call.end(f"{step.verb} ended the AI's session")
        elif receipt.status is Status.UNKNOWN:
            call.unknown_ending = True
