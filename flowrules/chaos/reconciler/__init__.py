"""Compares a raw journal with a raw ledger. It imports nothing of what wrote them, so it can't repeat their mistakes.

account = reconcile(Path("journal"), Path("ledger.json"))
print(account)
assert account.sound
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flowrules.chaos.reconciler.account import Account, account_for
from flowrules.chaos.reconciler.evidence import bring_together
from flowrules.chaos.reconciler.journal import read_journal, read_lines
from flowrules.chaos.reconciler.ledger import read_ledger, read_reported, read_rows

__all__ = ["Account", "reconcile", "reconcile_kept"]


def reconcile(journal: Path, ledger: Path, reported: Path | None = None, *, finished: bool = True) -> Account:
    """`journal` is a folder, `ledger` the JSON of `GET /sandbox/ledger`, `reported` that of a list of call and event.
    `finished`: nothing is under way any more, so an intent without a receipt is lost. Raises OSError and ValueError."""
    events = () if reported is None else read_reported(reported)
    return account_for(bring_together(read_journal(journal), read_ledger(ledger), events, finished=finished))


def reconcile_kept(
    lines: Iterable[bytes],
    rows: Iterable[Mapping[str, Any]],
    reported: Iterable[tuple[str, str]] = (),
    *,
    finished: bool = True,
) -> Account:
    """As `reconcile`, for a run that was kept in memory: the journal's raw lines, the ledger's entries as they would
    stand in its JSON, and call and event of what was reported."""
    evidence = bring_together(read_lines(lines), read_rows(rows), tuple(reported), finished=finished)
    return account_for(evidence)
