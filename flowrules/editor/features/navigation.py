"""From a name to its declaration, and to every place where it stands."""

from flowrules.editor.cursor import Cursor
from flowrules.editor.expected import expected
from flowrules.editor.index import Found, Index
from flowrules.editor.kept import block_at
from flowrules.editor.names import Kind, Named, Role
from flowrules.language.names import fold
from flowrules.language.nodes import RuleFile
from flowrules.source import Location, Span
from flowrules.verbs import WORDS


def name_at(file: RuleFile, offset: int, index: Index) -> Named | None:
    """The name in which a place stands, its end included; in a block that is not understood as far as its words tell.
    Of names in a name (a fact that a text quotes) the inner one."""
    block = block_at(file, offset)
    if block is None:
        return None
    if block.item is None:
        return _name_in_broken(file, offset, block.start)
    at = offset - block.start
    around = [one for one in index.names_of(block) if one.span.start <= at <= one.span.end]
    return min(around, key=lambda one: (one.span.end - one.span.start, one.kind is Kind.VALUE), default=None)


def definition(file: RuleFile, offset: int, index: Index) -> tuple[Location, ...]:
    """Where the name at a place is declared; of facts that are not declared, where they are set."""
    named = name_at(file, offset, index)
    if named is None:
        return ()
    kind, key = (Kind.FACT, named.of) if named.kind is Kind.VALUE else (named.kind, named.key)
    found = [one for one in index.places(kind, key) if _is_same(one, kind, file)]
    declared = [one.location for one in found if one.named.role is Role.DECLARES]
    return tuple(declared or [one.location for one in found if one.named.role is Role.SETS])


def references(file: RuleFile, offset: int, index: Index, *, declared: bool = True) -> tuple[Location, ...]:
    """Everywhere that the name at a place stands, its declaration with them unless that is not wanted."""
    return tuple(
        one.location
        for one in places_of(file, offset, index)
        if declared or one.named.role is not Role.DECLARES
    )


def places_of(file: RuleFile, offset: int, index: Index) -> tuple[Found, ...]:
    """The places of the name at a place."""
    named = name_at(file, offset, index)
    if named is None:
        return ()
    found = index.places(named.kind, named.key, named.of)
    return tuple(one for one in found if _is_same(one, named.kind, file))


def _is_same(found: Found, kind: Kind, file: RuleFile) -> bool:
    """Tests of two files may have one name."""
    return kind is not Kind.TEST or found.block.source.path == file.source.path


def _name_in_broken(file: RuleFile, offset: int, block_start: int) -> Named | None:
    text = file.source.text
    end = offset
    while end < len(text) and (text[end].isalnum() or text[end] in "_.-"):
        end += 1
    cursor = Cursor.at(file, end)
    if cursor.in_comment or not cursor.word:
        return None
    span = Span(cursor.start - block_start, end - block_start)
    if cursor.word.lower() in WORDS:
        return Named(Kind.VERB, cursor.word.lower(), cursor.word, span, Role.USES)
    wanted = None if cursor.in_text else expected(cursor.tokens)
    if wanted is None:
        return None
    return Named(wanted.kind, fold(cursor.word), cursor.word, span, Role.USES, wanted.of)
