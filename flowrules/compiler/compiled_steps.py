"""What steps are compiled to: the forms that `compiler/steps.py` builds and the planner takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowrules.analysis.bodies import Quote
from flowrules.analysis.dispositions import DispositionChoice
from flowrules.compiler.calendar import Calendar
from flowrules.compiler.conditions import CompiledCondition
from flowrules.language.nodes import CallbackTime, Name
from flowrules.language.values import Scalar
from flowrules.verbs import Effect


@dataclass(frozen=True, slots=True)
class ChosenTarget:
    """A destination by a fact: the fields for each folded value, and those for any other."""

    name: str
    by: Name
    rows: Mapping[str, Mapping[str, str]]
    otherwise: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class CompiledCallback:
    """A time to call back at, with the calendars that it names."""

    when: CallbackTime
    opening: Calendar | None
    within: Calendar | None


Choices = tuple[DispositionChoice, ...]
OpenField = Quote | Name | ChosenTarget | CompiledCallback | Choices | Mapping[str, Scalar | Quote]
"""What is only known in a call. A Name is a fact that holds an id."""


@dataclass(frozen=True, slots=True)
class Cap:
    """`for at most …`: after so many seconds this verb is sent to close what was opened."""

    seconds: int
    verb: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CompiledFailure:
    """No reasons: any."""

    reasons: tuple[str, ...]
    steps: "CompiledSteps"


@dataclass(frozen=True, slots=True)
class CompiledVerb:
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
    fixed: Mapping[str, Any] = field(default_factory=dict)
    open: Mapping[str, OpenField] = field(default_factory=dict)
    now: bool = False
    keep_as: str | None = None
    cap: Cap | None = None
    failures: tuple[CompiledFailure, ...] = ()
    note: str = ""
    patience: int | None = None


@dataclass(frozen=True, slots=True)
class CompiledWait:
    at: str
    seconds: int


@dataclass(frozen=True, slots=True)
class CompiledRemember:
    """`value` None forgets."""

    at: str
    fact: str
    value: Scalar | None


@dataclass(frozen=True, slots=True)
class CompiledAdvise:
    at: str
    text: str | Quote


@dataclass(frozen=True, slots=True)
class CompiledStop:
    at: str


@dataclass(frozen=True, slots=True)
class CompiledGoOn:
    at: str


@dataclass(frozen=True, slots=True)
class CompiledIf:
    at: str
    condition: CompiledCondition
    steps: tuple["CompiledStep", ...]
    otherwise: tuple["CompiledStep", ...]


@dataclass(frozen=True, slots=True)
class CompiledDo:
    """Named steps. All that do the same name share them, so that compiling takes no longer than reading."""

    at: str
    name: str
    steps: "CompiledSteps"


CompiledStep = (
    CompiledVerb
    | CompiledWait
    | CompiledRemember
    | CompiledAdvise
    | CompiledStop
    | CompiledGoOn
    | CompiledIf
    | CompiledDo
)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a sequence remembers, or (None) forgets, whatever happens to it; and other facts that it may change."""

    told: Mapping[str, Scalar | None]
    unsettled: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CompiledSteps:
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
