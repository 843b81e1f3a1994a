"""What a sequence remembers and forgets for certain, so that it is known before the sequence runs.

The rule that takes an event knows it of the `also` rules that the event sets off.
"""

from collections.abc import Iterable
from typing import assert_never

from flowrules.analysis.model.verb_fields import Quote
from flowrules.compiler.compiled_steps import (
    CompiledAdvise,
    CompiledDo,
    CompiledGoOn,
    CompiledIf,
    CompiledRemember,
    CompiledSilence,
    CompiledStep,
    CompiledSteps,
    CompiledStop,
    CompiledVerb,
    CompiledWait,
    Foretold,
)
from flowrules.language.values import Scalar


def foretell(steps: CompiledSteps) -> Foretold | None:
    """What these steps come to, whatever happens to them; None where they change no fact by themselves."""
    reader = _Reader()
    reader.take(steps.steps)
    return Foretold(reader.told, frozenset(reader.unsettled)) if reader.told or reader.unsettled else None


class _Reader:
    """Reads steps in order. `sure` until something may fail, wait or stop: what comes later may never run, or when
    the rule that takes the event has run already."""

    def __init__(self) -> None:
        self.told: dict[str, Scalar | None] = {}
        self.unsettled: set[str] = set()
        self.sure = True

    def take(self, steps: Iterable[CompiledStep]) -> None:
        for step in steps:
            match step:
                case CompiledRemember(fact=fact, value=value):
                    if isinstance(value, Quote):
                        self._unsettle(fact)
                    else:
                        self._change(fact, value)
                case CompiledDo(steps=inner):
                    self.take(inner.steps)
                case CompiledIf():
                    self._if(step)
                case CompiledVerb():
                    self.sure = False
                    if step.keep_as is not None:
                        self._change(step.keep_as, None)
                    for failure in step.failures:
                        self.take(failure.steps.steps)
                case CompiledWait() | CompiledStop():
                    self.sure = False
                case CompiledAdvise() | CompiledSilence() | CompiledGoOn():
                    pass
                case _:
                    assert_never(step)

    def _change(self, fact: str, value: Scalar | None) -> None:
        if self.sure:
            self.unsettled.discard(fact)
            self.told[fact] = value
        else:
            self._unsettle(fact)

    def _unsettle(self, fact: str) -> None:
        """It may be changed, to what is not known before. A text with facts in it is filled in when it is its turn."""
        self.told.pop(fact, None)
        self.unsettled.add(fact)

    def _if(self, step: CompiledIf) -> None:
        """Nothing in it is certain. What stands behind it is, where it can neither fail nor wait nor stop."""
        before = self.sure
        quiet = all(map(_is_quiet, (*step.steps, *step.otherwise)))
        self.sure = False
        self.take((*step.steps, *step.otherwise))
        self.sure = before and quiet


def _is_quiet(step: CompiledStep) -> bool:
    match step:
        case CompiledRemember() | CompiledAdvise() | CompiledSilence() | CompiledGoOn():
            return True
        case CompiledDo(steps=inner):
            return all(map(_is_quiet, inner.steps))
        case CompiledIf():
            return all(map(_is_quiet, (*step.steps, *step.otherwise)))
        case CompiledVerb() | CompiledWait() | CompiledStop():
            return False
