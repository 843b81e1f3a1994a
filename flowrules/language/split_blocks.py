"""A file's text cut into its top-level blocks, so that a mistake in one leaves the others understood.

What people write where a block begins, goes on and ends is taken generously here: a misspelt `rule`, an `end rule`,
steps below a rule of one line. The parser then says what is wrong with it, once.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

from flowrules.diagnostics.guess import closest
from flowrules.language.answers import is_answer
from flowrules.language.reserved import STEP_WORDS
from flowrules.source import SourceFile

ITEM_WORDS = frozenset(
    "rule steps hours test promise destination on also urgent after at never before "
    "timezone order event fact list allow default only".split()
)
"""The words that begin a top-level item."""

LIST_MARK = re.compile(
    r"^[^\S\n]*(?P<mark>(?:[•·●▪◦‣○■□➢➤✓✔→>–—-]|\*{1,2}|\(?[0-9]{1,3}[.)]|\(?[a-z][.)]"
    r"|\[[^\]\n]*[0-9][^\]\n]*\][^:\n]{1,40}:|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4},?[^-\n]{1,20}-[^:\n]{1,40}:)[^\S\n]+)(?=\S)",
    re.IGNORECASE | re.MULTILINE,
)
"""What a list or a chat puts before a line: `•`, `1.`, `-`, `[12/03/26, 10:15] Ravi:`. It is a mistake, and the
line is cut as if it were not there."""

_BLOCKS = ("rule", "steps", "hours", "test")
_OPENS = re.compile(rf"(?:({'|'.join(_BLOCKS)})\b(?!\s*=)|(destination)\s+\S+\s+by\b)", re.IGNORECASE)
_LABEL_ONLY = re.compile(r"([^\W\d_]+)\s+(?:[\"“”„][^\"“”„]*[\"“”„]|[\w-]+)(?:\s+in\s+\S+)?\s*[:{]?$")
_BARE_LABEL = re.compile(r"[\"“”„][^\"“”„]*[\"“”„]\s*:?$")
_PROMISE = re.compile(r"promise\s+", re.IGNORECASE)
_PROMISE_ALONE = re.compile(
    r"promise\s*(?:[\"“”„](?:[^\"“”„]|\"\")*[\"“”„]|(?:(?!(?:at|never|before|while|after)\b)[^\W_]+\s*)*)\s*:?\s*(?:#.*)?$",
    re.IGNORECASE,
)
"""A promise whose name has a line of its own is a block with an `end`."""
_MAP = re.compile(r"destination\b(?!.*(?:\bis\b|=))", re.IGNORECASE)
_ROW = re.compile(r"\S+\s*(?:\bis\b|=|:|->)\s*(?:agent|queue|number|sip|to|supervisor)\b", re.IGNORECASE)
_END = re.compile(
    r"(?:(?:the|and|then)\s+)?(?:end(?:\s+(?!call\b|the\b|this\b|if\b)\w+)?|end_?rule|\})\s*[.;:,!]*\s*(?:#.*)?$",
    re.IGNORECASE,
)
_HEAD = re.compile(r"(?:(?:also|urgent)\s+)?(?:on|after|at(?!\s+most))\b", re.IGNORECASE)
_RAIL = re.compile(r"(?:never|before)\b(?!\s*=)", re.IGNORECASE)
_RULE_LIKE = re.compile(r"(?:(?:also|urgent)\s+)?(?:on|after|at|never|before)\b", re.IGNORECASE)
_CONTINUES = re.compile(
    r"(?:then|and|or|when|unless|instead|otherwise|during|outside|if\s+it\s+fails"
    r"|once\s+per|at\s+most|not\s+again)\b",
    re.IGNORECASE,
)
_JOINS_ON = re.compile(r"(?:,|\b(?:then|and|or))\s*(?:\s#.*)?$", re.IGNORECASE)
"""A line that ends so goes on with the next one."""
_STEP = re.compile(rf"(?:{'|'.join(sorted(STEP_WORDS))})\b(?!\s+not\b)", re.IGNORECASE)
_ITEM_ONLY = re.compile(
    r"(?:(?:rule|test|promise|hours|steps|list|fact|event|destination|never|before)\s+(?!the\s+call\b)[\w\"“”]"
    r"|timezone\s+\w|allow\s+(?:numbers|sip|audio)\b|default\s+disposition\b|order\s+as\b|only\s+declared\b)",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"[^\W\d_]+\s+[\"“”„]")
"""A word and a name in quotes, as at the beginning of a rule, a test or another promise."""
_PROMISED = re.compile(r"(?:at|never|before|after)\b", re.IGNORECASE)
"""What begins a promise's second line, or another item."""
_HEADED = re.compile(
    r"rule\s*:?\s*(?:[\"“”„][^\"“”„]*[\"“”„]|[\w-]+)?\s*:?\s+(?:(?:also|urgent)\s+)?(?:on|after|never|before)\s",
    re.IGNORECASE,
)
"""A rule's name and its trigger on one line, which is a mistake of its own."""
_DATED = re.compile(r"on\s+\d{4}-", re.IGNORECASE)
_MAP_ROW = re.compile(r"\S+\s+is\b", re.IGNORECASE)
_BARE_LIST = re.compile(r"list\s+\S+?\s*(?:is|are|:|=)?$", re.IGNORECASE)
_GIVEN = re.compile(r"given\b", re.IGNORECASE)
_QUOTE = re.compile(r"[\"“”„]")


@dataclass(frozen=True, slots=True)
class RawBlock:
    """A stretch of lines that should be one item. `ended` is False where a block's `end` is missing; `stray`
    marks an `end` that closes nothing."""

    start: int
    end: int
    comment: str = ""
    ended: bool = True
    stray: bool = False


class _Line(NamedTuple):
    start: int
    end: int
    text: str
    """Without the white space around it and without a mark of a list before it."""

    @property
    def blank(self) -> bool:
        return not self.text or self.text.startswith("#")

    @property
    def opens_text(self) -> bool:
        """Does a quote begin or end here whose other is on another line?"""
        return len(_QUOTE.findall(self.text)) % 2 == 1


def split_blocks(source: SourceFile, first: int = 0) -> Iterator[RawBlock]:
    """The blocks of a file in written order, from its line `first` (counted from 0) on, as if it began there.
    Comments and blank lines between them belong to none.

    Where a block ends follows from its own lines and the next one that says something, nothing further below.
    """
    lines = _Lines(source)
    comment: list[str] = []
    index = first
    while index < len(lines):
        line = lines[index]
        if line.blank:
            if line.text and not is_answer(line.text):
                comment.append(line.text.lstrip("#").strip())
            elif not line.text:
                comment.clear()
            index += 1
            continue
        last, ended = _last_line(lines, index)
        stray = _END.match(line.text) is not None
        yield RawBlock(line.start, lines[last].end, " ".join(comment), ended, stray)
        comment.clear()
        index = last + 1


class _Lines(Sequence[_Line]):
    """A file's lines, each made when it is first looked at: an edit looks at a few of thousands."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self._made: dict[int, _Line] = {}

    def __len__(self) -> int:
        return len(self._source.line_starts)

    @overload
    def __getitem__(self, index: int) -> _Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[_Line]: ...
    def __getitem__(self, index: int | slice) -> _Line | list[_Line]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        line = self._made.get(index)
        if line is None:
            line = self._made[index] = self._line(index)
        return line

    def _line(self, index: int) -> _Line:
        start = self._source.line_starts[index]
        raw = self._source.line(index + 1)
        stripped = raw.strip()
        begin = start + (len(raw) - len(raw.lstrip()) if stripped else 0)
        mark = None if stripped[:2].isalpha() else LIST_MARK.match(stripped)
        return _Line(begin, begin + len(stripped), stripped[mark.end() :] if mark else stripped)


def _last_line(lines: _Lines, first: int) -> tuple[int, bool]:
    """The index of the item's last line, and whether a block that needs `end` has it."""
    kind = _opened(lines, first)
    if kind is None:
        return _last_continuation(lines, first), True
    last = first
    headed = _HEADED.match(lines[first].text) is not None
    has_body = headed
    is_promise = kind == "promise"
    for index in range(first + 1, len(lines)):
        line = lines[index]
        if line.blank:
            continue
        if _END.match(line.text):
            return index, True
        names_rail = kind == "rule" and not has_body and _RAIL.match(line.text) is not None
        if not names_rail and _begins_next(kind, line.text, has_body):
            return last, False
        is_head = names_rail or _HEAD.match(line.text) is not None
        has_body = has_body or is_promise or (headed and not is_head and not _CONTINUES.match(line.text))
        headed = headed or is_head
        last = index
    return last, False


def _opened(lines: _Lines, first: int) -> str | None:
    """The kind of block that a line opens; None where the item is one line."""
    text = lines[first].text
    if opens := _OPENS.match(text):
        return str(opens[1] or opens[2]).lower()
    if _PROMISE_ALONE.match(text):
        return "promise"
    below = next((line.text for line in lines[first + 1 : first + 3] if not line.blank), "")
    if _MAP.match(text) and _ROW.match(below):
        return "destination"
    if _BARE_LABEL.match(text) and (_HEAD.match(below) or _GIVEN.match(below)):
        return "test" if _GIVEN.match(below) else "rule"
    label = _LABEL_ONLY.match(text)
    if label is None or label[1].lower() in ITEM_WORDS | STEP_WORDS:
        return None
    return closest(label[1], (*_BLOCKS, "promise"))


def _last_continuation(lines: _Lines, first: int) -> int:
    last = first
    loose = False
    is_rule = _RULE_LIKE.match(lines[first].text) is not None
    is_rail = _RAIL.match(lines[first].text) is not None
    goes_on = (_BARE_LIST.match(lines[first].text) or _PROMISE.match(lines[first].text)) is not None
    in_text = lines[first].opens_text
    for index in range(first + 1, len(lines)):
        line = lines[index]
        if line.blank:
            if goes_on and not line.text:
                break
            continue
        begins = _HEAD.match(line.text) or _ITEM_ONLY.match(line.text) or _END.match(line.text)
        step = is_rule and _STEP.match(line.text) is not None
        ends = (loose or is_rail) and _END.match(line.text) is not None
        joined = (
            _JOINS_ON.search(lines[last].text)
            or (in_text and line.opens_text)
            or (goes_on and not _LABELLED.match(line.text))
        )
        if not ((joined and not begins) or step or ends or _CONTINUES.match(line.text)):
            break
        loose = loose or step
        in_text = in_text != line.opens_text
        last = index
        if ends:
            break
    return last


def _begins_next(kind: str, text: str, has_body: bool) -> bool:
    """Does this line begin another item, so that the block before it lacks its `end`?"""
    match kind:
        case "destination":
            return not _MAP_ROW.match(text) and (_ITEM_ONLY.match(text) or _HEAD.match(text)) is not None
        case "hours":
            starts_rule = _HEAD.match(text) is not None and not _DATED.match(text)
        case "rule":
            starts_rule = has_body and _HEAD.match(text) is not None
        case "test":
            starts_rule = False
        case "promise":
            if not has_body and _PROMISED.match(text):
                return False
            starts_rule = _HEAD.match(text) is not None and has_body
        case _:
            starts_rule = _HEAD.match(text) is not None
    return starts_rule or _ITEM_ONLY.match(text) is not None
