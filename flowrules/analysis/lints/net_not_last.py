"""net-not-last

What: a rule for `on anything` without a condition stands before other rules.

Why: it takes every event that a host reports, so the rules below it get none.

Avoid:
    on anything say "Sorry, I did not get that."
    on intent=sales transfer queue sales

Prefer:
    on intent=sales transfer queue sales
    on anything say "Sorry, I did not get that."
"""

from flowrules.analysis.checks.reach import head_of, line_of
from flowrules.analysis.logic.coverage import Competitor, CoverageIndex, is_gated
from flowrules.analysis.model.builtin import UNSEEN_BY_ANYTHING
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.logic import NET_NOT_LAST
from flowrules.language.nodes import OnAnything, Rank, Rule
from flowrules.language.traverse import event_tests


def net_not_last(coverage: CoverageIndex, report: Report) -> None:
    plain = [competitor for competitor in coverage.competitors if competitor.rule.rank is Rank.PLAIN]
    nets = (index for index, competitor in enumerate(plain) if is_net(competitor.rule))
    first = next(nets, None)
    if first is None:
        return
    net = plain[first]
    below = [competitor for competitor in plain[first + 1 :] if _is_reported(competitor)]
    if below and not report.is_broken(net.unit.block):
        report.counts = True
        others = f"the rule at line {line_of(below[0].unit)}"
        if len(below) > 1:
            others = f"the {len(below)} rules from line {line_of(below[0].unit)} on"
        names = (test.name for competitor in below for test in event_tests(competitor.unit.item))
        seen = sorted({f'"{name.text}"' for name in names if name.key in UNSEEN_BY_ANYTHING})
        but = f", but for {' and '.join(seen)}" if seen else ""
        report.add(
            NET_NOT_LAST,
            net.unit.block,
            head_of(net.unit),
            f'"on anything" takes every event, so {others} never fire{"" if len(below) > 1 else "s"}{but}.',
            "Move this rule to the end.",
            related=((below[0].unit.block.locate(head_of(below[0].unit)), "gets no event"),),
        )


def is_net(rule: Rule) -> bool:
    """Takes whatever happens."""
    open_ = not rule.guards or rule.otherwise is not None
    return isinstance(rule.trigger, OnAnything) and open_ and not is_gated(rule)


def _is_reported(competitor: Competitor) -> bool:
    """Waits for something that `on anything` takes."""
    keys = {test.name.key for test in event_tests(competitor.unit.item)}
    return not keys or bool(keys - UNSEEN_BY_ANYTHING)
