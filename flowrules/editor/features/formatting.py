"""A file in canonical form, as edits of the lines that are not."""

from difflib import SequenceMatcher
from itertools import takewhile

from flowrules.diagnostics.diagnostic import Edit
from flowrules.language.format import format_text
from flowrules.language.nodes import RuleFile
from flowrules.source import Location, lines_of


def formatting(file: RuleFile) -> tuple[Edit, ...]:
    """The edits that `flowrules fmt` would make, in order; blocks with a mistake stay as they are."""
    result = format_text(file.source)
    if not result.changed:
        return ()
    old, new = lines_of(file.source.text), lines_of(result.text)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    rest = min(len(old), len(new)) - same
    behind = sum(
        1
        for _ in takewhile(
            lambda pair: pair[0] == pair[1], zip(old[::-1][:rest], new[::-1][:rest], strict=True)
        )
    )
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    before, after = old[same : len(old) - behind], new[same : len(new) - behind]
    changes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return tuple(
        Edit(Location(file.source, starts[same + first], starts[same + last]), "".join(after[begin:end]))
        for tag, first, last, begin, end in changes
        if tag != "equal"
    )
