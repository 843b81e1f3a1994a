"""What a check of a rule set has found, ready for the check of an edit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.diagnostics.diagnostic import Findings

if TYPE_CHECKING:
    from flowrules.analysis.incremental.index import CheckIndex


@dataclass(frozen=True, slots=True)
class Checkup:
    """A check's result, for a host with this fence. `check_index` is for the check after an edit; None where that has
    to look at everything, or it is still on disk: then `later` reads it."""

    rules: CheckedRules
    findings: Findings
    check_index: "CheckIndex | None"
    fence: DestinationPolicy
    later: "Callable[[], CheckIndex | None] | None" = field(default=None, compare=False, repr=False)

    def known(self) -> "CheckIndex | None":
        """What the check of an edit can start from, if anything."""
        return self.later() if self.check_index is None and self.later is not None else self.check_index
