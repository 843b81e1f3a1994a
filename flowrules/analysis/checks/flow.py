"""What follows what: one end on every path, nothing but records behind it, and branches that can run."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from flowrules.analysis.checks.going_on import check_going_on
from flowrules.analysis.logic.dnf import can_be
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Related, Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes import flow as codes
from flowrules.diagnostics.diagnostic import Code
from flowrules.language.nodes import (
    Advise,
    Before,
    Condition,
    Do,
    Failure,
    Forget,
    GoOn,
    If,
    OtherVerb,
    Rank,
    Remember,
    Rule,
    StaySilent,
    Step,
    Steps,
    Stop,
    VerbStep,
    Wait,
)
from flowrules.language.traverse import all_steps, failures_of, sequences
from flowrules.source import Location, Span
from flowrules.verbs import BY_NAME, Effect

_WORDS: Mapping[type[Step], str] = {Wait: "wait", Advise: "advise", StaySilent: "stay silent", GoOn: "go on"}
MAX_PATHS = 16
"""Ways through a sequence that are looked at; of more the first ones are."""

ENDINGS = frozenset(spec.name for spec in BY_NAME.values() if spec.effect is Effect.ENDING)
_FAILS = re.compile(r"if\s+it\s+fails(?:\s+because\s.*?(?=\s+then\b))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class _End:
    word: str
    place: Location
    through: Span | None
    """The `do` in the block that brought it; None where it is written there."""


@dataclass(frozen=True, slots=True)
class _Path:
    """One way through a sequence: the conditions that were yes, those that were not, and how it stands."""

    yes: tuple[Condition, ...] = ()
    other: tuple[Condition, ...] = ()
    end: _End | None = None
    over: bool = False
    """Stopped, or found wrong: nothing more is said about it."""


def check_flow(scope: Scope, report: Report) -> None:
    for unit in scope.units:
        _check_branches(unit, report)
        check_going_on(unit, report)
        if id(unit.block) not in scope.too_long and not _check_no_end(unit, scope, report):
            for sequence in sequences(unit.item):
                _Walk(unit, scope, report).take(sequence)


# --- where no end may stand ---------------------------------------------------------------------------------


def _check_no_end(unit: CheckedBlock, scope: Scope, report: Report) -> bool:
    """`also` rules and `before` rails may not end the call. Whether one does."""
    item = unit.item
    if isinstance(item, Rule) and item.rank is Rank.ALSO:
        code, why = codes.ALSO_ENDS_CALL, 'a rule that begins with "also" can\'t end the call'
        hint = 'Take the "also" away, or leave the end to the rule that takes the event.'
    elif isinstance(item, Before):
        code, why = codes.END_BEFORE, f'what runs before "{item.verbs[0].text}" can\'t end the call'
        hint = f"To put an end in its place, write: never {item.verbs[0].text} … instead …"
    else:
        return False
    for step in unit.steps:
        match step:
            case VerbStep(verb=verb, word=word, word_span=span) if verb in ENDINGS:
                report.add(code, unit.block, span, f'"{word}" stands here, and {why}.', hint)
                return True
            case Do(name) if not ENDINGS.isdisjoint(scope.verbs_in((step,))):
                report.add(
                    code, unit.block, name.span, f'The steps "{name.text}" end the call, and {why}.', hint
                )
                return True
    return False


# --- failure branches ---------------------------------------------------------------------------------------


def failure_words(unit: CheckedBlock, failure: Failure) -> Span:
    """The words `if it fails because …` of a branch."""
    found = _FAILS.match(unit.block.text, failure.span.start)
    return Span(*found.span()) if found else failure.span


def _check_branches(unit: CheckedBlock, report: Report) -> None:
    for step in unit.steps:
        taken: set[str] = set()
        any_reason = False
        for failure in failures_of(step):
            reasons = {reason.key for reason in failure.reasons}
            if any_reason or (reasons and reasons <= taken):
                what = "any reason" if any_reason else " and ".join(sorted(reasons))
                message = f"A branch above this one is already taken for {what}."
                hint = 'Put the branch without "because" last, and name each reason once.'
                report.add(codes.BRANCH_NEVER_RUNS, unit.block, failure_words(unit, failure), message, hint)
            taken |= reasons
            any_reason = any_reason or not reasons


# --- paths --------------------------------------------------------------------------------------------------


class _Walk:
    """Goes every way through one sequence of a block, into the steps that `do` names too."""

    def __init__(self, unit: CheckedBlock, scope: Scope, report: Report) -> None:
        self.unit = unit
        self.scope = scope
        self.report = report
        self.said: set[Span] = set()
        self.as_written = unit.block.source.path in scope.as_written

    def take(self, steps: tuple[Step, ...]) -> None:
        self._steps(steps, [_Path()], self.unit, None)

    def _steps(
        self, steps: Iterable[Step], paths: list[_Path], home: CheckedBlock, through: Do | None
    ) -> list[_Path]:
        """The paths behind these steps. `home` is the block that they stand in, `through` the `do` of this block
        that leads there."""
        for step in steps:
            if paths and all(path.over for path in paths):
                self._after_stop(step, through)
                break
            paths = [after for path in paths for after in self._step(step, path, home, through)][:MAX_PATHS]
        return paths

    def _step(self, step: Step, path: _Path, home: CheckedBlock, through: Do | None) -> Iterator[_Path]:
        if path.over:
            yield path
            return
        match step:
            case If():
                yield from self._if(step, path, home, through)
            case Do(name):
                declared = self.scope.steps.found.get(name.key)
                if declared is None or not self._may_enter(declared.unit, home):
                    yield path
                else:
                    yield from self._steps(declared.node.steps, [path], declared.unit, through or step)
            case Stop():
                yield replace(path, over=True)
            case VerbStep() | OtherVerb():
                yield self._verb(step, path, home, through)
            case Wait() | Advise() | StaySilent() | GoOn() if path.end is not None:
                word = _WORDS[type(step)]
                hint = f'Move it before "{path.end.word}".'
                if isinstance(step, GoOn):
                    hint = "Leave it out."
                message = (
                    f'"{word}" stands after "{path.end.word}", where the AI\'s part of the call is over.'
                )
                yield self._wrong(codes.STEP_AFTER_END, step.span, message, hint, path, through)
            case Wait() | Remember() | Forget() | Advise() | StaySilent() | GoOn():
                yield path
            case _:
                assert_never(step)

    def _may_enter(self, named: CheckedBlock, home: CheckedBlock) -> bool:
        """Not into what is refused already: steps that are too long, or that come later."""
        later = isinstance(home.item, Steps) and named.order >= home.order
        return not later and id(named.block) not in self.scope.too_long

    def _if(self, step: If, path: _Path, home: CheckedBlock, through: Do | None) -> Iterator[_Path]:
        if can_be((*path.yes, step.condition), path.other, self.scope):
            yes = replace(path, yes=(*path.yes, step.condition))
            yield from self._steps(step.steps, [yes], home, through)
        if can_be(path.yes, (*path.other, step.condition), self.scope):
            other = replace(path, other=(*path.other, step.condition))
            yield from self._steps(step.otherwise, [other], home, through)

    def _verb(self, step: VerbStep | OtherVerb, path: _Path, home: CheckedBlock, through: Do | None) -> _Path:
        word, span, effect = _about(step)
        if path.end is not None:
            if effect is Effect.ENDING:
                message = f'"{word}" ends the call, and it has already ended with "{path.end.word}".'
                hint = 'Keep one of the two. What to do where the first fails goes behind "if it fails then".'
                if path.yes:
                    hint = 'Put one of the two behind "otherwise", on the line of the "if".'
                return self._wrong(codes.TWO_ENDS, span, message, hint, path, through)
            if effect is not Effect.RECORD:
                message = f'"{word}" stands after "{path.end.word}", which ends the AI\'s part of the call.'
                hint = f'Move it before "{path.end.word}".'
                return self._wrong(codes.VERB_AFTER_END, span, message, hint, path, through)
            self._no_end_in_branches(step, path, through)
            return path
        for failure in step.failures:
            self._steps(failure.steps, [path], home, through)
        if effect is Effect.ENDING:
            end = _End(word, home.block.locate(span), through.name.span if through else None)
            return replace(path, end=end)
        return path

    def _no_end_in_branches(self, step: VerbStep | OtherVerb, path: _Path, through: Do | None) -> None:
        """A record that is moved before an end may not end the call itself when it fails."""
        assert path.end is not None
        for inner in all_steps(step for failure in step.failures for step in failure.steps):
            if isinstance(inner, VerbStep) and inner.verb in ENDINGS:
                message = f'"{inner.word}" ends the call, and it has already ended with "{path.end.word}".'
                hint = "A record that fails never stops the end; leave this out."
                self._wrong(codes.TWO_ENDS, inner.word_span, message, hint, path, through)
                return

    def _after_stop(self, step: Step, through: Do | None) -> None:
        """A step that no path comes to. Behind a mistake nothing is said."""
        if through is None and step.span not in self.said and not self.said:
            self.said.add(step.span)
            span = step.word_span if isinstance(step, VerbStep) else step.span
            message = 'Nothing behind "stop" is ever run.'
            self.report.add(
                codes.STEP_AFTER_STOP, self.unit.block, span, message, 'Move it before the "stop".'
            )

    def _wrong(
        self, code: Code, span: Span, message: str, hint: str, path: _Path, through: Do | None
    ) -> _Path:
        """Report once for a place; what named steps do wrong among themselves is said where they are declared."""
        assert path.end is not None
        if through is not None and path.end.through == through.name.span:
            return replace(path, over=True)
        if through is not None:
            message = f'In the steps "{through.name.text}": {message}'
            span = through.name.span
        if span not in self.said:
            self.said.add(span)
            related: Related = ((path.end.place, f'"{path.end.word}" ends the call here'),)
            self.report.add(code, self.unit.block, span, message, hint, related=related)
        return replace(path, over=True)


def _about(step: VerbStep | OtherVerb) -> tuple[str, Span, Effect]:
    if isinstance(step, VerbStep):
        return step.word, step.word_span, BY_NAME[step.verb].effect
    return step.name.text, step.name.span, Effect.LIVE
