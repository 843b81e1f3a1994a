"""A load without errors as bytes, and back: what was read and checked need not be read and checked again.

The bytes are MessagePack of the types below, read by msgspec: data and nothing that runs. They hold no texts; who has
the same texts at hand (`key` says which) gets from them what `load_rules` would make of these, findings included.
Guards and steps are compiled anew, as they are functions and point at one another.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec

from flowrules.analysis.incremental.checkup import Checkup
from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.analysis.valid_rules import assume_valid
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.loading.loaded import Loaded, collector_paused
from flowrules.diagnostics.codes import BY_ID
from flowrules.diagnostics.diagnostic import Diagnostic, Edit, has_errors
from flowrules.language.nodes import Block, Item, RuleFile
from flowrules.source import Location, SourceFile

if TYPE_CHECKING:
    from flowrules.analysis.incremental.index import CheckIndex

FORMAT = 1
"""Of the bytes; another number for every change of the types below. Nodes of the syntax are in the engine's digest."""


class StoredFile(msgspec.Struct, array_like=True, gc=False):
    """The blocks of a file, field by field."""

    starts: list[int]
    ends: list[int]
    comments: list[str]
    items: list[Item]


Place = tuple[int, int, int]
"""The number of a file, and offsets."""


class StoredFinding(msgspec.Struct, array_like=True, gc=False):
    """A finding of a check; an exploration's are not stored."""

    code: str
    place: Place
    message: str
    hint: str
    fix: list[tuple[Place, str]]
    related: list[tuple[Place, str]]
    answered: str


class Stored(msgspec.Struct, array_like=True, gc=False):
    """`ids` are those of the rules, `bodies` the requests of their verbs, as `Scope` keeps them. `check_index` is read
    when rules are loaded again."""

    files: list[StoredFile]
    ids: list[str]
    bodies: list[tuple[str, str, dict[str, Any]]]
    findings: list[StoredFinding]
    check_index: msgspec.Raw


def key_of(sources: Iterable[SourceFile], fence: DestinationPolicy, engine: str) -> str:
    """What a stored load is known by: the texts and their names, the fence, and the engine that made it."""
    digest = hashlib.sha256(f"{FORMAT} {msgspec.__version__} {engine} {fence!r}".encode())
    for source in sources:
        digest.update(f"\n{source.path}\0{source.digest}\0{source.unread}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def to_bytes(loaded: Loaded) -> bytes | None:
    """A load without errors; None for any other."""
    checkup, ruleset = loaded.checkup, loaded.ruleset
    check_index = checkup.known()
    from flowrules.compiler.loading.stored_check_index import ledger_bytes

    if ruleset is None or check_index is None:
        return None
    files = checkup.rules.read
    numbers = {file.source.path: number for number, file in enumerate(files)}

    def place(location: Location) -> Place:
        return numbers[location.source.path], location.start, location.end

    findings = [
        StoredFinding(
            one.code.id,
            place(one.location),
            one.message,
            one.hint,
            [(place(edit.location), edit.text) for edit in one.fix],
            [(place(where), word) for where, word in one.related],
            one.answered,
        )
        for one in loaded.findings
    ]
    try:
        return msgspec.msgpack.encode(
            Stored(
                [_stored(file) for file in files],
                [rule.id for rule in ruleset.rules],
                [(verb, fields, dict(body)) for (verb, fields), body in ruleset.scope.bodies.items()],
                findings,
                msgspec.Raw(ledger_bytes(check_index, checkup.rules)),
            )
        )
    except (TypeError, ValueError, OverflowError):
        return None  # a number of 30 digits; such rules are read again each time


def from_bytes(
    data: bytes, sources: Sequence[SourceFile], *, agent_type: str, fence: DestinationPolicy
) -> Loaded | None:
    """What `load_rules` makes of these sources, from the bytes that were made of them; None where they are no such
    bytes."""
    with collector_paused():
        try:
            return _read(data, sources, agent_type, fence)
        except Exception:  # whoever can write the file can have it say anything, and it is only a short cut
            return None


def _read(
    data: bytes, sources: Sequence[SourceFile], agent_type: str, fence: DestinationPolicy
) -> Loaded | None:
    stored = _decoder().decode(data)
    files = tuple(_file(one, source) for one, source in zip(stored.files, sources, strict=True))
    findings = tuple(_finding(one, sources) for one in stored.findings)
    rules = assume_valid(files)
    if has_errors(findings) or len(rules.rules) != len(stored.ids):
        return None
    later = cache(lambda: _ledger(stored.check_index, rules))
    checkup = Checkup(rules, findings, None, fence, later)
    bodies = {(verb, fields): body for verb, fields, body in stored.bodies}
    ruleset = compile_rules(rules, agent_type=agent_type, ids=stored.ids, bodies=bodies)
    return Loaded(checkup, findings, ruleset, ruleset)


def _stored(file: RuleFile) -> StoredFile:
    return StoredFile(
        [block.start for block in file.blocks],
        [block.end for block in file.blocks],
        [block.comment for block in file.blocks],
        [_present(block.item) for block in file.blocks],
    )


def _present(item: Item | None) -> Item:
    assert item is not None, "files without errors have no block that was not understood"
    return item


def _file(stored: StoredFile, source: SourceFile) -> RuleFile:
    if stored.ends and not 0 <= max(stored.ends) <= len(source.text):
        raise ValueError("a block would stand outside of the text")
    rows = zip(repeat(source), stored.starts, stored.ends, stored.items, stored.comments, strict=False)
    return RuleFile(source, tuple(map(tuple.__new__, repeat(Block), rows)))


def _finding(stored: StoredFinding, sources: Sequence[SourceFile]) -> Diagnostic:
    def location(place: Place) -> Location:
        return Location(sources[place[0]], place[1], place[2])

    return Diagnostic(
        BY_ID[stored.code],
        location(stored.place),
        stored.message,
        stored.hint,
        tuple(Edit(location(where), text) for where, text in stored.fix),
        tuple((location(where), word) for where, word in stored.related),
        stored.answered,
    )


def _ledger(data: bytes, rules: CheckedRules) -> "CheckIndex | None":
    from flowrules.compiler.loading.stored_check_index import (
        read_ledger,  # it brings most of the checks with it
    )

    return read_ledger(data, rules)


@cache
def _decoder() -> "msgspec.msgpack.Decoder[Stored]":
    return msgspec.msgpack.Decoder(Stored)
