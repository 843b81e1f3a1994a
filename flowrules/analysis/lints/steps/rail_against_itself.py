"""rail-against-itself

What: a guard rail forbids a verb, and its own `instead` uses that verb.

Why: a guard rail also holds for its `instead`, so this is forbidden as well and nothing comes of it.

Avoid:
    never say when paying is yes instead say "One moment, please."
    on intent=price say "It is 499 a month."

Prefer:
    never say when paying is yes instead advise "Wait until the payment is over."
    on intent=price say "It is 499 a month."
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.flow import RAIL_AGAINST_ITSELF
from flowrules.language.nodes import Compare, Forget, Never, Remember, Step, VerbStep
from flowrules.language.traverse import atoms
from flowrules.verbs import words_under


def rail_against_itself(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.rails):
        rail = unit.item
        if not isinstance(rail, Never) or rail.instead is None:
            continue
        words = {word for name in rail.verbs for word in words_under(name.key)}
        asked = {
            atom.fact.key
            for guard in rail.guards
            for atom in atoms(guard.condition)
            if isinstance(atom, Compare)
        }
        about_call = any(key.startswith("call.") for key in asked)
        for step in rail.instead:
            if _settles(step, asked) or (
                about_call and isinstance(step, VerbStep) and words.isdisjoint({step.word, step.verb})
            ):
                break  # What it asks for may be otherwise by then.
            if isinstance(step, VerbStep) and not words.isdisjoint({step.word, step.verb}):
                report.add(
                    RAIL_AGAINST_ITSELF,
                    unit.block,
                    step.word_span,
                    f'This guard rail forbids "{step.word}", here as everywhere.',
                    'Write another step here, or leave out "instead": the step that comes then fails as forbidden.',
                )
                break


def _settles(step: Step, asked: set[str]) -> bool:
    return isinstance(step, Remember | Forget) and step.name.key in asked
