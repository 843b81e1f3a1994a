"""An answer as one page: fit for a screen, the dark, and paper; nothing of it is fetched."""

from collections.abc import Iterator

from flowrules.pages import Html, Section, element, joined, page, paragraph, table
from flowrules.replaying.answer import Answer, Story
from flowrules.replaying.told import summary
from flowrules.replaying.told.summary import Costs, Part, signed


def as_page(
    answer: Answer, costs: Costs | None = None, title: str = "What the new rules would have done"
) -> str:
    return page(title, _lead(answer), _sections(answer, costs or {}))


def _lead(answer: Answer) -> Html:
    figures = [
        ("calls played", answer.calls),
        ("would go otherwise", answer.changed_calls),
        ("events that change", answer.changed_events),
        ("calls not played", sum(one.calls for one in answer.unplayed.values())),
    ]
    shown = (element("div", element("dt", name), element("dd", f"{count:,}")) for name, count in figures)
    against = (
        f"Recorded calls, played again under the new rules, and held against {summary.old_side(answer)}."
    )
    return joined(
        paragraph(summary.headline(answer)),
        paragraph(against, class_="soft"),
        element("dl", *shown, class_="figures"),
    )


def _sections(answer: Answer, costs: Costs) -> Iterator[Section]:
    for part in summary.parts(answer):
        yield Section(part.words[0].upper() + part.words[1:], _part(part))
    if rules := summary.rules(answer):
        yield Section(
            "Rules responsible", table("What each rule has to do with it", ("rule", "what it does"), rules)
        )
    if verbs := summary.verbs(answer):
        rows = [(word, old, new, signed(new - old), supposed) for word, old, new, supposed in verbs]
        head = ("verb", "before", "now", "difference", "of these supposed")
        yield Section("Verbs that go through", table("Verbs that were accepted", head, rows))
    if money := summary.money(answer, costs):
        told = [(row.word, str(row.each), row.old, row.new, signed(row.difference)) for row in money]
        together = ("together", "", "", "", signed(summary.total(money)))
        head = ("verb", "each", "before", "now", "difference")
        yield Section("Costs", table("What the verbs cost", head, [*told, together]))
    if remarks := tuple(summary.remarks(answer)):
        yield Section("What this rests on", element("ul", *(element("li", one) for one in remarks)))


def _part(part: Part) -> Html:
    rows = [(line.was, line.now, line.times) for line in part.lines]
    ways = table(f"{part.count}", ("was", "now", "times"), rows)
    return joined(ways, _story(part.story)) if part.story is not None else ways


def _story(story: Story) -> Html:
    rows = []
    for row in story.rows:
        was, now = summary.done(row.old.rules, row.old.steps), summary.done(row.new.rules, row.new.steps)
        told = element("strong", now) if row.differs else element("span", "the same", class_="soft")
        rows.append((summary.clock(row), row.what, was, told))
    shown = table(f"One of them: {summary.story_title(story)}", ("time", "what happens", "was", "now"), rows)
    if story.cut:
        shown = joined(shown, paragraph(f"{story.cut:,} more events are left out.", class_="soft"))
    return shown
