"""The AI leaves a conference in which nobody is but the caller."""

from collections.abc import Hashable
from typing import NamedTuple

from flowrules.call.entries import Received, Sending
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import LEFT_ALONE
from flowrules.engine.planning.receipts import names_member
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, the_rule
from flowrules.exploration.watching.watch import Step
from flowrules.verbs import BY_NAME

_LEAVING = frozenset(
    spec.closed_by for spec in BY_NAME.values() if spec.closed_by is not None and ends_session(spec.closed_by)
)


class Members(NamedTuple):
    """How many were asked in and not taken out again. `tried`: somebody was to be asked in."""

    tried: bool = False
    there: int = 0


class LeftAlone(Hazard):
    """Its memory: the members that the rules have asked in. What the host does beside the rules is not seen: nothing is
    found before the rules have asked somebody in."""

    code = LEFT_ALONE
    start = Members()

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        assert isinstance(memory, Members)
        verb, receipt = entry.request.verb, entry.receipt
        came = receipt.went_well or receipt.may_have_acted
        if names_member(verb):
            return Members(tried=True, there=memory.there + came), ()
        if receipt.went_well and _takes_out(verb):
            return memory._replace(there=max(memory.there - 1, 0)), ()
        return memory, ()

    def sending(self, memory: Hashable, entry: Sending, step: Step) -> Seen:
        assert isinstance(memory, Members)
        verb = entry.request.verb
        if verb not in _LEAVING or not memory.tried or memory.there:
            return memory, ()
        return memory, (
            self.breach(
                self.place(entry.rule, verb, entry.path),
                f'{the_rule(entry.rule)} sends "{verb}" though nobody is '
                "in the conference any more: the caller is alone.",
                entry.rule.id,
                "Remember that somebody is waited for where they are asked in (remember waiting is yes), forget it "
                "where that fails or is given up (forget waiting), and ask for it in this rule: when waiting is yes",
                meant="the host asks somebody in by itself",
                expects=(f"expect not {verb}",),
            ),
        )


def _takes_out(verb: str) -> bool:
    spec = BY_NAME.get(verb)
    return spec is not None and bool(spec.slots_of("member"))
