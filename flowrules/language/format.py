"""A whole file in canonical form: order and comments stay, nothing changes its meaning."""

from dataclasses import dataclass, field

from flowrules.diagnostics.diagnostic import Findings
from flowrules.language.comments import with_comments
from flowrules.language.nodes import Block, Item
from flowrules.language.parse import parse, parse_block
from flowrules.language.printer import item_lines
from flowrules.source import SourceFile


@dataclass(frozen=True, slots=True)
class FormatResult:
    """`findings` are the parser's: a block with an error is left as it was."""

    text: str
    changed: bool
    findings: Findings


@dataclass(slots=True)
class _Chunk:
    """Lines that stay together: an item with the comments right above it, or comments by themselves."""

    blank_before: bool
    lines: list[str] = field(default_factory=list)
    spacious: bool = False
    """Holds an item of several lines, which is set off by blank lines."""


def format_text(source: SourceFile) -> FormatResult:
    """Format a file. Items are a blank line apart where they were, or where one takes several lines."""
    file, findings = parse(source)
    if findings and not file.blocks:
        return FormatResult(source.text, False, findings)
    text = _joined(_chunks(source, file.blocks))
    return FormatResult(text, text != source.text, findings)


def _chunks(source: SourceFile, blocks: tuple[Block, ...]) -> list[_Chunk]:
    lines = source.text.split("\n")
    chunks = [_Chunk(False)]
    at = 0
    for block in blocks:
        first = source.position(block.start).line - 1
        last = source.position(block.end).line - 1
        _between(lines[at:first], chunks)
        _add_item(chunks, block, lines[first : last + 1])
        at = last + 1
    _between(lines[at:], chunks)
    return [chunk for chunk in chunks if chunk.lines]


def _between(lines: list[str], chunks: list[_Chunk]) -> None:
    """Comments and blank lines; anything else stands behind a place where the parser gave up, and stays."""
    for line in lines:
        if not line.strip():
            chunks.append(_Chunk(True))
        else:
            chunks[-1].lines.append(line.strip() if line.lstrip().startswith("#") else line)


def _add_item(chunks: list[_Chunk], block: Block, written: list[str]) -> None:
    lines = written if block.item is None else canonical(block.text, block.item).split("\n")
    chunks[-1].lines.extend(lines)
    chunks[-1].spacious = sum(not line.startswith("#") for line in lines) > 1
    chunks.append(_Chunk(False))


def _joined(chunks: list[_Chunk]) -> str:
    lines: list[str] = []
    before: _Chunk | None = None
    for chunk in chunks:
        if before and (chunk.blank_before or chunk.spacious or before.spacious):
            lines.append("")
        lines.extend(chunk.lines)
        before = chunk
    return "".join(f"{line}\n" for line in lines)


def canonical(text: str, item: Item) -> str:
    """A block's text in canonical form with its comments; as it was, should that not mean the same."""
    formatted = with_comments(text, list(item_lines(item)))
    return formatted if parse_block(formatted)[0] == item else text
