"""target-in-rail

What: a guard rail about a verb with a target asks a fact called queue, agent or destination, which nobody supplies.

Why: a rail is about a verb, wherever it goes. No fact holds the verb's target, so the guard stays unknown, and the
rail never holds anything back.

Avoid:
    never transfer when queue is tiffin_team and call.on_hold is yes
    on intent=lunch hold then transfer queue tiffin_team

Prefer:
    steps to_tiffin
      if call.on_hold is yes then say "One moment." otherwise transfer queue tiffin_team
    end
    on intent=lunch do to_tiffin
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.hygiene import TARGET_IN_RAIL
from flowrules.language.nodes import Before, Compare, Never
from flowrules.verbs import CATALOGUE

_WITH_TARGET = frozenset(spec.name for spec in CATALOGUE if spec.targets is not None or spec.calls_in)
_TARGETS = frozenset({"queue", "agent", "destination", "target", "supervisor", "transfer_to"})


def target_in_rail(coverage: CoverageIndex, report: Report) -> None:
    scope = coverage.scope
    for unit in report.units_without_errors(scope.rails):
        if not isinstance(unit.item, Never | Before) or _WITH_TARGET.isdisjoint(
            verb.key for verb in unit.item.verbs
        ):
            continue
        for atom in unit.asked:
            if not isinstance(atom, Compare) or atom.fact.key not in _TARGETS:
                continue
            key = atom.fact.key
            if key in scope.facts or key in scope.remembered or scope.is_carried(key):
                continue
            report.add(
                TARGET_IN_RAIL,
                unit.block,
                atom.fact.span,
                f'Unless the agent\'s program reports "{atom.fact.text}", this rail never acts: no fact holds '
                "the target of a verb.",
                'Name the steps for this target, with an "if … then …" line in them, and write do NAME in your rules. '
                f"If it is reported, declare it: fact {atom.fact.text} is text",
            )
            break
