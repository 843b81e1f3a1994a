"""Where a step that a plan names by its path is written in its rule."""

from collections.abc import Iterator, Sequence

from flowrules.language.nodes import If, OtherVerb, Rule, Step, VerbStep


def written_step(rule: Rule, verb: str, path: str) -> VerbStep | OtherVerb | None:
    """The step of a rule that sends `verb` at `path` (`1.fail1.2`, `2.otherwise.1`; `engine.planning.plan`). None where
    what stands there sends something else: a guard rail or a pair that is closed has brought the verb. A path does not
    say whether it is one of the rule's steps or of its `otherwise`: where both send the verb there, it is the first."""
    around = steps_around(rule, verb, path)
    step = around[0][around[1]] if around is not None else None
    return step if isinstance(step, VerbStep | OtherVerb) else None


def steps_around(rule: Rule, verb: str, path: str) -> tuple[Sequence[Step], int] | None:
    """The steps among which it stands, and as which of them, from 0; None as above."""
    for steps in (rule.steps, rule.otherwise or ()):
        found = _at(steps, path.split("."))
        step = found[0][found[1]] if found is not None else None
        if isinstance(step, VerbStep) and step.verb == verb:
            return found
        if isinstance(step, OtherVerb) and step.name.text == verb:
            return found
    return None


def _at(steps: Sequence[Step], names: Sequence[str]) -> tuple[Sequence[Step], int] | None:
    number, *others = names
    at = _numbered(steps, number)
    if at is None or not others:
        return None if at is None else (steps, at)
    branch, *inner = others
    found = dict(_branches(steps[at])).get(branch)
    return _at(found, inner) if found is not None and inner else None


def _numbered(steps: Sequence[Step], number: str) -> int | None:
    return int(number) - 1 if number.isdigit() and 0 < int(number) <= len(steps) else None


def _branches(step: Step) -> Iterator[tuple[str, Sequence[Step]]]:
    """The sequences inside a step, by what their paths begin with."""
    if isinstance(step, If):
        yield "then", step.steps
        yield "otherwise", step.otherwise
    elif isinstance(step, VerbStep | OtherVerb):
        for number, failure in enumerate(step.failures, start=1):
            yield f"fail{number}", failure.steps
