"""The caller hears nothing for more than ten seconds while something is tried, tried again, or waited for."""

from collections.abc import Hashable
from datetime import datetime
from typing import NamedTuple

from flowrules.call.effects import Send
from flowrules.call.entries import Received, Settled
from flowrules.call.receipt import Reason, Receipt
from flowrules.call.setup import Limits
from flowrules.compiler.refs import RuleRef
from flowrules.diagnostics.codes.hazards import LONG_SILENCE
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, rule_words
from flowrules.exploration.playing.moves import Answers, Passes
from flowrules.exploration.watching.watch import Breach, Step
from flowrules.verbs import BY_NAME, Effect

MOST = 10.0
"""Seconds."""
_TRIED_AGAIN = (Reason.UNAVAILABLE, Reason.TIMEOUT, Reason.LATE, Reason.LIMITED)
"""Failures that are known only when the caller's patience with a step is over."""
_PATIENCE = Limits().step_patience.total_seconds()


class Silent(NamedTuple):
    """So many seconds nothing was heard, while so many verbs failed; `rule` is the one at work."""

    seconds: float
    failed: int = 0
    rule: RuleRef | None = None


class LongSilence(Hazard):
    """The explorer's platform answers at once; a live one is asked again until the step's patience is over. Records are
    left out: where these can't be written, hardly anything else works."""

    code = LONG_SILENCE

    def moves(self, memory: Hashable, step: Step) -> Seen:
        before = step.before
        if not before.busy or not isinstance(step.move, Answers | Passes) or before.machine.machine_answered:
            return None, ()  # A machine does not mind.
        silent = memory if isinstance(memory, Silent) else Silent(0.0)
        if isinstance(step.move, Passes):
            quiet = before.machine.speech.said_until is None and not before.machine.speech.speaking
            if quiet and before.machine.state.facts.get("call.on_hold") is not True:
                silent = silent._replace(seconds=silent.seconds + _seconds(before.now, step.after.now))
        return (silent if silent.seconds else None), ()

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        """Then it is the model's turn to speak."""
        return (memory if ">" in entry.outcome.event_id else None), ()

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        if step.before.machine.machine_answered:
            return None, ()
        spec = BY_NAME.get(entry.request.verb)
        silent = memory if isinstance(memory, Silent) else Silent(0.0)
        if entry.receipt.went_well:
            heard = spec is not None and (spec.heard_field is not None or ends_session(spec.name))
            if heard and silent.seconds > MOST:
                return None, (self._found(silent._replace(rule=entry.rule)),)
            return (None if heard else memory), ()
        if spec is not None and spec.heard_field is not None:
            return None, ()  # Nothing can be said, whatever the rules say.
        if entry.receipt.reason in _TRIED_AGAIN and (spec is None or spec.effect is not Effect.RECORD):
            patience = _patience(step, entry)
            silent = Silent(silent.seconds + patience, silent.failed + 1, entry.rule)
        return (silent if silent.seconds else None), ()

    def _found(self, silent: Silent) -> Breach:
        assert silent.rule is not None
        tried = (
            "waits"
            if not silent.failed
            else "tries in vain"
            if silent.failed == 1
            else "tries one thing after another"
        )
        return self.breach(
            self.place(silent.rule),
            f"The caller hears nothing for about {round(silent.seconds)} seconds while {rule_words(silent.rule)} "
            f"{tried}.",
            silent.rule.id,
            'Tell the caller first: say "One moment, please." Or be less patient: "within 4 seconds" behind each verb.',
        )


def _patience(step: Step, entry: Received) -> float:
    """How long the caller waits for a step before it is given up."""
    return next(
        (patience(send, step) for send, _ in step.answers if send.request == entry.request), _PATIENCE
    )


def tried_for(send: Send, receipt: Receipt, step: Step) -> float:
    """For so many seconds a live platform is tried in vain for a request that has failed in this step. Records are left
    out: where these can't be written, hardly anything else works."""
    spec = BY_NAME.get(send.request.verb)
    if receipt.reason not in _TRIED_AGAIN or (spec is not None and spec.effect is Effect.RECORD):
        return 0.0
    return patience(send, step)


def patience(send: Send, step: Step) -> float:
    """For so many seconds a request that is answered in this step may have been tried on a live call."""
    return min(_PATIENCE, max(_seconds(step.before.now, send.deadline), 0.0)) or _PATIENCE


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()
