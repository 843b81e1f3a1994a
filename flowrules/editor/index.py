"""Where every name of a rule set stands, kept up as blocks come and go."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from flowrules.editor.names import Kind, Named, Role, names_in
from flowrules.language.nodes import Block, FactDef, Item, RuleFile
from flowrules.source import Location

_ITEM = attrgetter("item")
_Key = tuple[Kind, str, str]


class Found(NamedTuple):
    """A place of a name, with its block."""

    named: Named
    block: Block

    @property
    def location(self) -> Location:
        return self.block.locate(self.named.span)


class Index:
    """The names of the blocks that are understood."""

    def __init__(self, files: Iterable[RuleFile] = (), before: "Index | None" = None) -> None:
        """`before` is the index of these files before an edit: blocks that stayed are not looked into again."""
        self.files = tuple(files)
        every = [item for file in self.files for item in map(_ITEM, file.blocks)]
        items = dict(zip(map(id, every), every, strict=True))
        items.pop(id(None), None)
        self._names: dict[int, tuple[Item, tuple[Named, ...]]] = {} if before is None else dict(before._names)
        self._holding: dict[_Key, frozenset[int]] = {} if before is None else dict(before._holding)
        """By a name the items in which it stands, by their identity."""
        self._counts: Counter[_Key] = Counter() if before is None else before._counts.copy()
        """How often each name stands; of equal blocks, which are one item, each name counts once."""
        self._declaring: set[int] = set() if before is None else set(before._declaring)
        """The items that declare something, by their identity."""
        gone = self._names.keys() - items.keys()
        come = items.keys() - self._names.keys()
        changed: dict[_Key, set[int]] = {}
        self._declaring -= gone
        for at in gone:
            for key in map(_key, self._names.pop(at)[1]):
                self._counts[key] -= 1
                self._held(changed, key).discard(at)
        for at in come:
            names = names_in(items[at])
            self._names[at] = items[at], names
            if any(one.role is Role.DECLARES for one in names):
                self._declaring.add(at)
            for key in map(_key, names):
                self._counts[key] += 1
                self._held(changed, key).add(at)
        for key, held in changed.items():
            if held:
                self._holding[key] = frozenset(held)
            else:  # Each letter of a name that is typed makes a name of its own.
                self._holding.pop(key, None)
                del self._counts[key]

    def _held(self, changed: "dict[_Key, set[int]]", key: "_Key") -> set[int]:
        if key not in changed:
            changed[key] = set(self._holding.get(key, ()))
        return changed[key]

    def names_of(self, block: Block) -> tuple[Named, ...]:
        """The names of a block in written order; none where it is not understood."""
        known = self._names.get(id(block.item))
        return () if known is None else known[1]

    def uses(self, kind: Kind, key: str, of: str = "") -> int:
        """How often a name stands somewhere."""
        return max(self._counts[kind, key, of], 0)

    def places(self, kind: Kind, key: str, of: str = "") -> Iterator[Found]:
        """Everywhere that a name stands, in the order of files and blocks."""
        wanted = (kind, key, of)
        holding = self._holding.get(wanted)
        if not holding:
            return
        for file in self.files:
            for block in file.blocks:
                if id(block.item) in holding:
                    yield from (Found(one, block) for one in self.names_of(block) if _key(one) == wanted)

    def spelled(self, kind: Kind, of: str = "") -> Mapping[str, str]:
        """The names of a kind (of values, those of one fact), folded, each as it is spelled where it stands first."""
        found = {}
        for key, held in self._holding.items():
            if key[0] is kind and key[2] == of:
                names = self._names[min(held, key=self._order.__getitem__)][1]
                found[key[1]] = next(one.text for one in names if _key(one) == key)
        return found

    @cached_property
    def _order(self) -> Mapping[int, int]:
        """Where each item stands first, among all."""
        every = [id(item) for file in self.files for item in map(_ITEM, file.blocks)]
        return dict(zip(reversed(every), range(len(every), 0, -1), strict=True))

    @cached_property
    def declared(self) -> Mapping[tuple[Kind, str], Found]:
        """The first declaration of each name; of values none."""
        found: dict[tuple[Kind, str], Found] = {}
        for file in self.files:
            for block in file.blocks:
                if id(block.item) not in self._declaring:
                    continue
                for one in self.names_of(block):
                    if one.role is Role.DECLARES and one.kind is not Kind.VALUE:
                        found.setdefault((one.kind, one.key), Found(one, block))
        return found

    def fact(self, key: str) -> FactDef | None:
        """The declaration of a fact, where there is one."""
        declared = self.declared.get((Kind.FACT, key))
        item = None if declared is None else declared.block.item
        return item if isinstance(item, FactDef) else None


def _key(named: Named) -> _Key:
    return named.kind, named.key, named.of
