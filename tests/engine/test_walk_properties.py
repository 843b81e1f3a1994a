"""Whatever a plan looks like and whatever the platform answers: what a walk never does, and that it loses nothing."""

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from flowrules.compiler.refs import RuleRef
from flowrules.engine.plan import Branch, FailedStep, PlannedStep, PlannedVerb, PlanPart, WaitStep
from flowrules.engine.walk import ENDED, Opened, PartEnd, PartOutcome, walk
from flowrules.verbs import BY_NAME, Effect

PAIRS = {"hold": "unhold", "mute": "unmute"}
VERBS = (*PAIRS, *PAIRS.values(), "send_dtmf", "set_disposition", "log", "transfer", "hangup")
REASONS = ("refused", "timeout", "unavailable", "limited")
WELL = ""
"""The answer of a verb that went well."""


def planned(path: str, verb: str, optional: bool = False, branches: tuple[Branch, ...] = ()) -> PlannedVerb:
    effect = BY_NAME[verb].effect
    body = {"event": verb}
    return PlannedVerb(
        path, verb, body, effect, optional=optional and effect is Effect.RECORD, branches=branches
    )


class Maker:
    """Makes plans and answers by chance; the paths of a plan's steps tell them apart."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)

    def steps(self, depth: int) -> tuple[PlannedStep, ...]:
        """Some steps, with failure branches so deep."""
        return tuple(self._step(depth) for _ in range(self._chance.randint(1, 5)))

    def answer(self) -> str:
        return self._chance.choice((WELL, WELL, WELL, *REASONS, ENDED))

    def _step(self, depth: int) -> PlannedStep:
        path, kind = f"s{next(self._numbers)}", self._chance.random()
        if kind < 0.1:
            return WaitStep(path, 1)
        branches = tuple(
            self._branch(depth - 1) for _ in range(self._chance.choice((0, 0, 1, 2)) if depth else 0)
        )
        verb, optional = self._chance.choice(VERBS), self._chance.random() < 0.5
        if kind < 0.2:
            return FailedStep(path, verb, "refused", "", branches, optional)
        return planned(path, verb, optional, branches)

    def _branch(self, depth: int) -> Branch:
        reasons = self._chance.sample(REASONS, self._chance.randint(0, 2))
        return Branch(tuple(reasons), self.steps(depth))


class Walked:
    """A walk that has come to its end, with what was asked for and how each verb was answered."""

    def __init__(self, steps: tuple[PlannedStep, ...], answer_of: Callable[[], str]) -> None:
        self.asked: list[tuple[PlannedStep, str]] = []
        self.opened = Opened()
        walking = walk(PlanPart(RuleRef("r", "r", "a.rules", 1), "fired", steps), self.opened, closing)
        answer: str | None = None
        try:
            while True:
                step = walking.send(answer)
                answer = (answer_of() or None) if isinstance(step, PlannedVerb) else None
                self.asked.append((step, answer or WELL))
        except StopIteration as stop:
            self.end: PartEnd = stop.value

    @property
    def verbs(self) -> list[tuple[PlannedVerb, str]]:
        return [(step, answer) for step, answer in self.asked if isinstance(step, PlannedVerb)]

    @property
    def fates(self) -> Counter[str]:
        """How many each step has, by its path: it was asked for, or is told as not run."""
        return Counter([step.path for step, _ in self.asked] + [step.path for step in self.end.unrun])


def closing(opening: PlannedVerb) -> tuple[PlannedStep, ...]:
    return (planned(f"{opening.path}.close", PAIRS[opening.verb]),)


@pytest.fixture(params=range(10))
def walks(request: pytest.FixtureRequest) -> Iterator[tuple[tuple[PlannedStep, ...], Walked]]:
    """Plans, each with how its walk went."""
    maker = Maker(request.param)
    plans = (maker.steps(2) for _ in range(500))
    return ((steps, Walked(steps, maker.answer)) for steps in plans)


Walks = Iterator[tuple[tuple[PlannedStep, ...], Walked]]


def test_once_the_session_is_over_only_records_behind_its_end_are_tried(walks: Walks) -> None:
    for _, walked in walks:
        over, by_us = False, False
        for verb, answer in walked.verbs:
            if over:
                assert by_us, walked.asked
                assert verb.effect is Effect.RECORD
                assert verb.optional
                continue
            by_us = verb.effect is Effect.ENDING and answer == WELL
            over = by_us or answer == ENDED
        assert not over or walked.end.outcome is PartOutcome.ENDED


def test_no_ending_follows_one_that_may_have_acted(walks: Walks) -> None:
    for _, walked in walks:
        endings = [answer for verb, answer in walked.verbs if verb.effect is Effect.ENDING]
        assert "timeout" not in endings[:-1], walked.asked


def test_every_step_has_one_fate(walks: Walks) -> None:
    for steps, walked in walks:
        fates = walked.fates
        assert max(fates.values()) == 1, walked.asked
        assert all(step.path in fates for step in steps), walked.asked
        for branch in branches_of(steps):
            inside = [step.path in fates for step in branch.steps]
            assert all(inside) or not any(inside), (branch, walked.asked)


def branches_of(steps: tuple[PlannedStep, ...]) -> Iterator[Branch]:
    for step in steps:
        for branch in step.branches if isinstance(step, PlannedVerb | FailedStep) else ():
            yield branch
            yield from branches_of(branch.steps)


def test_a_failed_part_leaves_nobody_on_hold(walks: Walks) -> None:
    for _, walked in walks:
        if walked.end.outcome is PartOutcome.FAILED:
            left: set[str] = set()
            for verb, answer in walked.verbs:
                if verb.verb in PAIRS and answer in (WELL, "timeout", "unavailable"):
                    left.add(verb.verb)
                if answer == WELL or verb.path.endswith(".close"):
                    left -= {opening for opening, closes in PAIRS.items() if closes == verb.verb}
            assert not left, walked.asked
