"""The part of a report's page that tells the edits of the rules."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from flowrules.pages import Html, element, joined, paragraph, table
from flowrules.reporting.model import Edit, Numbers, Report
from flowrules.reporting.words import moment, percent


def edits(report: Report) -> Html:
    if not report.edits:
        return paragraph("The rules were not edited in this time.")
    zone = ZoneInfo(report.zone)
    return joined(*(_edit(edit, zone) for edit in report.edits))


def _edit(edit: Edit, zone: ZoneInfo) -> Html:
    heading = element("h3", f"{moment(edit.at, zone)}: {_what(edit)}")
    return joined(heading, *_told(edit))


def _what(edit: Edit) -> str:
    match edit.status:
        case "live":
            return f"{edit.was} gave way to {edit.revision}"
        case "held":
            return f"{edit.revision or 'an edit'} was held back"
    return f"{edit.revision or 'an edit'} was refused"


def _told(edit: Edit) -> Iterator[Html]:
    if edit.status != "live":
        yield paragraph(edit.message or "No reason is on record.")
        return
    if edit.changed is None:
        yield paragraph(
            "What it changed is not at hand: the texts of one of the two are not beside the journal."
        )
    elif not edit.changed:
        yield paragraph("It changed comments or layout alone.")
    else:
        rows = [(part.what, part.was or "nothing", part.now or "nothing") for part in edit.changed]
        yield table("What it changed in the files", ("what", "was", "is"), rows)
    if edit.before is not None and edit.after is not None:
        yield table(
            "What it changed in the numbers",
            ("", "before", "after"),
            tuple(_numbers(edit.before, edit.after)),
        )
    if edit.rules:
        rules = [(one.label, round(one.before, 1), round(one.after, 1)) for one in edit.rules]
        yield table("Of 1,000 events each rule took", ("rule", "before", "after"), rules)


def _numbers(before: Numbers, after: Numbers) -> Iterator[tuple[str, str, str]]:
    def both(name: str, of: str) -> tuple[str, str, str]:
        return name, f"{getattr(before, of):,}", f"{getattr(after, of):,}"

    yield both("calls that began", "calls")
    yield both("events", "events")
    shares = [percent(one.unmatched, one.events) for one in (before, after)]
    yield "events that no rule took", shares[0], shares[1]
    yield both("verbs sent", "verbs")
    shares = [percent(one.failed, one.verbs) for one in (before, after)]
    yield "verbs that failed", shares[0], shares[1]
