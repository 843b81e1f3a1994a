"""An urgent rule that is to end the call drops an ending that was decided, and its own does not come."""

from collections.abc import Hashable
from typing import NamedTuple

from flowrules.call.entries import Received, Settled
from flowrules.call.outcome import EventStatus
from flowrules.call.receipt import Status
from flowrules.compiler.refs import RuleRef
from flowrules.diagnostics.codes.hazards import ENDING_DROPPED
from flowrules.exploration.hazards.hazard import (
    HANGUP,
    Hazard,
    Seen,
    ends_session,
    hangs_up,
    rule_words,
    the_rule,
)
from flowrules.exploration.watching.watch import Step


class Dropped(NamedTuple):
    rule: RuleRef
    ending: str


class EndingDropped(Hazard):
    """A hangup that fails is left out: nothing that a rule could say would end the call then."""

    code = ENDING_DROPPED

    def moves(self, memory: Hashable, step: Step) -> Seen:
        """What came after the plans of that moment is another story."""
        return (memory if step.before.busy else None), ()

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        accepted = entry.receipt.went_well and ends_session(entry.request.verb)
        return (None if accepted else memory), ()

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome = entry.outcome
        if outcome.status is EventStatus.PREEMPTED:
            dropped = next(
                (one for one in outcome.steps if one.status is Status.DROPPED and ends_session(one.verb)),
                None,
            )
            return (memory if dropped is None else Dropped(dropped.rule, dropped.verb)), ()
        if not isinstance(memory, Dropped) or outcome.status is not EventStatus.FAILED:
            return memory, ()
        tried = [one for one in outcome.steps if ends_session(one.verb)]
        failed = tried[0] if len(tried) == 1 and tried[0].status is Status.REFUSED else None
        if (
            failed is None
            or hangs_up(failed.verb)
            or any(one.rules for one in outcome.raised)
            or step.after.machine.over
        ):
            return memory, ()
        line = self.failure_line(failed.rule, failed.verb, failed.path)
        return None, (
            self.breach(
                self.place(failed.rule, failed.verb, failed.path),
                f'{the_rule(failed.rule)} drops the "{memory.ending}" of {rule_words(memory.rule)}, which '
                f'was decided; then its own "{failed.verb}" fails, and the call goes on.',
                (failed.rule.id, memory.rule.id),
                f"Say what follows then, {line.where}: {line.then(HANGUP)}",
                (self.place(memory.rule, memory.ending), "this ending is dropped"),
                expects=(f"expect {HANGUP}",),
            ),
        )
