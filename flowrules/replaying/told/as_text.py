"""An answer for a terminal."""

from collections.abc import Iterator

from flowrules.replaying.answer import Answer, Story
from flowrules.replaying.told import summary
from flowrules.replaying.told.summary import Costs, Part, signed

MOST = 5
"""Ways of changing that are shown of each kind; the rest is counted."""
ALIKE = 3
"""Rows of a story that are shown before and behind one that differs."""


def as_text(answer: Answer, costs: Costs | None = None, *, every: bool = False) -> str:
    """`every`: all ways of changing, and whole stories."""
    return "".join(f"{_printable(line)}\n" for line in _lines(answer, costs or {}, every))


def _printable(line: str) -> str:
    return "".join(one if one.isprintable() else "\ufffd" for one in line)


def _lines(answer: Answer, costs: Costs, every: bool) -> Iterator[str]:
    yield summary.headline(answer)
    for part in summary.parts(answer):
        yield ""
        yield from _part(answer, part, every)
    if rules := summary.rules(answer):
        yield ""
        yield "Rules:"
        yield from (f"  {name}: {does}" for name, does in rules)
    if verbs := summary.verbs(answer):
        yield ""
        yield "Verbs that go through:"
        for word, old, new, supposed in verbs:
            told = f", {supposed:,} of them supposed" if supposed else ""
            yield f"  {word}: {old:,} before, {new:,} now ({signed(new - old)}{told})"
    if rows := summary.money(answer, costs):
        yield ""
        yield "Costs:"
        for row in rows:
            yield f"  {row.word} at {row.each:,}: {row.old:,} before, {row.new:,} now, {signed(row.difference)}"
        yield f"  together {signed(summary.total(rows))}"
    if remarks := tuple(summary.remarks(answer)):
        yield ""
        yield from remarks


def _part(answer: Answer, part: Part, every: bool) -> Iterator[str]:
    yield f"{part.count}: {part.words}"
    shown = part.lines if every else part.lines[:MOST]
    for line in shown:
        yield f"  {line.times:,} × was: {line.was}"
        yield f"  {' ' * len(f'{line.times:,}')}   now: {line.now}"
    if len(part.lines) > len(shown):
        yield f"  and {len(part.lines) - len(shown):,} other ways"
    if part.story is not None:
        yield f"  For example {summary.story_title(part.story)}:"
        yield from _story(part.story, every)


def _story(story: Story, every: bool) -> Iterator[str]:
    near = [
        every or any(other.differs for other in story.rows[max(0, place - ALIKE) : place + ALIKE + 1])
        for place in range(len(story.rows))
    ]
    left_out = 0
    for row, is_shown in zip(story.rows, near, strict=True):
        if not is_shown:
            left_out += 1
            continue
        if left_out:
            yield f"    … {left_out:,} more that do not change"
            left_out = 0
        if row.differs:
            yield f"    {summary.clock(row):>7}  {row.what}"
            yield f"             was: {summary.done(row.old.rules, row.old.steps)}"
            yield f"             now: {summary.done(row.new.rules, row.new.steps)}"
        else:
            yield f"    {summary.clock(row):>7}  {row.what}: {summary.done(row.new.rules, row.new.steps)}"
    if left_out or story.cut:
        yield f"    … {left_out + story.cut:,} more"
    if story.ended[0] != story.ended[1]:
        yield f"    ended by: {story.ended[0]}; now: {story.ended[1]}"
