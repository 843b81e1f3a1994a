"""How a test of a rule file went."""

from dataclasses import dataclass

from flowrules.scenarios.happenings import Done, Happening, Turn
from flowrules.source import Location


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An expectation that was not met. `expected` is a sentence without its full stop, `happened` what came in its
    place, `turns` what was played."""

    location: Location
    expected: str
    happened: str
    turns: tuple[Turn, ...]

    def __str__(self) -> str:
        return f"{self.expected.removesuffix('.')}. Happened: {self.happened}"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one test went; `shortfalls` is empty where it passed. `turns` holds all that was played. `notes` are
    sentences on what the test says and the call did not come to, `remarks` on what explains a shortfall (a fact that
    was not taken from whoever told it), each with its place. `meeting` holds the steps that met an `expect`, each with
    what it belongs to."""

    label: str
    location: Location
    shortfalls: tuple[Shortfall, ...]
    turns: tuple[Turn, ...]
    notes: tuple[tuple[Location, str], ...] = ()
    remarks: tuple[tuple[Location, str], ...] = ()
    meeting: tuple[tuple[Happening, Done], ...] = ()
    happened: tuple[Happening, ...] = ()
    """All that was played."""

    @property
    def passed(self) -> bool:
        return not self.shortfalls
