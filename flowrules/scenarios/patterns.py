"""Does a step that ran meet what a test expects? Only what the pattern writes down has to agree."""

import re
from collections.abc import Mapping
from datetime import datetime

from flowrules.analysis.model.verb_fields import (
    DESTINATION_TYPES,
    Field,
    Quote,
    destination_fields,
    fields_of,
    pairs_of,
    quoted,
    targets_of,
)
from flowrules.compiler.compiled_steps import CompiledVerb
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.steps import compile_steps
from flowrules.engine.planning.plan import (
    AdviseStep,
    FailedStep,
    PlannedStep,
    PlannedVerb,
    RememberStep,
    SilentStep,
    WaitStep,
)
from flowrules.engine.planning.planning_state import PlanningState
from flowrules.engine.planning.refusal import Refusal
from flowrules.engine.planning.request_body import make_request
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Advise,
    AnyStep,
    CallbackTime,
    Do,
    Forget,
    GoOn,
    If,
    Literal,
    Name,
    OtherVerb,
    Pattern,
    Remember,
    StaySilent,
    Stop,
    Target,
    TargetKind,
    VerbStep,
    Wait,
)
from flowrules.language.template import QuotedFact
from flowrules.language.values import Scalar
from flowrules.verbs import BY_NAME


def meets(step: PlannedStep, pattern: Pattern, scene: PlanningState, ruleset: RuleSet) -> bool:
    """`scene` is what was known when the step was planned: it fills in what the pattern leaves to the call."""
    expected = pattern.step
    match expected:
        case VerbStep():
            return isinstance(step, PlannedVerb) and _meets_verb(step, expected, scene, ruleset)
        case OtherVerb(name=name, pairs=pairs, patience=within):
            patience = within and within.value
            return (
                isinstance(step, PlannedVerb)
                and fold(step.verb) == name.key
                and patience in (None, step.patience)
                and all(_like(value, step.body.get(key)) for key, value in pairs_of(pairs).items())
            )
        case AnyStep(word=word, fact=fact):
            named = fact is None or (isinstance(step, RememberStep) and step.fact == fact.key)
            return word == _word(step) and named
        case Wait(duration=duration):
            return isinstance(step, WaitStep) and duration.value == step.seconds
        case Remember(name=name, value=value):
            return isinstance(step, RememberStep) and step.fact == name.key and _recalls(value, step.value)
        case Forget(name=name):
            return isinstance(step, RememberStep) and (step.fact, step.value) == (name.key, None)
        case Advise(text=text):
            return isinstance(step, AdviseStep) and _like(quoted(text), step.text)
        case StaySilent():
            return isinstance(step, SilentStep)
        case Do() | Stop() | GoOn() | If():
            return False  # No plan holds these: their own steps stand in it.


def _word(step: PlannedStep) -> str | None:
    """The first word of a step that a test may name by it alone; None of others."""
    match step:
        case WaitStep():
            return "wait"
        case RememberStep(value=None):
            return "forget"
        case RememberStep():
            return "remember"
        case AdviseStep():
            return "advise"
        case PlannedVerb() | FailedStep() | SilentStep():
            return None


def _meets_verb(step: PlannedVerb, expected: VerbStep, scene: PlanningState, ruleset: RuleSet) -> bool:
    if step.verb != expected.verb:
        return False
    if expected.word not in BY_NAME[step.verb].words(step.body):
        return False
    if expected.patience is not None and step.patience != expected.patience.value:
        return False
    if any(argument.name == "now" for argument in expected.arguments) and step.wait_for_speech:
        return False
    kind = next((one.value for one in expected.arguments if isinstance(one.value, TargetKind)), None)
    if kind is not None and not _goes_to_kind(step, kind, ruleset.agent_type):
        return False
    return all(
        _meets_field(step, expected, name, field, scene, ruleset)
        for name, field in fields_of(expected).items()
    )


def _meets_field(
    step: PlannedVerb, expected: VerbStep, name: str, field: Field, scene: PlanningState, ruleset: RuleSet
) -> bool:
    sent = step.body.get(name)
    match field:
        case Target():
            rows = targets_of(field, ruleset.checked.destinations)
            fields = [destination_fields(step.verb, row) for row in rows]
            return any(row is not None and _goes_to(step, row) for row in fields)
        case CallbackTime():
            return _instant(sent) == _instant(_callback(expected, name, scene, ruleset))
        case Name():
            held = scene.look_up(field.key)
            return sent in (f"{{{field.key}}}", None if held is None else str(held))
        case Mapping():
            return isinstance(sent, Mapping) and all(
                _like(value, sent.get(key)) for key, value in field.items()
            )
        case Quote() | str() | int() | float():
            return _like(field, sent)


def _recalls(wanted: Literal, kept: Scalar | None) -> bool:
    """A text is held against the same text, and one that quotes facts against any that could have come of it; a fact
    by itself keeps its kind."""
    meant = quoted(wanted)
    if isinstance(meant, Quote):
        return kept is not None and (not isinstance(kept, str) or _like(meant, kept))
    return kept == meant


def _goes_to_kind(step: PlannedVerb, kind: TargetKind, agent_type: str) -> bool:
    """`expect transfer agent`. `agent_type`: what the platform calls an agent, where a host has them sent as queues of
    their own."""
    targets = BY_NAME[step.verb].targets
    word = DESTINATION_TYPES[step.verb].get(kind)
    return targets is not None and step.body.get(targets.type_field) in (
        word,
        agent_type if word == "agent" else word,
    )


def _goes_to(step: PlannedVerb, row: Mapping[str, str]) -> bool:
    """A host may have agents sent as queues of their own, which changes the type and not the target."""
    as_queue = {name: "agent_queue" if value == "agent" else value for name, value in row.items()}
    return row.items() <= step.body.items() or as_queue.items() <= step.body.items()


def _like(wanted: object, sent: object) -> bool:
    """A text that quotes facts agrees with any text that could have come of it."""
    if isinstance(wanted, Quote):
        parts = (".*" if isinstance(part, QuotedFact) else re.escape(part) for part in wanted.parts)
        return isinstance(sent, str) and re.fullmatch("".join(parts), sent, re.DOTALL) is not None
    if isinstance(wanted, str) and isinstance(sent, str):
        return fold(wanted) == fold(sent)
    return wanted == sent


def _instant(time: object) -> object:
    """When a callback is due, whatever clock it is written by."""
    return datetime.fromisoformat(time) if isinstance(time, str) and "T" in time else time


def _callback(expected: VerbStep, name: str, scene: PlanningState, ruleset: RuleSet) -> object:
    """The time that the pattern means, worked out as the planner would."""
    compiled = compile_steps((expected,), ruleset.scope, file="", rule=None)
    (verb,) = compiled.steps
    assert isinstance(verb, CompiledVerb)
    request = make_request(verb, scene)
    return None if isinstance(request, Refusal) else request.body[name]
