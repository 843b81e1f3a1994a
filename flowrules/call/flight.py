"""A request that is under way, and how one is made of a step."""

from dataclasses import dataclass, replace
from datetime import datetime

from flowrules.call.call import Call
from flowrules.call.request import VerbRequest, verb_request
from flowrules.compiler.refs import RuleRef
from flowrules.engine.plan import PlannedVerb
from flowrules.verbs import LOOK


@dataclass(slots=True, eq=False)
class InFlight:
    """`ready` is the step as it is sent, `request` what is under way. `looks`: that is the question whether an ending
    verb before this step has acted. `intended`: it is on record, or would be in a run that sends nothing."""

    number: int
    step: PlannedVerb
    ready: PlannedVerb
    rule: RuleRef
    request: VerbRequest
    deadline: datetime
    looks: bool = False
    intended: bool = False
    left_at: datetime | None = None
    objection: str = ""

    @property
    def sent(self) -> PlannedVerb:
        """What the request that is under way stands for."""
        return _look(self.ready) if self.looks else self.ready


def made_ready(call: Call, event_id: str, rule: RuleRef, step: PlannedVerb) -> tuple[PlannedVerb, str]:
    """A step with a path of its own, and with what earlier receipts told; and the name of a fact that none has told, ''
    where nothing is missing."""
    path = call.step_path(event_id, rule.id, step.path)
    ready = step if path == step.path else replace(step, path=path)
    if not step.late:
        return ready, ""
    told = {}
    for name, fact in step.late.items():
        value = call.state.facts.get(fact)
        if not isinstance(value, str):
            return ready, fact
        told[name] = value
    return replace(ready, body={**step.body, **told}), ""


def takes_off(
    call: Call,
    event_id: str,
    rule: RuleRef,
    step: PlannedVerb,
    ready: PlannedVerb,
    deadline: datetime,
    *,
    looks: bool,
) -> InFlight:
    """The request for a step, or the question that goes before it, under the call's next number."""
    call.requests += 1
    call_id = call.state.call_id
    if looks:
        request = VerbRequest(call_id, _look(ready).body, None)
    else:
        started_at = call.state.started_at
        request = verb_request(
            ready, call_id=call_id, session_start=started_at, event_id=event_id, rule=rule.id
        )
    return InFlight(call.requests, step, ready, rule, request, deadline, looks)


def _look(ready: PlannedVerb) -> PlannedVerb:
    return PlannedVerb(f"{ready.path}.look", LOOK.name, {"event": LOOK.name}, LOOK.effect, keyed=LOOK.keyed)
