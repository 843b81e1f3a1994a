"""Opening hours that are taken for a fact: `when office is closed`, `after 1 minute of office`, `{office}`."""

from collections.abc import Iterator

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Edits, Report
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.texts import open_texts, quoted_facts
from flowrules.diagnostics.codes.names import HOURS_AS_FACT
from flowrules.language.names import fold
from flowrules.language.nodes import AfterFact, Compare, DestinationMap, Given, Literal, Rule, Test
from flowrules.language.nodes import Name as NameNode
from flowrules.language.operators import BY_OP, Family, Operand
from flowrules.language.traverse import atoms, event_tests
from flowrules.source import Span

_OPEN = {"open": True, "yes": True, "true": True, "closed": False, "shut": False, "no": False, "false": False}


def check_hours_as_fact(scope: Scope, report: Report) -> None:
    """A name may be that of hours and of a fact: where somebody tells the fact, it is one."""
    hours = {key for key in scope.hours.found if not _is_told(key, scope)}
    if scope.hours.found:
        for unit in scope.units:
            _check(unit, hours, scope, report)


def _is_told(key: str, scope: Scope) -> bool:
    return key in scope.facts or key in scope.events or key in scope.remembered or scope.is_carried(key)


def _check(unit: CheckedBlock, hours: set[str], scope: Scope, report: Report) -> None:
    for test in event_tests(unit.item):
        if (
            test.test is not None
            and test.name.key in ("during", "outside")
            and _names_hours(test.test, scope)
        ):
            word, meant = test.name.text, test.test.values[0].raw
            message = f'"{word}" asks whether hours are open, and is no event.'
            report.add(HOURS_AS_FACT, unit.block, test.span, message, f"Write: on anything {word} {meant}")
    for condition in unit.conditions:
        for atom in atoms(condition):
            if isinstance(atom, Compare) and atom.fact.key in hours:
                scope.meant.add(atom.fact.key)
                _report_question(unit, atom, report)
    for name, hint in _others(unit):
        if name.key in hours:
            scope.meant.add(name.key)
            _report(unit, name, name.span, hint, (), report)


def _report_question(unit: CheckedBlock, atom: Compare, report: Report) -> None:
    asked = BY_OP[atom.op]
    names_one = asked.family is Family.AMONG and asked.operand is Operand.ONE
    is_open = _meant(atom.values[0]) if names_one else None
    name = atom.fact
    if is_open is None:
        hint = f"Ask for them so: during {name.text}, or outside {name.text}"
        _report(unit, name, atom.span, hint, (), report)
        return
    meant = f"{'outside' if is_open is asked.negative else 'during'} {name.text}"
    _report(unit, name, atom.span, f"Write: {meant}", ((atom.span, meant),), report)


def _names_hours(asked: Compare, scope: Scope) -> bool:
    return len(asked.values) == 1 and fold(str(asked.values[0].value)) in scope.hours


def _meant(value: Literal) -> bool | None:
    return value.value if isinstance(value.value, bool) else _OPEN.get(fold(str(value.value)))


def _others(unit: CheckedBlock) -> Iterator[tuple[NameNode, str]]:
    """Every other place of a fact, with what to write there."""
    item = unit.item
    match item:
        case Rule(trigger=AfterFact(fact=fact)):
            yield (
                fact,
                f'Start at a time of day ("at 09:00"), or ask when the time has come: during {fact.text}',
            )
        case DestinationMap(by=fact):
            yield (
                fact,
                "A destination goes by a fact. Let two rules choose: one with during, one with outside.",
            )
        case Test(lines=lines):
            given = (line.fact for line in lines if isinstance(line, Given))
            yield from ((name, "Give the time instead: given time is 2026-03-02 11:00") for name in given)
    for text in open_texts(unit.steps):
        yield from ((name, "A text can quote facts only.") for name in quoted_facts(text))


def _report(unit: CheckedBlock, name: NameNode, span: Span, hint: str, edits: Edits, report: Report) -> None:
    report.add(HOURS_AS_FACT, unit.block, span, f'"{name.text}" are opening hours, and no fact.', hint, edits)
