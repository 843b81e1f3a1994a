"""Another name for something, in all files at once, or why it can't have it."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import regex

from flowrules.analysis.model.builtin import EVENTS, FACTS, is_reserved
from flowrules.diagnostics.diagnostic import Edit
from flowrules.editor.features.navigation import name_at, places_of
from flowrules.editor.index import Found, Index
from flowrules.editor.names import Kind, Named, names_in
from flowrules.editor.spelling import PLAIN_NAME, written
from flowrules.language.names import fold
from flowrules.language.nodes import Block, RuleFile
from flowrules.language.parse import parse_block
from flowrules.language.printer.words import quoted
from flowrules.language.reserved import is_reserved as is_word_of_language
from flowrules.source import Location

_QUOTES = ('"', "“", "”", "„")
_WITHOUT = {
    Kind.VERB: "A verb of the platform keeps its name.",
    Kind.REASON: "The reasons of a failure keep their names.",
    Kind.VALUE: "A value is what somebody reports, so it can't be given another name here alone.",
}
_NAMED = (Kind.FACT, Kind.LIST, Kind.HOURS, Kind.DESTINATION, Kind.STEPS)
"""Names that never stand in quotes."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """`edits` give the new name; none, and `refused` a sentence, where that can't be done."""

    edits: tuple[Edit, ...] = ()
    refused: str = ""


def renamable(file: RuleFile, offset: int, index: Index) -> tuple[Location, str] | str:
    """Where the name at a place stands, its quotes left out, and the name; or a sentence why it keeps its name."""
    named = name_at(file, offset, index)
    if named is None:
        return "Here stands no name."
    if refused := _kept(named):
        return refused
    places = places_of(file, offset, index)
    here = next((one for one in places if one.location.start <= offset <= one.location.end), None)
    if here is None:
        return "This block has a mistake. Mend it first, then the name can be changed everywhere."
    where = here.location
    inside = 1 if where.source.text[where.start] in _QUOTES else 0
    return Location(where.source, where.start + inside, where.end - inside), named.text


def rename(file: RuleFile, offset: int, new: str, index: Index) -> Renamed:
    """The edits that give the name at a place another one everywhere."""
    new = new.strip()
    known = renamable(file, offset, index)
    if isinstance(known, str):
        return Renamed(refused=known)
    named = name_at(file, offset, index)
    assert named is not None  # it is renamable
    if refused := _taken(named, new, file, index):
        return Renamed(refused=refused)
    if (broken := _mentioned_in_broken(named, index.files)) is not None:
        place = broken.source.position(broken.start)
        return Renamed(
            refused=f"What begins in line {place.line} of {broken.source.path} has a mistake, and may name "
            f'"{named.text}" too. Mend it first.'
        )
    places = places_of(file, offset, index)
    edits = tuple(_edit(found, new) for found in places)
    return (
        Renamed(edits)
        if _reads_the_same(places, edits, named, new)
        else Renamed(refused=_another_meaning(new))
    )


def _kept(named: Named) -> str:
    """Why a name is kept; empty where it need not be."""
    if named.kind is Kind.FACT and _is_known(named.key):
        return f'"{named.text}" is a name that the engine knows, so it keeps it.'
    return _WITHOUT.get(named.kind, "")


def _is_known(key: str) -> bool:
    return is_reserved(key) or key in FACTS or key in EVENTS


def _taken(named: Named, new: str, file: RuleFile, index: Index) -> str:
    """Why the new name can't be had; empty where it can."""
    key = fold(new)
    if not new or "\n" in new or '"' in new:
        return "Write a name of one line, without quotes."
    if named.kind in _NAMED:
        if PLAIN_NAME.fullmatch(new) is None:
            return f'"{new}" is no name: write letters, digits and _, and no spaces.'
        if is_word_of_language(new) or key in ("yes", "no", "true", "false"):
            return f'"{new}" is a word of the rule language and can\'t be a name.'
    if named.kind is Kind.FACT and _is_known(key):
        return f'"{new}" is a name that the engine knows, with a meaning of its own.'
    if key == named.key:
        return ""
    others = index.places(named.kind, key)
    if named.kind is Kind.TEST:
        others = (one for one in others if one.block.source.path == file.source.path)
    taken = next(others, None)
    if taken is None:
        return ""
    where = taken.location
    return f'There is "{taken.named.text}" already, in line {where.first.line} of {where.source.path}.'


def _mentioned_in_broken(named: Named, files: Iterable[RuleFile]) -> Block | None:
    word = regex.compile(rf"(?<![\w.\-]){re.escape(named.key)}(?![\w\-])")
    for file in files:
        for block in file.blocks:
            if block.item is None and word.search(fold(block.text)) is not None:
                return block
    return None


def _edit(found: Found, new: str) -> Edit:
    where = found.location
    if where.source.text[where.start] in _QUOTES:
        return Edit(where, quoted(new))
    return Edit(where, new if found.named.kind in _NAMED else written(found.named.kind, new))


def _reads_the_same(places: Iterable[Found], edits: Iterable[Edit], named: Named, new: str) -> bool:
    """Whether every block says the same as before, with the new name."""
    by_block: dict[tuple[str, int], tuple[Block, list[Edit]]] = {}
    for found, edit in zip(places, edits, strict=True):
        place = found.block.source.path, found.block.start
        by_block.setdefault(place, (found.block, []))[1].append(edit)
    for block, some in by_block.values():
        text = block.text
        for edit in sorted(some, key=lambda edit: edit.location.start, reverse=True):
            text = (
                text[: edit.location.start - block.start]
                + edit.text
                + text[edit.location.end - block.start :]
            )
        item = parse_block(text)[0]
        if item is None or block.item is None:
            return False
        if Counter(map(_key, names_in(item))) != Counter(
            _key(_with(one, named, fold(new))) for one in names_in(block.item)
        ):
            return False
    return True


def _with(one: Named, named: Named, key: str) -> Named:
    if (one.kind, one.key, one.of) == (named.kind, named.key, named.of):
        return one._replace(key=key)
    return one._replace(of=key) if named.kind is Kind.FACT and one.of == named.key else one


def _key(named: Named) -> tuple[Kind, str, str]:
    return named.kind, named.key, named.of


def _another_meaning(new: str) -> str:
    return f'"{new}" would mean something else in one of the places where the name stands. Take another name.'
