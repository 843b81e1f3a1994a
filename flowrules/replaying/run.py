"""A recording, played to its end: which files, read in which pieces, and the answer to all of it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from flowrules.compiler.ruleset import RuleSet
from flowrules.recordings.call import Recorded
from flowrules.recordings.layout import Layout
from flowrules.recordings.recording import open_recording, read_piece
from flowrules.replaying.answer import Answer
from flowrules.replaying.judge import Judge
from flowrules.replaying.outcomes import NOTHING_FAILS, Supposing
from flowrules.replaying.running.run import HERE, Watching, Where, replay_pieces


def replay_calls(
    calls: Iterable[Recorded], new: RuleSet, old: RuleSet | None = None, supposing: Supposing = NOTHING_FAILS
) -> Answer:
    """What the new rules do otherwise in these calls than the old ones; None: than what the calls say was done."""
    judge = Judge(new, old, supposing)
    judge.add(calls)
    return judge.answer.in_order()


def replay_recording(
    path: Path,
    new: RuleSet,
    old: RuleSet | None = None,
    supposing: Supposing = NOTHING_FAILS,
    *,
    columns: Mapping[str, str] | None = None,
    ignored: Iterable[str] = (),
    where: Where = HERE,
    watching: Watching | None = None,
) -> Answer:
    """The same of a file, or a folder of files. `columns`: by what they hold, the columns that have another name
    (`{"intent": "label"}`); `ignored` ones are left out. Times without an offset are in the new rules' time zone.
    `where`: who replays; `watching` is told how far it is. Raises BadMapping, and what `replay_pieces` raises."""
    recording = open_recording(path, Layout(columns, ignored))
    return replay_pieces(recording, new, old, supposing, where, watching)


def calls_of(path: Path, zone: ZoneInfo, layout: Layout | None = None) -> Iterator[Recorded]:
    """The calls of a recording, and what can't be read in it. Raises OSError, BadRecording and ParquetMissing."""
    recording = open_recording(path, layout or Layout())
    yield from recording.unread
    with TemporaryDirectory(prefix="flowrules-replay-") as folder:
        for piece in recording.pieces(Path(folder)):
            yield from read_piece(piece.reads, recording.layout, zone)
