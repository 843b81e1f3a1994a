"""An answer as Markdown: for a pull request, or a chat."""

from collections.abc import Iterable, Iterator, Sequence

from flowrules.replaying.answer import Answer, Story
from flowrules.replaying.told import summary
from flowrules.replaying.told.summary import Costs, signed


def as_markdown(answer: Answer, costs: Costs | None = None) -> str:
    return "\n".join(_lines(answer, costs or {})) + "\n"


def _lines(answer: Answer, costs: Costs) -> Iterator[str]:
    yield f"**{_plain(summary.headline(answer))}**"
    for part in summary.parts(answer):
        yield ""
        yield f"### {_plain(part.words.capitalize())}: {part.count}"
        yield ""
        rows = [(f"{line.times:,}", line.was, line.now) for line in part.lines]
        yield from _table(("times", "was", "now"), rows)
        if part.story is not None:
            yield ""
            yield from _story(part.story)
    if rules := summary.rules(answer):
        yield from ("", "### Rules", "")
        yield from _table(("rule", "what it does"), rules)
    if verbs := summary.verbs(answer):
        yield from ("", "### Verbs that go through", "")
        told = [
            (word, f"{old:,}", f"{new:,}", signed(new - old), f"{supposed:,}")
            for word, old, new, supposed in verbs
        ]
        yield from _table(("verb", "before", "now", "difference", "supposed"), told)
    if money := summary.money(answer, costs):
        yield from ("", "### Costs", "")
        told_costs = [
            (row.word, f"{row.each:,}", f"{row.old:,}", f"{row.new:,}", signed(row.difference))
            for row in money
        ]
        together = ("together", "", "", "", signed(summary.total(money)))
        yield from _table(("verb", "each", "before", "now", "difference"), [*told_costs, together])
    remarks = tuple(summary.remarks(answer))
    if remarks:
        yield ""
        yield from (f"- {_plain(one)}" for one in remarks)


def _story(story: Story) -> Iterator[str]:
    yield f"<details><summary>{_plain(summary.story_title(story))}</summary>"
    yield ""
    rows = []
    for row in story.rows:
        was, now = summary.done(row.old.rules, row.old.steps), summary.done(row.new.rules, row.new.steps)
        rows.append((summary.clock(row), row.what, was, now if row.differs else "the same"))
    yield from _table(("time", "what happens", "was", "now"), rows)
    if story.cut:
        yield ""
        yield f"{story.cut:,} more events are left out."
    yield ""
    yield "</details>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(_plain, row))} |"


def _plain(text: str) -> str:
    """A text that stands as it is: what somebody said makes no table, no link and no HTML of it."""
    shown = "".join(one if one.isprintable() else "\ufffd" for one in text)
    for sign in "\\`*_[]|~":
        shown = shown.replace(sign, f"\\{sign}")
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
