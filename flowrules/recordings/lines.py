"""Recordings of one row a line: JSON lines and CSV, plain or compressed with gzip."""

import csv
import gzip
import io
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import msgspec

from flowrules.language.unicode import read_json
from flowrules.recordings.webhooks import as_row, is_webhook

JSON = (".jsonl", ".ndjson", ".json")
CSV = (".csv", ".tsv")
MAX_LINE = 1024 * 1024
"""Bytes. A longer line is none of a recording's rows."""
NO_JSON = "a line is no JSON object"
TOO_LONG = f"a line has more than {MAX_LINE:,} bytes"
QUOTES = f"a line's quotes do not match, or one of its cells has more than {MAX_LINE:,} characters"
WRONG_CELLS = "a line has more cells than the first line has columns"
CUT_OFF = "the file is cut off, or damaged"


class Line(NamedTuple):
    """`number`: from 1. `data`: JSON: an object, or the cells of a CSV line, in order. `why_not`: it can't be read."""

    number: int
    data: bytes
    why_not: str = ""


def is_lines(path: Path) -> bool:
    return form_of(path) in (*JSON, *CSV)


def form_of(path: Path) -> str:
    """A file's suffix, that of gzip aside."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def read_lines(path: Path) -> Generator[Line, None, None]:
    """A file's rows; of CSV, first the line with the names of the columns. Raises OSError."""
    with _opened(path) as file:
        try:
            yield from _csv_lines(path, file) if form_of(path) in CSV else _json_lines(file)
        except (EOFError, gzip.BadGzipFile):
            yield Line(0, b"", CUT_OFF)


def columns_of(path: Path) -> tuple[str, ...] | None:
    """The names of the columns of a CSV file; None for JSON lines. Raises OSError."""
    if form_of(path) not in CSV:
        return None
    with closing(read_lines(path)) as lines:
        for line in lines:
            return tuple(msgspec.json.decode(line.data, type=list[str])) if not line.why_not else ()
    return ()


def as_record(data: bytes, columns: tuple[str, ...] | None) -> Mapping[str, Any] | None:
    """A row as an object; None for what is none."""
    if columns is not None:
        cells = msgspec.json.decode(data, type=list[str])
        return dict(zip(columns, cells, strict=False))
    try:
        record: Any = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        try:
            record = read_json(data)
        except ValueError:
            return None
    if type(record) is not dict:
        return None
    return as_row(record) if "data" in record and is_webhook(record) else record


_decode = msgspec.json.Decoder().decode


def _opened(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


def _json_lines(file: IO[bytes]) -> Iterator[Line]:
    number = 0
    while raw := file.readline(MAX_LINE + 1):
        number += 1
        if len(raw) > MAX_LINE and not raw.endswith(b"\n"):
            yield Line(number, b"", TOO_LONG)
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(MAX_LINE)
            continue
        data = raw.strip(b"\xef\xbb\xbf \t\r\n") if number == 1 else raw.strip()
        if data:
            yield Line(number, data)


def _csv_lines(path: Path, file: IO[bytes]) -> Iterator[Line]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    try:
        yield from _cells(text, "\t" if form_of(path) == ".tsv" else ",")
    finally:
        text.detach()  # Whoever opened the file closes it.


def _cells(text: IO[str], delimiter: str) -> Iterator[Line]:
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader((line.replace("\0", "") for line in text), delimiter=delimiter, strict=True)
    width = 0
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Line(begins, b"", QUOTES)
            continue
        if not cells:
            continue
        if not width:
            width = len(cells)
            cells = [cell.strip() for cell in cells]
        if len(cells) > width:
            yield Line(begins, b"", WRONG_CELLS)
        else:
            yield Line(begins, msgspec.json.encode(cells))
