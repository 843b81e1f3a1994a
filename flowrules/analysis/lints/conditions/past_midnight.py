"""past-midnight

What: opening hours that begin in the morning and end in the small hours of the next day.

Why: an end before the start is an end on the next day, so `9:00 to 6:30`, with twelve hours in mind, is open all night.

Avoid:
    timezone Asia/Kolkata
    hours office
      mon to fri 9:00 to 6:30
    end
    on intent=sales during office transfer queue sales

Prefer:
    timezone Asia/Kolkata
    hours office
      mon to fri 09:00 to 18:30
    end
    on intent=sales during office transfer queue sales
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.hygiene import PAST_MIDNIGHT
from flowrules.language.nodes import Hours, Literal, OpenDate, OpenWeek

NOON = 12 * 60


def past_midnight(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.units):
        if not isinstance(unit.item, Hours):
            continue
        for line in unit.item.lines:
            for opening in line.openings if isinstance(line, OpenWeek | OpenDate) else ():
                start, end = _minutes(opening.start), _minutes(opening.end)
                if 0 < end < start < NOON:
                    report.add(
                        PAST_MIDNIGHT,
                        unit.block,
                        opening.span,
                        f"From {_clock(start)} to {_clock(end)} of the next day it is open.",
                        f"Did you mean {_clock(start)} to {_clock(end + NOON)}? If not, write the night by itself: "
                        f"{_clock(start)} to 24:00, and on the next day 00:00 to {_clock(end)}.",
                    )


def _minutes(time: Literal) -> int:
    assert isinstance(time.value, int)
    return time.value


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
