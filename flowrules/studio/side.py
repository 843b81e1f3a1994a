"""The panels of one tab: which one is shown, and when it is shown anew."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from flowrules.runtime.log import Log
from flowrules.studio.fragments import fragment
from flowrules.studio.panels.blocks import Note, Tone
from flowrules.studio.panels.panel import Panel, Refused, Room
from flowrules.studio.panels.registry import PANELS
from flowrules.studio.pause import Pause

SLOW = 0.25
"""Seconds after which a panel that was just chosen says that it is being made."""
PAUSE = 0.3
"""Seconds without an edit before a panel is made anew: findings come first."""
_log = Log(__name__)


class Side:
    """Sends the panel that is shown, whenever it says something else than before."""

    def __init__(self, room: Room, send: Callable[[dict[str, Any]], None]) -> None:
        self._room = room
        self._send = send
        self._panels: dict[str, Panel] = {}
        self._name = ""
        self._sent = ""
        self._task: asyncio.Task[None] | None = None
        self._due = False
        self._edited = Pause(PAUSE, self._draw)

    @property
    def names(self) -> list[str]:
        return list(PANELS)

    def show(self, name: str) -> None:
        """Show a panel; '' or a name that there is not shows none."""
        self._name = name if name in PANELS else ""
        self._sent = ""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._draw()

    def settled(self) -> None:
        """The texts were checked."""
        if (ruleset := self._room.workspace.ruleset) is not None:
            self._room.ruleset = ruleset
        self._edited.begin()

    def found(self) -> None:
        """Something was found, or the texts have changed."""
        self._edited.begin()

    def redraw(self, name: str) -> None:
        """What a panel shows has changed."""
        if name == self._name:
            self._draw()

    async def act(self, name: str, act: str, fields: Mapping[str, str]) -> None:
        """Something was pressed in a panel."""
        if name not in PANELS:
            return
        try:
            await self._panel(name).act(act, fields)
        except Refused as error:
            self._room.say(str(error))
        except Exception as error:
            _log.failure("studio.panel_broken", error, panel=name)
            self._room.say(self._room.texts("panel.broken"))
        self.redraw(name)

    def close(self) -> None:
        """Show nothing any more."""
        self._name = ""
        self._edited.stop()
        for leave in self._room.at_close:
            leave()
        if self._task is not None:
            self._task.cancel()

    def _panel(self, name: str) -> Panel:
        panel = self._panels.get(name)
        if panel is None:
            panel = self._panels[name] = PANELS[name](self._room)
        return panel

    def _draw(self) -> None:
        """Make the panel anew; what comes while it is made has it made once more."""
        self._edited.stop()
        if not self._name:
            return
        if self._task is not None and not self._task.done():
            self._due = True
            return
        self._task = asyncio.get_running_loop().create_task(self._make())

    def _say_slow(self, name: str) -> None:
        html = str(fragment((Note((self._room.texts("panel.working"),), Tone.SOFT),)))
        self._send({"kind": "panel", "panel": name, "html": html})

    async def _make(self) -> None:
        while True:
            self._due = False
            name = self._name
            if not name:
                return
            slow = None
            if not self._sent:
                slow = asyncio.get_running_loop().call_later(SLOW, self._say_slow, name)
            try:
                html = str(fragment(await self._panel(name).show()))
            except Exception as error:
                _log.failure("studio.panel_broken", error, panel=name)
                html = str(fragment((Note((self._room.texts("panel.broken"),), Tone.BAD),)))
            finally:
                if slow is not None:
                    slow.cancel()
            if name == self._name and html != self._sent:
                self._sent = html
                self._send({"kind": "panel", "panel": name, "html": html})
            if not self._due and name == self._name:
                return
