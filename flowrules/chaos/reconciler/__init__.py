"""Compares a raw journal with a raw ledger. It imports nothing of what wrote them, so it can't repeat their mistakes.

account = reconcile(Path("journal"), Path("ledger.json"))
print(account)
assert account.sound
"""

from pathlib import Path

from flowrules.chaos.reconciler.account import Account, account_for
from flowrules.chaos.reconciler.evidence import bring_together
from flowrules.chaos.reconciler.journal import read_journal
from flowrules.chaos.reconciler.ledger import read_ledger, read_reported

__all__ = ["Account", "reconcile"]


def reconcile(journal: Path, ledger: Path, reported: Path | None = None, *, finished: bool = True) -> Account:
    """`journal` is a folder, `ledger` the JSON of `GET /sandbox/ledger`, `reported` that of a list of call and event.
    `finished`: nothing is under way any more, so an intent without a receipt is lost. Raises OSError and ValueError."""
    events = () if reported is None else read_reported(reported)
    return account_for(bring_together(read_journal(journal), read_ledger(ledger), events, finished=finished))
