"""What may be written at a place, in order of use."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import regex

from flowrules.analysis.checks.zone_names import zone_names
from flowrules.analysis.model.builtin import CALL_FACTS, EVENTS, FACTS, TYPES, VALUES
from flowrules.diagnostics.codes import ALL_CODES
from flowrules.diagnostics.codes.answers import ANSWERS
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.diagnostics.diagnostic import Severity
from flowrules.editor.cursor import Cursor, accepted
from flowrules.editor.expected import Expected, expected
from flowrules.editor.filled import filled, moments
from flowrules.editor.index import Index
from flowrules.editor.names import Kind
from flowrules.editor.phrases import PHRASES, PROMISED, SNIPPETS, SOURCES, UNITS
from flowrules.editor.phrases import STATES as HOURS_STATES
from flowrules.editor.phrases import TYPES as TYPE_PHRASES
from flowrules.editor.spelling import written
from flowrules.editor.told import told
from flowrules.language.names import fold
from flowrules.language.nodes import FactType, RuleFile
from flowrules.language.operators import OPERATORS
from flowrules.language.parser.grammar import keywords
from flowrules.language.printer.words import DAYS
from flowrules.source import Location
from flowrules.verbs import WORDS
from flowrules.verbs.reasons import REASON_WORDS
from flowrules.verbs.statuses import KNOWN_STATUSES

_OPEN_BRACE = regex.compile(r"\{[^{}]*\Z")
_ZONE_BEGUN = regex.compile(r"[\w/+\-.]*\Z")
LEAD_ZONE = "lead.timezone"
"""The fact that mostly holds a time zone."""
_NAMED_IN_BRACE = regex.compile(r"\{[\w.\-]+[^\S\n]+\Z")


class Sort(StrEnum):
    """What is suggested."""

    PHRASE = "phrase"
    VERB = "verb"
    NAME = "name"
    VALUE = "value"
    SNIPPET = "snippet"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` takes the place of `replaces`, what was typed of it so far; that of a snippet holds places to fill in."""

    label: str
    text: str
    sort: Sort
    detail: str
    replaces: Location


def complete(file: RuleFile, offset: int, index: Index) -> tuple[Suggestion, ...]:
    """What may stand at an offset, the most used first, as far as it fits what was typed there."""
    cursor = Cursor.at(file, offset)
    if cursor.in_comment:
        return tuple(_answers(cursor))
    if cursor.in_text:
        found = _quoted_facts(cursor, index) if _OPEN_BRACE.search(cursor.line) else iter(())
        if _NAMED_IN_BRACE.search(cursor.line):
            found = iter((_suggestion(cursor, "or", Sort.PHRASE, "what is said where it is not known"),))
    else:
        offered = tuple(_all(cursor, index))
        found = iter((*offered, *_left(cursor, offered)))
    once = {one.label: one for one in reversed(tuple(found))}
    return _fitting(tuple(reversed(once.values())))


_ANSWER = regex.compile(
    r"[^\S\n]*#[^\S\n]*(?P<begun>(?:m|me|mea|mean|meant:?|a|al|all|allo|allow)(?:[^\S\n]+\S*)?)\Z"
)


def _answers(cursor: Cursor) -> Iterator[Suggestion]:
    """The comments that answer a finding, once one has begun."""
    found = _ANSWER.match(cursor.whole_line)
    if found is None:
        return
    begun = found["begun"]
    start = cursor.offset - len(begun)
    where = Location(cursor.file.source, start, cursor.offset)
    hazards = ((f"meant: {code.name}", f"meant: {code.name}, ", code.title) for code in HAZARDS)
    warnings = (
        (f"allow {code.id}", f"allow {code.id}: ", code.title)
        for code in ALL_CODES
        if code.severity is not Severity.ERROR and code not in (*HAZARDS, *ANSWERS)
    )
    for label, text, title in (*hazards, *warnings):
        if fold(label).startswith(fold(begun)):
            yield Suggestion(label, text, Sort.PHRASE, title, where)


def _fitting(found: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
    """What begins with what was typed, then what holds it."""
    begins: list[Suggestion] = []
    within: list[Suggestion] = []
    for one in found:
        where = one.replaces
        label, word = fold(one.label), fold(where.source.text[where.start : where.end])
        if label.startswith(word):
            begins.append(one)
        elif len(word) > 1 and word in label:
            within.append(one)
    return (*begins, *within)


def _all(cursor: Cursor, index: Index) -> Iterator[Suggestion]:
    accepts = cursor.accepts
    yield from _names(cursor, index, accepts)
    yield from _zones(cursor, accepts)
    yield from _comparisons(cursor, index)
    yield from _verbs(cursor, index, accepts)
    yield from _phrases(cursor, accepts, goes_on=False)
    yield from _phrases(cursor, cursor.goes_on, goes_on=True)
    if cursor.may_begin:
        for snippet in SNIPPETS:
            yield _suggestion(cursor, snippet.word, Sort.SNIPPET, snippet.detail, filled(snippet.body, index))
    yield from _days(cursor, accepts)
    yield from _units(cursor)
    if [token.lower() for token in cursor.tokens[-3:]] == ["given", "time", "is"]:
        for moment in moments(index):
            yield _suggestion(cursor, moment.text, Sort.VALUE, moment.detail)


def _left(cursor: Cursor, found: Iterable[Suggestion]) -> Iterator[Suggestion]:
    """Words of the language that may stand here, and with which nothing begins that was found."""
    if not cursor.text or not cursor.tokens or "YESNO" in cursor.accepts:
        return
    words = keywords()
    begun = {fold(one.label).split(" ")[0] for one in found}
    for word in sorted({words[one] for one in cursor.accepts if one in words} - begun - WORDS.keys()):
        yield _suggestion(cursor, word, Sort.PHRASE, "")


_NUMBER = regex.compile(r"(?<![\w.:\-])\d+[^\S\n]+\Z")


def _units(cursor: Cursor) -> Iterator[Suggestion]:
    """What may stand behind a number."""
    if cursor.text and _NUMBER.search(cursor.line):
        for unit in UNITS:
            if cursor.takes(unit.words):
                yield _suggestion(cursor, unit.words, Sort.PHRASE, unit.detail)


_STARTS = {
    "IF_FAILS": "if it",
    "NL_FAILS": "if it",
    "WITHIN_TIME": "within 5",
    "COUNT": "2 times",
    "DIGITS": "4 digits",
    "A_HOLIDAY": "a ",
}
"""How phrases begin that are one word to the parser."""


def _phrases(cursor: Cursor, accepts: frozenset[str], *, goes_on: bool) -> Iterator[Suggestion]:
    if not accepts or not cursor.tokens:
        return
    words = {word for kind, word in keywords().items() if kind in accepts}
    starts = tuple(start for kind, start in _STARTS.items() if kind in accepts)
    # Of a promise whose name stands there, "after" and "before" speak of events, and of no clock.
    is_promise = len(cursor.tokens) == 2 and cursor.tokens[0].type == "PROMISE"
    for phrase in PROMISED if is_promise else PHRASES:
        fits = phrase.words.split()[0] in words or phrase.words.startswith(starts)
        if phrase.words == "a holiday" and fold("".join(cursor.tokens[-2:-1])) not in ("today", "date"):
            continue
        if fits and cursor.takes(phrase.words, goes_on=goes_on):
            yield _suggestion(cursor, phrase.words, Sort.PHRASE, phrase.detail)


def _comparisons(cursor: Cursor, index: Index) -> Iterator[Suggestion]:
    """The comparisons, or the rest of one that was begun."""
    tokens = cursor.tokens
    if "YESNO" in cursor.accepts:
        return
    at = next((at for at in range(len(tokens) - 1, -1, -1) if tokens[at].type == "NAME"), None)
    if at is None:
        return
    begun = "".join(f"{token.lower()} " for token in tokens[at + 1 :])
    type_ = _type_of(fold(tokens[at]), index)
    if (Kind.HOURS, fold(tokens[at])) in index.declared and begun == "is ":
        for state in HOURS_STATES:
            yield _suggestion(cursor, state.words, Sort.VALUE, state.detail)
        return
    for row in OPERATORS:
        if (
            f"{row.words} ".startswith(begun)
            and row.words != begun.strip()
            and (type_ is None or type_ in row.types)
        ):
            rest = row.words[len(begun) :]
            if cursor.takes(rest):
                yield _suggestion(
                    cursor, rest, Sort.PHRASE, f"{tokens[at]} {row.words} {row.sample.operand}".rstrip()
                )


def _type_of(key: str, index: Index) -> FactType | None:
    declared = index.fact(key)
    return TYPES.get(key) if declared is None else declared.type


def _verbs(cursor: Cursor, index: Index, accepts: frozenset[str]) -> Iterator[Suggestion]:
    words = keywords()
    verbs = [word for word in WORDS if any(words.get(kind) == word for kind in accepts)]
    order = list(WORDS)
    for word in sorted(verbs, key=lambda word: (-index.uses(Kind.VERB, word), order.index(word))):
        yield _suggestion(cursor, word, Sort.VERB, WORDS[word].help)


def _days(cursor: Cursor, accepts: frozenset[str]) -> Iterator[Suggestion]:
    if "DAY" in accepts:
        for day in DAYS:
            yield _suggestion(cursor, day, Sort.VALUE, "day")


def _zones(cursor: Cursor, accepts: frozenset[str]) -> Iterator[Suggestion]:
    line = cursor.whole_line
    begun = _ZONE_BEGUN.search(line)
    assert begun is not None  # It may be empty.
    start = cursor.offset - len(begun[0])
    if "ZONE" not in (
        accepts if start == cursor.start else accepted(cursor.file.source.text[cursor.begin : start])
    ):
        return
    where = Location(cursor.file.source, start, cursor.offset)
    if cursor.tokens and cursor.tokens[-1].type == "IN":
        yield Suggestion(LEAD_ZONE, LEAD_ZONE, Sort.NAME, "the lead's own clock", where)
    for zone in sorted(zone_names()):
        yield Suggestion(zone, zone, Sort.VALUE, "time zone", where)


def _names(cursor: Cursor, index: Index, accepts: frozenset[str]) -> Iterator[Suggestion]:
    tokens = cursor.tokens
    if tokens and tokens[-1].type == "FROM" and "NAME" in accepts and tokens[0].type in ("FACT", "TEST"):
        for source in SOURCES:
            yield _suggestion(cursor, source.words, Sort.VALUE, source.detail)
        return
    if "YESNO" in accepts:
        for type_ in TYPE_PHRASES:
            yield _suggestion(cursor, type_.words, Sort.PHRASE, type_.detail)
        return
    if accepts.isdisjoint(("NAME", "STRING")):
        return
    wanted = expected(tokens)
    if wanted is None:
        return
    if wanted.kind is Kind.VALUE:
        yield from _values(cursor, index, wanted)
    elif wanted.kind is Kind.REASON:
        for reason, meaning in REASON_WORDS.items():
            yield _suggestion(cursor, reason, Sort.VALUE, meaning)
    else:
        starts = tokens[-1].type in ("ON", "OR")
        for key, text in _known(index, wanted, starts=starts):
            if key == fold(cursor.word) and index.uses(wanted.kind, key) <= 1:
                continue  # it is what is being typed
            yield _suggestion(
                cursor, text, Sort.NAME, told(index, wanted.kind, key), written(wanted.kind, text)
            )


def _known(index: Index, wanted: Expected, *, starts: bool) -> list[tuple[str, str]]:
    """Names of a kind, the most used first."""
    known = dict(index.spelled(wanted.kind, wanted.of))
    if wanted.kind is Kind.FACT:
        for name in (*sorted(FACTS), *CALL_FACTS, *(sorted(EVENTS) if starts else ())):
            known.setdefault(name, name)
    return sorted(known.items(), key=lambda one: (-index.uses(wanted.kind, one[0], wanted.of), one[0]))


def _values(cursor: Cursor, index: Index, wanted: Expected) -> Iterator[Suggestion]:
    declared = index.fact(wanted.of)
    type_ = _type_of(wanted.of, index)
    known: dict[str, str] = {}
    if declared is not None and declared.type is FactType.ONE_OF:
        known = {fold(str(value.value)): str(value.value) for value in declared.values}
    elif type_ is FactType.YESNO:
        known = {"yes": "yes", "no": "no"}
    else:
        known = {value: value for value in VALUES.get(wanted.of, ())}
        if wanted.of == "call.lead_status":
            known = {status: status for status in KNOWN_STATUSES}
        known = {**index.spelled(Kind.VALUE, wanted.of), **known}
    order = list(known)
    for key in sorted(known, key=lambda key: (-index.uses(Kind.VALUE, key, wanted.of), order.index(key))):
        text = known[key] if type_ is FactType.YESNO else written(Kind.VALUE, known[key])
        yield _suggestion(cursor, known[key], Sort.VALUE, f"value of {wanted.of}", text)


def _quoted_facts(cursor: Cursor, index: Index) -> Iterator[Suggestion]:
    for key, text in _known(index, Expected(Kind.FACT), starts=False):
        yield _suggestion(cursor, text, Sort.NAME, told(index, Kind.FACT, key))


def _suggestion(cursor: Cursor, label: str, sort: Sort, detail: str, text: str | None = None) -> Suggestion:
    where = Location(cursor.file.source, cursor.start, cursor.offset)
    return Suggestion(label, label if text is None else text, sort, detail, where)
