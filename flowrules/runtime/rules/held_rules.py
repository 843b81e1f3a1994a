"""Rules that are held back because the live ones would lose something: what is said of them, and how long it lasts."""

from dataclasses import dataclass
from datetime import datetime

from flowrules.compiler.lost.losses import Losses
from flowrules.compiler.ruleset import RuleSet

NAMED = 3
"""Things that would be lost, of those that a message names."""


@dataclass(frozen=True, slots=True)
class HeldRules:
    """A rule set that waits. `settles` is when it goes live if its texts stay as they are, by a monotonic clock; None:
    it waits for `accept`."""

    ruleset: RuleSet
    settles: float | None


def why_held(losses: Losses, at: datetime | None) -> str:
    """For the one who saved the files, who need not be a programmer."""
    said = [losses.shrunken] if losses.shrunken else []
    if losses.unfinished:
        said.append(", ".join(losses.unfinished[:NAMED]) + _more(losses.unfinished))
    if losses.lost:
        said.append(f"this would be lost: {', '.join(losses.lost[:NAMED])}{_more(losses.lost)}")
    return f"{'; '.join(said)}. {_way_on(losses, at)}"


def _way_on(losses: Losses, at: datetime | None) -> str:
    if at is not None:
        return f"If it is meant so, leave the files as they are: they go live at {at:%H:%M:%S} UTC"
    if losses.unfinished and not losses.shrunken:
        return (
            "If it is meant so, let the host accept it, or leave a file of that name with a comment in the place of "
            "what is gone; if not, save the files anew"
        )
    return "They wait for the host to accept them; if it was not meant so, save the files anew"


def _more(of: tuple[str, ...]) -> str:
    return f" and {len(of) - NAMED:,} more" if len(of) > NAMED else ""
