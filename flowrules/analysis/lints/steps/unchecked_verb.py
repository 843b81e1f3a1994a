"""unchecked-verb

What: `verb NAME` sends a request that flowrules knows nothing about.

Why: whatever is written is sent as it stands; a slip shows only when the platform refuses it on a live call.

Avoid:
    on intent=sales verb future_verb with level 2

Prefer:
    on intent=sales transfer queue sales
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.hygiene import UNCHECKED_VERB
from flowrules.diagnostics.guess import nearest
from flowrules.language.nodes import OtherVerb
from flowrules.verbs import WORDS


def unchecked_verb(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.units):
        for step in unit.steps:
            if isinstance(step, OtherVerb):
                guess = nearest(step.name.text, WORDS, keywords=True)
                hint = guess.question("Look twice at its name and its fields.", "verb")
                message = f'"{step.name.text}" is sent as it stands; nothing about it is checked.'
                report.add(UNCHECKED_VERB, unit.block, step.name.span, message, hint)
