"""Calls of a journal, as they are told by less than all of their lines, and by all of them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from flowrules.recordings.call import RecordedCall
from flowrules.recordings.journal_quick import JournalCall
from flowrules.recordings.layout import Layout
from flowrules.recordings.pace import EVEN
from flowrules.recordings.recording import Sessions, open_recording, read_columns
from flowrules.replaying.lateness import lateness

UTC = ZoneInfo("UTC")


def calls_in(path: Path) -> Iterator[JournalCall]:
    recording = open_recording(path, Layout())
    for piece in recording.pieces(path.parent):
        if not isinstance(piece.reads, Sessions):
            continue
        for call in read_columns(piece.reads, recording.layout, UTC, done=False):
            if isinstance(call, JournalCall):
                yield call


def told_as_made(path: Path) -> Counter[str]:
    """How many calls are told by less than their lines, each of which is told as by all of them."""
    counted = Counter[str]()
    for call in calls_in(path):
        quick, made = call.quick(), call.made()
        if quick is None:
            counted["whole"] += 1
            continue
        counted["quick"] += 1
        told, late = quick
        assert isinstance(made, RecordedCall)
        outcomes = tuple(sent._replace(asked=(), place=0, held_back=False) for sent in made.outcomes)
        assert told == made._replace(
            happened=None, outcomes=outcomes, pace=EVEN, revisions=(), setup=told.setup
        )
        assert (told.setup.limits, told.setup.served) == (made.setup.limits, made.setup.served)
        assert late == lateness(made)
        counted["in order"] += late is not None
    return counted
