"""What `2 times` counts, in plain words: next to `in a row` and `the same` it is easily taken for one of them."""

from collections.abc import Iterator

from flowrules.language.nodes import Block, On
from flowrules.language.nodes.triggers import Times
from flowrules.prose.values import ordinal
from flowrules.record import Node
from flowrules.source import Span


def counted_at(block: Block, offset: int) -> tuple[str, Span] | None:
    """The words for a count that stands at an offset of the block, as Markdown, and where it stands; None where no
    event is counted there."""
    for on in _events(block.item):
        if on.times is not None and on.times.span.start <= offset <= on.times.span.end:
            return _words(on, on.times), on.times.span
    return None


def _words(on: On, times: Times) -> str:
    number, at = times.count, ordinal(times.count)
    if times.in_a_row:
        return (
            f"**{number} times in a row**: {number} turns of a call, one right after the other. A turn in which it "
            'does not happen begins the count anew. Without "in a row" it does not matter what comes between.'
        )
    if on.same:
        return (
            f"**{number} times**: each value is counted by itself, over the whole call. It is enough at the {at} time "
            "that the same value comes, and at every later one, whatever comes between."
        )
    together = " All that stands behind “on” is counted together." if len(on.tests) > 1 else ""
    return (
        f"**{number} times**: the turns of one call in which this happens, whatever comes between them. It is enough "
        f"at the {at} one, and at every later one.{together} For turns one right after the other write `{number} "
        "times in a row`. To count each value of a fact by itself write `the same` before the fact."
    )


def _events(node: object) -> Iterator[On]:
    if isinstance(node, On):
        yield node
    elif isinstance(node, Node):
        for name in node.__struct_fields__:
            yield from _events(getattr(node, name))
    elif isinstance(node, tuple):
        for one in node:
            yield from _events(one)
