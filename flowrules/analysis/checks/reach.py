"""Rules that never come to their turn: written twice, or behind others that take all of their events."""

from flowrules.analysis.logic.coverage import Competitor, CoverageIndex
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.rails import is_one_rail, rail_said
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes import logic as codes
from flowrules.language.names import fold
from flowrules.language.nodes import Before, Literal, Never, Rank, Rule
from flowrules.source import Span


def check_twice(scope: Scope, report: Report) -> None:
    """Rules and rails that say the same, whatever they are called."""
    seen: dict[object, CheckedBlock] = {}
    for unit in (*scope.rules, *scope.rails):
        item = unit.item
        assert isinstance(item, Rule | Never | Before)
        said = without_label(item) if isinstance(item, Rule) else rail_said(item)
        first = seen.setdefault(said, unit)
        if first is unit or report.is_broken(unit.block):
            continue
        if isinstance(item, Rule) or not is_one_rail(first, unit, scope):
            report.add(
                codes.DUPLICATE_RULE,
                unit.block,
                head_of(unit),
                f"The same stands at line {line_of(first)}{_in_file(first, unit)} already.",
                "Take one of the two out.",
                related=((first.block.locate(head_of(first)), "the first one"),),
            )
        elif item.label is not None and (known := name_of(first)) and fold(known) != fold(name_of(unit)):
            report.add(
                codes.DUPLICATE_RULE,
                unit.block,
                item.label.span,
                f"The same guard rail is called {known} at line {line_of(first)}{_in_file(first, unit)} already.",
                "Give both the same name, and they are one guard rail. Or take one of the two out.",
                related=((first.block.locate(head_of(first)), "the first one"),),
            )


def check_reach(coverage: CoverageIndex, report: Report) -> None:
    """Rules whose every event others take first."""
    for competitor in coverage.competitors:
        if report.is_broken(competitor.unit.block) or competitor.fires is None:
            continue
        regions = competitor.trigger_regions if competitor.rule.otherwise is not None else competitor.fires
        takers = coverage.covered_by(competitor, regions) if regions else None
        if takers:
            _report(competitor, takers, report)


def _report(competitor: Competitor, takers: list[Competitor], report: Report) -> None:
    unit = competitor.unit
    first = takers[0]
    urgent = "urgent " if first.rule.rank is Rank.URGENT else ""
    if len(takers) == 1:
        message = f"{_called(first, unit, urgent)} takes every event that this rule could fire for."
    else:
        places = [f"{line_of(taker.unit)}{_in_file(taker.unit, unit)}" for taker in takers]
        rules = f"{', '.join(places[:-1])} and {places[-1]}"
        message = f"The rules at lines {rules} together take every event that this rule could fire for."
    hint = f"Move this rule above {'it' if len(takers) == 1 else 'them'}, or take one out."
    if urgent:
        hint = 'Narrow the urgent rule with "when", or take one of the two out.'
    related = tuple(
        (taker.unit.block.locate(head_of(taker.unit)), "takes the event first") for taker in takers
    )
    report.add(codes.NEVER_FIRES, unit.block, head_of(unit), message, hint, related=related)


def head_of(unit: CheckedBlock) -> Span:
    """The words of a rule that say when it fires; of a rail, all of it, or its name."""
    if isinstance(unit.item, Rule):
        return unit.item.head_span
    start, end = unit.item.span
    if isinstance(unit.item, Never | Before) and unit.item.label is not None:
        return Span(start, unit.item.label.span.end)
    return Span(start, start + len(unit.block.text[start:end].rstrip()))


def line_of(unit: CheckedBlock) -> int:
    return unit.block.locate(head_of(unit)).first.line


def name_of(unit: CheckedBlock) -> str:
    """A rule's name in quotes, empty where it has none."""
    label = unit.item.label if isinstance(unit.item, Rule | Never | Before) else None
    return f'"{label.value}"' if isinstance(label, Literal) else ""


def _called(competitor: Competitor, reader: CheckedBlock, urgent: str) -> str:
    name = name_of(competitor.unit)
    where = f"line {line_of(competitor.unit)}{_in_file(competitor.unit, reader)}"
    return f"The {urgent}rule {name} ({where})" if name else f"The {urgent}rule at {where}"


def _in_file(unit: CheckedBlock, reader: CheckedBlock) -> str:
    """` of FILE` where it is not the reader's own."""
    path = unit.block.source.path
    return "" if path == reader.block.source.path else f" of {path}"


def without_label(rule: Rule) -> tuple[object, ...]:
    """What a rule says, whatever it is called."""
    return Rule, rule.rank, rule.trigger, rule.guards, rule.limits, rule.steps, rule.otherwise
