"""What could go wrong in a call: broken promises and hazards, each as a story that can be stepped through."""

from collections.abc import Iterator, Mapping, Sequence

from flowrules.diagnostics.diagnostic import Diagnostic, Severity
from flowrules.editor.features.fixes import fixes
from flowrules.editor.promised import Promised, promises
from flowrules.studio.panels.blocks import (
    Block,
    Button,
    Buttons,
    Card,
    Group,
    Heading,
    Lead,
    Lines,
    Mark,
    Note,
    Tone,
)
from flowrules.studio.panels.panel import Refused, Room

MOST = 40
"""Stories that are shown at once."""


class Stories:
    """Shows what playing calls has found in the texts as they are; `_at` is how far each story was stepped."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._at: dict[str, int] = {}

    async def show(self) -> Sequence[Block]:
        return tuple(self._blocks())

    async def act(self, act: str, fields: Mapping[str, str]) -> None:
        """`next`, `back` and `all` step through a story; `test` writes it as a test."""
        story = next((one for one in self._stories() if _key(one) == fields.get("story")), None)
        if story is None:
            raise Refused(self._room.texts("stories.gone"))
        at = self._at.get(_key(story), 1)
        if act == "next":
            self._at[_key(story)] = min(at + 1, len(story.story))
        elif act == "back":
            self._at[_key(story)] = max(at - 1, 1)
        elif act == "all":
            self._at[_key(story)] = len(story.story)
        elif act == "test":
            self._write(story)

    def _write(self, story: Diagnostic) -> None:
        workspace = self._room.workspace
        file = workspace.files[story.location.source.path]
        found = fixes(file, (story,), story.location.start, story.location.end, workspace.index)
        fix = next((one for one in found if not one.mends and not one.reason_wanted), None)
        if fix is None:
            raise Refused(self._room.texts("stories.gone"))
        self._room.edit(fix.edits, self._room.texts("stories.written"))

    def _stories(self) -> list[Diagnostic]:
        found = [
            one
            for some in self._room.workspace.findings.values()
            for one in some
            if one.story and not one.answered
        ]
        return sorted(found, key=lambda one: one.code.severity is not Severity.ERROR)

    def _blocks(self) -> Iterator[Block]:
        t = self._room.texts
        stories = self._stories()
        if remark := self._room.remark:
            yield from remark
        elif self._room.workspace.looked:
            yield Note((" ".join(self._room.workspace.looked),), Tone.SOFT)
        else:
            yield Note((t("stories.playing"),), Tone.SOFT)
        if not stories and self._room.is_of_now and self._room.workspace.looked:
            yield Note((t("stories.none"),), Tone.GOOD)
        yield Group(tuple(self._story(one) for one in stories[:MOST]))
        if len(stories) > MOST:
            yield Note((t("findings.more", count=len(stories) - MOST),), Tone.SOFT)
        yield from self._promises()

    def _promises(self) -> Iterator[Block]:
        """Each promise of the texts as they are, and whether it is held; while calls are played only what is known."""
        t = self._room.texts
        found = list(promises(self._room.workspace))
        if not found:
            return
        yield Heading(t("stories.promises"))
        yield Group(tuple(self._promise(one) for one in found[:MOST]))
        if len(found) > MOST:
            yield Note((t("findings.more", count=len(found) - MOST),), Tone.SOFT)

    def _promise(self, one: Promised) -> Note:
        t = self._room.texts
        lead = Lead(one.name, one.at.source.path, line=one.at.first.line)
        if one.holds is None:
            mark = Mark(t("stories.unclear" if one.looked else "stories.played_for"), Tone.SOFT)
        else:
            mark = Mark(
                t("mark.held" if one.holds else "stories.promise"), Tone.GOOD if one.holds else Tone.BAD
            )
        return Note((lead, " ", mark))

    def _story(self, one: Diagnostic) -> Card:
        t = self._room.texts
        key = _key(one)
        count = len(one.story)
        at = min(self._at.get(key, 1), count)
        is_broken = one.code.severity is Severity.ERROR
        where = one.location
        steps: tuple[Block, ...] = (
            Heading(t("stories.step", at=at, of=count), 4),
            Lines(one.story[:at], ordered=True),
        )
        buttons = Buttons(
            (
                Button(t("stories.next"), "next", {"story": key}, primary=True, disabled=at == count),
                Button(t("stories.back"), "back", {"story": key}, disabled=at == 1),
                Button(t("stories.all"), "all", {"story": key}, disabled=at == count),
                *((Button(t("stories.test"), "test", {"story": key}),) if one.test else ()),
            ),
            t("stories.buttons"),
        )
        mark = Mark(
            t("stories.promise") if is_broken else t("stories.hazard"),
            Tone.BAD if is_broken else Tone.WARNING,
        )
        hint: tuple[Block, ...] = (Note((one.hint,), Tone.SOFT),) if one.hint else ()
        return Card(
            (Lead(one.code.title, where.source.path, line=where.first.line), mark),
            (Note((one.message,)), *hint, *steps, buttons),
            tone=Tone.BAD if is_broken else Tone.WARNING,
        )


def _key(one: Diagnostic) -> str:
    """The same story after an edit elsewhere."""
    return f"{one.code.id} {one.location.source.path} {one.message}"
