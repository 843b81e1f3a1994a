"""What a rule set would lose to another one: guard rails, promises, declarations, urgent rules, most of its rules,
whole files.

A load that loses something is more often a save that went wrong than a wish: a disk that is full, a folder that is not
mounted, a file that was renamed. So whoever swaps rule sets asks here first.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flowrules.compiler.lost.lost_items import SHARE, LostItems
from flowrules.compiler.ruleset import RuleSet
from flowrules.source import SourceFile

_GONE, _EMPTY = "is gone", "is empty"


@dataclass(frozen=True, slots=True)
class Losses:
    """`lost` says by name and place what would be gone. `unfinished` says what looks like a save, a copy or a mount
    that has not come to its end, however long one waits. `shrunken` says how few of the rules are left; '' where it
    is half of them or more."""

    lost: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    shrunken: str = ""

    def __bool__(self) -> bool:
        return bool(self.lost or self.unfinished or self.shrunken)


def _as_it_is(path: str) -> str:
    return path


def losses(
    before: RuleSet,
    after: RuleSet,
    name_before: Callable[[str], str] = _as_it_is,
    name_after: Callable[[str], str] = _as_it_is,
) -> Losses:
    """What stands in one rule set and no longer in the other, in whichever of its files. The same words in another
    file are no loss, nor are stronger ones. Of two folders `name_before` and `name_after` say by their paths which
    files are one."""
    comparison = LostItems(before, after)
    now = {name_after(file.source.path): file.source for file in after.checked.files}
    lost: list[str] = []
    unfinished: list[str] = []
    for file in before.checked.files:
        source = now.get(name_before(file.source.path))
        if source is not None and source.digest == file.source.digest:
            continue
        protective = [
            f"{what} ({file.source.path}, line {block.locate(block.item.span).first.line})"
            for block in file.blocks
            if block.item is not None
            for what in comparison.lost_of(block.item)
        ]
        if state := _cut(file.source, source):
            rules = sum(map(comparison.is_lost_rule, file.blocks))
            whole = state in (_GONE, _EMPTY)
            # To take one's last rule out again is an everyday edit, and cuts the file off, too.
            if protective or rules > (0 if whole else 1):
                lost += [f"{_count(rules, 'rule')} of {file.source.path}, which {state}"] if rules else []
                unfinished += [f"{file.source.path} {state}"] if protective or state == _EMPTY else []
        lost += protective
    left, there_were = len(after.rules), len(before.rules)
    shrunken = ""
    if left * SHARE < there_were:
        shrunken = f"{_count(left, 'rule')} {'is' if left == 1 else 'are'} left of {there_were:,}"
    return Losses(tuple(lost), tuple(unfinished), shrunken)


def _cut(before: SourceFile, after: SourceFile | None) -> str:
    """How a file looks like one that is not all there: how the sentence about it goes on; '' where it does not."""
    if after is None:
        return _GONE
    if not (left := after.text.rstrip()):
        return _EMPTY if before.text.strip() else ""
    whole = before.text.rstrip()
    if len(left) < len(whole) and whole.startswith(left):
        place = f"line {after.position(len(left)).line}, and what stood below is missing"
        return f"ends behind {place}" if whole[len(left)] == "\n" else f"breaks off in {place}"
    return ""


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
