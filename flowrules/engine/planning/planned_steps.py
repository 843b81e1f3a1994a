"""Planned steps made of compiled ones: a verb with its request, and the steps that the engine carries out itself."""

from collections.abc import Sequence
from dataclasses import replace

from flowrules.analysis.model.verb_fields import Quote
from flowrules.compiler.compiled_steps import (
    CompiledAdvise,
    CompiledRemember,
    CompiledSilence,
    CompiledVerb,
    CompiledWait,
)
from flowrules.compiler.templates import render
from flowrules.engine.event import Source
from flowrules.engine.planning.plan import (
    AdviseStep,
    Branch,
    PlannedStep,
    PlannedVerb,
    RememberStep,
    SilentStep,
    WaitStep,
)
from flowrules.engine.planning.plan_context import PlanContext
from flowrules.engine.planning.planning_state import PlanningState
from flowrules.engine.planning.receipts import told
from flowrules.engine.planning.request_body import Request
from flowrules.language.template import QuotedFact
from flowrules.language.values import Scalar
from flowrules.verbs import Effect


def planned_verb(
    verb: CompiledVerb, path: str, request: Request, branches: tuple[Branch, ...], place: PlanContext
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
        patience=verb.patience,
        branches=branches,
        note="; ".join(filter(None, (place.note, request.why))),
        optional=verb.effect in place.optional,
        best_effort=place.best_effort,
        provisional=place.provisional
        and verb.effect is Effect.RECORD
        and bool(told(verb.verb, request.body, {})),
        source=request.source,
    )


def waiting_first(steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """The steps with the first request waiting for the bot's last word, in place of the ending verb behind them."""
    waiting = list(steps)
    for index, step in enumerate(waiting):
        if isinstance(step, PlannedVerb):
            waiting[index] = replace(step, wait_for_speech=True)
            break
    return tuple(waiting)


def sends(steps: Sequence[PlannedStep]) -> bool:
    return any(isinstance(step, PlannedVerb) for step in steps)


OwnStep = CompiledWait | CompiledRemember | CompiledAdvise | CompiledSilence
"""A step that the engine carries out itself."""


def own_step(
    step: OwnStep, prefix: str, planning: PlanningState, *, provisional: bool = False
) -> tuple[WaitStep | RememberStep | AdviseStep | SilentStep, tuple[str, ...]]:
    """The planned step and notes about it. `prefix` begins its path; `provisional`: it is for an ending behind it."""
    match step:
        case CompiledWait(at, seconds):
            return WaitStep(prefix + at, seconds), ()
        case CompiledRemember(at, fact, Quote() as quote, _):
            value, source, notes = _filled(fact, quote, planning)
            return RememberStep(prefix + at, fact, value, provisional, source), notes
        case CompiledRemember(at, fact, value, words):
            return RememberStep(prefix + at, fact, value, provisional, words=words), ()
        case CompiledAdvise(at, Quote() as quote):
            text, said = render(quote, planning.look_up, spoken_in=planning.zone)
            return AdviseStep(prefix + at, text), tuple(said)
        case CompiledAdvise(at, text):
            return AdviseStep(prefix + at, text), ()
        case CompiledSilence(at):
            return SilentStep(prefix + at), ()


def _filled(
    fact: str, quote: Quote, planning: PlanningState
) -> tuple[Scalar | None, Source, tuple[str, ...]]:
    """What `remember` keeps of a text that quotes facts, the weakest of their sources, and notes.

    One fact by itself stays the number, or the yes or no, that it is. None: the fact is unknown,
    or kept for a stronger source.
    """
    facts = [part.fact for part in quote.parts if isinstance(part, QuotedFact)]
    source = max((planning.source_of(one.key) for one in facts), default=Source.PLATFORM)
    if not planning.admits(fact, source):
        note = f"{fact} is not remembered: its text comes from the {source.name.lower()}"
        return None, Source.PLATFORM, (note,)
    held = planning.look_up(facts[0].key) if len(quote.parts) == len(facts) == 1 else None
    if held is not None and not isinstance(held, str | tuple):
        return held, source, ()
    text, said = render(quote, planning.look_up)
    return (text or None), source, tuple(said)
