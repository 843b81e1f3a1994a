"""nearly-yes

What: a fact that nobody declares, compared with `yess`, `y` or `nope`.

Why: that is a text. A fact that is yes or no never equals it, so the condition never holds.

Avoid:
    never hangup when vip is yess
    on intent=bye hangup

Prefer:
    never hangup when vip is yes
    on intent=bye hangup
"""

from collections.abc import Mapping

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.hygiene import NEARLY_YES
from flowrules.language.names import fold
from flowrules.language.nodes import Compare, Kind

_MEANT: Mapping[str, str] = {
    **dict.fromkeys(("y", "ye", "yess", "yse", "yes.", "yep", "yeah", "ture", "treu", "tru"), "yes"),
    **dict.fromkeys(("n", "nope", "no.", "noo", "fales", "flase", "fasle"), "no"),
}
_OWN_WORDS = frozenset({"said", "hearing", "intent", "dtmf"})
"""What the caller says or presses, and wishes, which have any name."""


def nearly_yes(coverage: CoverageIndex, report: Report) -> None:
    """A declaration says what a fact's values are, and quotes say that a text is meant."""
    for unit in report.units_without_errors(coverage.scope.units):
        for atom in unit.asked:
            if (
                not isinstance(atom, Compare)
                or atom.fact.key in _OWN_WORDS
                or atom.fact.key in coverage.scope.facts
            ):
                continue
            for value in atom.values:
                meant = _MEANT.get(fold(str(value.value))) if value.kind is Kind.WORD else None
                if meant is not None:
                    message = f'"{value.raw}" is a text, and neither yes nor no.'
                    hint = f'Write "{meant}". If it is a text, put it in quotes: "{value.raw}"'
                    report.add(NEARLY_YES, unit.block, value.span, message, hint)
