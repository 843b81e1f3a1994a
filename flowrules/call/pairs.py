"""Pairs that a plan has opened: where it fails they are closed, so that no caller is left on hold."""

from dataclasses import dataclass
from datetime import datetime

from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.plan import PlannedStep, PlannedVerb
from flowrules.engine.planner import make_closing
from flowrules.engine.state import CallState
from flowrules.verbs import BY_NAME, CATALOGUE

_CLEANED_UP = frozenset(spec.name for spec in CATALOGUE if spec.closed_on_failure)
"""Verbs whose pairs a failed plan closes by itself."""
_MAY_HAVE_ACTED = ("timeout", "unavailable")
"""Reasons of a verb that may have opened its pair all the same. To close one that is not open does no harm."""


@dataclass(frozen=True, slots=True)
class OpenPair:
    """`rule` is the one that opened it, which need not be the one that failed: two rules may have steps of one path,
    and no two requests share a key."""

    opening: PlannedVerb
    rule: RuleRef

    def is_closed_by(self, step: PlannedVerb) -> bool:
        same_target = step.body.get("target") == self.opening.body.get("target")
        return BY_NAME[self.opening.verb].closed_by == step.verb and same_target

    def closing(self, ruleset: RuleSet, state: CallState, now: datetime) -> tuple[PlannedStep, ...]:
        """The steps that close it, by the guard rails of this moment."""
        opening = self.opening
        verb = BY_NAME[opening.verb].closed_by
        assert verb is not None
        target = {"target": opening.body["target"]} if "target" in opening.body else {}
        body = {"event": verb, **target}
        steps, _ = make_closing(ruleset, verb, body, f"{opening.path}.close", state, now)
        return steps


class Pairs:
    """All parts of a plan have one. What a guard rail opens while pairs are closed is not closed again: there would be
    no end of it."""

    __slots__ = ("_open", "_to_close")

    def __init__(self) -> None:
        self._open: tuple[OpenPair, ...] = ()
        self._to_close: tuple[OpenPair, ...] | None = None

    def fork(self) -> "Pairs":
        twin = Pairs()
        twin._open, twin._to_close = self._open, self._to_close
        return twin

    def note(self, step: PlannedVerb, rule: RuleRef, reason: str | None) -> None:
        """A verb was sent, and failed for this reason; None: it went well."""
        if reason is None:
            self._open = tuple(pair for pair in self._open if not pair.is_closed_by(step))
        if step.verb in _CLEANED_UP and (reason is None or reason in _MAY_HAVE_ACTED):
            self._open += (OpenPair(step, rule),)

    def begin_closing(self, *, failed: bool) -> None:
        """A part is over. Where it has failed, what the plan has opened is to be closed, the last one first."""
        self._to_close = self._open if failed else ()

    def next_to_close(self) -> OpenPair | None:
        """The next pair, which counts as closed from now on. One that was closed together with another is passed
        over."""
        while self._to_close:
            *rest, pair = self._to_close
            self._to_close = tuple(rest)
            if pair in self._open:
                self._open = tuple(one for one in self._open if one is not pair)
                return pair
        return None
