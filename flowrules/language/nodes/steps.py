"""What is done: verbs with their arguments and failure branches, and the engine's own steps."""

from enum import StrEnum

from flowrules.language.nodes.conditions import Condition
from flowrules.language.nodes.words import NOWHERE, Literal, Name
from flowrules.record import Node
from flowrules.source import Span


class TargetKind(StrEnum):
    AGENT = "agent"
    QUEUE = "queue"
    NUMBER = "number"
    SIP = "sip"
    SUPERVISOR = "supervisor"
    TO = "to"
    """A declared destination."""


class Target(Node, frozen=True):
    """Where a caller goes, or who joins. `value` is literal: a target never holds facts."""

    kind: TargetKind
    value: Literal
    span: Span = NOWHERE


class Pair(Node, frozen=True):
    """`KEY VALUE` after `with`."""

    key: Name
    value: Literal
    span: Span = NOWHERE


class CallbackKind(StrEnum):
    IN = "in"
    TODAY = "today"
    TOMORROW = "tomorrow"
    NEXT_DAY = "next day"
    NEXT_HOURS = "next hours"
    AT_DATE = "at date"
    AT_FACT = "at fact"


class CallbackTime(Node, frozen=True):
    """When to call back. Which fields are set goes by `kind`: IN duration; TODAY and TOMORROW time; NEXT_DAY day
    (0 is Monday) and time; NEXT_HOURS name; AT_DATE date and time; AT_FACT name."""

    kind: CallbackKind
    duration: Literal | None = None
    day: int | None = None
    date: Literal | None = None
    time: Literal | None = None
    name: Name | None = None
    span: Span = NOWHERE


ArgumentValue = Literal | Name | Target | TargetKind | CallbackTime | tuple[Pair, ...] | bool


class Argument(Node, frozen=True):
    """One argument of a verb, under the name that its form gives it (`verbs/catalogue.py`).

    By the slot's kind: target, participant → Target; text, url, digits, label, value, duration, party →
    Literal; name, call_fact, member → Name; callback_time → CallbackTime; pairs → tuple of Pair; a flag → True.
    A test may expect the kind of a target alone (`expect transfer queue`): a TargetKind.
    """

    name: str
    value: ArgumentValue
    span: Span = NOWHERE


class Failure(Node, frozen=True):
    """`if it fails [because R, R] then STEPS`. No reasons: any. Where the last step is a `GoOn` the plan goes on behind
    the step that failed."""

    reasons: tuple[Name, ...]
    steps: tuple["Step", ...]
    span: Span = NOWHERE


class VerbStep(Node, frozen=True):
    """A verb of the catalogue. `verb` is its API name, `word` how it was written (`say` is `play_audio`).
    Arguments that were not written are absent. `patience`: `within 5 seconds`."""

    verb: str
    word: str
    arguments: tuple[Argument, ...] = ()
    failures: tuple[Failure, ...] = ()
    span: Span = NOWHERE
    word_span: Span = NOWHERE
    patience: Literal | None = None


class OtherVerb(Node, frozen=True):
    """`verb future_verb with key value`: sent as it stands."""

    name: Name
    pairs: tuple[Pair, ...] = ()
    failures: tuple[Failure, ...] = ()
    span: Span = NOWHERE
    patience: Literal | None = None


class Wait(Node, frozen=True):
    duration: Literal
    span: Span = NOWHERE


class Do(Node, frozen=True):
    name: Name
    span: Span = NOWHERE


class Stop(Node, frozen=True):
    span: Span = NOWHERE


class GoOn(Node, frozen=True):
    """`go on`, the last step of a failure branch: the plan goes on behind the step that failed."""

    span: Span = NOWHERE


class Remember(Node, frozen=True):
    name: Name
    value: Literal
    span: Span = NOWHERE


class Forget(Node, frozen=True):
    name: Name
    span: Span = NOWHERE


class Advise(Node, frozen=True):
    text: Literal
    span: Span = NOWHERE


class StaySilent(Node, frozen=True):
    """`stay silent`: the model does not answer in this turn."""

    span: Span = NOWHERE


class If(Node, frozen=True):
    """`if COND then STEPS otherwise STEPS` on a line of its own."""

    condition: Condition
    steps: tuple["Step", ...]
    otherwise: tuple["Step", ...] = ()
    span: Span = NOWHERE


Step = VerbStep | OtherVerb | Wait | Do | Stop | GoOn | Remember | Forget | Advise | StaySilent | If
