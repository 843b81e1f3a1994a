"""What one event led to, as a host sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flowrules.call.receipt import Receipt, Status
from flowrules.call.request import VerbRequest
from flowrules.call.said import spoken_text
from flowrules.compiler.refs import RuleRef
from flowrules.engine.decision import Decision
from flowrules.redaction import without_secrets


class EventStatus(StrEnum):
    DONE = "done"
    """The plan has run to its end, or no rule took the event."""
    FAILED = "failed"
    """A step failed and nothing was written for that; the call goes on, and `step_failed` was raised."""
    ENDED = "ended"
    """The AI's session ended: by an ending verb of this plan, or because the platform said so."""
    PREEMPTED = "pre-empted"
    """An urgent rule took the call; what was not sent yet was dropped. A decided ending gives way only to one
    that ends the call itself."""
    INTERRUPTED = "interrupted"
    """The caller spoke or pressed a key while a hangup waited: the hangup was dropped, and `hangup_interrupted` was
    raised."""
    REPEATED = "repeated"
    """An event with this id was decided before, and its outcome is no longer at hand. Nothing was done."""
    QUEUE_FULL = "queue full"
    """Too many events waited. This one was not decided."""
    CALL_OVER = "call over"
    """The event came after the call's end. It was not decided."""
    BROKEN = "broken"
    """flowrules itself failed. What is on record was sent, the rest was not; please report it."""


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What became of one planned verb. `path` is its place in the rule. `request` is what was sent for it; None where
    nothing was."""

    rule: RuleRef
    path: str
    verb: str
    receipt: Receipt
    request: VerbRequest | None = field(default=None, repr=False, compare=False)

    @property
    def status(self) -> Status:
        return self.receipt.status

    @property
    def reason(self) -> str:
        """Why it failed, in a word of the language; '' where it did not."""
        return self.receipt.reason or ""

    @property
    def body(self) -> Mapping[str, Any]:
        """The JSON that was sent, without tokens and without the values of fields whose names say that they are secret
        (`password`); {} where nothing was sent."""
        return {} if self.request is None else without_secrets(self.request.body)

    @property
    def said(self) -> str:
        """What the caller has heard spoken because of it; '' where that is nothing, or nobody knows."""
        return "" if self.request is None else spoken_text(self.request, self.receipt)

    def __str__(self) -> str:
        because = f" because {self.reason}" if self.reason else ""
        return f"{self.verb} {self.status}{because}"


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """The answer to one event.

    `rules` took it, each with `fired` or `otherwise`: `also` rules first, the owner last. `steps` are the verbs in
    the order in which their fate was known. `advise` are texts for the model's next turn. `raised` are the outcomes
    of the events that this one led to (`step_failed`, `hangup_interrupted`). `notes` are sentences on what was
    moved, added, refused or left out. `decision` is None where the event was not decided, or is told a second time.
    """

    event_id: str
    status: EventStatus
    revision: str = ""
    rules: tuple[tuple[RuleRef, str], ...] = ()
    steps: tuple[StepOutcome, ...] = ()
    advise: tuple[str, ...] = ()
    raised: tuple["EventOutcome", ...] = ()
    notes: tuple[str, ...] = ()
    repeated: bool = False
    """This is the first outcome of an event that was reported again."""
    stay_silent: bool = False
    """The model is not to answer in this turn: a rule said so (`stay silent`), of this event or of what it raised."""
    decision: Decision | None = field(default=None, repr=False)

    @property
    def matched(self) -> bool:
        """Whether any rule took the event."""
        return bool(self.rules)

    @property
    def advice(self) -> tuple[str, ...]:
        """`advise` of this event and of all that it raised."""
        return self.advise + tuple(text for outcome in self.raised for text in outcome.advice)

    @property
    def said(self) -> tuple[str, ...]:
        """What the caller has heard spoken because of this event and of all that it raised, in order."""
        own = tuple(step.said for step in self.steps if step.said)
        return own + tuple(text for outcome in self.raised for text in outcome.said)

    @property
    def accepted(self) -> tuple[StepOutcome, ...]:
        return self._with(Status.ACCEPTED)

    @property
    def refused(self) -> tuple[StepOutcome, ...]:
        return self._with(Status.REFUSED)

    @property
    def unknown(self) -> tuple[StepOutcome, ...]:
        """Sent, and nobody knows whether they acted."""
        return self._with(Status.UNKNOWN)

    @property
    def dropped(self) -> tuple[StepOutcome, ...]:
        """Decided, and not sent."""
        return self._with(Status.DROPPED)

    @property
    def withheld(self) -> tuple[StepOutcome, ...]:
        """A dry or shadow run: they would have been sent."""
        return self._with(Status.WITHHELD)

    def _with(self, status: Status) -> tuple[StepOutcome, ...]:
        return tuple(step for step in self.steps if step.status is status)
