"""Weaving a sequence into planned steps: conditions answered, guard rails applied, records moved before an end.

What an ending verb brings stands before it in this order: the records written behind it, the steps of `before` rails,
what closes the pairs that only a cap would close. All of it sees what stands before it.

Steps are taken in written order, each in the planning state that those before it leave. What a rail brings, a failure
branch and a moved record go the same way, so that a rail holds wherever a verb comes from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from flowrules.compiler.compiled_steps import (
    CompiledDo,
    CompiledGoOn,
    CompiledIf,
    CompiledRemember,
    CompiledSteps,
    CompiledStop,
    CompiledVerb,
)
from flowrules.compiler.rails import CompiledRail, CompiledRails
from flowrules.compiler.refs import RuleRef
from flowrules.engine.planning.plan import (
    AdviseStep,
    Branch,
    FailedStep,
    PlannedStep,
    PlannedVerb,
    RememberStep,
    SilentStep,
    WaitStep,
    branch_for,
)
from flowrules.engine.planning.plan_context import Guarded, PlanContext, PlannedSteps, Rest, on_the_way, push
from flowrules.engine.planning.planned_steps import OwnStep, own_step, planned_verb, sends, waiting_first
from flowrules.engine.planning.planning_state import OpenPair, PlanningState
from flowrules.engine.planning.refusal import Refusal
from flowrules.engine.planning.request_body import Request, make_request
from flowrules.language.printer.conditions import condition as print_condition
from flowrules.verbs import BY_NAME, Effect

_ALL = frozenset(Effect)
MAX_REPLACED = 4
"""How many `instead` may follow from one another; rails that go round in more are answered with `forbidden`."""
MAX_VERBS = 1_000
"""Verbs of one part, branches included: named steps and rails can multiply, a plan stays bounded."""
_UNKNOWN = "timeout"
"""The reason of a verb that may have acted though it failed."""
TOO_LONG = f"the plan has more than {MAX_VERBS:,} verbs"


_NO_STEPS = PlannedSteps(())


class StepPlanner:
    """Weaves one part of a plan. `planning`, `notes` and `bound` (as `PlanPart.rails`) grow as it goes; `verbs` counts,
    branches included."""

    __slots__ = ("bound", "notes", "planning", "rails", "verbs")

    def __init__(self, rails: CompiledRails, planning: PlanningState) -> None:
        self.rails = rails
        self.planning = planning
        self.notes: list[str] = []
        self.bound: dict[str, RuleRef] = {}
        self.verbs = 0

    def plan_steps(self, steps: CompiledSteps, prefix: str, place: PlanContext) -> PlannedSteps:
        """A sequence whose steps' paths begin with `prefix`."""
        planned_steps: list[PlannedStep] = []
        rest: Rest = []
        push(rest, prefix, steps.steps)
        while rest:
            match rest.pop():
                case _, CompiledStop():
                    break
                case at, (CompiledIf() | CompiledDo()) as step:
                    self._open(rest, at, step)
                case at, CompiledVerb(effect=Effect.ENDING) as step if steps.as_written:
                    part = self.plan_verb(step, at, place)
                    planned_steps += part.steps
                    if not part.halted:
                        place = place._replace(no_end=_already(step.word), optional=_ALL, guarded=None)
                    elif part.behind != at + step.at:
                        return PlannedSteps(tuple(planned_steps), halted=True, behind=part.behind)
                case at, CompiledVerb() as step:
                    part = self.plan_verb(step, at, on_the_way(step, rest, place), rest)
                    planned_steps += part.steps
                    if part.halted and part.behind != at + step.at:
                        return PlannedSteps(tuple(planned_steps), halted=True, behind=part.behind)
                case _, CompiledGoOn():
                    return PlannedSteps(tuple(planned_steps), goes_on=True)
                case at, step:
                    planned_steps.append(self._plain(step, at))
        return PlannedSteps(tuple(planned_steps))

    def plan_verb(
        self, verb: CompiledVerb, prefix: str, place: PlanContext, behind: Rest | None = None
    ) -> PlannedSteps:
        """A verb with the rails over it. `behind` are the steps after it: an ending verb has their records sent
        before it and leaves nothing behind it. None: they stay where they are."""
        path = prefix + verb.at
        self.verbs += 1
        if self.verbs > MAX_VERBS:
            return PlannedSteps((FailedStep(path, verb.verb, "refused", TOO_LONG),), halted=True)
        if verb.effect is Effect.ENDING and place.no_end:
            return self._fail(verb, path, "forbidden", place.no_end, place)
        ends = verb.effect is Effect.ENDING
        start, noted = self.planning, len(self.notes)
        moved = self._moved(verb, list(behind), place) if ends and behind else ()
        answer = self._answer(verb)
        if not isinstance(answer, Request):
            self.planning = start
            del self.notes[noted:]
            return self._left_out(moved, verb, self._stopped(answer, verb, path, place))
        before, moves = _NO_STEPS, slice(noted, len(self.notes))
        if not self.rails.words.isdisjoint(verb.words):
            before = self._before(verb, path, place)
            if before.steps and not before.halted:
                answer = self._answer(verb)  # they may have changed it
            if before.halted or not isinstance(answer, Request):
                del self.notes[moves]
                self.planning = start.after(*before.steps)
            if before.halted:
                return self._left_out(moved, verb, before)
            if not isinstance(answer, Request):
                stopped = self._stopped(answer, verb, path, place)
                stopped = stopped._replace(steps=(*before.steps, *stopped.steps))
                return self._left_out(moved, verb, stopped)
        closing: tuple[PlannedStep, ...] = ()
        if ends and self.planning.caps:
            closing = self.closings(verb.word, path, self.planning.caps)
            if not verb.now and (before.steps or not sends(moved)):
                closing = waiting_first(closing)
        self.notes += (answer.why, *answer.notes) if answer.why else answer.notes
        planned = planned_verb(verb, path, answer, self._branches(verb, path, place, sent=True), place)
        self.planning = self.planning.after(planned)
        return PlannedSteps((*moved, *before.steps, *closing, planned), halted=ends and behind is not None)

    def _answer(self, verb: CompiledVerb) -> Request | CompiledRail | Refusal:
        """The request that a verb is in this state, or what keeps it from being sent."""
        return self._forbidding(verb) or make_request(verb, self.planning)

    # --- what stands around a verb ---

    def _moved(self, ending: CompiledVerb, behind: Rest, place: PlanContext) -> tuple[PlannedStep, ...]:
        """The records written after an ending verb, as they are sent before it."""
        why = f"moved before {ending.word}: the AI session ends there"
        inner = place._replace(
            no_end=_already(ending.word),
            optional=_ALL,
            guarded=None,
            note=why,
            provisional=True,
        )
        moved: list[PlannedStep] = []
        while behind:
            match behind.pop():
                case _, CompiledStop():
                    break
                case at, (CompiledIf() | CompiledDo()) as step:
                    self._open(behind, at, step)
                case at, CompiledVerb(effect=Effect.RECORD) as step:
                    self.notes.append(f"{step.word} {why}")
                    part = self.plan_verb(step, at, inner)
                    moved += part.steps
                    if part.halted:
                        break
                case at, CompiledRemember() as step:
                    moved.append(self._plain(step, at, provisional=True))
                case at, step:
                    self.notes.append(f"step {at}{step.at} left out: nothing follows {ending.word}")
        return tuple(moved) if ending.now else waiting_first(moved)

    def _before(self, verb: CompiledVerb, path: str, place: PlanContext) -> PlannedSteps:
        """The steps of the `before` rails that bind. A failure among these is a failure of the verb."""
        if place.in_before:
            return _NO_STEPS
        ends = verb.effect is Effect.ENDING
        steps: list[PlannedStep] = []
        number = 0
        for rail in self.rails.before:
            if not rail.stands_over(verb.words) or not rail.binds(self.planning.facts, self.planning.moment):
                continue
            number += 1
            assert rail.steps is not None
            self.notes.append(f"steps added before {verb.word} by {rail}")
            self._note_bound(rail, f"{path}.before{number}")
            inner = place._replace(
                in_before=True,
                no_end=f"{rail} stands before {verb.word} and can't end the call",
                optional=place.optional | ({Effect.RECORD} if ends else frozenset()),
                guarded=Guarded(verb, path, place),
                goes_on=False,
                best_effort=False,
                note=f"added before {verb.word} by {rail}",
                provisional=place.provisional or ends,
            )
            part = self.plan_steps(rail.steps, f"{path}.before{number}.", inner)
            steps += part.steps
            if part.halted:
                return PlannedSteps(tuple(steps), halted=True, behind=part.behind)
        return PlannedSteps(tuple(steps))

    def closings(
        self, ending: str, path: str, pairs: Iterable[OpenPair], name: str = "close"
    ) -> tuple[PlannedStep, ...]:
        """What closes open pairs, which only a cap would close, before the ending verb with this path. Nothing of it
        stops the ending. `name` is what its own paths begin with, behind the ending's."""
        steps: list[PlannedStep] = []
        for number, pair in enumerate(pairs, start=1):
            if pair not in self.planning.caps:  # What was brought for an earlier one has closed it.
                continue
            verb, body = pair
            why = f"{verb} before {ending}: its cap could not act afterwards"
            spec, at = BY_NAME[verb], f"{name}{number}"
            closing = CompiledVerb(at, verb, verb, frozenset({verb}), spec.effect, spec.keyed, body)
            place = PlanContext(no_end=_already(ending), optional=_ALL, note=why)
            self.notes.append(why)
            for step in self.plan_verb(closing, f"{path}.", place).steps:
                if isinstance(step, PlannedVerb) and step.path == f"{path}.{at}":
                    step = replace(step, closes_cap=True)
                steps.append(step)
        return tuple(steps)

    def _forbidding(self, verb: CompiledVerb) -> CompiledRail | None:
        """The first `never` that binds."""
        for rail in self.rails.never:
            if rail.stands_over(verb.words) and rail.binds(self.planning.facts, self.planning.moment):
                return rail
        return None

    def _stopped(
        self, why: CompiledRail | Refusal, verb: CompiledVerb, path: str, place: PlanContext
    ) -> PlannedSteps:
        """What becomes of a verb that can't be sent: the `instead` of a rail, or a step that failed."""
        if isinstance(why, Refusal):
            return self._fail(verb, path, "refused", why.message, place)
        if why.steps is None or why in place.applied or len(place.applied) >= MAX_REPLACED:
            self._note_bound(why, path)
            return self._fail(verb, path, "forbidden", f"forbidden by {why}", place)
        self.notes.append(f"{verb.word} and all after it replaced by {why}")
        self._note_bound(why, f"{path}.instead")
        inner = place._replace(
            applied=place.applied | {why},
            note=f"instead of {verb.word}, by {why}",
            goes_on=False,
            best_effort=False,
        )
        if verb.effect is Effect.ENDING or place.optional != _ALL:  # The ending is among what is replaced.
            self.planning = self.planning.without_provisional()
            inner = inner._replace(provisional=False)
        return PlannedSteps(self.plan_steps(why.steps, f"{path}.instead.", inner).steps, halted=True)

    def _note_bound(self, rail: CompiledRail, at: str) -> None:
        if rail.label:
            self.bound[at] = rail.ref

    def _branches(
        self, verb: CompiledVerb, path: str, place: PlanContext, *, sent: bool
    ) -> tuple[Branch, ...]:
        """A verb's failure branches, each in the planning state where the verb changed nothing. What a `before` brought
        has those of the verb it stands before. `sent`: it goes out, so that it may have acted though it failed."""
        if not verb.failures and place.guarded is not None and not place.lets_go_on(verb):
            noted = len(self.notes)
            branches = self._branches(*place.guarded, sent=False)
            del self.notes[noted:]  # they are noted where they belong
            return branches
        if not verb.failures:
            return ()
        planning = self.planning
        planned_steps = []
        unknown = sent and verb.cap is not None
        for number, failure in enumerate(verb.failures, start=1):
            inner = place._replace(optional=frozenset(), guarded=None, note="", best_effort=False)
            if not place.lets_go_on(verb) and not failure.steps.goes_on:
                self.planning = (
                    self.planning.without_provisional()
                )  # The ending that they are for does not come.
                inner = inner._replace(provisional=False)
            if unknown and verb.cap is not None and (not failure.reasons or _UNKNOWN in failure.reasons):
                self.planning, unknown = self.planning.opened(verb.cap), False
            part = self.plan_steps(failure.steps, f"{path}.fail{number}.", inner)
            planned_steps.append(Branch(failure.reasons, part.steps, path if part.goes_on else ""))
            self.planning = planning
        return tuple(planned_steps)

    def _fail(
        self, verb: CompiledVerb, path: str, reason: str, message: str, place: PlanContext
    ) -> PlannedSteps:
        """A verb that can't be sent. One that a `before` brought and a `never` forbids is only left out."""
        optional = place.lets_go_on(verb) or (place.in_before and reason == "forbidden")
        self.notes.append(f"{verb.word} not sent: {message}")
        inner = place._replace(guarded=None, optional=_ALL) if optional else place
        branches = self._branches(verb, path, inner, sent=False)
        failed = FailedStep(path, verb.verb, reason, message, branches, optional)
        branch = branch_for(branches, reason)
        self.planning = self.planning.after(failed)
        return PlannedSteps(
            (failed,), halted=not optional, behind=branch.behind if branch is not None else ""
        )

    # --- smaller things ---

    def _left_out(
        self, moved: Sequence[PlannedStep], ending: CompiledVerb, stopped: PlannedSteps
    ) -> PlannedSteps:
        """What becomes of a verb that will not be sent. The records moved before an ending are not sent either."""
        left_out = (step.verb for step in moved if isinstance(step, PlannedVerb))
        self.notes += (f"{record} left out with {ending.word}" for record in left_out)
        return stopped

    def _open(self, rest: Rest, prefix: str, step: CompiledIf | CompiledDo) -> None:
        """Put the steps that an `if` or a `do` stands for in its place. What is unknown goes with `otherwise`."""
        if isinstance(step, CompiledDo):
            return push(rest, f"{prefix}{step.at}.{step.name}.", step.steps.steps)
        answer = step.condition.test(self.planning.facts, self.planning.moment)
        if answer is None:
            self.notes.append(f"if {print_condition(step.condition.node)}: unknown, so otherwise")
        return push(rest, prefix, step.steps if answer else step.otherwise)

    def _plain(
        self, step: OwnStep, prefix: str, *, provisional: bool = False
    ) -> WaitStep | RememberStep | AdviseStep | SilentStep:
        """A step of the engine's own. What it remembers is known to the steps behind it."""
        planned, notes = own_step(step, prefix, self.planning, provisional=provisional)
        self.notes += notes
        if isinstance(planned, RememberStep):
            self.planning = self.planning.after(planned)
        return planned


def _already(ending: str) -> str:
    return f"the plan already ends with {ending}"
