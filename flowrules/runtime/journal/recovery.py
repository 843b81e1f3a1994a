"""What the runs before left behind, read back once when a journal is opened: from the last checkpoint on."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flowrules.runtime.journal.format import check_format
from flowrules.runtime.journal.open_calls import OpenCalls
from flowrules.runtime.journal.reader import Entry, entry_of, journal_files

_CHECKPOINTS = ("journal", "checkpoint")
_MARKS = tuple(f'"kind":"{kind}"'.encode() for kind in _CHECKPOINTS)
_BLOCK = 1024 * 1024
_TEXT = rb'"([^"\\]*)"'
_EVENT = rb',"event":' + _TEXT + rb'(?:,"identity":' + _TEXT + rb")?"
_HEAD = re.compile(
    rb'\{"seq":\d+,"prev":"[0-9a-f]*","at":' + _TEXT + rb',"kind":"(\w+)"'
    rb'(?:,"call":' + _TEXT + rb',"session":' + _TEXT + rb"(?:" + _EVENT + rb")?)?"
)
_STEP = re.compile(
    rb',"rule":' + _TEXT + rb',"path":' + _TEXT + rb',"verb":"(\w+)","key":(?:null|' + _TEXT + rb")"
    rb'(?:,"by":"(\w+)")?'
)
"""How an intent and its receipt go on."""
"""How our own lines begin. Most of them are told by that, at a tenth of what it takes to read them whole."""
_PASSED_OVER = frozenset({b"call", b"input", b"step", b"closed", b"rules", b"rollout", b"note"})
"""Kinds that tell nothing of what is open."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """The end of the chain, and what was open there. `torn`: the very last line is cut off."""

    seq: int = 0
    prev: str = ""
    torn: bool = False
    open: OpenCalls = field(default_factory=OpenCalls)


def recover(folder: Path, now: datetime) -> Recovered:
    """Read what was written since the last checkpoint; a process that begins writes one, too. Raises OSError, and
    whatever a line makes that no process of ours wrote."""
    files = journal_files(folder)
    last, torn = last_line(files)
    if last is None:
        return Recovered(torn=torn)
    return Recovered(last.seq, last.link, torn, left_open(_since_checkpoint(files), now))


def left_open(lines: Iterable[bytes], now: datetime) -> OpenCalls:
    """What is open behind these lines, now that the process which wrote them is gone."""
    still_open = OpenCalls()
    for raw in lines:
        _learn(still_open, raw)
    still_open.settle()
    still_open.forget_old(now)
    return still_open


def _learn(still_open: OpenCalls, raw: bytes) -> None:
    if not _learn_from_head(still_open, raw) and (entry := entry_of(raw)) is not None:
        check_format(entry)
        if not entry.is_erased or entry.kind in _CHECKPOINTS:
            still_open.learn(entry.kind, entry.at, entry.fields)


def _learn_from_head(still_open: OpenCalls, raw: bytes) -> bool:
    """Whether the beginning of a line told all there is to know."""
    head = _HEAD.match(raw) if raw.endswith(b"}\n") else None
    if head is None:
        return False
    at, kind, call, session, event, identity = head.groups()
    if kind in _PASSED_OVER:
        return True
    if call is None:
        return False
    if kind == b"ended":
        still_open.ended(call.decode())
        return True
    if event is None:
        return False
    if kind == b"decided":
        still_open.decided(call.decode(), (identity or event).decode(), at.decode())
        return True
    step = _STEP.match(raw, head.end())
    if step is None:
        return False
    rule, path, verb, key, by = step.groups()
    names = (call.decode(), session.decode(), event.decode(), rule.decode(), path.decode())
    if kind == b"sending":
        key_text = None if key is None else key.decode()
        still_open.sending(names, verb.decode(), key_text, by_host=by == b"host")
        return True
    return kind == b"receipt" and still_open.receipt(names, verb.decode())


def last_line(files: Sequence[Path]) -> tuple[Entry | None, bool]:
    """The last entry that can be read, and whether something that can't be follows it."""
    torn = False
    for path in reversed(files):
        for _, block in _blocks_backwards(path):
            for raw in reversed(block.split(b"\n")):
                if not raw.strip():
                    continue
                entry = entry_of(raw)
                if entry is not None:
                    return entry, torn
                torn = True
    return None, torn


def _since_checkpoint(files: Sequence[Path]) -> Iterator[bytes]:
    """The lines from the last checkpoint on; all of them where there is none."""
    first, offset = 0, 0
    for number in reversed(range(len(files))):
        found = _last_checkpoint(files[number])
        if found is not None:
            first, offset = number, found
            break
    for path in files[first:]:
        with path.open("rb") as file:
            file.seek(offset)
            offset = 0
            yield from file


def _last_checkpoint(path: Path) -> int | None:
    """Where in a file its last checkpoint begins. One that a crash has torn is none."""
    for offset, block in _blocks_backwards(path):
        if not any(mark in block for mark in _MARKS):
            continue
        end = offset + len(block)
        for raw in reversed(block.split(b"\n")):
            begin = end - len(raw)
            end = begin - 1
            if any(mark in raw for mark in _MARKS):
                entry = entry_of(raw)
                if entry is not None and entry.kind in _CHECKPOINTS:
                    return begin
    return None


def _blocks_backwards(path: Path) -> Iterator[tuple[int, bytes]]:
    """A file from its end, in blocks of whole lines, each with where it begins."""
    with path.open("rb") as file:
        end, tail = file.seek(0, 2), b""
        while end > 0:
            start = max(0, end - _BLOCK)
            file.seek(start)
            block = file.read(end - start) + tail
            cut = block.find(b"\n") + 1 if start else 0
            if start and not cut:
                tail = block
            else:
                tail = block[:cut]
                yield start + cut, block[cut:]
            end = start
