"""What an event leads to: which rules answer it, and what they were told. Not yet what is sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.indexing.bucket import RULE, Entry
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.moment import Moment
from flowrules.engine.event import Event
from flowrules.engine.state import CallState
from flowrules.language.nodes import Rank
from flowrules.language.values import Scalar, Value


class Outcome(StrEnum):
    """Which of a rule's two sequences runs."""

    FIRED = "fired"
    OTHERWISE = "otherwise"


Part = tuple[CompiledRule, Outcome]


class Verdict(StrEnum):
    """What became of one rule. The first two are the outcomes of rules that run."""

    FIRED = "fired"
    OTHERWISE = "otherwise"
    GUARD_NO = "guard no"
    GUARD_UNKNOWN = "guard unknown"
    USED_UP = "used up"
    COOLING = "cooling down"
    COUNTING = "counting"
    """Its counter (`2 times`) is not there yet."""
    NO_MATCH = "event did not match"
    EARLIER = "an earlier rule took it"
    SAID_BEFORE = "this utterance set it off before"


class Told(NamedTuple):
    """A fact that an `also` rule changes for certain, and what it makes of it; None: it forgets it."""

    value: Scalar | None
    by: CompiledRule


class Trace(NamedTuple):
    """What the decision looked at, rule by rule, and all it looked with. `engine/trace.py` puts it in words.

    `facts` are those of the plain rules, to which `told` was known of the `also` rules."""

    ruleset: RuleSet
    state: CallState
    considered: tuple[tuple[CompiledRule, Verdict], ...]
    facts: Mapping[str, Value]
    told: Mapping[str, Told]

    def facts_of(self, rule: CompiledRule, decision: "Decision") -> Mapping[str, Value]:
        """What was known when a rule was asked."""
        return self.facts if rule.rank is Rank.PLAIN else decision.facts


class Decision:
    """The answer to one event. Immutable: only `decide` makes one, and fills it. A class of slots, since making the
    answer is a good part of what a decision costs; a named tuple takes twice as long.

    Decisions are equal where they answer alike on equal inputs, traced or not.
    """

    __slots__ = (
        "_also", "_before", "_event", "_facts", "_found", "_moment", "_notes", "_outcome", "_revision", "_trace",
    )  # fmt: skip
    _revision: str
    _event: Event
    _moment: Moment
    _facts: Mapping[str, Value]
    _found: Entry | None
    _outcome: Outcome
    _also: tuple[Part, ...]
    _before: frozenset[str]
    _notes: tuple[str, ...]
    _trace: Trace | None
    __hash__ = None  # type: ignore[assignment]

    @property
    def revision(self) -> str:
        """The rule set's."""
        return self._revision

    @property
    def event(self) -> Event:
        return self._event

    @property
    def moment(self) -> Moment:
        return self._moment

    @property
    def now(self) -> datetime:
        return self._moment[0]

    @property
    def facts(self) -> Mapping[str, Value]:
        """Everything that was known, what the event carries included."""
        return self._facts

    @property
    def owner(self) -> CompiledRule | None:
        """The rule that took the event, None where none did."""
        taker = self.taker
        return None if taker is None or taker.id in self._before else taker

    @property
    def taker(self) -> CompiledRule | None:
        """The rule that the event goes to, which may have been set off by the same utterance before: then it keeps the
        event, and does nothing."""
        return None if self._found is None else self._found[RULE]

    @property
    def outcome(self) -> Outcome:
        """Which of the owner's two sequences runs."""
        return self._outcome

    @property
    def also(self) -> tuple[Part, ...]:
        """The rules that run besides."""
        return self._also

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was refused."""
        return self._notes

    @property
    def trace(self) -> Trace | None:
        """What was looked at, where that was asked for."""
        return self._trace

    @property
    def parts(self) -> tuple[Part, ...]:
        """The rules that run, in the order in which they do: `also` rules as written, then the owner."""
        if self._found is None or (self._before and self._found[RULE].id in self._before):
            return self._also
        return (*self._also, (self._found[RULE], self._outcome))

    @property
    def set_off_before(self) -> frozenset[str]:
        """The ids of rules that do not run because the same utterance has set them off already."""
        return self._before

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Decision):
            return NotImplemented
        return _answer(self) == _answer(other)

    def __repr__(self) -> str:
        parts = ", ".join(f"{rule.id} {outcome}" for rule, outcome in self.parts)
        return f"Decision({dict(self._event.keys)!r}: {parts or 'no rule'})"


def instead_of(decision: Decision, parts: Sequence[Part]) -> Decision:
    """The decision on the same event that these rules take it: for a replay, where what a decision depends on is not
    known any more. It has looked at nothing."""
    given = Decision()
    for name in Decision.__slots__:
        setattr(given, name, getattr(decision, name))
    given._also = tuple(part for part in parts if part[0].rank is Rank.ALSO)
    given._found, given._outcome = None, Outcome.FIRED
    for rule, outcome in parts:
        if rule.rank is not Rank.ALSO:
            given._found, given._outcome = (rule.order, None, (), None, rule), outcome
    given._before, given._trace = frozenset(), None
    return given


_answer = attrgetter("_revision", "_event", "_moment", "_facts", "owner", "_outcome", "_also", "_notes")
