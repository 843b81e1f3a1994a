"""What declarations say: time zones, opening hours, destinations, allow lists, defaults."""

from collections.abc import Iterator
from datetime import date

from flowrules.analysis.checks.targets import (
    AllowLists,
    allow_lists_of,
    allowed_in,
    check_allow,
    check_target,
)
from flowrules.analysis.checks.time_zones import check_zone
from flowrules.analysis.model.builtin import CLOCK_FACTS, SPOKEN_FACTS
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.holiday_dates import holiday_problem, left_out
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.verb_fields import as_written
from flowrules.diagnostics.codes import arguments as codes
from flowrules.diagnostics.codes import names
from flowrules.diagnostics.codes.hygiene import HOLIDAYS_IN_PART
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Allow,
    AtTime,
    CallbackKind,
    CallbackTime,
    CallZone,
    ClosedOn,
    Compare,
    Destination,
    DestinationMap,
    FactDef,
    GivenTime,
    Holidays,
    Hours,
    Kind,
    Literal,
    Name,
    OpenDate,
    OpenWeek,
    PlayAt,
    Rule,
    Target,
    TargetKind,
    Test,
    Timezone,
    VerbStep,
    Zone,
)
from flowrules.source import Location, Span
from flowrules.verbs import taking_target

EXAMPLE_ZONE = "timezone Asia/Kolkata"
PARTS = 8
"""Parts of a country that a hint names, at most."""


def check_declarations(scope: Scope, report: Report) -> None:
    allow_lists = allow_lists_of(scope, allowed_in(scope))
    for unit in scope.units:
        match unit.item:
            case Timezone(zone):
                check_zone(unit, zone, scope, report)
            case Hours() as hours:
                _check_hours(unit, hours, scope, report)
            case Rule(trigger=AtTime(zone=at_zone)):
                _check_clock(unit, at_zone, scope, report)
            case FactDef() as fact:
                _check_source(unit, fact, report)
            case Allow() as allow:
                check_allow(unit, allow, report)
            case Destination(target=target):
                _check_target(unit, target, allow_lists, report)
            case DestinationMap() as mapped:
                _check_map(unit, mapped, allow_lists, report)
    _check_one_zone(scope, report)
    _check_has_zone(scope, report)
    _check_defaults(scope, report)


# --- facts --------------------------------------------------------------------------------------------------


def _check_source(unit: CheckedBlock, fact: FactDef, report: Report) -> None:
    if fact.name.key not in SPOKEN_FACTS or fact.source in (None, "caller"):
        return
    name = fact.name.text
    report.add(
        names.CALLERS_OWN,
        unit.block,
        fact.span,
        f'"{name}" is the caller\'s, whoever passes it on: "from {fact.source}" would refuse every one, and no rule on '
        f'"{name}" would ever fire.',
        f'Leave "from {fact.source}" out. To refuse what the model reports as "{name}", write: only from caller',
    )


# --- time zones ---------------------------------------------------------------------------------------------


def _check_one_zone(scope: Scope, report: Report) -> None:
    if not scope.zones:
        return
    first, at = scope.zones[0]
    for node, unit in scope.zones[1:]:
        if node.zone.value != first.zone.value:
            report.add(
                codes.TWO_TIMEZONES,
                unit.block,
                node.zone.span,
                f'The time zone is "{node.zone.value}" here and "{first.zone.value}" elsewhere.',
                "Keep one. Hours in another place name their own zone: hours office in Asia/Dubai",
                related=((at.block.locate(first.zone.span), "the first one"),),
            )


def _check_has_zone(scope: Scope, report: Report) -> None:
    """One finding for the whole rule set, at the first clock time, day or date."""
    if scope.zones or "timezone" in scope.unread:
        return
    for unit in scope.units:
        for span, what in _clock_uses(unit):
            message = f"{what} needs a time zone, and these rules name none."
            report.add(codes.NO_TIMEZONE, unit.block, span, message, f"Add a line such as: {EXAMPLE_ZONE}")
            return


def _clock_uses(unit: CheckedBlock) -> Iterator[tuple[Span, str]]:
    """The places of a block that depend on a time zone, in words."""
    match unit.item:
        case Hours(name=name, zone=None):
            yield name.span, f'What stands in the hours "{name.text}"'
        case Rule(trigger=AtTime(time, None)):
            yield time.span, f'"{time.raw}"'
        case Test(lines=lines):
            for line in lines:
                match line:
                    case GivenTime(time=time) | PlayAt(time=time):
                        yield time.span, f'"{time.raw}"'
    for atom in unit.asked:
        if isinstance(atom, Compare):
            if atom.fact.key in CLOCK_FACTS:
                yield atom.fact.span, f'"{atom.fact.text}"'
            for value in atom.values:
                if value.kind in (Kind.TIME, Kind.DATE):
                    yield value.span, f'"{value.raw}"'
    for step in unit.steps:
        if isinstance(step, VerbStep):
            for argument in step.arguments:
                if isinstance(argument.value, CallbackTime) and argument.value.kind in _BY_CLOCK:
                    yield argument.value.span, "A callback at a day and time"


_BY_CLOCK = (CallbackKind.TODAY, CallbackKind.TOMORROW, CallbackKind.NEXT_DAY, CallbackKind.AT_DATE)


# --- hours --------------------------------------------------------------------------------------------------


def _check_hours(unit: CheckedBlock, hours: Hours, scope: Scope, report: Report) -> None:
    _check_clock(unit, hours.zone, scope, report)
    opened: dict[object, Literal] = {}
    for line in hours.lines:
        match line:
            case OpenDate(dates):
                opened |= {day.value: day for day in dates}
            case Holidays(calendar):
                problem = holiday_problem(calendar.text)
                if problem is None:
                    _check_part(unit, calendar, report)
                else:
                    message, _, hint = problem.partition("; ")
                    _bad_holidays(unit, calendar.span, message, hint, report)
    if not any(isinstance(line, OpenWeek | OpenDate) for line in hours.lines):
        message = f'The hours "{hours.name.text}" name no time at which they are open.'
        hint = "Add a line such as: mon to fri 09:00 to 18:00"
        report.add(codes.NEVER_OPEN, unit.block, hours.name.span, message, hint)
    _check_closed(unit, hours, opened, report)


def _check_clock(unit: CheckedBlock, zone: Zone | None, scope: Scope, report: Report) -> None:
    match zone:
        case CallZone(otherwise=Literal() as otherwise):
            check_zone(unit, otherwise, scope, report)
        case Literal():
            check_zone(unit, zone, scope, report)


def _check_part(unit: CheckedBlock, calendar: Name, report: Report) -> None:
    """A country of which only parts keep some holidays."""
    missing = left_out(calendar.text)
    if missing is not None:
        country = calendar.text.upper()
        message = (
            f"The holidays of {country} differ by its parts: {country} alone leaves out {missing.name} "
            f"({missing.day.isoformat()}), which is kept in {missing.part}."
        )
        report.add(
            HOLIDAYS_IN_PART,
            unit.block,
            calendar.span,
            message,
            f"Name the part, as in {missing.part}: it is one of {', '.join(missing.parts[:PARTS])}"
            f"{', …' if len(missing.parts) > PARTS else '.'}",
        )


def _bad_holidays(unit: CheckedBlock, span: Span, message: str, hint: str, report: Report) -> None:
    sentence = f"{message[0].upper()}{message[1:]}".rstrip(".") + "."
    advice = f"{hint[0].upper()}{hint[1:]}.".replace("..", ".") if hint else ""
    report.add(codes.BAD_HOLIDAYS, unit.block, span, sentence, advice)


def _check_closed(unit: CheckedBlock, hours: Hours, opened: dict[object, Literal], report: Report) -> None:
    for line in hours.lines:
        if not isinstance(line, ClosedOn):
            continue
        for day in line.dates:
            if day.value in opened:
                assert isinstance(day.value, date)
                report.add(
                    codes.OPEN_AND_CLOSED,
                    unit.block,
                    day.span,
                    f'The hours "{hours.name.text}" are both open and closed on {day.value.isoformat()}.',
                    "Take one of the two out.",
                    related=((unit.block.locate(opened[day.value].span), "open here"),),
                )


# --- destinations and defaults ------------------------------------------------------------------------------


def _check_target(unit: CheckedBlock, target: Target, allow_lists: AllowLists, report: Report) -> None:
    if target.kind is TargetKind.TO:
        message = "A destination can't be another destination."
        report.add(codes.WRONG_TARGET, unit.block, target.span, message, "Write agent, queue, number or sip.")
        return
    if (taker := taking_target(target.kind)) is not None:
        check_target(unit, target, taker.name, allow_lists, report)


def _check_map(unit: CheckedBlock, mapped: DestinationMap, allow_lists: AllowLists, report: Report) -> None:
    seen: dict[str, Literal] = {}
    for row in mapped.rows:
        _check_target(unit, row.target, allow_lists, report)
        written = as_written(row.key)
        first = seen.setdefault(fold(written), row.key)
        if first is not row.key:
            report.add(
                codes.ROW_TWICE,
                unit.block,
                row.key.span,
                f'The destination "{mapped.name.text}" has two rows for "{written}".',
                "Keep one of the two.",
                related=((unit.block.locate(first.span), "the first one"),),
            )
    if mapped.otherwise is not None:
        _check_target(unit, mapped.otherwise, allow_lists, report)


def _check_defaults(scope: Scope, report: Report) -> None:
    """One default for a situation in a file."""
    seen: dict[tuple[str, str, str], Location] = {}
    for node, unit in scope.defaults:
        event = node.event.key if node.event else ""
        value = fold(as_written(node.value)) if node.value else ""
        here = unit.block.locate(node.label.span)
        first = seen.setdefault((unit.block.source.path, event, value), here)
        if first is not here:
            what = f"{node.event.text}={as_written(node.value)}" if node.event and node.value else "this file"
            report.add(
                names.DUPLICATE_NAME,
                unit.block,
                node.label.span,
                f"The default disposition for {what} is declared twice.",
                "Keep one of the two.",
                related=((first, "the first one"),),
            )
