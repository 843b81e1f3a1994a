"""What is known while a plan is made: the decision's facts, and what the plan itself has done so far."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flowrules.compiler.moment import COMPUTED, Moment
from flowrules.compiler.scope import Scope
from flowrules.compiler.shapes import Facts
from flowrules.engine.event import Source
from flowrules.engine.plan import PlannedStep, PlannedVerb, RememberStep
from flowrules.engine.receipts import told
from flowrules.language.values import Value


@dataclass(frozen=True, slots=True)
class Scene:
    """Immutable: each step leads to the next scene.

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
        """The scene once these steps have run as they are planned."""
        scene = self
        for step in steps:
            match step:
                case PlannedVerb(verb=verb, body=body, keep_as=keep_as):
                    for key, value in told(verb, body, {}).items():
                        scene = scene._with(key, value)
                    if keep_as is not None:
                        scene = scene._pending(keep_as)
                case RememberStep(fact=fact, value=remembered):
                    scene = scene._with(fact, remembered)
        return scene

    def _with(self, key: str, value: Value | None) -> "Scene":
        facts = {name: held for name, held in self.facts.items() if name != key}
        if value is not None:
            facts[key] = value
        sources = {**self.sources, key: Source.HOST}
        return Scene(facts, self.moment, self.scope, self.event, sources, self.pending - {key})

    def _pending(self, key: str) -> "Scene":
        return replace(self._with(key, f"{{{key}}}"), pending=self.pending | {key})
