"""A `set_disposition` that names none: is there always one to take?"""

from collections.abc import Iterator

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.dispositions import always_settled, disposition_choices
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.verb_fields import disposition_field
from flowrules.diagnostics.codes.arguments import NO_DISPOSITION
from flowrules.language.nodes import Before, Do, Never, Rule, Step, VerbStep
from flowrules.language.traverse import all_steps, sequences
from flowrules.source import Span

Place = tuple[Span, str]
"""Where in a block, and through which steps (empty: written here)."""


def check_bare_dispositions(scope: Scope, report: Report) -> None:
    if "default" in scope.unread:
        return
    through: dict[str, bool] = {}
    for key, declared in scope.steps.found.items():
        through[key] = next(_bare(declared.unit, through), None) is not None
    for unit in (*scope.rules, *scope.rails):
        found = next(_bare(unit, through), None)
        if found is not None:
            _check(unit, found, scope, report)


def _check(unit: CheckedBlock, found: Place, scope: Scope, report: Report) -> None:
    assert isinstance(unit.item, Rule | Never | Before)
    rule = unit.item if isinstance(unit.item, Rule) else None
    if always_settled(rule, disposition_choices(rule, scope.defaults_for(unit.block.source.path))):
        return
    span, steps = found
    who = f'The steps "{steps}" set a disposition' if steps else '"set_disposition" stands'
    why = (
        "this rule does not wait for one single value"
        if rule
        else "a guard rail waits for no event of its own"
    )
    report.add(
        NO_DISPOSITION,
        unit.block,
        span,
        f"{who} without naming one, there is no default, and {why}.",
        "Name it (set_disposition interested), or declare one: default disposition is interested",
    )


def _bare(unit: CheckedBlock, through: dict[str, bool]) -> Iterator[Place]:
    for sequence in sequences(unit.item):
        for step in all_steps(sequence):
            if isinstance(step, VerbStep) and _is_bare(step):
                yield step.word_span, ""
            elif isinstance(step, Do) and through.get(step.name.key):
                yield step.name.span, step.name.text


def _is_bare(step: Step) -> bool:
    return (
        isinstance(step, VerbStep)
        and (field := disposition_field(step.verb)) is not None
        and all(argument.name != field for argument in step.arguments)
    )
