"""What is known of every block after a check, as bytes: read where rules that were stored are loaded again."""

from collections.abc import Sequence
from itertools import chain

import msgspec

from flowrules.analysis.checks.reach import without_label
from flowrules.analysis.incremental.index import SAME, CheckIndex, Place, Reading
from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.references import Reference
from flowrules.language.nodes import Item, Rule


class StoredCheckIndex(msgspec.Struct, array_like=True, gc=False):
    """`said` and `readings` as in the check index, the readings in the order of rules, then tests; `spoken_of` are the
    numbers of blocks, counted through all files."""

    said: list[tuple[Reference, int]]
    readings: list[tuple[list[Reference], list[Place]]]
    spoken_of: list[int]


def ledger_bytes(check_index: CheckIndex, rules: CheckedRules) -> bytes:
    """Raises TypeError, ValueError or OverflowError where it holds what no bytes can."""
    items = _movable(rules)
    number_of = {id(item): number for number, item in enumerate(_all(rules))}
    readings = [check_index.readings[id(item)] for item in items]
    return msgspec.msgpack.encode(
        StoredCheckIndex(
            list(check_index.said.items()),
            [(list(one.says), [_stored(place) for place in one.places]) for one in readings],
            sorted(number_of[one] for one in check_index.spoken_of if one in number_of),
        )
    )


def read_ledger(data: bytes, rules: CheckedRules) -> CheckIndex | None:
    """The check index of these rules; None where the bytes are not of them."""
    items, every = _movable(rules), _all(rules)
    try:
        stored = msgspec.msgpack.decode(data, type=StoredCheckIndex)
        readings = [
            Reading(item, tuple(says), frozenset(_read(item, place) for place in places))
            for item, (says, places) in zip(items, stored.readings, strict=True)
        ]
        spoken_of = frozenset(id(every[number]) for number in stored.spoken_of)
    except (msgspec.MsgspecError, ValueError, LookupError):
        return None
    said = dict(stored.said)
    check_index = CheckIndex(said, {}, {}, frozenset()).changed(said, (), readings, spoken_of)
    return check_index if len(check_index.readings) == len(items) else None


def _movable(rules: CheckedRules) -> Sequence[Item]:
    """Rules, then tests: of these a check index tells."""
    return [block.item for block in chain(rules.rules, rules.tests) if block.item is not None]


def _all(rules: CheckedRules) -> Sequence[Item | None]:
    return [block.item for file in rules.files for block in file.blocks]


def _stored(place: Place) -> Place:
    """Without the hash of what a rule says, which is another one in each process."""
    return (SAME, None) if place[0] == SAME else place


def _read(item: Item, place: Place) -> Place:
    return (SAME, hash(without_label(item))) if place[0] == SAME and isinstance(item, Rule) else place
