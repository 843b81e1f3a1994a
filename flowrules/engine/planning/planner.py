"""Decision → Plan: what will be sent, in which order, and what stands around it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledSteps, CompiledVerb
from flowrules.compiler.rails import NO_RAILS, CompiledRail, CompiledRails
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.moment import Moment
from flowrules.engine.decision import Decision, Outcome
from flowrules.engine.planning.plan import FailedStep, Plan, PlannedStep, PlannedVerb, PlanPart, RememberStep
from flowrules.engine.planning.plan_context import PlanContext
from flowrules.engine.planning.planning_state import OpenPair, PlanningState
from flowrules.engine.planning.receipts import told
from flowrules.engine.planning.step_planner import StepPlanner
from flowrules.engine.state import CallState
from flowrules.language.names import fold
from flowrules.language.nodes import Rank
from flowrules.language.values import Value
from flowrules.verbs import BY_NAME, Effect


class Ready(NamedTuple):
    """The plan of one part that nothing in a call can change, as long as none of the rails in `watched` binds: all
    that stand over its verbs, those included that close a pair. Its own steps change no fact that these ask for, so
    that asking them once will do. One that `ends` the call is ready only while no pair with a cap is open, for it would
    close that first."""

    plan: Plan
    watched: tuple[CompiledRail, ...]
    ends: bool


class Closing(NamedTuple):
    """Steps that close a pair, notes on them, and as `PlanPart.rails` the guard rails that had a hand in them."""

    steps: tuple[PlannedStep, ...]
    notes: tuple[str, ...]
    rails: tuple[tuple[str, RuleRef], ...]


def make_plan(ruleset: RuleSet, decision: Decision, state: CallState) -> Plan:
    """What a decision leads to. Equal inputs, equal plan.

    `also` parts come first; each part is planned in the state that those before it leave. A part of literal steps
    that no guard rail has a hand in is made once for the life of its rule set, and so is a plan of one such part.
    """
    plans: list[Plan] = []
    for rule, outcome in decision.parts:
        ready = _ready(ruleset, rule, outcome, decision.moment)
        planning = None
        if ready is not None and ready.ends and (state.caps or any(map(_opens_caps, plans))):
            ready = None
        if ready is None or (plans and ready.watched):
            planning = _scene(ruleset, decision, state, plans)
        facts = decision.facts if planning is None else planning.facts
        if ready is not None and (
            not ready.watched or not any(rail.binds(facts, decision.moment) for rail in ready.watched)
        ):
            plans.append(ready.plan)
        else:
            planning = planning or _scene(ruleset, decision, state, plans)
            plans.append(_woven(ruleset, ruleset.rails, rule, outcome, planning))
    if len(plans) == 1:
        return plans[0]
    if not plans:
        return _no_plan(decision.revision)
    return Plan(
        decision.revision,
        tuple(part for plan in plans for part in plan.parts),
        tuple(note for plan in plans for note in plan.notes),
    )


@lru_cache(maxsize=16)
def _no_plan(revision: str) -> Plan:
    return Plan(revision, kept={})


def takes_time(decision: Decision) -> bool:
    """Whether the plan of a decision may have something to send or to wait for."""
    return any(_steps(rule, outcome).takes_time for rule, outcome in decision.parts)


def make_closing(
    ruleset: RuleSet,
    verb: str,
    body: Mapping[str, Any],
    path: str,
    state: CallState,
    now: datetime,
) -> Closing:
    """What closes what a plan opened (a cap's verb, or the clean-up of one that stopped).

    `path` is the first step's. Guard rails hold here too: the verb may come with steps before it, be replaced,
    or be a step that failed.
    """
    spec = BY_NAME[verb]
    closing = CompiledVerb(path, verb, verb, frozenset({verb}), spec.effect, spec.keyed, body)
    step_planner = StepPlanner(ruleset.rails, _at_rest(ruleset, state, now))
    planned_steps = step_planner.plan_verb(
        closing, "", PlanContext(no_end="what closes a pair can't end the call")
    )
    return Closing(planned_steps.steps, tuple(step_planner.notes), tuple(step_planner.bound.items()))


def make_late_closings(
    ruleset: RuleSet,
    ending: PlannedVerb,
    state: CallState,
    now: datetime,
    tried: Collection[OpenPair] = (),
) -> tuple[tuple[PlannedStep, ...], tuple[str, ...]]:
    """What must still be closed right before an ending verb goes out, and notes.

    Its plan closes the pairs that it foresees to be open. Others may have been opened by a failure branch that went on,
    by the branch of another part, or by an urgent rule in between. `tried` are the pairs that the steps of the plan
    have tried to close (`closes_cap`): they are not tried again, whatever became of it.
    """
    pairs = tuple(pair for pair in _open_pairs(state) if pair not in tried)
    step_planner = StepPlanner(ruleset.rails, _at_rest(ruleset, state, now))
    return step_planner.closings(ending.verb, ending.path, pairs, "late"), tuple(step_planner.notes)


def forbidden(ruleset: RuleSet, planned: PlannedVerb, state: CallState, now: datetime) -> str | None:
    """Why a `never` keeps a verb from being sent at this moment, in words; None where none does.

    The look again just before a send: the plan was made earlier, and the call may have changed since.
    """
    return _forbidden(ruleset, planned, state.facts, (now, state))


def forbidding(
    ruleset: RuleSet, planned: PlannedVerb, state: CallState, now: datetime
) -> CompiledRail | None:
    """The `never` that keeps a verb from being sent at this moment."""
    return _forbidding(ruleset, planned, state.facts, (now, state))


def forbidden_after(
    ruleset: RuleSet, ending: PlannedVerb, steps: Iterable[PlannedStep], state: CallState, now: datetime
) -> str | None:
    """The same of an ending verb, once the steps that it brings before it have run as they are planned. These are for
    nothing where it is forbidden by then."""
    planning = _at_rest(ruleset, state, now).after(*steps)
    return _forbidden(ruleset, ending, planning.facts, planning.moment)


def _forbidden(
    ruleset: RuleSet, planned: PlannedVerb, facts: Mapping[str, Value], moment: Moment
) -> str | None:
    rail = _forbidding(ruleset, planned, facts, moment)
    return None if rail is None else f"forbidden by {rail}"


def _forbidding(
    ruleset: RuleSet, planned: PlannedVerb, facts: Mapping[str, Value], moment: Moment
) -> CompiledRail | None:
    spec = BY_NAME.get(planned.verb)
    words = spec.words(planned.body) if spec is not None else frozenset({fold(planned.verb)})
    for rail in ruleset.rails.never:
        if rail.stands_over(words) and rail.binds(facts, moment):
            return rail
    return None


# --- one rule's part ----------------------------------------------------------------------------------------


def _ready(ruleset: RuleSet, rule: CompiledRule, outcome: Outcome, moment: Moment) -> Ready | None:
    """A rule's ready plan, made when it is first asked for; None where it depends on the call."""
    steps = _steps(rule, outcome)
    kept: Ready | None = ruleset.ready.get(id(steps), _UNKNOWN)
    if kept is _UNKNOWN:
        kept = ruleset.ready[id(steps)] = _made_ready(ruleset, rule, outcome, moment)
    return kept


_UNKNOWN: Any = object()


def _made_ready(ruleset: RuleSet, rule: CompiledRule, outcome: Outcome, moment: Moment) -> Ready | None:
    steps = _steps(rule, outcome)
    if not steps.literal:
        return None
    nothing_known = PlanningState({}, moment, ruleset.scope, {}, {})
    plan = _woven(ruleset, NO_RAILS, rule, outcome, nothing_known)
    rails = ruleset.rails
    planned = tuple(_all(plan.parts[0].steps))
    verbs = [step for step in planned if isinstance(step, PlannedVerb)]
    words = steps.words | {verb.verb for verb in verbs}
    watched = tuple(rail for rail in (*rails.never, *rails.before) if rail.stands_over(words))
    changed = frozenset(_changed(planned))
    if not all(changed.isdisjoint(rail.asks) for rail in watched):
        return None
    return Ready(replace(plan, kept={}), watched, any(verb.effect is Effect.ENDING for verb in verbs))


def _all(steps: Iterable[PlannedStep]) -> Iterator[PlannedStep]:
    """Steps and those of their branches."""
    for step in steps:
        yield step
        if isinstance(step, PlannedVerb | FailedStep):
            for branch in step.branches:
                yield from _all(branch.steps)


def _changed(steps: Iterable[PlannedStep]) -> Iterator[str]:
    """The facts that steps can change while a plan is made."""
    for step in steps:
        match step:
            case PlannedVerb(verb=verb, body=body, keep_as=keep_as):
                yield from told(verb, body, {})
                if keep_as is not None:
                    yield keep_as
            case RememberStep(fact=fact):
                yield fact


def _opens_caps(plan: Plan) -> bool:
    """Whether a plan opens a pair with a cap, which it may leave open."""
    steps = (step for part in plan.parts for step in part.steps)
    return any(isinstance(step, PlannedVerb) and step.cap is not None for step in steps)


def _woven(
    ruleset: RuleSet, rails: CompiledRails, rule: CompiledRule, outcome: Outcome, planning: PlanningState
) -> Plan:
    """A plan of one rule's part."""
    step_planner = StepPlanner(rails, planning)
    rank = rule.rank
    place = PlanContext(no_end="a rule that begins with also can't end the call" if rank is Rank.ALSO else "")
    prefix = "" if outcome is Outcome.FIRED else "otherwise."
    planned_steps = step_planner.plan_steps(_steps(rule, outcome), prefix, place)
    part = PlanPart(
        ruleset.ref(rule),
        outcome.value,
        planned_steps.steps,
        rank is Rank.URGENT,
        tuple(step_planner.bound.items()),
    )
    return Plan(ruleset.revision, (part,), tuple(step_planner.notes))


def _steps(rule: CompiledRule, outcome: Outcome) -> CompiledSteps:
    steps = rule.steps if outcome is Outcome.FIRED else rule.otherwise
    assert steps is not None
    return steps


def _scene(ruleset: RuleSet, decision: Decision, state: CallState, earlier: Sequence[Plan]) -> PlanningState:
    """The planning state that earlier parts leave."""
    event = decision.event
    said = dict.fromkeys(event.keys, event.source)
    sources = {**state.sources, **said, **(event.sources or {})}
    planning = PlanningState(
        decision.facts, decision.moment, ruleset.scope, event.keys, sources, caps=_open_pairs(state)
    )
    if not earlier:
        return planning
    return planning.after(*(step for plan in earlier for part in plan.parts for step in part.steps))


def _at_rest(ruleset: RuleSet, state: CallState, now: datetime) -> PlanningState:
    """The planning state where no event is looked at."""
    moment = (now, state)
    return PlanningState(state.facts, moment, ruleset.scope, {}, state.sources, caps=_open_pairs(state))


def _open_pairs(state: CallState) -> tuple[OpenPair, ...]:
    return tuple((cap.verb, cap.body) for cap in state.caps)
