"""A report → its page."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from flowrules.compiler.refs import RuleRef
from flowrules.pages import Html, Section, element, joined, page, paragraph, table
from flowrules.reporting import plots
from flowrules.reporting.edit_page import edits
from flowrules.reporting.model import Report, Spread
from flowrules.reporting.words import duration, moment, percent

TITLE = "What the calls did"
_MOST = 20
"""Rows of a plot. The tables have all."""


def report_page(report: Report) -> str:
    """One file of HTML. Raises ImportError with a sentence where the library for plots is missing."""
    plots.check()
    return page(TITLE, _lead(report), tuple(_sections(report)))


# --- inside ---


def _lead(report: Report) -> Html:
    if not report.entries:
        return paragraph("The journal is empty.")
    zone = ZoneInfo(report.zone)
    span = f"From {moment(report.first, zone)} to {moment(report.last, zone)} ({report.zone})."
    totals = report.totals
    figures = (
        ("calls", f"{totals.calls:,}"),
        ("events", f"{totals.events:,}"),
        ("taken by no rule", percent(totals.unmatched, totals.events)),
        ("verbs sent", f"{totals.verbs:,}"),
        ("of these failed", percent(totals.failed, totals.verbs)),
        ("edits that went live", f"{sum(edit.status == 'live' for edit in report.edits):,}"),
    )
    return joined(paragraph(span, class_="soft"), _figures(figures), _whole(report))


def _figures(figures: tuple[tuple[str, str], ...]) -> Html:
    return element(
        "dl",
        *(element("div", element("dt", name), element("dd", value)) for name, value in figures),
        class_="figures",
    )


def _whole(report: Report) -> Html:
    lines = f"{report.entries:,} lines"
    erased = f" {report.erased:,} of them are of callers who were erased." if report.erased else ""
    if not report.problems:
        return paragraph(
            f"The journal is whole: {lines}, none is missing or changed, and every verb that went out has its outcome."
            f"{erased}",
            class_="good",
        )
    more = f" And {report.more_problems:,} more." if report.more_problems else ""
    listed = element("ul", *(element("li", problem) for problem in report.problems))
    return joined(
        paragraph(f"Something in the journal's {lines} does not fit.{erased}", class_="bad"),
        listed,
        paragraph(more),
    )


def _sections(report: Report) -> Iterator[Section]:
    yield Section("Calls and events", _calls(report))
    yield Section("Rules", _rules(report))
    yield Section("Rules that never took an event", _never(report))
    yield Section("What nobody knew", _unknown(report))
    yield Section("Verbs", _verbs(report))
    yield Section("Waits", _waits(report))
    yield Section("Edits of the rules", edits(report))
    yield Section("What live calls have reached", _coverage(report))
    yield Section("Slowest steps", _slowest(report))


def _calls(report: Report) -> Html:
    parts: list[Html] = []
    if report.periods:
        what = "an hour" if report.hourly else "a day"
        labels = [_begins(period.begins, hourly=report.hourly) for period in report.periods]
        series = (
            ("calls", [period.numbers.calls for period in report.periods]),
            ("events", [period.numbers.events for period in report.periods]),
            ("failed verbs", [period.numbers.failed for period in report.periods]),
        )
        caption = f"Calls, events and failed verbs, {what} each ({report.zone})"
        parts.append(plots.bars("periods", caption, labels, series))
    length = report.call_length
    if length.times:
        parts.append(paragraph(f"A call lasted {_spread(length)}."))
    if report.open:
        parts.append(
            paragraph(f"{report.open:,} calls have no end on record: they go on, or their process ended.")
        )
    parts.append(table("Why calls ended", ("why", "calls"), report.ended))
    parts.append(table("Who reported events", ("who", "events"), report.sources))
    parts.append(table("How events ended", ("how", "events"), report.statuses))
    return joined(*parts)


def _rules(report: Report) -> Html:
    if not report.rules:
        return paragraph("No rule has taken an event.")
    most = report.rules[:_MOST]
    series = (("fired", [one.fired for one in most]), ("otherwise", [one.otherwise for one in most]))
    drawn = plots.rows(
        "rules", "How often a rule took an event", [one.rule.label for one in most], series, stacked=True
    )
    head = ("rule", "where", "fired", "otherwise", "calls", "of all events")
    rows = [
        (one.rule.label, _place(one.rule), one.fired, one.otherwise, one.calls, f"{100 * one.share:.1f} %")
        for one in report.rules
    ]
    rails = ""
    if report.rails:
        acted = [(one.rail.label, _place(one.rail), one.times) for one in report.rails]
        rails = table("Guard rails that changed what was done", ("guard rail", "where", "times"), acted)
    return joined(drawn, table("Every rule that took an event", head, rows), rails)


def _never(report: Report) -> Html:
    known = report.known
    if known.why_not:
        return paragraph(f"The rules are not at hand: {known.why_not}.")
    if not known.never:
        return paragraph(f"Each of the {known.rules:,} rules of {known.revision} has taken an event.")
    said = f"{len(known.never):,} of the {known.rules:,} rules of {known.revision} have taken no event in this time."
    rows = [(rule.label, _place(rule)) for rule in known.never]
    return joined(paragraph(said), table("Rules that never took an event", ("rule", "where"), rows))


def _unknown(report: Report) -> Html:
    if not report.unknown_facts:
        return paragraph("No rule was held back because a fact was unknown.")
    said = "A rule that asks for a fact which nobody knows is passed over, or does what stands under its otherwise."
    rows = [(one.fact, one.rule.label, one.times) for one in report.unknown_facts]
    return joined(paragraph(said), table("Unknown facts that decided", ("fact", "rule", "events"), rows))


def _verbs(report: Report) -> Html:
    if not report.verbs:
        return paragraph("No verb was planned.")
    counts: dict[str, dict[str, int]] = {}
    for fate in report.verbs:
        of = counts.setdefault(fate.verb, {})
        of[fate.status] = of.get(fate.status, 0) + fate.times
    names = sorted(counts, key=lambda verb: (-sum(counts[verb].values()), verb))
    statuses = [
        one
        for one in ("accepted", "refused", "unknown", "dropped", "withheld")
        if any(one in of for of in counts.values())
    ]
    series = [(status, [counts[verb].get(status, 0) for verb in names]) for status in statuses]
    drawn = plots.rows("verbs", "What became of each verb", names, series, stacked=True)
    rows = [(one.verb, one.status, one.reason or "", one.times) for one in report.verbs]
    said = paragraph(
        "Accepted: the platform did it. Refused: it did not. Unknown: sent, and no answer says what became of it. "
        "Dropped: decided and not sent. Withheld: a run that sends nothing."
    )
    return joined(
        said, drawn, table("Verbs by outcome and reason", ("verb", "outcome", "reason", "times"), rows)
    )


def _waits(report: Report) -> Html:
    parts: list[Html] = []
    if report.until_decided.times:
        parts.append(
            paragraph(f"From its report to its decision an event waited {_spread(report.until_decided)}.")
        )
    if report.answers.times:
        parts.append(paragraph(f"The platform's answer to a verb took {_spread(report.answers)}."))
        labels, before = [], 0.0
        for bar in report.answer_bars:
            labels.append(f"over {before:g} s" if bar.up_to is None else f"{before:g} to {bar.up_to:g} s")
            before = bar.up_to or before
        times = [bar.times for bar in report.answer_bars]
        parts.append(plots.bars("answers", "How long answers took", labels, [("verbs", times)]))
    if report.waits:
        rows = [(one.rule.label, one.times, duration(one.seconds)) for one in report.waits]
        parts.append(table("Waits that rules asked for", ("rule", "times", "in all"), rows))
    else:
        parts.append(paragraph("No rule asked to wait."))
    return joined(*parts)


def _coverage(report: Report) -> Html:
    if report.known.why_not:
        return paragraph(f"The rules are not at hand: {report.known.why_not}.")
    rows = [
        (one.rule.label, ", ".join(one.reached) or "nothing", ", ".join(one.missing))
        for one in report.known.coverage
    ]
    full = sum(not one.missing for one in report.known.coverage)
    said = paragraph(f"Of {len(rows):,} rules live calls have reached all that {full:,} can do.")
    return joined(said, table("By rule", ("rule", "reached", "not reached"), rows))


def _slowest(report: Report) -> Html:
    if not report.slowest:
        return paragraph("No verb was answered.")
    labels = [f"{one.verb} ({one.rule.label}, {one.path})" for one in report.slowest]
    series = [("seconds", [one.took.p95 for one in report.slowest])]
    drawn = plots.rows("slowest", "Seconds within which 95 of 100 answers came", labels, series)
    head = ("rule", "step", "verb", "times", "half within", "95 of 100 within", "longest")
    rows = [
        (
            one.rule.label,
            one.path,
            one.verb,
            one.took.times,
            duration(one.took.median),
            duration(one.took.p95),
            duration(one.took.longest),
        )
        for one in report.slowest
    ]
    return joined(drawn, table("Steps whose answers took longest", head, rows))


def _begins(begins: str, *, hourly: bool) -> str:
    at = datetime.fromisoformat(begins)
    return f"{at:%d %b %H:%M}" if hourly else f"{at:%d %b}"


def _spread(spread: Spread) -> str:
    return (
        f"{duration(spread.median)} in half of {spread.times:,} cases, {duration(spread.p95)} at most in 95 of 100, "
        f"and {duration(spread.longest)} at the longest"
    )


def _place(rule: RuleRef) -> str:
    return f"{rule.file.rpartition('/')[2]}:{rule.line}" if rule.file else ""
