"""What steps are compiled to: the forms that `compiler/steps.py` builds and the planner takes."""

from collections.abc import Mapping
from typing import Any

import msgspec

from flowrules.analysis.model.dispositions import DispositionChoice
from flowrules.analysis.model.verb_fields import Quote
from flowrules.compiler.guards.conditions import CompiledCondition
from flowrules.compiler.times.calendar import Calendar
from flowrules.language.nodes import CallbackTime, Name
from flowrules.language.values import Scalar
from flowrules.record import Record
from flowrules.verbs import Effect


class ChosenTarget(Record, frozen=True):
    """A destination by a fact: the fields for each folded value, and those for any other."""

    name: str
    by: Name
    rows: Mapping[str, Mapping[str, str]]
    otherwise: Mapping[str, str] | None


class CompiledCallback(Record, frozen=True):
    """A time to call back at, with the calendars that it names."""

    when: CallbackTime
    opening: Calendar | None
    within: Calendar | None


Choices = tuple[DispositionChoice, ...]
OpenField = Quote | Name | ChosenTarget | CompiledCallback | Choices | Mapping[str, Scalar | Quote]
"""What is only known in a call. A Name is a fact that holds an id."""


class Cap(Record, frozen=True):
    """`for at most …`: after so many seconds this verb is sent to close what was opened."""

    seconds: int
    verb: str
    body: Mapping[str, Any]


class CompiledFailure(Record, frozen=True):
    """No reasons: any."""

    reasons: tuple[str, ...]
    steps: "CompiledSteps"


class CompiledVerb(Record, frozen=True):
    """A verb. `at` is its path within its steps. `body` is the exact request where nothing in it is open;
    `fixed` and `open` together fill the fields where something is. `words` are what a guard rail may call it:
    its name, and how it was written (`say`). `note` says what filled a bare `set_disposition`,
    `patience` how many seconds the caller waits for it."""

    at: str
    verb: str
    word: str
    words: frozenset[str]
    effect: Effect
    keyed: bool
    body: Mapping[str, Any] | None
    fixed: Mapping[str, Any] = msgspec.field(default_factory=dict)
    open: Mapping[str, OpenField] = msgspec.field(default_factory=dict)
    now: bool = False
    keep_as: str | None = None
    cap: Cap | None = None
    failures: tuple[CompiledFailure, ...] = ()
    note: str = ""
    patience: int | None = None


class CompiledWait(Record, frozen=True):
    at: str
    seconds: int


class CompiledRemember(Record, frozen=True):
    """`value` None forgets. A text that quotes facts is filled in when the step is planned."""

    at: str
    fact: str
    value: Scalar | Quote | None
    words: str = ""
    """How a length of time is written: `10 minutes`."""


class CompiledAdvise(Record, frozen=True):
    at: str
    text: str | Quote


class CompiledSilence(Record, frozen=True):
    """`stay silent`."""

    at: str


class CompiledStop(Record, frozen=True):
    at: str


class CompiledGoOn(Record, frozen=True):
    at: str


class CompiledIf(Record, frozen=True):
    at: str
    condition: CompiledCondition
    steps: tuple["CompiledStep", ...]
    otherwise: tuple["CompiledStep", ...]


class CompiledDo(Record, frozen=True):
    """Named steps. All that do the same name share them, so that compiling takes no longer than reading."""

    at: str
    name: str
    steps: "CompiledSteps"


CompiledStep = (
    CompiledVerb
    | CompiledWait
    | CompiledRemember
    | CompiledAdvise
    | CompiledSilence
    | CompiledStop
    | CompiledGoOn
    | CompiledIf
    | CompiledDo
)


class Foretold(Record, frozen=True):
    """What a sequence remembers, or (None) forgets, whatever happens to it; and other facts that it may change."""

    told: Mapping[str, Scalar | None]
    unsettled: frozenset[str]


class CompiledSteps(Record, frozen=True, eq=False, weakref=True):
    """A sequence. `as_written` keeps records behind an ending verb. `literal` says that nothing in it, branches
    included, depends on the call; `words` are the first words of all its verbs, branches included. `takes_time` says
    that there is something in it to be sent or waited for. `foretold`, of an `also` rule: what it changes for certain;
    None where it changes no fact by itself."""

    steps: tuple[CompiledStep, ...]
    as_written: bool
    literal: bool
    words: frozenset[str]
    takes_time: bool
    foretold: Foretold | None = None

    @property
    def goes_on(self) -> bool:
        """Whether it is a failure branch behind which the plan goes on."""
        return bool(self.steps) and isinstance(self.steps[-1], CompiledGoOn)
