"""Whatever a plan looks like and whatever the platform answers: what its run never does, and that it loses nothing."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from flowrules.call.entries import NotSent, Received
from flowrules.call.inputs import AboutToSend, Answered, Continued, Reported, Woken
from flowrules.call.machine import CallMachine
from flowrules.call.running.position import ENDED
from flowrules.call.setup import Limits, Setup
from flowrules.compiler.refs import RuleRef
from flowrules.engine.event import make_event
from flowrules.engine.planning.plan import (
    Branch,
    FailedStep,
    Plan,
    PlannedStep,
    PlannedVerb,
    PlanPart,
    WaitStep,
)
from flowrules.engine.state import start_call
from flowrules.verbs import BY_NAME, Effect

from .driven import START, compiled, receipt_of
from .watched import Watched

PAIRS = {"hold": "unhold", "mute": "unmute"}
VERBS = (*PAIRS, *PAIRS.values(), "send_dtmf", "set_disposition", "log", "transfer", "hangup")
REASONS = ("refused", "timeout", "unavailable", "limited")
WELL = ""


def planned(path: str, verb: str, optional: bool = False, branches: tuple[Branch, ...] = ()) -> PlannedVerb:
    effect = BY_NAME[verb].effect
    record = effect is Effect.RECORD
    body = {"event": verb, **({"disposition": "d"} if verb == "set_disposition" else {})}
    return PlannedVerb(path, verb, body, effect, optional=optional and record, branches=branches)


class Maker:
    """Makes plans and answers by chance; the paths of a plan's steps tell them apart."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)

    def plan(self) -> Plan:
        parts = self._chance.choice((1, 1, 2))
        rules = [RuleRef(f"r{number}", f"r{number}", "a.rules", 1) for number in range(parts)]
        return Plan("revision", tuple(PlanPart(rule, "fired", self.steps(2)) for rule in rules))

    def steps(self, depth: int) -> tuple[PlannedStep, ...]:
        """Some steps, with failure branches so deep."""
        return tuple(self._step(depth) for _ in range(self._chance.randint(1, 5)))

    def answer(self) -> str:
        return self._chance.choice((WELL, WELL, WELL, *REASONS, ENDED))

    def _step(self, depth: int) -> PlannedStep:
        path, kind = f"s{next(self._numbers)}", self._chance.random()
        if kind < 0.1:
            return WaitStep(path, 1)
        count = self._chance.choice((0, 0, 1, 2)) if depth else 0
        branches = tuple(self._branch(depth - 1, path) for _ in range(count))
        verb, optional = self._chance.choice(VERBS), self._chance.random() < 0.5
        if kind < 0.2:
            return FailedStep(path, verb, "refused", "", branches, optional)
        return planned(path, verb, optional, branches)

    def _branch(self, depth: int, path: str) -> Branch:
        reasons = self._chance.sample(REASONS, self._chance.randint(0, 2))
        behind = path if self._chance.random() < 0.3 else ""
        return Branch(tuple(reasons), self.steps(depth), behind)


class Carried:
    """A plan that was carried out: each verb that left with its answer, and the fate of each step by its path."""

    def __init__(self, plan: Plan, maker: Maker) -> None:
        self.plan = plan
        self.verbs: list[tuple[str, str, str]] = []
        self.fates: Counter[str] = Counter()
        limits = Limits(verbs_per_event=1_000, verbs_per_call=1_000)
        setup = Setup(limits, make_plan=lambda ruleset, decision, state: plan if decision.parts else Plan(""))
        machine = CallMachine(start_call("call-1", START), compiled("on go hold then unhold\n"), setup)
        self.watched = Watched(machine, set())
        self._effects(self.watched.handle(Reported(1, make_event("go")), START))
        self._effects(self.watched.handle(Continued(), START))
        self._effects(self.watched.handle(Continued(), START))
        for _ in range(500):
            send, when = self.watched.open_send, machine.wakes_at
            if send is not None:
                self._effects(self.watched.handle(AboutToSend(send.step), machine._call.now))
                why = maker.answer()
                path = machine._stack[-1].run.waiting.ready.path
                self.verbs.append((send.request.verb, path, why))
                receipt = receipt_of(send.request.verb, why)
                self._effects(self.watched.handle(Answered(send.step, receipt), machine._call.now))
            elif when is not None:
                self._effects(self.watched.handle(Woken(when), when))
            else:
                break
        assert not machine.busy, "there is no end of it"
        self.over = bool(machine.over)
        self.left_open = machine.state.facts["call.on_hold"], machine.state.facts["call.muted"]

    def _effects(self, effects: object) -> None:
        for effect in effects:
            entry = getattr(effect, "entry", None)
            if isinstance(entry, Received | NotSent) and entry.event_id == "#1":
                self.fates[entry.path] += 1


@pytest.fixture(params=range(8), scope="module")
def carried(request: pytest.FixtureRequest) -> list[Carried]:
    maker = Maker(request.param)
    return [Carried(maker.plan(), maker) for _ in range(150)]


def branches_of(steps: tuple[PlannedStep, ...]) -> Iterator[Branch]:
    for step in steps:
        for branch in step.branches if isinstance(step, PlannedVerb | FailedStep) else ():
            yield branch
            yield from branches_of(branch.steps)


def test_once_the_session_is_over_only_records_behind_its_end_are_tried(carried: list[Carried]) -> None:
    for one in carried:
        over = by_us = False
        optional = {step.path for step in _all(one.plan) if isinstance(step, PlannedVerb) and step.optional}
        for verb, path, answer in one.verbs:
            if over:
                assert by_us, one.verbs
                assert BY_NAME[verb].effect is Effect.RECORD
                assert path in optional
                continue
            by_us = BY_NAME[verb].effect is Effect.ENDING and answer == WELL
            over = by_us or answer == ENDED
        assert over == one.over


def test_no_ending_follows_one_that_may_have_acted_in_one_plan(carried: list[Carried]) -> None:
    for one in carried:
        endings = [answer for verb, _, answer in one.verbs if BY_NAME[verb].effect is Effect.ENDING]
        assert "timeout" not in endings[:-1], one.verbs


def test_every_step_has_one_fate(carried: list[Carried]) -> None:
    for one in carried:
        assert not one.fates or max(one.fates.values()) == 1, one.fates
        for part in one.plan.parts:
            assert all(step.path in one.fates for step in part.steps if isinstance(step, PlannedVerb))
            for branch in branches_of(part.steps):
                verbs = [step for step in branch.steps if isinstance(step, PlannedVerb)]
                inside = [step.path in one.fates for step in verbs]
                assert all(inside) or not any(inside), (branch, one.verbs)


def test_a_plan_that_failed_leaves_nobody_on_hold(carried: list[Carried]) -> None:
    for one in carried:
        failed = [
            outcome
            for outcomes in (one.watched.outcomes,)
            for outcome in outcomes
            if outcome.event_id == "#1"
        ]
        if one.over or not failed or failed[0].status != "failed" or len(one.plan.parts) > 1:
            continue
        left: set[str] = set()
        for verb, path, answer in one.verbs:
            if verb in PAIRS and answer in (WELL, "timeout", "unavailable"):
                left.add(verb)
            if answer == WELL or ".close" in path:
                left -= {opening for opening, closes in PAIRS.items() if closes == verb}
        assert not left, one.verbs


def _all(plan: Plan) -> Iterator[PlannedStep]:
    for part in plan.parts:
        yield from part.steps
        for branch in branches_of(part.steps):
            yield from branch.steps
