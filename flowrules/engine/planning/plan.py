"""A plan: what will be sent, in which order, and what follows where a step fails. Pure data, no way to send it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowrules.compiler.compiled_steps import Cap
from flowrules.compiler.refs import RuleRef
from flowrules.engine.event import Source
from flowrules.language.values import Scalar
from flowrules.verbs import BY_NAME, Effect

__all__ = [
    "AdviseStep", "Branch", "Cap", "FailedStep", "Plan", "PlanPart", "PlannedStep", "PlannedVerb", "RememberStep",
    "SilentStep", "WaitStep", "branch_for", "steps_behind",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Branch:
    """What runs where a step fails with one of these reasons; no reasons: any.

    `behind` is the path of the step behind which the plan goes on when the branch has run to its end (`go on`): the
    step that failed, or the verb that this stands before. Empty: the plan is over with the branch.
    """

    reasons: tuple[str, ...]
    steps: tuple["PlannedStep", ...]
    behind: str = ""

    @property
    def goes_on(self) -> bool:
        return bool(self.behind)


@dataclass(frozen=True, slots=True)
class PlannedVerb:
    """One request to come.

    `path` is the step's place in the rule, branch and weaving included (`3`, `3.fail1.2`, `3.before1.1`): with
    call, event and rule it makes the idempotency key. `body` is the exact JSON, `event` first. `late` maps
    fields of the body to call-memory facts whose value a receipt of this same plan will bring (the body holds
    `{fact}` there until then). `keep_as` names the fact that keeps the reply's `member_id`. `note` says why the
    step stands here, where the rule's own text does not.

    `wait_for_speech`: not before the bot has finished speaking. Every ending verb but those with `now` says so, and so
    does the first request that it brings before it (a moved record, the closing of a pair): it waits in the ending
    verb's place. `optional`: a failure is recorded and its branch runs, but the steps behind it run all the same.
    `best_effort`: the same, for a step of the rule behind which something follows that is worth going on for.
    `patience`: so many seconds the caller waits for this step; None: as many as the host says.

    `provisional`: a record that tells something, for the ending verb behind it. If that verb is not accepted, what the
    call knows because of the record is as it was before. `closes_cap`: it closes a pair whose cap could not act after
    the ending verb behind it. It is left out where that pair is not open when its turn comes.

    `source` is the weakest source among the facts that the body quotes. What the call knows because of this verb has
    that source.
    """

    path: str
    verb: str
    body: Mapping[str, Any]
    effect: Effect
    keyed: bool = True
    wait_for_speech: bool = False
    late: Mapping[str, str] | None = None
    keep_as: str | None = None
    cap: Cap | None = None
    patience: int | None = None
    branches: tuple[Branch, ...] = ()
    note: str = ""
    optional: bool = False
    best_effort: bool = False
    provisional: bool = False
    closes_cap: bool = False
    source: Source = Source.PLATFORM

    @property
    def may_fail(self) -> bool:
        """Whether the steps behind it run although it fails."""
        return self.optional or self.best_effort

    @property
    def word(self) -> str:
        """The word by which rules write this request: `say`, where the verb is play_audio with a text."""
        spec = BY_NAME.get(self.verb)
        words = () if spec is None else sorted(spec.words(self.body) - {self.verb})
        return words[0] if words else self.verb


@dataclass(frozen=True, slots=True)
class FailedStep:
    """A step that failed while planning: it can't be sent, its failure branch runs. `reason` is `refused` or
    `forbidden`; `message` a sentence for the journal and the preview. Unless it is `optional` the plan holds
    nothing behind it."""

    path: str
    verb: str
    reason: str
    message: str
    branches: tuple[Branch, ...] = ()
    optional: bool = False

    @property
    def may_fail(self) -> bool:
        """As that of a verb."""
        return self.optional


@dataclass(frozen=True, slots=True)
class WaitStep:
    path: str
    seconds: int


@dataclass(frozen=True, slots=True)
class RememberStep:
    """Keep a fact in the call's memory; `value` None forgets it. `provisional` as for a verb: it was moved before an
    ending verb, and holds only if that is accepted. `source` is the weakest source of what fills the value."""

    path: str
    fact: str
    value: Scalar | None
    provisional: bool = False
    source: Source = Source.PLATFORM
    words: str = field(default="", compare=False)
    """How the value is written, where that says more: `10 minutes`."""


@dataclass(frozen=True, slots=True)
class AdviseStep:
    """A text for the model's next turn."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class SilentStep:
    """The model is not to answer in this turn (`stay silent`)."""

    path: str


PlannedStep = PlannedVerb | FailedStep | WaitStep | RememberStep | AdviseStep | SilentStep


def every_step(steps: Iterable[PlannedStep]) -> Iterator[PlannedStep]:
    """The steps of a sequence, and those of their failure branches."""
    for step in steps:
        yield step
        if isinstance(step, PlannedVerb | FailedStep):
            for branch in step.branches:
                yield from every_step(branch.steps)


def branch_for(branches: Iterable[Branch], reason: str) -> Branch | None:
    """The first branch that names a reason, or names none."""
    return next((branch for branch in branches if not branch.reasons or reason in branch.reasons), None)


def steps_behind(path: str, rest: tuple[PlannedStep, ...]) -> tuple[PlannedStep, ...]:
    """What is left of the `rest` of a plan behind the step with a path: neither that step itself, nor what was put
    around it (`3.before1.2`, `3.instead.1`)."""
    inside = f"{path}."
    for index, step in enumerate(rest):
        if step.path != path and not step.path.startswith(inside):
            return rest[index:]
    return ()


@dataclass(frozen=True, slots=True)
class PlanPart:
    """One rule's share of a plan. `also` parts come first and can't end the call; a part that fails does not
    stop the parts behind it, unless the call has ended. `rails` are the guard rails with a name that had a hand in it,
    each with the path at which: that of the steps that it brought (`3.before1`, `3.instead`), or of the verb that it
    forbids."""

    rule: RuleRef
    outcome: str
    """`fired` or `otherwise`."""
    steps: tuple[PlannedStep, ...]
    urgent: bool = False
    rails: tuple[tuple[str, RuleRef], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What one event leads to. No parts: no rule took it. `notes` are sentences about what was moved, added,
    left out or printed empty, in order."""

    revision: str
    parts: tuple[PlanPart, ...] = ()
    notes: tuple[str, ...] = ()
    kept: dict[str, bytes] | None = field(default=None, compare=False, repr=False)
    """Of a plan that is made once for its rule set: what has been written of it, so that it is written once too. None:
    this plan is for one event."""
