"""What a panel is, and what it may ask of the tab that shows it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from flowrules.background.playing import Playing
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Edit
from flowrules.editor.workspace import Workspace
from flowrules.studio.following.live import LiveCalls
from flowrules.studio.on_disk import RulesOnDisk
from flowrules.studio.panels.blocks import Block, Note, Tone
from flowrules.studio.texts import Texts


@dataclass
class Room:
    """One tab, as its panels see it. `workspace` has the texts as they are edited, `on_disk` those that are saved."""

    workspace: Workspace
    on_disk: RulesOnDisk
    playing: Playing
    texts: Texts
    redraw: Callable[[str], None]
    """Show the panel of this name anew, where it is shown."""
    edit: Callable[[Sequence[Edit], str], None]
    """Have the browser make edits as one step that can be undone, and say the sentence."""
    go: Callable[[str, int], None]
    """Show a line (from 1) of a file in the editor."""
    say: Callable[[str], None]
    """Show a sentence for a while."""
    recording: Path | None = None
    """Recorded calls: a file, or a folder of them."""
    live: LiveCalls | None = None
    """The calls of an engine that runs."""
    at_close: list[Callable[[], object]] = field(default_factory=list)
    """Called when the tab is closed."""
    ruleset: RuleSet | None = None
    """The last rule set without errors. It may be older than the texts (`is_of_now`)."""

    @property
    def is_of_now(self) -> bool:
        """Whether `ruleset` is what stands in the editor."""
        return self.ruleset is not None and self.workspace.ruleset is self.ruleset

    @property
    def remark(self) -> tuple[Note, ...]:
        """What there is to say where `ruleset` is not what stands in the editor: it has mistakes, or is being checked
        for the first time. Nothing while an edit is being checked: that takes a moment."""
        if self.is_of_now:
            return ()
        if not self.workspace.settled:
            return (Note((self.texts("findings.checking"),), Tone.SOFT),) if self.ruleset is None else ()
        return (
            Note((self.texts("mistakes.none" if self.ruleset is None else "mistakes.old"),), Tone.WARNING),
        )


class Panel(Protocol):
    """A panel of one tab. What is long to make is made in a thread (`asyncio.to_thread`) from values that do not
    change: a rule set, never the workspace."""

    async def show(self) -> Sequence[Block]:
        """What there is to see now."""

    async def act(self, act: str, fields: Mapping[str, str]) -> None:
        """Something was pressed. The panel is shown anew afterwards. Raises `Refused` with a sentence that is shown."""


class Refused(Exception):
    """What was asked for can't be done; the message says why."""


class Row(Protocol):
    """How a panel is made for a tab."""

    def __call__(self, room: Room) -> Panel: ...
