"""Decision → Plan: what will be sent, in which order, and what stands around it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from flowrules.compiler.compiled_steps import CompiledSteps, CompiledVerb
from flowrules.compiler.ruleset import CompiledRule, RuleSet
from flowrules.engine.decision import Decision, Outcome
from flowrules.engine.plan import Plan, PlannedStep, PlannedVerb, PlanPart
from flowrules.engine.scene import Scene
from flowrules.engine.state import CallState
from flowrules.engine.weave import Place, Weaver
from flowrules.language.names import fold
from flowrules.language.nodes import Block, Rank
from flowrules.verbs import BY_NAME

Part = tuple[PlanPart, tuple[str, ...]]
"""A rule's share of a plan, and the notes on it."""

_READY: WeakKeyDictionary[CompiledSteps, tuple[Block, Part]] = WeakKeyDictionary()
"""Parts that nothing in a call can change, for as long as a rule set holds their steps, and their rule its place."""


def make_plan(ruleset: RuleSet, decision: Decision, state: CallState) -> Plan:
    """What a decision leads to. Equal inputs, equal plan.

    `also` parts come first; each part is planned in the scene that those before it leave. A part that depends on
    nothing in the call and has no verb under a guard rail is one object for the life of its rule set.
    """
    parts: list[PlanPart] = []
    notes: tuple[str, ...] = ()
    for rule, outcome in decision.parts:
        steps = _steps(rule, outcome)
        if steps.literal and ruleset.rails.words.isdisjoint(steps.words):
            part, said = _ready_part(ruleset, decision, state, rule, outcome)
        else:
            scene = _scene(ruleset, decision, state)
            for earlier in parts:
                scene = scene.after(*earlier.steps)
            part, said = _woven_part(ruleset, rule, outcome, scene)
        parts.append(part)
        notes += said
    return Plan(decision.revision, tuple(parts), notes)


def make_closing(
    ruleset: RuleSet,
    verb: str,
    body: Mapping[str, Any],
    path: str,
    state: CallState,
    now: datetime,
) -> tuple[tuple[PlannedStep, ...], tuple[str, ...]]:
    """The steps that close what a plan opened (a cap's verb, or the clean-up of one that stopped), and notes.

    `path` is the first step's. Guard rails hold here too: the verb may come with steps before it, be replaced,
    or be a step that failed.
    """
    spec = BY_NAME[verb]
    closing = CompiledVerb(path, verb, verb, frozenset({verb}), spec.effect, spec.keyed, body)
    weaver = Weaver(ruleset.rails, _at_rest(ruleset, state, now))
    woven = weaver.weave_verb(closing, "", Place(no_end="what closes a pair can't end the call"))
    return woven.steps, tuple(weaver.notes)


def forbidden(ruleset: RuleSet, planned: PlannedVerb, state: CallState, now: datetime) -> str | None:
    """Why a `never` keeps a verb from being sent at this moment, in words; None where none does.

    The look again just before a send: the plan was woven earlier, and the call may have changed since.
    """
    words = {fold(planned.verb)}
    if planned.verb == "play_audio" and "tts_text" in planned.body:
        words.add("say")
    moment = (now, state)
    for rail in ruleset.rails.never:
        if rail.stands_over(frozenset(words)) and rail.binds(state.facts, moment):
            return f"forbidden by {rail}"
    return None


def _ready_part(
    ruleset: RuleSet, decision: Decision, state: CallState, rule: CompiledRule, outcome: Outcome
) -> Part:
    steps = _steps(rule, outcome)
    block = ruleset.blocks[rule.id]
    kept = _READY.get(steps)
    if kept is None or kept[0] is not block:
        part = _woven_part(ruleset, rule, outcome, _scene(ruleset, decision, state))
        kept = _READY[steps] = block, part
    return kept[1]


def _woven_part(ruleset: RuleSet, rule: CompiledRule, outcome: Outcome, scene: Scene) -> Part:
    weaver = Weaver(ruleset.rails, scene)
    rank = rule.rank
    place = Place(no_end="a rule that begins with also can't end the call" if rank is Rank.ALSO else "")
    prefix = "" if outcome is Outcome.FIRED else "otherwise."
    woven = weaver.weave(_steps(rule, outcome), prefix, place)
    part = PlanPart(ruleset.ref(rule), outcome.value, woven.steps, urgent=rank is Rank.URGENT)
    return part, tuple(weaver.notes)


def _steps(rule: CompiledRule, outcome: Outcome) -> CompiledSteps:
    steps = rule.steps if outcome is Outcome.FIRED else rule.otherwise
    assert steps is not None
    return steps


def _scene(ruleset: RuleSet, decision: Decision, state: CallState) -> Scene:
    event = decision.event
    said = {key: event.source_of(key) for key in event.keys}
    return Scene(decision.facts, decision.moment, ruleset.scope, event.keys, {**state.sources, **said})


def _at_rest(ruleset: RuleSet, state: CallState, now: datetime) -> Scene:
    """The scene where no event is looked at."""
    moment = (now, state)
    return Scene(state.facts, moment, ruleset.scope, {}, state.sources)
