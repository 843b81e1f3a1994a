"""A report, as data. Times are in seconds, moments ISO 8601 in UTC."""

from dataclasses import asdict, dataclass
from typing import Any

from flowrules.compiler.refs import RuleRef


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took. Half of all took up to `median`, 95 of 100 up to `p95`; both are right to one part in
    forty."""

    times: int = 0
    total: float = 0.0
    median: float = 0.0
    p95: float = 0.0
    longest: float = 0.0


@dataclass(frozen=True, slots=True)
class Numbers:
    """`unmatched`: events that no rule took. `verbs` went out; `failed` of these were refused, or have an unknown
    fate."""

    calls: int = 0
    events: int = 0
    unmatched: int = 0
    verbs: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """An hour or a day, from `begins`."""

    begins: str
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class RuleUse:
    """How often a rule took an event, with its steps or with its `otherwise`, and in how many calls. `share`: of all
    events."""

    rule: RuleRef
    fired: int
    otherwise: int
    calls: int
    share: float


@dataclass(frozen=True, slots=True)
class RailUse:
    """How often a guard rail changed what was done."""

    rail: RuleRef
    times: int


@dataclass(frozen=True, slots=True)
class UnknownFact:
    """So often a rule was passed over, or took its `otherwise`, because nobody knew a fact that it asks for."""

    fact: str
    rule: RuleRef
    times: int


@dataclass(frozen=True, slots=True)
class VerbFate:
    """What became of verbs: `status` as in a receipt, `reason` '' where nothing failed."""

    verb: str
    status: str
    reason: str
    times: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Waits that a rule asked for."""

    rule: RuleRef
    times: int
    seconds: float


@dataclass(frozen=True, slots=True)
class StepTime:
    """How long the answer to a step's verb took."""

    rule: RuleRef
    path: str
    verb: str
    took: Spread


@dataclass(frozen=True, slots=True)
class RuleChange:
    """How often a rule took an event, of a thousand, before an edit and after it."""

    label: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class ChangedText:
    """A part of the rules that an edit changed, as it stands in the files; '' where nothing stood."""

    what: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Rules that were loaded anew. `status`: `live`, or `refused` or `held` with a `message`. `changed` is None where
    the texts are not at hand. `before` and `after` are the numbers of the time from the edit before to this one, and
    from this one to the next; None where the edit did not go live."""

    at: str
    status: str
    revision: str
    was: str
    message: str
    changed: tuple[ChangedText, ...] | None = None
    before: Numbers | None = None
    after: Numbers | None = None
    rules: tuple[RuleChange, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveCoverage:
    """Which outcomes of a rule live calls have reached, and which not yet."""

    rule: RuleRef
    reached: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The rules that the report knows by their texts: of this revision. `never` have taken no event. `why_not` says why
    none are known; '' where some are."""

    revision: str = ""
    rules: int = 0
    never: tuple[RuleRef, ...] = ()
    coverage: tuple[LiveCoverage, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """How many took up to so many seconds, and more than the bar before; None: any longer."""

    up_to: float | None
    times: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a journal says. `first` and `last`: when its first and last line were written; '' where it has none. `open`:
    calls that have not ended. `zone`: that of the rules, in which `periods` begin.

    `ended`: why calls ended, and how often. `sources`: who reported events. `statuses`: how events ended. `problems`
    are sentences on what does not fit in the journal, `more_problems` how many beside these. `erased`: lines of callers
    who were erased."""

    first: str
    last: str
    zone: str
    entries: int
    totals: Numbers
    open: int
    ended: tuple[tuple[str, int], ...]
    call_length: Spread
    sources: tuple[tuple[str, int], ...]
    statuses: tuple[tuple[str, int], ...]
    hourly: bool
    periods: tuple[Period, ...]
    rules: tuple[RuleUse, ...]
    rails: tuple[RailUse, ...]
    known: Known
    unknown_facts: tuple[UnknownFact, ...]
    verbs: tuple[VerbFate, ...]
    answers: Spread
    answer_bars: tuple[Bar, ...]
    until_decided: Spread
    waits: tuple[Wait, ...]
    slowest: tuple[StepTime, ...]
    edits: tuple[Edit, ...]
    problems: tuple[str, ...]
    more_problems: int
    erased: int

    def as_json(self) -> dict[str, Any]:
        """As JSON data, with the same names."""
        return asdict(self)
