"""The calls of an engine that runs, as its journal tells of them: those that go on, and the last ones that are over.
All tabs share it. What the journal masks stays masked, and no token is in it."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.reader import Entry, what_happened
from flowrules.runtime.loop.listeners import Listeners
from flowrules.studio.following.tail import Tail

PACE = 0.3
"""Seconds between two looks at the journal."""
MOST_CALLS = 60
MOST_EVENTS = 20
"""Of one call, the newest."""


@dataclass(slots=True)
class LiveEvent:
    """An event that was decided. `rules`: those that took it (id, label, file, line, outcome); `trace`: id,
    verdict and reason of each rule that was looked at; `steps`: what came of each verb, by its place in the plan."""

    id: str
    at: str
    what: str
    revision: str
    rules: tuple[Mapping[str, Any], ...]
    trace: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]
    steps: dict[tuple[str, ...], tuple[str, str, str]] = field(default_factory=dict)
    """Verb, status (`sending` until there is an answer), reason."""


@dataclass(slots=True)
class LiveCall:
    """`began` and `last` are times as the journal writes them; '' for a beginning that was not read. `ended`: why it is
    over, '' while it goes on."""

    id: str
    began: str = ""
    last: str = ""
    ended: str = ""
    count: int = 0
    events: deque[LiveEvent] = field(default_factory=lambda: deque(maxlen=MOST_EVENTS))


class LiveCalls:
    """`calls` by their ids, those that nothing has happened in for longest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: OrderedDict[str, LiveCall] = OrderedDict()
        self.revision = ""
        """Of the rules that are live in the engine; '' while nobody has said."""
        self.loaded: tuple[str, str, str] | None = None
        """The last load of rules: when, how it ended, and what was said of it."""
        self.problem = ""
        self._tail = Tail(folder)
        self._changed: Listeners[[]] = Listeners()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Follow it, in the event loop that runs."""
        self._task = asyncio.get_running_loop().create_task(self._follow())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Be told whenever something has happened. Returns what ends it."""
        return self._changed.add(listener)

    def look(self) -> bool:
        """Read what is new; whether that changes anything."""
        before = self.problem
        try:
            entries = self._tail.read()
        except OSError as error:
            self.problem, entries = f"{self.folder} can't be read: {error.strerror or error}.", []
        except JournalError as error:
            self.problem, entries = f"{str(error)[:1].upper()}{str(error)[1:]}.", []
        else:
            self.problem = ""
        for entry in entries:
            # A line that no process of ours wrote is passed over.
            with suppress(KeyError, TypeError, ValueError, AttributeError):
                self._take(entry)
        return bool(entries) or before != self.problem

    # --- inside ---

    async def _follow(self) -> None:
        while True:
            if self.look():
                self._changed.tell()
            await asyncio.sleep(PACE)

    def _take(self, entry: Entry) -> None:
        fields = entry.fields
        if entry.kind == "rules":
            self.loaded = entry.at, str(fields["status"]), str(fields.get("message") or "")
            if fields["status"] == "live":
                self.revision = str(fields.get("revision") or "")
            return
        if not entry.call or entry.is_erased:
            return
        call = self._call(entry)
        match entry.kind:
            case "call":
                call.began, call.ended = entry.at, ""
            case "decided":
                call.count += 1
                call.events.append(_event(entry))
            case "sending" | "receipt" | "step":
                self._step(call, entry)
            case "ended":
                call.ended = str(fields.get("why") or "over")

    def _call(self, entry: Entry) -> LiveCall:
        call = self.calls.get(entry.call)
        if call is None:
            call = self.calls[entry.call] = LiveCall(entry.call)
            if len(self.calls) > MOST_CALLS:
                over = next((one.id for one in self.calls.values() if one.ended), next(iter(self.calls)))
                del self.calls[over]
        call.last = entry.at
        self.calls.move_to_end(entry.call)
        return call

    def _step(self, call: LiveCall, entry: Entry) -> None:
        event = next((one for one in reversed(call.events) if one.id == entry.event), None)
        if event is None:
            return
        get = entry.fields.get
        status = "sending" if entry.kind == "sending" else str(get("status"))
        event.steps[entry.step] = str(get("verb")), status, str(get("reason") or "")


def _event(entry: Entry) -> LiveEvent:
    get = entry.fields.get
    return LiveEvent(
        entry.event,
        entry.at,
        what_happened(entry),
        str(get("revision") or ""),
        tuple(get("rules") or ()),
        tuple((str(rule), str(verdict), str(reason)) for rule, verdict, reason in get("trace") or ()),
        tuple(map(str, get("notes") or ())),
    )
