"""Steps in the order in which they are sent, each a sentence, with what happens where it fails.

Records that are written behind an ending are sent before it, so they stand before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from flowrules.analysis.model.checked import CheckedRules
from flowrules.language.nodes import (
    Advise,
    Do,
    Failure,
    Forget,
    GoOn,
    If,
    OtherVerb,
    Remember,
    StaySilent,
    Step,
    Stop,
    VerbStep,
    Wait,
)
from flowrules.prose.arguments import pairs, verb_sentence
from flowrules.prose.conditions import condition, otherwise
from flowrules.prose.facts import subject
from flowrules.prose.page import Branch, StepKind, Told
from flowrules.prose.values import duration, listed, quoted, sent, text
from flowrules.verbs import BY_NAME, Effect
from flowrules.verbs.reasons import REASON_WORDS

_MOVED = " (sent before the ending that follows)"
_MAY_MOVE = " (sent before the ending, where the steps above bring one)"


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells steps. `disposition`: what a step records that names none. `as_written`: records stay behind an ending."""

    checked: CheckedRules
    disposition: str = ""
    as_written: bool = False

    def steps(self, nodes: Sequence[Step]) -> tuple[Told, ...]:
        """A sequence, in the order of sending."""
        told: list[Told] = []
        ending: Told | None = None
        may_have_ended = False
        for node in nodes:
            one = self.step(node)
            if ending is not None and one.kind is not StepKind.ENDING:
                told.append(replace(one, text=one.text + _MOVED))
            elif one.kind is StepKind.ENDING and not self.as_written and ending is None:
                ending = one
            elif may_have_ended and one.kind is StepKind.RECORD and not self.as_written:
                told.append(replace(one, text=one.text + _MAY_MOVE))
            else:
                told.append(one)
            may_have_ended = may_have_ended or self._may_end(node)
        return (*told, ending) if ending is not None else tuple(told)

    def step(self, node: Step) -> Told:
        match node:
            case VerbStep():
                sentence = verb_sentence(node, self.checked.destinations, self.disposition)
                return Told(sentence + _patience(node), _kind(node), branches=self._failures(node.failures))
            case OtherVerb():
                with_ = f", with {pairs(node.pairs)}" if node.pairs else ""
                sentence = f"Send {quoted(node.name.text)} to the platform as it stands{with_}"
                return Told(sentence + _patience(node), branches=self._failures(node.failures))
            case Wait(length):
                return Told(f"Wait {duration(length)}")
            case Do(name):
                return Told(f"Carry out the steps {quoted(name.key)}", StepKind.STEPS)
            case Stop():
                return Told("Leave out the rest of these steps")
            case GoOn():
                return Told("Go on with what stands behind the step that failed")
            case Remember(name, value):
                return Told(f"Remember that {subject(name.key)} is {sent(value)}")
            case Forget(name):
                return Told(f"Forget {subject(name.key)}")
            case Advise(words):
                return Told(f"Tell the model, for its next turn: {text(words)}")
            case StaySilent():
                return Told("Let the model say nothing in this turn")
            case If(asked, steps, other):
                rest = (Branch(otherwise(asked), self.steps(other)),) if other else ()
                return Told(f"If {condition(asked)}", StepKind.CHOICE, self.steps(steps), rest)
            case _:
                assert_never(node)

    def _failures(self, nodes: tuple[Failure, ...]) -> tuple[Branch, ...]:
        return tuple(
            Branch(_failure(node, first=not number), self.steps(node.steps))
            for number, node in enumerate(nodes)
        )

    def _may_end(self, node: Step) -> bool:
        """Whether steps that stand for others may end the bot's part of the call."""
        match node:
            case Do(name):
                return any(self._ends(inner) for inner in self.checked.steps[name.key].steps)
            case If(_, steps, other):
                return any(self._ends(inner) for inner in (*steps, *other))
            case (
                VerbStep()
                | OtherVerb()
                | Wait()
                | Stop()
                | GoOn()
                | Remember()
                | Forget()
                | Advise()
                | StaySilent()
            ):
                return False

    def _ends(self, node: Step) -> bool:
        return self._may_end(node) or (isinstance(node, VerbStep) and _kind(node) is StepKind.ENDING)


def _kind(node: VerbStep) -> StepKind:
    match BY_NAME[node.verb].effect:
        case Effect.ENDING:
            return StepKind.ENDING
        case Effect.RECORD:
            return StepKind.RECORD
        case Effect.LIVE | Effect.READ:
            return StepKind.STEP


def _failure(node: Failure, first: bool) -> str:
    if not node.reasons:
        return "if this fails" if first else "if this fails for any other reason"
    reasons = [REASON_WORDS[key] for key in dict.fromkeys(reason.key for reason in node.reasons)]
    return f"if this fails because {listed(reasons, 'or')}"


def _patience(node: VerbStep | OtherVerb) -> str:
    if node.patience is None:
        return ""
    return f" (not accepted within {duration(node.patience)}, it has failed)"
