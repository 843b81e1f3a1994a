"""The page that a manager signs: the rules in sentences, as `flowrules explain` prints them."""

import asyncio
from collections.abc import Mapping, Sequence

from flowrules.prose.formats.markdown import markdown
from flowrules.prose.read_back import read_back
from flowrules.studio.panels.blocks import Block, Prose
from flowrules.studio.panels.panel import Room


class Explain:
    def __init__(self, room: Room) -> None:
        self._room = room
        self._made: tuple[object, str] | None = None

    async def show(self) -> Sequence[Block]:
        ruleset = self._room.ruleset
        if ruleset is None:
            return self._room.remark
        if self._made is None or self._made[0] is not ruleset:
            self._made = ruleset, await asyncio.to_thread(lambda: markdown(read_back(ruleset)))
        return (*self._room.remark, Prose(self._made[1]))

    async def act(self, act: str, fields: Mapping[str, str]) -> None:
        """There is nothing to press."""
