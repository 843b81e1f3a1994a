"""What a reconciliation found: figures, and whatever contradicts a claim."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flowrules.chaos.reconciler.claims import CLAIMS
from flowrules.chaos.reconciler.evidence import Evidence

_SHOWN = 5
"""Contradictions of one claim that are printed; all are counted."""


@dataclass(frozen=True, slots=True)
class Account:
    """`figures` tell what the run was made of; `contradictions` hold, for every claim, the sentences against it."""

    figures: Mapping[str, int]
    contradictions: Mapping[str, tuple[str, ...]]

    @property
    def sound(self) -> bool:
        return not any(self.contradictions.values())

    def __str__(self) -> str:
        rows = [f"{count:>9,}  {name}" for name, count in self.figures.items()]
        rows.append("")
        for claim, found in self.contradictions.items():
            rows.append(f"{len(found):>9,}  {claim}")
            rows += [f"{'':>11}{sentence}" for sentence in found[:_SHOWN]]
        return "\n".join(rows)


def account_for(evidence: Evidence) -> Account:
    found = {claim.counts: tuple(claim.contradictions(evidence)) for claim in CLAIMS}
    return Account(_figures(evidence), found)


def _figures(evidence: Evidence) -> dict[str, int]:
    journal, ledger = evidence.journal, evidence.ledger
    statuses = Counter(
        intent.receipt.status if intent.receipt is not None else "open" for intent in journal.intents
    )
    return {
        "calls": len(journal.calls),
        "processes that wrote the journal": journal.runs,
        "journal lines": journal.lines,
        "events decided": len(journal.decided),
        **{f"events {status}": count for status, count in sorted(journal.outcomes.items())},
        **{f"loads of rules: {status}": count for status, count in sorted(journal.loads.items())},
        "verbs intended": len(journal.intents),
        **{f"verbs {status}": count for status, count in sorted(statuses.items())},
        "verbs planned and not sent, with a reason": len(journal.unsent),
        "requests": len(ledger),
        "requests that were struck by a fault": sum(row.fault is not None for row in ledger),
        "requests answered 401": sum(row.status == 401 for row in ledger),
        "effects": sum(row.acted for row in ledger),
        "effects of unknown verbs": sum(
            row.acted
            for intent in journal.intents
            if intent.receipt is None or intent.receipt.status == "unknown"
            for row in evidence.of(intent)
        ),
    }
