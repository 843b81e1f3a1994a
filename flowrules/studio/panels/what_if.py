"""What this edit, saved or not, would have changed in recorded calls: `flowrules replay` beside the editor."""

from collections.abc import Iterator, Mapping, Sequence

from flowrules.compiler.ruleset import RuleSet
from flowrules.recordings.layout import BadMapping, parse_maps
from flowrules.replaying.answer import Answer, Story
from flowrules.replaying.changes import Kind
from flowrules.replaying.told import summary
from flowrules.replaying.told.summary import Part
from flowrules.studio.panels.blocks import (
    Block,
    Button,
    Buttons,
    Card,
    Field,
    Form,
    Heading,
    Lines,
    Mark,
    Note,
    Picture,
    Table,
    Tone,
)
from flowrules.studio.panels.panel import Refused, Room
from flowrules.studio.panels.places import Places
from flowrules.studio.plot import Pair, pairs
from flowrules.studio.replays import Question, Replays

SAVED, RECORDED = "saved", "recorded"
MOST_LINES = 8
"""Ways of changing that are shown of one kind."""
MOST_BARS = 10


class WhatIf:
    def __init__(self, room: Room) -> None:
        self._room = room
        self._places = Places(room)
        self._against = SAVED
        self._columns = ""
        self._saved: RuleSet | None = None
        self._replays: Replays | None = None
        if room.recording is not None:
            self._replays = Replays(room.recording, lambda: room.redraw("what_if"))
            room.at_close.append(self._replays.close)
            room.at_close.append(room.on_disk.on_change(lambda: room.redraw("what_if")))

    async def show(self) -> Sequence[Block]:
        self._saved = await self._room.on_disk.saved()
        return tuple(self._blocks())

    async def act(self, act: str, fields: Mapping[str, str]) -> None:
        if self._replays is None:
            return
        if act == "compare":
            try:
                parse_maps(fields.get("columns", "").split())
            except BadMapping as error:
                raise Refused(f"{str(error).removeprefix('--map ')}.") from None
            self._against = RECORDED if fields.get("against") == RECORDED else SAVED
            self._columns = " ".join(fields.get("columns", "").split())
        self._saved = await self._room.on_disk.saved()
        if act in ("compare", "again") and (question := self._question()) is not None:
            self._replays.ask(question, pressed=True)

    # --- inside ---

    def _question(self) -> Question | None:
        new, saved = self._room.ruleset, self._saved
        if new is None or (self._against == SAVED and saved is None):
            return None
        columns = parse_maps(self._columns.split())
        return Question(new, saved if self._against == SAVED else None, columns)

    def _blocks(self) -> Iterator[Block]:
        t, replays = self._room.texts, self._replays
        if replays is None or self._room.recording is None:
            yield Heading(t("whatif.title"), 2)
            yield Note((t("whatif.none"),))
            return
        yield self._form()
        question = self._question()
        if self._room.ruleset is None:
            yield from self._room.remark
            return
        if question is None:
            yield Note((t("whatif.nothing_saved"),), Tone.WARNING)
            return
        yield from self._room.remark
        replays.ask(question)
        is_older = replays.answered is None or replays.answered.key != question.key
        if replays.runs:
            percent = 100 * replays.done // replays.rows if replays.rows else 0
            yield Note((t("whatif.playing", percent=min(percent, 99)),), Tone.SOFT)
        elif is_older:
            yield Note((t("whatif.older"),), Tone.WARNING)
        if replays.problem:
            yield Note((replays.problem,), Tone.BAD)
        if replays.answer is not None:
            yield from self._answer(replays.answer)
        if not replays.runs:
            yield Buttons((Button(t("whatif.again"), "again", primary=is_older),))

    def _form(self) -> Form:
        t = self._room.texts
        against = ((SAVED, t("whatif.against.saved")), (RECORDED, t("whatif.against.recorded")))
        return Form(
            "compare",
            (
                Field("against", t("whatif.against"), self._against, options=against),
                Field("columns", t("whatif.columns"), self._columns, placeholder="intent=label"),
            ),
            t("whatif.compare"),
        )

    def _answer(self, answer: Answer) -> Iterator[Block]:
        t = self._room.texts
        name = self._room.recording.name if self._room.recording is not None else ""
        played = t("whatif.played", calls=f"{answer.calls:,}", events=f"{answer.events:,}", name=name)
        yield Note((played,), Tone.SOFT)
        if not answer.calls:
            yield Note((t("whatif.no_calls"),), Tone.WARNING)
        elif not answer.changed_calls:
            yield Note((Mark(t("whatif.same"), Tone.GOOD),))
        else:
            share = f"{100 * answer.changed_calls / answer.calls:.1f}"
            told = t.counted("whatif.changed", answer.changed_calls, percent=share)
            yield Note((Mark(told, Tone.WARNING),))
            yield from self._plot(answer)
            for part in summary.parts(answer):
                yield from self._part(part)
            yield from self._rules(answer)
        if remarks := tuple(summary.remarks(answer)):
            yield Card((), opens=t("whatif.rests_on"), more=(Lines(remarks),), key="rests on")

    def _plot(self, answer: Answer) -> Iterator[Block]:
        t = self._room.texts
        unlike = [one for one in answer.verbs.items() if one[1].old != one[1].new]
        verbs = sorted(unlike, key=lambda one: (-abs(one[1].new - one[1].old), one[0]))
        if not verbs:
            return
        before, now = t("whatif.before"), t("whatif.now")
        yield Heading(t("whatif.verbs"))
        rows = [Pair(word, one.old, one.new) for word, one in verbs[:MOST_BARS]]
        yield Picture(pairs(rows, before, now), t("whatif.plot"))
        told = tuple((word, one.old, one.new, summary.signed(one.new - one.old)) for word, one in verbs)
        head = (t("whatif.verb"), before, now, t("whatif.difference"))
        yield Card((), opens=t("whatif.figures"), more=(Table(t("whatif.verbs"), head, told),), key="figures")

    def _part(self, part: Part) -> Iterator[Block]:
        t = self._room.texts
        yield Heading(t(f"whatif.kind.{part.kind.value}"))
        count = part.calls if part.kind is Kind.END else part.events
        caption = t.counted("whatif.in_calls" if part.kind is Kind.END else "whatif.in_events", count)
        lines = tuple((line.was, line.now, line.times) for line in part.lines[:MOST_LINES])
        yield Table(caption, (t("whatif.before"), t("whatif.now"), t("whatif.times")), lines)
        if (left := len(part.lines) - MOST_LINES) > 0:
            yield Note((t("whatif.more", count=left),), Tone.SOFT)
        if part.story is not None:
            yield Card(
                (),
                opens=t("whatif.example", call=part.story.call),
                more=self._story(part.story),
                key=part.kind,
            )

    def _story(self, story: Story) -> tuple[Block, ...]:
        t = self._room.texts
        rows = []
        for row in story.rows:
            was = summary.done(row.old.rules, row.old.steps)
            now = summary.done(row.new.rules, row.new.steps)
            told = Mark(now, Tone.WARNING) if row.differs else Mark(t("whatif.same_here"), Tone.SOFT)
            rows.append((f"{summary.clock(row)} {row.what}", was, told))
        head = (t("whatif.happens"), t("whatif.before"), t("whatif.now"))
        cut = (Note((t("whatif.more", count=story.cut),), Tone.SOFT),) if story.cut else ()
        ended = t("whatif.ended", was=story.ended[0], now=story.ended[1])
        return Table(summary.story_title(story), head, tuple(rows)), *cut, Note((ended,), Tone.SOFT)

    def _rules(self, answer: Answer) -> Iterator[Block]:
        t = self._room.texts
        shares = summary.rules(answer)
        rows = tuple((self._places.lead_by_label(name), does) for name, does in shares)
        if rows:
            yield Heading(t("whatif.rules"))
            yield Table(t("whatif.rules.caption"), (t("whatif.rule"), t("whatif.does")), rows)
