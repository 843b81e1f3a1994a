"""ends-on-unknown

What: the `otherwise` of a rule hangs up, and the guard asks for a fact that may be unknown.

Why: `otherwise` runs where the answer is no, and also where nobody supplied the fact: callers about whom nothing
is known yet are hung up on.

Avoid:
    on intent=dues when verified is yes transfer queue dues otherwise hangup

Prefer:
    on intent=dues when verified is yes transfer queue dues
    on intent=dues when verified is no hangup
    on intent=dues say "May I have your date of birth?"
"""

from collections.abc import Iterator

from flowrules.analysis.logic.coverage import Competitor, CoverageIndex
from flowrules.analysis.model.builtin import ALWAYS_KNOWN
from flowrules.analysis.model.constraint import Constraint
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.flow import ENDS_ON_UNKNOWN
from flowrules.language.nodes import Compare, Do, Name, Step, VerbStep
from flowrules.language.operators import BY_OP, Family
from flowrules.language.traverse import atoms, event_tests
from flowrules.source import Span
from flowrules.verbs import CATALOGUE

_HANGUPS = frozenset(spec.name for spec in CATALOGUE if spec.hangs_up)


def ends_on_unknown(coverage: CoverageIndex, report: Report) -> None:
    for competitor in coverage.competitors:
        otherwise = competitor.rule.otherwise
        if otherwise is None or report.is_broken(competitor.unit.block):
            continue
        hangup = next(_hangups(otherwise, coverage.scope), None)
        fact = next(_uncertain(competitor, coverage), None)
        if hangup is not None and fact is not None:
            report.add(
                ENDS_ON_UNKNOWN,
                competitor.unit.block,
                hangup,
                f'Where nobody has told "{fact.text}" yet, this hangs up on the caller.',
                f'"otherwise" also runs on what is unknown. Write a rule for "{fact.text} is no" that hangs up, or '
                f"say that it is meant: when {fact.text} is known and …",
            )


def _hangups(steps: tuple[Step, ...], scope: Scope) -> Iterator[Span]:
    for step in steps:
        match step:
            case VerbStep(verb=verb, word_span=span) if verb in _HANGUPS:
                yield span
            case Do(name) if not _HANGUPS.isdisjoint(scope.verbs_in((step,))):
                yield name.span


def _uncertain(competitor: Competitor, coverage: CoverageIndex) -> Iterator[Name]:
    """The facts of the guards that may be unknown when the rule is asked, and about which nothing is said for
    that case: no `is known` in the guards, no earlier rule that takes the event then."""
    asked = [atom for guard in competitor.rule.guards for atom in atoms(guard.condition)]
    compares = [atom for atom in asked if isinstance(atom, Compare)]
    spoken_of = {c.fact.key for c in compares if BY_OP[c.op].family is Family.PRESENCE}
    carried = {test.name.key for test in event_tests(competitor.unit.item)}
    for compare in compares:
        key = compare.fact.key
        if key in spoken_of or key in ALWAYS_KNOWN or key in carried:
            continue
        unknown = {key: Constraint(known=False)}
        regions = [
            region._replace(facts={**region.facts, **unknown}) for region in competitor.trigger_regions
        ]
        if not regions or coverage.covered_by(competitor, regions) is None:
            yield compare.fact
