"""Two edits of one text as one, where they do not touch the same lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from flowrules.source import lines_of


@dataclass(frozen=True, slots=True)
class Merged:
    """`text` has both edits; where both changed the same lines it has `mine`, and `clashes` counts such places."""

    text: str
    clashes: int


@dataclass(frozen=True, slots=True)
class _Edit:
    """Lines from `start` to `end` of the text that both began from are replaced by `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


def merged(base: str, mine: str, theirs: str) -> Merged:
    """Three texts as one."""
    old = lines_of(base)
    own, others = list(_edits(old, lines_of(mine))), list(_edits(old, lines_of(theirs)))
    clashes = 0
    made = list(own)
    for other in others:
        if other in own:
            continue
        if any(_touch(other, one) for one in own):
            clashes += 1
        else:
            made.append(other)
    result, at = list[str](), 0
    for edit in sorted(made, key=lambda one: (one.start, one.end)):
        result += [*old[at : edit.start], *edit.lines]
        at = edit.end
    return Merged("".join([*result, *old[at:]]), clashes)


def _edits(old: list[str], new: list[str]) -> Iterator[_Edit]:
    for what, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            yield _Edit(start, end, tuple(new[first:last]))


def _touch(one: _Edit, other: _Edit) -> bool:
    """Whether two edits overlap, or stand so close that nobody can say which comes first."""
    return one.start <= other.end and other.start <= one.end
