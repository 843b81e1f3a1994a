"""What is known while a plan is made: the decision's facts, and what the plan itself has done so far."""

from collections.abc import Mapping
from typing import NamedTuple

from flowrules.compiler.moment import COMPUTED, Moment
from flowrules.compiler.scope import Scope
from flowrules.compiler.shapes import Facts
from flowrules.engine.event import Source, is_too_weak
from flowrules.engine.plan import FailedStep, PlannedStep, PlannedVerb, RememberStep, branch_for
from flowrules.engine.receipts import told
from flowrules.language.values import Value


class Scene(NamedTuple):
    """Each step leads to the next scene. A tuple, since every verb that is planned makes one.

    `event` is what the event carries, `sources` who said each fact (absent: the host). `pending` are facts whose
    value a receipt of this plan will bring; they are known, but not yet readable.
    """

    facts: Facts
    moment: Moment
    scope: Scope
    event: Mapping[str, Value]
    sources: Mapping[str, Source]
    pending: frozenset[str] = frozenset()

    def look_up(self, key: str) -> Value | None:
        """A fact's value by its folded name, computed ones included; None where it is unknown or pending."""
        if (computed := COMPUTED.get(key)) is not None:
            return computed(self.moment, self.scope.zone)
        return None if key in self.pending else self.facts.get(key)

    def source_of(self, key: str) -> Source:
        return self.sources.get(key, Source.HOST)

    def after(self, *steps: PlannedStep) -> "Scene":
        """The scene once these steps have run as they are planned; of a step that has failed already, its branch."""
        scene = self
        for step in steps:
            match step:
                case PlannedVerb(verb=verb, body=body, keep_as=keep_as, source=source):
                    for key, value in told(verb, body, {}).items():
                        scene = scene._with(key, scene._admitted(key, value, source), source)
                    if keep_as is not None:
                        scene = scene._pending(keep_as)
                case RememberStep(fact=fact, value=remembered):
                    scene = scene._with(fact, remembered)
                case FailedStep(reason=reason, branches=branches):
                    if (branch := branch_for(branches, reason)) is not None:
                        scene = scene.after(*branch.steps)
        return scene

    def _admitted(self, key: str, value: Value, source: Source) -> Value | None:
        """None where the rules keep the fact for a stronger source: it is unknown then."""
        declared = self.scope.checked.facts.get(key)
        return value if declared is None or not is_too_weak(source, declared.source) else None

    def _with(self, key: str, value: Value | None, source: Source = Source.HOST) -> "Scene":
        held, moment, scope, event, sources, pending = self
        facts = {**held}
        if value is None:
            facts.pop(key, None)
        else:
            facts[key] = value
        return Scene(facts, moment, scope, event, {**sources, key: max(source, Source.HOST)}, pending - {key})

    def _pending(self, key: str) -> "Scene":
        return self._with(key, f"{{{key}}}")._replace(pending=self.pending | {key})
