"""The rules as a picture: each event, the rules that wait for it, and their steps. A rule's box leads to the rule."""

import asyncio
from collections.abc import Mapping, Sequence

from flowrules.compiler.ruleset import RuleSet
from flowrules.drawing.lanes import picture
from flowrules.drawing.render import MISSING, svg
from flowrules.prose.read_back import numbered_rules, read_back
from flowrules.source import Location
from flowrules.studio.panels.blocks import Block, Note, Picture, Tone
from flowrules.studio.panels.panel import Room


class Map:
    def __init__(self, room: Room) -> None:
        self._room = room
        self._made: tuple[RuleSet, str] | None = None

    async def show(self) -> Sequence[Block]:
        t, ruleset = self._room.texts, self._room.ruleset
        if ruleset is None:
            return self._room.remark
        if self._made is None or self._made[0] is not ruleset:
            try:
                self._made = ruleset, await asyncio.to_thread(_draw, ruleset)
            except ImportError:
                return (Note((f"{MISSING}.",), Tone.WARNING),)
        first = self._room.remark or (Note((t("map.how"),), Tone.SOFT),)
        return (*first, Picture(self._made[1], t("map.name")))

    async def act(self, act: str, fields: Mapping[str, str]) -> None:
        """`go` leads to a rule by its number."""
        ruleset = self._room.ruleset
        if act == "go" and ruleset is not None:
            place = _places(ruleset).get(fields.get("rule", ""))
            if place is not None:
                self._room.go(place.source.path, place.first.line)


def _draw(ruleset: RuleSet) -> str:
    return svg(picture(read_back(ruleset)), in_page=True)


def _places(ruleset: RuleSet) -> dict[str, Location]:
    return {
        number: Location(block.source, block.start, block.end)
        for number, block in numbered_rules(ruleset.checked.rules)
    }
