"""What an event would lead to if it were decided now. Nothing is changed by asking."""

from flowrules.call.call import Call
from flowrules.call.handling import Handling, Stage
from flowrules.call.position import ends
from flowrules.engine.event import Event
from flowrules.engine.hear import hear
from flowrules.engine.plan import Plan
from flowrules.language.nodes import Rank


class Foresight:
    """Of one call, at this moment."""

    __slots__ = ("_call",)

    def __init__(self, call: Call) -> None:
        self._call = call

    def would_end(self, event: Event) -> bool:
        """Whether the plan for an event would end the call."""
        return _ends(_plan(self._call, event))

    def ends_by(self, handling: Handling) -> bool:
        """Whether what is under way ends the call, if all goes well."""
        if handling.run.stopped:
            return False
        if handling.stage in (Stage.DECIDED, Stage.PLANNED):
            return _ends(handling.draft())
        return handling.stage is Stage.RUNNING and handling.run.ending_ahead()


def urgent_rule(call: Call, event: Event) -> tuple[str, bool]:
    """The id of the urgent rule that would take an event, '' where none would; and whether its plan ends the call."""
    if call.ruleset.urgent is None:
        return "", False
    decision = call.setup.decide(
        call.ruleset, event, hear(call.ruleset, call.state, event, call.now), call.now
    )
    owner = decision.owner
    if owner is None or owner.rank is not Rank.URGENT:
        return "", False
    return owner.id, _ends(_plan(call, event))


def _plan(call: Call, event: Event) -> Plan:
    state = hear(call.ruleset, call.state, event, call.now)
    setup = call.setup
    return setup.make_plan(call.ruleset, setup.decide(call.ruleset, event, state, call.now), state)


def _ends(plan: Plan) -> bool:
    return any(ends(part.steps) for part in plan.parts)
