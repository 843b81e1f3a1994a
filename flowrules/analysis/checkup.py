"""What a check of a rule set has found, ready for the check of an edit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flowrules.analysis.checked import CheckedRules
from flowrules.analysis.host_fence import HostFence
from flowrules.diagnostics.diagnostic import Findings

if TYPE_CHECKING:
    from flowrules.analysis.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Checkup:
    """A check's result, for a host with this fence. `ledger` is for the check after an edit; None where that has
    to look at everything, or it is still on disk: then `later` reads it."""

    rules: CheckedRules
    findings: Findings
    ledger: "Ledger | None"
    fence: HostFence
    later: "Callable[[], Ledger | None] | None" = field(default=None, compare=False, repr=False)

    def known(self) -> "Ledger | None":
        """What the check of an edit can start from, if anything."""
        return self.later() if self.ledger is None and self.later is not None else self.ledger
