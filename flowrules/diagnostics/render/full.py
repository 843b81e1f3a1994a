"""Findings for people: the line as they wrote it, a mark below the place, what is wrong, what to do.

rules/sales.rules:3:38 error FR201 unknown-list
  There is no list "vip_campaign".
  3 |   when campaign is in vip_campaign
    |                       ^^^^^^^^^^^^
  Did you mean vip_campaigns?
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from flowrules.diagnostics.codes.hygiene import UNTESTED
from flowrules.diagnostics.diagnostic import Diagnostic, Findings, Severity, open_findings
from flowrules.diagnostics.render.terminal import cell_len, first_cells, last_cells, visible, wrapped
from flowrules.source import Location

WIDTH = 80
Paint = Callable[[str, str], str]
"""Gives a piece of text a style of rich's (`bold red`)."""

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}


def plain(text: str, style: str) -> str:
    return text


def coloured(text: str, style: str) -> str:
    """ANSI colours, for a terminal that shows them."""
    from rich.color import ColorSystem  # imported where it is used: most output goes without colours
    from rich.style import Style

    return Style.parse(style).render(text, color_system=ColorSystem.STANDARD)


def full(findings: Findings, paint: Paint = plain) -> str:
    """Every finding that is not answered in full, and a line that counts all; empty without findings."""
    if not findings:
        return ""
    parts = ["\n".join(finding_lines(finding, paint)) for finding in _folded(open_findings(findings))]
    return "\n\n".join([*parts, summary(findings)]) + "\n"


def _folded(findings: Findings) -> Iterator[Diagnostic]:
    """The findings; of those that say of each rule of a file that it has no test, one for all."""
    untested: dict[str, list[Diagnostic]] = {}
    for finding in findings:
        if finding.code is UNTESTED:
            untested.setdefault(finding.location.source.path, []).append(finding)
    for finding in findings:
        alike = untested.get(finding.location.source.path, []) if finding.code is UNTESTED else []
        if len(alike) < 2:
            yield finding
        elif finding is alike[0]:
            *lines, last = (str(one.location.first.line) for one in alike)
            message = f"No test plays the events of {len(alike)} rules: lines {', '.join(lines)} and {last}."
            yield replace(
                finding, message=message, hint="Add tests that play them, and say what is expected."
            )


def summary(findings: Findings) -> str:
    """`2 errors, 1 warning, 1 answered`, or `no findings`."""
    left = open_findings(findings)
    counts = {word: sum(finding.code.severity is word for finding in left) for word in Severity}
    told = [f"{count} {word}{'' if count == 1 else 's'}" for word, count in counts.items() if count]
    if len(left) < len(findings):
        told.append(f"{len(findings) - len(left)} answered")
    return ", ".join(told) or "no findings"


def finding_lines(finding: Diagnostic, paint: Paint = plain) -> Iterator[str]:
    """A finding in full, without a line that counts."""
    colour = _COLOURS[finding.code.severity]
    yield f"{_place(finding.location, paint)} {paint(str(finding.code.severity), colour)} {_code(finding)}"
    yield from _paragraph(finding.message)
    yield from _excerpt(finding.location, colour, paint)
    for location, word in finding.related:
        yield from _paragraph(f"{_place(location, plain)} {word}")
        yield from _excerpt(location, "bold blue", paint)
    if finding.story:
        yield from _story(finding.story)
    if finding.hint:
        yield from (paint(line, "green") for line in _paragraph(finding.hint))
    if finding.test:
        yield from _test(finding)


def _story(story: tuple[str, ...]) -> Iterator[str]:
    """How it comes about, numbered."""
    yield "  A call in which it happens:"
    for number, line in enumerate(story, start=1):
        first, *more = wrapped(line, WIDTH - 7)
        yield f"  {number:>2}. {visible(first)}"
        yield from (f"      {visible(one)}" for one in more)


def _test(finding: Diagnostic) -> Iterator[str]:
    """The block as it can be pasted."""
    yield "  As a test:" if not finding.unsaid else "  The nearest that a test can say:"
    yield from (f"    {visible(line)}" for line in finding.test.splitlines())
    for sentence in finding.unsaid:
        yield from _paragraph(sentence)


def _code(finding: Diagnostic) -> str:
    return f"{finding.code.id} {finding.code.name}"


def _place(location: Location, paint: Paint) -> str:
    first = location.first
    return paint(visible(f"{location.source.path}:{first.line}:{first.column}"), "bold")


def _paragraph(text: str) -> Iterator[str]:
    return (f"  {visible(line)}" for line in wrapped(text, WIDTH - 2))


def _excerpt(location: Location, colour: str, paint: Paint) -> Iterator[str]:
    first, last = location.first, location.last
    line = location.source.line(first.line)
    begin = first.column - 1
    end = last.column - 1 if last.line == first.line else len(line.rstrip())
    number = str(first.line)
    before, marked, after = _window(line[:begin], line[begin:end], line[end:], WIDTH - len(number) - 5)
    yield f"  {paint(f'{number} |', 'blue')} {before}{marked}{after}".rstrip()
    marks = "^" * max(1, cell_len(marked))
    yield f"  {paint(' ' * len(number) + ' |', 'blue')} {' ' * cell_len(before)}{paint(marks, colour)}"


def _window(before: str, marked: str, after: str, width: int) -> tuple[str, str, str]:
    """The three pieces of a line, cut where the whole is wider than the screen, so that the mark is in sight."""
    before, marked, after = (
        visible(before[-4 * width :]),
        visible(marked[: 4 * width]),
        visible(after[: 4 * width]),
    )
    if cell_len(before + marked + after) <= width:
        return before, marked, after
    room = max(width // 3, width - cell_len(marked + after))
    if cell_len(before) > room:
        before = last_cells(before, room)
    room = width - cell_len(before)
    if cell_len(marked) > room:
        return before, first_cells(marked, room), ""
    room -= cell_len(marked)
    if cell_len(after) > room:
        after = first_cells(after, room)
    return before, marked, after
