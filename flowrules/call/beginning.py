"""How the handling of an event, or of a cap, begins."""

from functools import partial

from flowrules.call.call import Call
from flowrules.call.effects import LeftOut
from flowrules.call.entries import CapDue, Decided, Note
from flowrules.call.fact_limits import NO_ROOM
from flowrules.call.handling import MAX_CAUSES, Handling
from flowrules.call.run import Run
from flowrules.call.spent import Spent
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.plan import Plan, PlanPart
from flowrules.engine.planner import make_closing, takes_time
from flowrules.engine.state import OpenCap, close_cap, forget
from flowrules.language.nodes import Rank


def let_in(call: Call, event: Event) -> Event:
    """A reported event, of which is kept what there is room for."""
    limits = call.fact_limits
    event, left_out = limits.admit(event, call.ruleset)
    if left_out:
        first, limits.full = not limits.full, True
        if first:
            call.record(Note(NO_ROOM))
        call.do(LeftOut(len(left_out), first))
    for name in left_out & call.state.facts.keys():
        call.state = forget(call.state, name)
    return event


def handling_of(
    call: Call,
    event: Event,
    decision: Decision,
    ticket: int | None,
    raised_by: Handling | None,
    *,
    records_only: bool,
) -> Handling:
    """An event that rules have taken. `raised_by`: the handling that has led to it; they count as one."""
    owner, state = decision.owner, call.state
    run = Run(
        call,
        call.ruleset,
        event.event_id,
        Spent() if raised_by is None else raised_by.run.spent,
        urgent_rule=owner.id if owner is not None and owner.rank is Rank.URGENT else "",
        after_unknown=raised_by is not None and call.unknown_ending,
        records_only=records_only,
    )
    return Handling(
        ticket,
        event.event_id,
        run,
        partial(call.setup.make_plan, call.ruleset, decision, state),
        partial(Decided, event, state, decision),
        decision,
        raised_by_another=raised_by is not None,
        at_once=not takes_time(decision),
        causes=MAX_CAUSES if raised_by is None else raised_by.causes - 1,
    )


def cap_handling(call: Call, cap: OpenCap) -> Handling:
    """A pair whose cap has run out is closed. The guard rails of this moment hold."""
    path = f"{cap.path}.cap"
    call.state = close_cap(call.state, cap.verb, cap.body)
    event_id = call.event_name(cap.event_id, f">{path}")
    ruleset, state, now = call.ruleset, call.state, call.now

    def closing_plan() -> Plan:
        steps, notes = make_closing(ruleset, cap.verb, cap.body, path, state, now)
        return Plan(ruleset.revision, (PlanPart(cap.rule, "cap", steps),), notes)

    run = Run(call, ruleset, event_id, Spent())
    return Handling(None, event_id, run, closing_plan, partial(CapDue, event_id), cap=cap)
