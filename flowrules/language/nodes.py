"""The AST: what a block of a rule file says, as frozen data without behaviour.

A block (one rule, one declaration) is a pure function of its own text: spans count from the block's start and
take no part in equality. `Block` says where the block stands.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from flowrules.language.names import fold
from flowrules.source import Location, SourceFile, Span

NOWHERE = Span(0, 0)


def _span() -> Span:
    return field(default=NOWHERE, compare=False, repr=False)


# --- words and values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written; `key` is what it is compared by."""

    text: str
    span: Span = _span()

    @property
    def key(self) -> str:
        return fold(self.text)


class Kind(StrEnum):
    """What a literal looks like on the page."""

    WORD = "word"
    """A bare name: text (`sales`), or digits that begin with a zero (`0123`)."""
    TEXT = "text"
    """Quoted; `value` has `""` resolved and `{…}` as written."""
    NUMBER = "number"
    YESNO = "yes or no"
    DURATION = "duration"
    """`value` in seconds."""
    TIME = "time"
    """`value` in minutes after midnight, 0 to 1440."""
    DATE = "date"
    PHONE = "phone number"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value on the page. `raw` is how it was written, for printing and messages."""

    kind: Kind
    value: str | int | float | bool | date
    raw: str = field(compare=False)
    span: Span = _span()


# --- conditions ---------------------------------------------------------------------------------------------


class Op(StrEnum):
    """What is asked of a fact. `language/operators.py` has their words, symbols and negations."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    ONE_OF = "one_of"
    NOT_ONE_OF = "not_one_of"
    IN_LIST = "in_list"
    NOT_IN_LIST = "not_in_list"
    CONTAINS = "contains"
    CONTAINS_ANY = "contains_any"
    CONTAINS_LIST = "contains_list"
    CONTAINS_DIGITS = "contains_digits"
    """`contains at least 6 digits`: the number is the one value."""
    STARTS_WITH = "starts_with"
    BETWEEN = "between"
    NOT_BETWEEN = "not_between"
    KNOWN = "known"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Compare:
    """`balance is at least 500`. `values` holds literals, `list` the name behind `is in` and `contains any of`."""

    fact: Name
    op: Op
    values: tuple[Literal, ...] = ()
    list: Name | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class During:
    """`during office` (inside) or `outside office`."""

    hours: Name
    inside: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Condition", ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Condition", ...]
    span: Span = _span()


Condition = Compare | During | Not | And | Or


class GuardWord(StrEnum):
    WHEN = "when"
    UNLESS = "unless"
    DURING = "during"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard phrase of a rule or rail. With `during` and `outside` the condition is a `During`."""

    word: GuardWord
    condition: Condition
    span: Span = _span()


# --- triggers and limits ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventTest:
    """One thing that may have happened: a bare event (`payment_done`) or a test of what the event carries."""

    name: Name
    test: Compare | None = None
    """Its `fact` is `name` again."""
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Times:
    """`2 times`, `3 times in a row`."""

    count: int
    in_a_row: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class On:
    """`on A or B`; with `times`, the count belongs to the whole."""

    tests: tuple[EventTest, ...]
    times: Times | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OnAnything:
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class AfterCall:
    """`after 8 minutes` of the call."""

    duration: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class AfterFact:
    """`after 10 seconds of silence`, or of any fact that has been yes so long."""

    duration: Literal
    fact: Name
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class AtTime:
    """`at 21:00`."""

    time: Literal
    span: Span = _span()


Trigger = On | OnAnything | AfterCall | AfterFact | AtTime


class LimitKind(StrEnum):
    PER_CALL = "per call"
    """`once per call` (count 1) and `at most N times per call`."""
    COOLDOWN = "cooldown"
    """`not again for D`."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`amount` is a count, or seconds for a cooldown; `raw` the duration as written."""

    kind: LimitKind
    amount: int
    raw: str = field(default="", compare=False)
    span: Span = _span()


# --- steps --------------------------------------------------------------------------------------------------


class TargetKind(StrEnum):
    AGENT = "agent"
    QUEUE = "queue"
    NUMBER = "number"
    SIP = "sip"
    SUPERVISOR = "supervisor"
    TO = "to"
    """A declared destination."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a caller goes, or who joins. `value` is literal: a target never holds facts."""

    kind: TargetKind
    value: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Pair:
    """`KEY VALUE` after `with`."""

    key: Name
    value: Literal
    span: Span = _span()


class CallbackKind(StrEnum):
    IN = "in"
    TODAY = "today"
    TOMORROW = "tomorrow"
    NEXT_DAY = "next day"
    NEXT_HOURS = "next hours"
    AT_DATE = "at date"
    AT_FACT = "at fact"


@dataclass(frozen=True, slots=True)
class CallbackTime:
    """When to call back. Which fields are set goes by `kind`: IN duration; TODAY and TOMORROW time; NEXT_DAY day
    (0 is Monday) and time; NEXT_HOURS name; AT_DATE date and time; AT_FACT name."""

    kind: CallbackKind
    duration: Literal | None = None
    day: int | None = None
    date: Literal | None = None
    time: Literal | None = None
    name: Name | None = None
    span: Span = _span()


ArgumentValue = Literal | Name | Target | CallbackTime | tuple[Pair, ...] | bool


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a verb, under the name that its form gives it (`verbs/catalogue.py`).

    By the slot's kind: target, participant → Target; text, url, digits, label, value, duration, party →
    Literal; name, call_fact, member → Name; callback_time → CallbackTime; pairs → tuple of Pair; a flag → True.
    """

    name: str
    value: ArgumentValue
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Failure:
    """`if it fails [because R, R] then STEPS`. No reasons: any."""

    reasons: tuple[Name, ...]
    steps: tuple["Step", ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class VerbStep:
    """A verb of the catalogue. `verb` is its API name, `word` how it was written (`say` is `play_audio`).
    Arguments that were not written are absent."""

    verb: str
    word: str
    arguments: tuple[Argument, ...] = ()
    failures: tuple[Failure, ...] = ()
    span: Span = _span()
    word_span: Span = _span()


@dataclass(frozen=True, slots=True)
class OtherVerb:
    """`verb future_verb with key value`: sent as it stands."""

    name: Name
    pairs: tuple[Pair, ...] = ()
    failures: tuple[Failure, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Wait:
    duration: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Do:
    name: Name
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Stop:
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Remember:
    name: Name
    value: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Forget:
    name: Name
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Advise:
    text: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class If:
    """`if COND then STEPS otherwise STEPS` on a line of its own."""

    condition: Condition
    steps: tuple["Step", ...]
    otherwise: tuple["Step", ...] = ()
    span: Span = _span()


Step = VerbStep | OtherVerb | Wait | Do | Stop | Remember | Forget | Advise | If


# --- rules and rails ----------------------------------------------------------------------------------------


class Rank(StrEnum):
    PLAIN = ""
    ALSO = "also"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Rule:
    """`label` is None for a one-liner; `block` tells which of the two shapes was written. `otherwise` is None
    where it was not written."""

    trigger: Trigger
    steps: tuple[Step, ...]
    label: Literal | None = None
    rank: Rank = Rank.PLAIN
    guards: tuple[Guard, ...] = ()
    limits: tuple[Limit, ...] = ()
    otherwise: tuple[Step, ...] | None = None
    block: bool = False
    span: Span = _span()
    head_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Never:
    """`never VERBS GUARDS [instead STEPS]`. A verb name here may be `say`."""

    verbs: tuple[Name, ...]
    guards: tuple[Guard, ...]
    instead: tuple[Step, ...] | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Before:
    """`before VERBS [GUARDS] then STEPS`."""

    verbs: tuple[Name, ...]
    guards: tuple[Guard, ...]
    steps: tuple[Step, ...]
    span: Span = _span()


# --- declarations -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Timezone:
    zone: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OrderAsWritten:
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ListDef:
    name: Name
    values: tuple[Literal, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class EventDef:
    names: tuple[Name, ...]
    span: Span = _span()


class FactType(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    YESNO = "yes/no"
    ONE_OF = "one of"
    DURATION = "duration"
    TIME = "time"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class FactDef:
    """`fact language is one of hi, en, ta from host`. `source`: platform, host, model or caller."""

    name: Name
    type: FactType
    values: tuple[Literal, ...] = ()
    source: str | None = None
    span: Span = _span()


class AllowKind(StrEnum):
    NUMBERS = "numbers"
    SIP = "sip"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Allow:
    what: AllowKind
    values: tuple[Literal, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class DefaultDisposition:
    """`default disposition [for intent=sales] is SALES_XFER`."""

    label: Literal
    event: Name | None = None
    value: Literal | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Destination:
    name: Name
    target: Target
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class DestinationRow:
    key: Literal
    target: Target
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class DestinationMap:
    name: Name
    by: Name
    rows: tuple[DestinationRow, ...]
    otherwise: Target | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Opening:
    """From inclusive to exclusive, in minutes after midnight; an end at or before the start is overnight."""

    start: Literal
    end: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OpenWeek:
    """Days as numbers, 0 is Monday, in written order with ranges spelled out."""

    days: tuple[int, ...]
    openings: tuple[Opening, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OpenDate:
    dates: tuple[Literal, ...]
    openings: tuple[Opening, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ClosedOn:
    dates: tuple[Literal, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Holidays:
    """`holidays IN`, `holidays IN-KA`: closed on a country's (or a part's) public holidays."""

    calendar: Name
    span: Span = _span()


HoursLine = OpenWeek | OpenDate | ClosedOn | Holidays


@dataclass(frozen=True, slots=True)
class Hours:
    name: Name
    lines: tuple[HoursLine, ...]
    zone: Literal | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Steps:
    name: Name
    steps: tuple[Step, ...]
    span: Span = _span()


# --- tests in the file --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """`given balance is 900`. Several values: the fact holds all of them."""

    fact: Name
    values: tuple[Literal, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class GivenTime:
    """`given time is 2026-03-02 11:00`."""

    date: Literal
    time: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class GivenFails:
    """`given transfer fails [because unavailable]`."""

    verb: Name
    reasons: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class EventKey:
    """One key of a played event. No values: a bare event."""

    name: Name
    values: tuple[Literal, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Play:
    """`on intent=sales with lead_source=web`: the first key, then those behind `with`. `meanwhile` comes while what
    this event led to still waits, as for the bot's last word before a hangup."""

    keys: tuple[EventKey, ...]
    meanwhile: "Play | None" = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class PlayAfter:
    """`after 8 minutes` (to that time of the call), `after 10 seconds of silence`."""

    duration: Literal
    fact: Name | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class PlayAt:
    """`at 21:00`: the clock moves on to that time of day."""

    time: Literal
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class AnyStep:
    """`expect advise`: a step of the engine's own by its first word alone, whatever it says."""

    word: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is expected: a step with the arguments that matter (those not written match anything)."""

    step: Step | AnyStep
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect A then B`: in this order, others between them allowed."""

    patterns: tuple[Pattern, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ExpectNot:
    pattern: Pattern
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ExpectNothing:
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ExpectRule:
    label: Literal
    span: Span = _span()


TestLine = (
    Given
    | GivenTime
    | GivenFails
    | Play
    | PlayAfter
    | PlayAt
    | Expect
    | ExpectNot
    | ExpectNothing
    | ExpectRule
)


@dataclass(frozen=True, slots=True)
class Test:
    label: Literal
    lines: tuple[TestLine, ...]
    span: Span = _span()


Declaration = (
    Timezone
    | OrderAsWritten
    | ListDef
    | EventDef
    | FactDef
    | Allow
    | DefaultDisposition
    | Destination
    | DestinationMap
    | Hours
    | Steps
)
Item = Rule | Never | Before | Declaration | Test


# --- files --------------------------------------------------------------------------------------------------


class Block(NamedTuple):
    """One top-level item and where it stands. `item` is None where the text could not be understood.
    `comment` is the text of the comment lines right above it, without their signs. A tuple, since every edit of a
    file moves the blocks below it."""

    source: SourceFile
    start: int
    end: int
    item: Item | None
    comment: str = ""

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def locate(self, span: Span) -> Location:
        """Where a node of this block stands in its file."""
        return Location(self.source, self.start + span.start, self.start + span.end)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A parsed file: its blocks in written order."""

    source: SourceFile
    blocks: tuple[Block, ...]
