"""What a place in a text means, as Markdown."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from flowrules.editor.features.counted import counted_at
from flowrules.editor.features.explained import explained
from flowrules.editor.features.navigation import name_at
from flowrules.editor.index import Index
from flowrules.editor.kept import block_at
from flowrules.editor.names import Kind, Named, Role
from flowrules.editor.told import told
from flowrules.editor.workspace import Workspace
from flowrules.language.nodes import RuleFile
from flowrules.language.printer import print_item
from flowrules.language.reserved import STEP_WORDS
from flowrules.prose.formats.markdown import escaped
from flowrules.source import Location
from flowrules.verbs import WORDS
from flowrules.verbs.describe import FieldHelp, describe
from flowrules.verbs.reasons import REASON_WORDS

SHOWN = 3
"""Places of a name that a hover lists, at most, for each thing that is done with it."""
MOST_LOOKED_AT = 500
"""Places of a name; it may stand in thousands."""
_DONE = {Role.DECLARES: "Declared", Role.SETS: "Set", Role.ASKS: "Asked", Role.USES: "Used"}
_ENGINE = {
    "wait": "The plan waits so long before its next step.",
    "do": "Carries out steps that are declared with a name.",
    "stop": "Ends these steps.",
    "remember": "Keeps a fact for the rest of the call.",
    "forget": "Makes a fact unknown again.",
    "advise": "Tells the language model what to do in its next turn; the caller hears nothing of it.",
    "stay": "The language model does not answer in this turn.",
    "go": "The plan goes on behind the step that failed.",
    "verb": "Sends a verb that flowrules does not know, as it stands.",
}


@dataclass(frozen=True, slots=True)
class Hover:
    """`text` is Markdown; `location` what it speaks of."""

    text: str
    location: Location


def hover(workspace: Workspace, path: str, offset: int) -> Hover | None:
    """What stands at an offset; None where there is nothing to say."""
    file = workspace.files[path]
    named = name_at(file, offset, workspace.index)
    block = block_at(file, offset)
    if block is None:
        return None
    if named is not None:
        lines = list(_lines(workspace, file, named))
        if named.kind in (Kind.RULE, Kind.TEST, Kind.PROMISE) and named.role is Role.DECLARES:
            lines += ["", *explained(workspace, block)]
        return Hover("\n".join(lines), block.locate(named.span))
    if (counted := counted_at(block, offset - block.start)) is not None:
        return Hover(counted[0], block.locate(counted[1]))
    word, start = _word_at(file.source.text, offset)
    where = Location(file.source, start, start + len(word))
    if word.lower() in STEP_WORDS and word.lower() in _ENGINE:
        return Hover(_ENGINE[word.lower()], where)
    if start == block.start and (lines := list(explained(workspace, block))):
        return Hover("\n".join(lines), where)
    return None


def _lines(workspace: Workspace, file: RuleFile, named: Named) -> Iterator[str]:
    index = workspace.index
    if named.kind is Kind.VERB:
        yield from _verb(named.key)
        return
    if named.kind is Kind.REASON:
        yield f"**{escaped(named.text)}**: {REASON_WORDS.get(named.key, 'no step fails for this reason')}"
        return
    if named.kind is Kind.VALUE:
        yield f"**{escaped(named.text)}**: value of {escaped(named.of)} ({escaped(told(index, Kind.FACT, named.of))})"
        return
    yield f"**{escaped(named.text)}**: {escaped(told(index, named.kind, named.key))}"
    declared = index.declared.get((named.kind, named.key))
    if declared is not None and declared.block.item is not None and named.kind in _PRINTED:
        yield from ("", "```flowrules", print_item(declared.block.item), "```")
    yield from _where(index, file, named)


_PRINTED = (Kind.LIST, Kind.HOURS, Kind.DESTINATION, Kind.STEPS)


def _where(index: Index, file: RuleFile, named: Named) -> Iterator[str]:
    """Who declares, sets and asks for a name."""
    places: dict[Role, list[str]] = {role: [] for role in Role}
    more = dict.fromkeys(Role, 0)
    found_places = index.places(named.kind, named.key, named.of)
    for found in islice(found_places, MOST_LOOKED_AT):
        some = places[found.named.role]
        if len(some) == SHOWN:
            more[found.named.role] += 1
            continue
        where = found.location
        elsewhere = "" if where.source.path == file.source.path else f"{_short_path(where.source.path)} "
        place = f"{elsewhere}line {where.first.line}"
        if place not in some:
            some.append(place)
    is_all = next(found_places, None) is None
    for role, some in places.items():
        if some:
            others = "" if not more[role] else f" and {more[role]} more" if is_all else " and many more"
            yield ""
            yield f"{_DONE[role]} in {escaped(', '.join(some))}{others}."


def _short_path(path: str) -> str:
    return path.rpartition("/")[2]


def _verb(word: str) -> Iterator[str]:
    spec = WORDS.get(word)
    if spec is None:
        yield f"**{escaped(word)}**"
        return
    helped = describe(spec)
    effect = "" if helped.effect in helped.help else f" It {helped.effect}."
    yield f"**{escaped(word)}**: {helped.help}{effect}"
    yield from ("", "```flowrules", *helped.forms, "```", "")
    yield from (f"- `{place}`: {escaped(meaning)}" for place, meaning in helped.places)
    if helped.closed_by:
        yield f"- undone by {escaped(helped.closed_by)}"
    if helped.fields:
        yield from ("", f"Sends {', '.join(map(_field, helped.fields))}.")


def _field(field: FieldHelp) -> str:
    return f"`{field.name}` ({escaped(field.type)}{'' if field.required else ', may be left out'})"


def _word_at(text: str, offset: int) -> tuple[str, int]:
    start = end = offset
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[start:end], start
