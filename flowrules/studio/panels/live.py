"""Calls of an engine that runs, as they happen: which rule took each event, why, and what became of each verb."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from flowrules.redaction import redact
from flowrules.runtime.loop.thread_runner import Overdue
from flowrules.studio.following.live import LiveCall, LiveCalls, LiveEvent
from flowrules.studio.panels.blocks import (
    Block,
    Card,
    Field,
    Form,
    Heading,
    Lead,
    Lines,
    Mark,
    Note,
    Tone,
)
from flowrules.studio.panels.panel import Room
from flowrules.studio.panels.places import Places

MOST_SHOWN = 12
"""Calls that are shown."""
MOST_EVENTS = 6
"""Events of one call that stand outside of what is folded."""
_WENT_WELL = ("accepted", "withheld")


class Live:
    def __init__(self, room: Room) -> None:
        self._room = room
        self._places = Places(room)
        self._wanted = ""
        self._checking: asyncio.Task[None] | None = None
        if room.live is not None:
            for changes in (room.live.on_change, room.on_disk.on_change, room.on_disk.on_save):
                room.at_close.append(changes(lambda: room.redraw("live")))
            room.at_close.append(self._check_no_more)

    async def show(self) -> Sequence[Block]:
        """Waits for nothing: a save that begins is told before it can be over, so that what the panel says of the saved
        rules is never said of a text that was saved since."""
        return tuple(self._blocks())

    async def act(self, act: str, fields: Mapping[str, str]) -> None:
        if act == "find":
            self._wanted = fields.get("call", "").strip()

    # --- inside ---

    def _blocks(self) -> Iterator[Block]:
        t, live = self._room.texts, self._room.live
        if live is None:
            yield Heading(t("live.title"), 2)
            yield Note((t("live.none"),))
            return
        yield from self._rules(live)
        if live.problem:
            yield Note((live.problem,), Tone.BAD)
        if not live.calls:
            yield Note((t("live.waiting", name=live.folder.name),), Tone.SOFT)
            return
        yield Form("find", (Field("call", t("live.find"), self._wanted),), t("live.find.do"))
        found = [one for one in reversed(live.calls.values()) if self._wanted in one.id]
        going = sum(not one.ended for one in live.calls.values())
        yield Note((t("live.going", going=going, over=len(live.calls) - going),), Tone.SOFT)
        for call in found[:MOST_SHOWN]:
            yield self._card(call)
        if not found:
            yield Note((t("live.not_found"),), Tone.WARNING)
        elif len(found) > MOST_SHOWN:
            yield Note((t("live.more", count=len(found) - MOST_SHOWN),), Tone.SOFT)

    def _rules(self, live: LiveCalls) -> Iterator[Block]:
        t, disk = self._room.texts, self._room.on_disk
        saved = disk.ready(disk.files)
        if disk.is_saving:
            yield Note((t("live.rules.saving"),), Tone.SOFT)
        elif saved is None:
            self._check()
            yield Note((t("live.rules.compared"),), Tone.SOFT)
        elif live.revision and saved.ruleset is not None:
            if live.revision == saved.ruleset.revision:
                yield Note((Mark(t("live.rules.saved"), Tone.GOOD),))
            else:
                yield Note((t("live.rules.other"),), Tone.WARNING)
        if live.loaded is not None and live.loaded[1] not in ("live", "unchanged"):
            at, status, message = live.loaded
            told = t("live.load", time=self._time(at), status=status, message=redact(message))
            yield Note((told,), Tone.WARNING)

    def _check(self) -> None:
        """Have the saved rules checked, and show the panel anew then."""
        if self._checking is None or self._checking.done():
            self._checking = asyncio.get_running_loop().create_task(self._checked())

    async def _checked(self) -> None:
        with suppress(Overdue):
            await self._room.on_disk.loaded()
            self._room.redraw("live")

    def _check_no_more(self) -> None:
        if self._checking is not None:
            self._checking.cancel()

    def _card(self, call: LiveCall) -> Card:
        t = self._room.texts
        state = (
            Mark(t("live.over", why=redact(call.ended)), Tone.SOFT)
            if call.ended
            else Mark(t("live.goes_on"), Tone.GOOD)
        )
        events = list(call.events)
        shown = [self._event(call, one) for one in reversed(events[-MOST_EVENTS:])]
        older = [self._event(call, one) for one in reversed(events[:-MOST_EVENTS])]
        began = (Note((t("live.began", time=self._time(call.began)),), Tone.SOFT),) if call.began else ()
        return Card(
            (redact(call.id), state),
            (*began, *shown),
            opens=t("live.older", count=len(older)),
            more=tuple(older),
            key=f"call {call.id}",
        )

    def _event(self, call: LiveCall, event: LiveEvent) -> Card:
        t = self._room.texts
        reasons = {rule: reason for rule, _, reason in event.trace}
        parts: list[str | Lead | Mark] = []
        for rule in event.rules:
            label = redact(str(rule.get("label", "")))
            parts.append(self._places.lead(label, str(rule.get("file", "")), int(rule.get("line") or 1)))
            parts.append(f" {redact(reasons.get(str(rule.get('id')), ''))} ")
        steps = tuple(self._step(*step) for step in event.steps.values())
        labels = {str(rule.get("id")): str(rule.get("label")) for rule in event.rules}
        why = tuple(
            f"{labels.get(rule) or self._places.label(rule)}: {reason}" for rule, _, reason in event.trace
        )
        older = (
            (Note((t("live.older_rules"),), Tone.SOFT),)
            if self._room.live is not None and event.revision != self._room.live.revision
            else ()
        )
        return Card(
            (f"{self._time(event.at)}  {redact(event.what)}",),
            (
                Note(tuple(parts) or (t("live.nobody"),), Tone.PLAIN if parts else Tone.SOFT),
                *((Lines(steps),) if steps else ()),
                *(Note((redact(note),), Tone.WARNING) for note in event.notes),
                *older,
            ),
            opens=t("why.button"),
            more=(Lines(tuple(map(redact, why))),) if why else (),
            key=f"event {call.id} {event.id}",
        )

    def _step(self, verb: str, status: str, reason: str) -> Mark:
        t = self._room.texts
        if status == "sending":
            return Mark(t("live.sending", verb=verb), Tone.SOFT)
        told = f"{verb}: {status}" + (f" ({redact(reason)})" if reason else "")
        return Mark(told, Tone.GOOD if status in _WENT_WELL else Tone.BAD)

    def _time(self, at: str) -> str:
        """In the rules' time zone, or in UTC."""
        moment = datetime.fromisoformat(at)
        if self._room.ruleset is not None:
            moment = moment.astimezone(self._room.ruleset.zone)
        return f"{moment:%H:%M:%S}"
