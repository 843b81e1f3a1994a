"""Weaving a sequence into planned steps: conditions answered, guard rails applied, records moved before an end.

Steps are taken in written order, each in the scene that those before it leave. What a rail brings, a failure
branch and a moved record go the same way, so that a rail holds wherever a verb comes from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flowrules.analysis.bodies import Quote
from flowrules.compiler.rails import CompiledRail, CompiledRails
from flowrules.compiler.steps import (
    CompiledAdvise,
    CompiledIf,
    CompiledRemember,
    CompiledStep,
    CompiledSteps,
    CompiledStop,
    CompiledVerb,
    CompiledWait,
)
from flowrules.compiler.templates import render
from flowrules.engine.bodies import Request, make_request
from flowrules.engine.plan import (
    AdviseStep,
    Branch,
    FailedStep,
    PlannedStep,
    PlannedVerb,
    RememberStep,
    WaitStep,
)
from flowrules.engine.refusal import Refusal
from flowrules.engine.scene import Scene
from flowrules.verbs import Effect

_ALL = frozenset(Effect)
MAX_REPLACED = 4
"""How many `instead` may follow from one another; rails that go round in more are answered with `forbidden`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sequence stands, and what follows for its steps.

    `applied` are the rails whose `instead` brought it here: they do not replace again. `no_end` says why an
    ending verb can't stand here; empty: it can. The failure of a verb whose effect is in `optional` does not
    stop what is behind it. `fallback` are the branches of a verb that has none of its own.
    """

    applied: frozenset[CompiledRail] = frozenset()
    in_before: bool = False
    no_end: str = ""
    optional: frozenset[Effect] = frozenset()
    fallback: tuple[Branch, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Woven:
    """Planned steps; `halted` where nothing may follow them: one failed, was replaced, or ended the call."""

    steps: tuple[PlannedStep, ...]
    halted: bool = False


class Weaver:
    """Weaves one part of a plan. `scene` and `notes` grow as it goes."""

    def __init__(self, rails: CompiledRails, scene: Scene) -> None:
        self.rails = rails
        self.scene = scene
        self.notes: list[str] = []

    def weave(self, steps: CompiledSteps, prefix: str, place: Place) -> Woven:
        """A sequence whose steps' paths begin with `prefix`."""
        woven: list[PlannedStep] = []
        rest = list(reversed(steps.steps))
        while rest:
            match rest.pop():
                case CompiledStop():
                    break
                case CompiledIf() as step:
                    rest.extend(reversed(self._taken(step)))
                case CompiledVerb(effect=Effect.ENDING) as step if steps.as_written:
                    part = self.weave_verb(step, prefix, place)
                    woven += part.steps
                    if part.halted:
                        return Woven(tuple(woven), halted=True)
                    place = replace(place, no_end=_already(step), optional=_ALL, fallback=())
                case CompiledVerb() as step:
                    part = self.weave_verb(step, prefix, place, rest)
                    woven += part.steps
                    if part.halted:
                        return Woven(tuple(woven), halted=True)
                case step:
                    woven.append(self._plain(step, prefix))
        return Woven(tuple(woven))

    def weave_verb(
        self, verb: CompiledVerb, prefix: str, place: Place, behind: list[CompiledStep] | None = None
    ) -> Woven:
        """A verb with the rails over it. `behind` are the steps after it, the next one last: an ending verb has
        their records sent before it and leaves nothing behind it. None: they stay where they are."""
        path = prefix + verb.at
        if verb.effect is Effect.ENDING and place.no_end:
            return self._fail(verb, path, "forbidden", place.no_end, place)
        start, noted = self.scene, len(self.notes)
        ends = verb.effect is Effect.ENDING and behind is not None
        moved = self._moved(verb, behind, prefix, place) if ends and behind else ()
        if (rail := self._forbidding(verb)) is not None:
            self._take_back(start, noted, moved)
            return self._stopped(rail, verb, path, place)
        if isinstance(refusal := make_request(verb, self.scene), Refusal):
            self._take_back(start, noted, moved)
            return self._fail(verb, path, "refused", refusal.message, place)
        branches = self._branches(verb, path, place)
        before = self._before(verb, path, place, branches)
        request = make_request(verb, self.scene)
        if before.halted or isinstance(request, Refusal):
            return Woven(before.steps, halted=True)
        self.notes += (request.why, *request.notes) if request.why else request.notes
        planned = _planned(verb, path, request, branches, place)
        self.scene = self.scene.after(planned)
        return Woven((*before.steps, *moved, planned), halted=ends)

    # --- what stands around a verb ---

    def _moved(
        self, ending: CompiledVerb, behind: list[CompiledStep], prefix: str, place: Place
    ) -> tuple[PlannedStep, ...]:
        """The records written after an ending verb, as they are sent before it."""
        why = f"moved before {ending.word}: the AI session ends there"
        inner = replace(
            place,
            no_end=_already(ending),
            optional=_ALL,
            fallback=(),
            note=why,
        )
        moved: list[PlannedStep] = []
        while behind:
            match behind.pop():
                case CompiledStop():
                    break
                case CompiledIf() as step:
                    behind.extend(reversed(self._taken(step)))
                case CompiledVerb(effect=Effect.RECORD) as step:
                    self.notes.append(f"{step.word} {why}")
                    part = self.weave_verb(step, prefix, inner)
                    moved += part.steps
                    if part.halted:
                        break
                case CompiledRemember() as step:
                    moved.append(self._plain(step, prefix))
                case step:
                    self.notes.append(f"step {prefix}{step.at} left out: nothing follows {ending.word}")
        return _waiting(moved) if not ending.now else tuple(moved)

    def _before(self, verb: CompiledVerb, path: str, place: Place, branches: tuple[Branch, ...]) -> Woven:
        """The steps of the `before` rails that bind. A failure among them is a failure of the verb."""
        if place.in_before:
            return Woven(())
        steps: list[PlannedStep] = []
        number = 0
        for rail in self.rails.before:
            if not rail.stands_over(verb.words) or not rail.binds(self.scene.facts, self.scene.moment):
                continue
            number += 1
            assert rail.steps is not None
            self.notes.append(f"steps added before {verb.word} by {rail}")
            inner = replace(
                place,
                in_before=True,
                no_end=f"{rail} stands before {verb.word} and can't end the call",
                optional=place.optional | ({Effect.RECORD} if verb.effect is Effect.ENDING else frozenset()),
                fallback=branches,
                note=f"added before {verb.word} by {rail}",
            )
            part = self.weave(rail.steps, f"{path}.before{number}.", inner)
            steps += part.steps
            if part.halted:
                return Woven(tuple(steps), halted=True)
        return Woven(tuple(steps))

    def _forbidding(self, verb: CompiledVerb) -> CompiledRail | None:
        """The first `never` that binds."""
        for rail in self.rails.never:
            if rail.stands_over(verb.words) and rail.binds(self.scene.facts, self.scene.moment):
                return rail
        return None

    def _stopped(self, rail: CompiledRail, verb: CompiledVerb, path: str, place: Place) -> Woven:
        """What a `never` makes of a verb: its `instead`, or a step that failed."""
        if rail.steps is None or rail in place.applied or len(place.applied) >= MAX_REPLACED:
            return self._fail(verb, path, "forbidden", f"forbidden by {rail}", place)
        self.notes.append(f"{verb.word} and all after it replaced by {rail}")
        inner = replace(place, applied=place.applied | {rail}, note=f"instead of {verb.word}, by {rail}")
        return Woven(self.weave(rail.steps, f"{path}.instead.", inner).steps, halted=True)

    def _branches(self, verb: CompiledVerb, path: str, place: Place) -> tuple[Branch, ...]:
        """A verb's failure branches, each in the scene where the verb changed nothing."""
        inner = replace(place, optional=frozenset(), fallback=(), note="")
        scene = self.scene
        branches = []
        for number, failure in enumerate(verb.failures, start=1):
            part = self.weave(failure.steps, f"{path}.fail{number}.", inner)
            branches.append(Branch(failure.reasons, part.steps))
            self.scene = scene
        return tuple(branches) or (() if verb.effect in place.optional else place.fallback)

    def _fail(self, verb: CompiledVerb, path: str, reason: str, message: str, place: Place) -> Woven:
        """A verb that can't be sent. One that a `before` brought and a `never` forbids is only left out."""
        optional = verb.effect in place.optional or (place.in_before and reason == "forbidden")
        self.notes.append(f"{verb.word} not sent: {message}")
        branches = self._branches(verb, path, replace(place, fallback=()) if optional else place)
        return Woven((FailedStep(path, verb.verb, reason, message, branches, optional),), halted=not optional)

    # --- smaller things ---

    def _taken(self, step: CompiledIf) -> Sequence[CompiledStep]:
        """The steps of an `if`: what is unknown goes with `otherwise`."""
        return step.steps if step.condition.test(self.scene.facts, self.scene.moment) else step.otherwise

    def _plain(
        self, step: CompiledWait | CompiledRemember | CompiledAdvise, prefix: str
    ) -> WaitStep | RememberStep | AdviseStep:
        match step:
            case CompiledWait(at, seconds):
                return WaitStep(prefix + at, seconds)
            case CompiledRemember(at, fact, value):
                planned = RememberStep(prefix + at, fact, value)
                self.scene = self.scene.after(planned)
                return planned
            case CompiledAdvise(at, text):
                if isinstance(text, Quote):
                    text, said = render(text, self.scene.look_up)
                    self.notes += said
                return AdviseStep(prefix + at, text)

    def _take_back(self, scene: Scene, noted: int, moved: Sequence[PlannedStep]) -> None:
        """Undo the records that were moved for an ending that will not be sent."""
        self.scene = scene
        del self.notes[noted:]
        self.notes += (f"{step.verb} left out with it" for step in moved if isinstance(step, PlannedVerb))


def _planned(
    verb: CompiledVerb, path: str, request: Request, branches: tuple[Branch, ...], place: Place
) -> PlannedVerb:
    return PlannedVerb(
        path,
        verb.verb,
        request.body,
        verb.effect,
        verb.keyed,
        wait_for_speech=verb.effect is Effect.ENDING and not verb.now,
        late=request.late,
        keep_as=verb.keep_as,
        cap=verb.cap,
        branches=branches,
        note="; ".join(filter(None, (place.note, request.why))),
        optional=verb.effect in place.optional,
    )


def _waiting(moved: list[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The first request among them waits for the bot's last word in the ending verb's place."""
    for index, step in enumerate(moved):
        if isinstance(step, PlannedVerb):
            moved[index] = replace(step, wait_for_speech=True)
            break
    return tuple(moved)


def _already(ending: CompiledVerb) -> str:
    return f"the plan already ends with {ending.word}"
