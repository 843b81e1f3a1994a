"""What becomes of rules that were examined: they go live, are held, or are refused, perhaps for a while only."""

import time
from datetime import timedelta
from pathlib import Path

from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings
from flowrules.runtime.log import Log
from flowrules.runtime.loop.thread_runner import Overdue
from flowrules.runtime.rules.examiner import Examined
from flowrules.runtime.rules.held_rules import HeldRules, why_held
from flowrules.runtime.rules.loads import LoadOutcome, LoadStatus, Prepared, now, refused
from flowrules.source import SourceFile

TRY_AGAIN = 30.0
"""Seconds after which files are read again that could not be read, and texts judged again whose check, or gate, did not
come to an end."""
_log = Log(__name__)


def unreadable(path: Path, error: OSError) -> Prepared:
    return refused(f"{error.filename or path} can't be read: {error.strerror or error}", again=TRY_AGAIN)


def overdue(error: Overdue, revision: str = "", unread: Findings = ()) -> Prepared:
    return refused(str(error), revision, unread, again=TRY_AGAIN)


def prepare(
    sources: tuple[SourceFile, ...],
    examined: Examined,
    unread: Findings,
    live: RuleSet | None,
    *,
    holds: bool,
    settle_time: float | None,
) -> Prepared:
    """`holds`: rules that lose something beside the live ones are held, for so many seconds (None: until they are
    accepted)."""
    from flowrules.compiler.compile import revision_of
    from flowrules.compiler.lost.losses import losses

    found_in, objection, ruleset = examined
    revision, findings = revision_of(sources), (*unread, *found_in)
    if objection or ruleset is None:
        # What can't be read now may be there in a moment, without a sign that anything has changed.
        returns = any(source.unread for source in sources)
        return refused(objection, revision, findings, again=TRY_AGAIN if returns else None)
    if live is not None and holds and (found := losses(live, ruleset)):
        again = None if found.unfinished or found.shrunken else settle_time
        at = None if again is None else now() + timedelta(seconds=again)
        message = why_held(found, at)
        outcome = LoadOutcome(LoadStatus.HELD, now(), revision, message, findings, found.lost, at)
        return Prepared(outcome, ruleset, again)
    return Prepared(LoadOutcome(LoadStatus.LIVE, now(), revision, findings=findings), ruleset)


def still_held(held: HeldRules, last: LoadOutcome | None, settle_time: float | None) -> Prepared:
    """Rules that were held in the `last` load, and lie there unchanged: they go live once they have settled."""
    if held.settles is None or time.monotonic() < held.settles:
        assert last is not None
        return Prepared(last, held.ruleset)
    message = f"left unchanged for {settle_time:g} seconds"
    return Prepared(LoadOutcome(LoadStatus.LIVE, now(), held.ruleset.revision, message), held.ruleset)


def note_unread(unread: Findings) -> None:
    for finding in unread:
        _log.warning("rules.unread", file=finding.location.source.path, why=finding.message)
