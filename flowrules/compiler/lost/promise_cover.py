"""Whether one promise demands all that another one did: what an edit may put in its place without a loss."""

from collections.abc import Iterable
from math import inf
from typing import NamedTuple, assert_never

from flowrules.compiler.lost.guard_cover import Any_, GuardCover, asks_as_much, cover_of_guards, demands_of
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Absence,
    Existence,
    Name,
    On,
    Precedence,
    Promise,
    Promised,
    Response,
    Universality,
)
from flowrules.language.printer import print_event_test
from flowrules.verbs import verb_named

_ALWAYS = GuardCover(frozenset(), frozenset())
_NOTHING: frozenset[Any_] = frozenset({frozenset()})


class PromiseCover(NamedTuple):
    """`about`: the verbs or events that it speaks of, '' where it speaks of no one of them. `guards`: where it binds.
    `demands`: what must hold then, each by one of its choices; or which of `answers` must come, in `within` seconds.
    `times`: how often its events must have happened, counted together, one turn after the other where `in_a_row`."""

    kind: type[Promised]
    about: frozenset[str]
    guards: GuardCover = _ALWAYS
    demands: frozenset[Any_] = _NOTHING
    answers: frozenset[str] = frozenset()
    within: float = inf
    or_end: bool = False
    times: int = 1
    in_a_row: bool = False

    def holds_for(self, subject: str, demand: Any_, other: "PromiseCover") -> bool:
        """Whether of this subject it demands this wherever the other one did."""
        return (
            self.kind is other.kind
            and subject in self.about
            and self.guards.binds_wherever(other.guards)
            and asks_as_much(self.demands, (demand,))
            and self.answers == other.answers
            and self.within <= other.within
            and self.or_end <= other.or_end
            and self._counts_as_soon(other)
        )

    def _counts_as_soon(self, other: "PromiseCover") -> bool:
        """Whether its events have happened often enough wherever those of the other one had."""
        if self.times == 1:
            return True
        return self.times <= other.times and self.in_a_row <= other.in_a_row and other.about <= self.about


def cover_of(promise: Promise) -> PromiseCover:
    match promise.pattern:
        case Existence(condition=condition):
            return PromiseCover(Existence, frozenset({""}), demands=demands_of(condition))
        case Absence(verbs=verbs, guards=guards):
            return PromiseCover(Absence, _in_all_forms(verbs), cover_of_guards(guards))
        case Precedence(verbs=verbs, condition=condition):
            return PromiseCover(Precedence, _in_all_forms(verbs), demands=demands_of(condition))
        case Universality(during=during, condition=condition):
            binds = GuardCover(demands_of(during), frozenset())
            return PromiseCover(Universality, frozenset({""}), binds, demands_of(condition))
        case Response(on=on, verbs=verbs, guards=guards, within=within, or_end=or_end) as pattern:
            seconds = within.value if within is not None else None
            return PromiseCover(
                Response,
                _keys(verbs) if on is None else _happening(on),
                cover_of_guards(guards),
                answers=_keys(pattern.answers),
                within=seconds if isinstance(seconds, int | float) else inf,
                or_end=or_end,
                times=on.times.count if on and on.times else 1,
                in_a_row=bool(on and on.times and on.times.in_a_row),
            )
        case _:
            assert_never(promise.pattern)


def is_kept(promise: Promise, promises: Iterable[PromiseCover]) -> bool:
    """Whether one of these promises demands each of the things that it did, of each verb or event it spoke of."""
    old, others = cover_of(promise), tuple(promises)
    return all(
        any(other.holds_for(subject, demand, old) for other in others)
        for subject in old.about
        for demand in old.demands
    )


def _happening(on: On) -> frozenset[str]:
    same = "the same " if on.same else ""
    return frozenset(f"on {same}{fold(print_event_test(test))}" for test in on.tests)


def _keys(names: Iterable[Name]) -> frozenset[str]:
    return frozenset(name.key for name in names)


def _in_all_forms(names: Iterable[Name]) -> frozenset[str]:
    return frozenset(verb_named(name.key) for name in names)
