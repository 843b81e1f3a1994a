"""What is known while a plan is made: the decision's facts, and what the plan itself has done so far."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flowrules.compiler.guards.guard_codegen import Facts
from flowrules.compiler.guards.scope import Scope
from flowrules.compiler.times.moment import COMPUTED, Moment
from flowrules.engine.event import Source, is_refused
from flowrules.engine.planning.plan import Cap, FailedStep, PlannedStep, PlannedVerb, RememberStep, branch_for
from flowrules.engine.planning.receipts import told
from flowrules.language.values import Value
from flowrules.verbs import Effect

OpenPair = tuple[str, Mapping[str, Any]]
"""The verb, and its body, that closes a pair whose cap runs."""
Stood = tuple[Value | None, Source | None]
"""How a fact stood: its value and who said it; None where it had none."""


class PlanningState(NamedTuple):
    """Each step leads to the next planning state. A tuple, since every verb that is planned makes one.

    `event` is what the event carries, `sources` who said each fact (absent: the host). `pending` are facts whose
    value a receipt of this plan will bring; they are known, but not yet readable. `caps` are the open pairs that a cap
    will close. `stood` says how the facts that provisional records told stood before, until the ending is there.
    """

    facts: Facts
    moment: Moment
    scope: Scope
    event: Mapping[str, Value]
    sources: Mapping[str, Source]
    pending: frozenset[str] = frozenset()
    caps: tuple[OpenPair, ...] = ()
    stood: Mapping[str, Stood] = {}

    def look_up(self, key: str) -> Value | None:
        """A fact's value by its folded name, computed ones included; None where it is unknown or pending."""
        if (computed := COMPUTED.get(key)) is not None:
            return computed(self.moment, self.scope.zone)
        return None if key in self.pending else self.facts.get(key)

    @property
    def zone(self) -> ZoneInfo:
        """The clock that the caller reads: the lead's own where some hours go by it and its zone is known, else that of
        the rule set."""
        for hours in self.scope.calendars.values():
            if hours.clock is not None and (zone := hours.clock.zone(self.look_up)) is not None:
                return zone
        return self.scope.zone

    def source_of(self, key: str) -> Source:
        return self.sources.get(key, Source.HOST)

    def after(self, *steps: PlannedStep) -> "PlanningState":
        """The planning state once these steps have run as planned; of a step that has failed already, that of its
        branch."""
        planning = self
        for step in steps:
            match step:
                case PlannedVerb(verb=verb, body=body, keep_as=keep_as, source=source):
                    facts = told(verb, body, {})
                    if step.provisional:
                        planning = planning._kept(facts)
                    for key, value in facts.items():
                        planning = planning._with(key, planning._admitted(key, value, source), source)
                    if keep_as is not None:
                        planning = planning._pending(keep_as)
                    if planning.caps:
                        planning = planning._replace(caps=still_open(planning.caps, verb, body))
                    if step.cap is not None:
                        planning = planning.opened(step.cap)
                    if step.effect is Effect.ENDING:
                        planning = planning._replace(stood={})
                case RememberStep(fact=fact, value=remembered, source=source):
                    if step.provisional:
                        planning = planning._kept((fact,))
                    planning = planning._with(fact, remembered, source)
                case FailedStep(reason=reason, branches=branches):
                    branch = branch_for(branches, reason)
                    if not step.optional and (branch is None or not branch.goes_on):
                        planning = planning.without_provisional()
                    if branch is not None:
                        planning = planning.after(*branch.steps)
        return planning

    def opened(self, cap: Cap) -> "PlanningState":
        """The planning state with a pair open that this cap will close."""
        others = still_open(self.caps, cap.verb, cap.body)
        return self._replace(caps=(*others, (cap.verb, cap.body)))

    def without_provisional(self) -> "PlanningState":
        """The state where the ending does not come that provisional records were written for: what they told is as it
        was before."""
        if not self.stood:
            return self
        facts, sources = {**self.facts}, {**self.sources}
        for key, (value, source) in self.stood.items():
            facts.pop(key, None)
            sources.pop(key, None)
            if value is not None:
                facts[key] = value
            if source is not None:
                sources[key] = source
        return self._replace(facts=facts, sources=sources, stood={})

    def _kept(self, keys: Iterable[str]) -> "PlanningState":
        """The planning state that keeps how facts stand, before a provisional record tells them."""
        now = {key: (self.facts.get(key), self.sources.get(key)) for key in keys}
        return self._replace(stood={**now, **self.stood})

    def admits(self, key: str, source: Source) -> bool:
        """Whether the rules let a source say a fact."""
        return not is_refused(source, self.scope.checked.facts.get(key))

    def _admitted(self, key: str, value: Value, source: Source) -> Value | None:
        """None where the rules keep the fact for a stronger source: it is unknown then."""
        return value if self.admits(key, source) else None

    def _with(self, key: str, value: Value | None, source: Source = Source.HOST) -> "PlanningState":
        held, moment, scope, event, sources, pending, caps, stood = self
        facts = {**held}
        if value is None:
            facts.pop(key, None)
        else:
            facts[key] = value
        sources = {**sources, key: max(source, Source.HOST)}
        return PlanningState(facts, moment, scope, event, sources, pending - {key}, caps, stood)

    def _pending(self, key: str) -> "PlanningState":
        return self._with(key, f"{{{key}}}")._replace(pending=self.pending | {key})


def still_open(caps: tuple[OpenPair, ...], verb: str, body: Mapping[str, Any]) -> tuple[OpenPair, ...]:
    """The pairs that this request does not close."""
    target = body.get("target")
    return tuple(pair for pair in caps if pair[0] != verb or pair[1].get("target") != target)
