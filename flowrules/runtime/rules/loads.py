"""How a load of rules ends."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings


class LoadStatus(StrEnum):
    LIVE = "live"
    """These rules are live."""
    UNCHANGED = "unchanged"
    """The texts are those of the live rules."""
    REFUSED = "refused"
    """They have errors, can't be read, or the gate said no. The last good rules stay."""
    HELD = "held"
    """They would lose something that protects the calls, or most of the rules. The last good rules stay until these
    have settled, or are accepted."""


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """How a load ended. `revision` is that of the texts that were read; '' where they could not be.

    Of rules that are held, `lost` says by name and place what would be gone, and `settles_at` when they go live if the
    files stay as they are; None: not before they are accepted."""

    status: LoadStatus
    at: datetime
    revision: str = ""
    message: str = ""
    findings: Findings = ()
    lost: tuple[str, ...] = ()
    settles_at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.status}: {self.message}" if self.message else str(self.status)

    def says_the_same_as(self, other: "LoadOutcome") -> bool:
        """Whether whoever knows the other one hears nothing new."""
        return (self.status, self.revision, self.message) == (other.status, other.revision, other.message)


class Prepared(NamedTuple):
    """A load before it is taken over: its rule set, if there is one, and in how many seconds the texts are to be
    loaded again though nothing has changed."""

    outcome: LoadOutcome
    ruleset: RuleSet | None = None
    again: float | None = None


def refused(
    message: str, revision: str = "", findings: Findings = (), again: float | None = None
) -> Prepared:
    return Prepared(LoadOutcome(LoadStatus.REFUSED, now(), revision, message, findings), None, again)


def now() -> datetime:
    return datetime.now(UTC)
