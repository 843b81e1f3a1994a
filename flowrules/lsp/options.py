"""What an editor may set when it starts the server (`initializationOptions`)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowrules.editor.played import SECONDS

_KNOWN = ("journal", "storySeconds", "commands")


@dataclass(frozen=True, slots=True)
class Options:
    """`journal`: the folder of a journal, of which is told how often rules ran. `story_seconds`: how long stories are
    played after an edit; 0: only tests, below 0: nothing is played. `commands`: those of the editor's own that lenses
    may name."""

    journal: Path | None = None
    story_seconds: float = SECONDS
    commands: frozenset[str] = frozenset()

    @classmethod
    def of(cls, given: Any) -> tuple["Options", tuple[str, ...]]:
        """The options, and in sentences what is wrong with what was given, for which what is usual counts."""
        if given is None:
            return cls(), ()
        if not isinstance(given, dict):
            return cls(), ("The options are no object, so they are left out.",)
        wrong = [
            f'There is no option "{name}"; there are {", ".join(_KNOWN)}.'
            for name in given
            if name not in _KNOWN
        ]
        journal, seconds, commands = given.get("journal"), given.get("storySeconds"), given.get("commands")
        if journal is not None and not isinstance(journal, str):
            wrong.append("The option journal is the path of a folder.")
            journal = None
        if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float)):
            wrong.append("The option storySeconds is a number of seconds.")
            seconds = None
        if commands is not None and not isinstance(commands, list):
            wrong.append("The option commands is a list of names.")
            commands = None
        options = cls(
            Path(journal).expanduser() if journal else None,
            SECONDS if seconds is None else float(seconds),
            frozenset(map(str, commands or ())),
        )
        return options, tuple(wrong)
