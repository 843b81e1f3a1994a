"""Text to AST: every block by itself, every mistake in one run, the good blocks around them kept."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.diagnostic import Diagnostic, Findings, in_order
from flowrules.language.line_ends import no_line_ends
from flowrules.language.nodes import Block, Item, RuleFile
from flowrules.language.problem import Problem, to_diagnostic
from flowrules.language.recovery import read_block
from flowrules.language.reuse import ReusedBlocks
from flowrules.language.split_blocks import RawBlock, split_blocks
from flowrules.source import Location, SourceFile, Span

_ITEM = attrgetter("item")
MAX_DEPTH = 20
"""Brackets inside each other, at most."""
MAX_BLOCK = 250_000
"""Characters of one block, at most: a list of 16,000 telephone numbers has fewer."""
MAX_FINDINGS = 200
"""Findings of one file, at most; the rest are likely to follow from them."""
MAX_REREAD = 50
"""Blocks with a mistake in a file, at most, for an edit of it to be read alone."""

_NESTING = re.compile(r'["“”„](?:[^"“”„\n]|"")*["“”„]|(?<!\S)#[^\n]*|[()]|(?:\bnot\b\s*){3,}', re.IGNORECASE)


def parse(source: SourceFile, previous: RuleFile | None = None) -> tuple[RuleFile, Findings]:
    """Parse one file. A block with a mistake has no item, and one finding or several; the others are whole.

    After `MAX_FINDINGS` the blocks below are left unread. With `previous`, the same file before an edit, only what the
    edit touches is read again, and what had a mistake in it; the result is the same with and without it.
    """
    unusable = _unusable(source)
    if unusable is not None:
        return RuleFile(source, ()), (unusable,)
    hidden = no_line_ends(source)
    if previous is None or len(unread := _without_item(previous.blocks)) > MAX_REREAD:
        return _read(ReusedBlocks.of(None, source), hidden)
    if previous.source == source and not unread:
        return previous, hidden
    file, findings = _read(ReusedBlocks.of(previous, source), hidden)
    if len(findings) > MAX_FINDINGS:  # Which blocks are left unread follows from a reading of the whole file.
        return _read(ReusedBlocks.of(None, source), hidden)
    return file, findings


def _read(kept: ReusedBlocks, hidden: Findings) -> tuple[RuleFile, Findings]:
    """The file of what is kept and what is read again. Kept blocks with a mistake are read again for their findings."""
    source = kept.source
    blocks, findings = list(kept.head), list[Diagnostic](_again(kept.head))
    for raw in split_blocks(source, kept.line):
        if len(findings) > MAX_FINDINGS:
            blocks.append(Block(source, raw.start, raw.end, None, raw.comment))
            continue
        item, problems = _parse_raw(raw, source)
        block = Block(source, raw.start, raw.end, item, raw.comment)
        blocks.append(block)
        findings.extend(to_diagnostic(problem, block) for problem in problems)
        if len(findings) > MAX_FINDINGS:
            findings[MAX_FINDINGS:] = [_too_many(block)]
        elif (tail := kept.tail_behind(raw.end)) is not None:
            blocks += tail
            findings += _again(tail)
            break
    return RuleFile(source, tuple(blocks)), in_order([*hidden, *findings])


def _without_item(blocks: Sequence[Block]) -> list[Block]:
    return [] if all(map(_ITEM, blocks)) else [block for block in blocks if block.item is None]


def _again(blocks: Sequence[Block]) -> Iterator[Diagnostic]:
    """The findings of the blocks that were not understood."""
    for block in _without_item(blocks):
        raw = next(split_blocks(block.source, block.source.position(block.start).line - 1))
        for problem in _parse_raw(raw, block.source)[1]:
            yield to_diagnostic(problem, block)


def _parse_raw(raw: RawBlock, source: SourceFile) -> tuple[Item | None, tuple[Problem, ...]]:
    text = source.text[raw.start : raw.end]
    if raw.stray:
        return None, (_stray_end(text),)
    if raw.ended:
        return parse_block(text)
    _, problems = parse_block(f"{text}\nend")
    end = (Span(len(text), len(text)), "\nend")
    one_line = next((p for p in problems if p.code is codes.ONE_LINE_RULE), None)
    if one_line is not None:
        is_ended = not one_line.edits or text.split()[-1].lower() == "end"
        return None, (one_line if is_ended else replace(one_line, edits=(*one_line.edits, end)),)
    follows = (codes.MISSING_STEPS, codes.TOO_LARGE)
    within = tuple(p for p in problems if p.span.end <= len(text) and p.code not in follows)
    if (
        "\n" not in text
        and problems
        and problems[0].code is codes.MISSING_WORD
        and text[:7].lower() == "promise"
    ):
        return None, (replace(problems[0], span=Span(0, len(text))),)
    said = _missing_end(text)
    if len(within) < len(problems):
        # The block is not whole with an "end" either: what is missing is said where it is missing.
        said = replace(said, edits=())
    return None, (said, *within)


@lru_cache(maxsize=65_536)
def parse_block(text: str) -> tuple[Item | None, tuple[Problem, ...]]:
    """Parse one block's text. A pure function of it, so that a reload parses only what changed."""
    refused = _too_long(text) or _too_deep(text)
    return (None, (refused,)) if refused else read_block(text)


def _too_long(text: str) -> Problem | None:
    if len(text) <= MAX_BLOCK:
        return None
    first_line = text.split("\n", 1)[0]
    return Problem(
        codes.TOO_LARGE,
        Span(0, min(len(first_line), 20)),
        f"What begins here has {len(text):,} characters; {MAX_BLOCK:,} is the most.",
        'Look whether an "end" is missing, or cut it in two.',
    )


def _too_deep(text: str) -> Problem | None:
    depth = 0
    for found in _NESTING.finditer(text):
        sign = found[0]
        if sign[0] in "nN":
            return Problem(
                codes.TOO_DEEP,
                Span(found.start(), found.start() + len(sign.rstrip())),
                f'"not" stands here {len(sign.split())} times in a row.',
                'Two of them cancel each other; write one "not" or none.',
            )
        depth += (sign == "(") - (sign == ")")
        if depth > MAX_DEPTH:
            return Problem(
                codes.TOO_DEEP,
                Span(*found.span()),
                f"Here {depth} brackets stand inside each other; {MAX_DEPTH} is the most.",
                "Give a part of it a rule or a sequence of steps of its own.",
            )
    return None


def _missing_end(text: str) -> Problem:
    head = text.split("\n", 1)[0].rstrip()
    kind = head.split(None, 1)[0].lower().rstrip(":")
    return Problem(
        codes.MISSING_END,
        Span(0, len(head)),
        f'These {kind} have no "end".' if kind.endswith("s") else f'This {kind} has no "end".',
        'Write "end" on a line of its own below its last line.',
        ((Span(len(text), len(text)), "\nend"),),
    )


def _stray_end(text: str) -> Problem:
    return Problem(
        codes.STRAY_END,
        Span(0, len(text)),
        f'This "{text}" closes nothing.',
        "Take it out, or look above for a block that was ended too early.",
    )


def _unusable(source: SourceFile) -> Diagnostic | None:
    if source.unread:
        return Diagnostic(
            codes.NOT_READ,
            Location(source, 0, 0),
            f"This {source.unread}.",
            "Until it can be read, or is taken out of the folder, these rules do not go live.",
        )
    if source.oversized:
        return Diagnostic(
            codes.TOO_LARGE,
            Location(source, 0, 0),
            "This file is larger than 10 MB, so it was not read.",
            "Split it, or look whether it is a rule file at all.",
        )
    if source.undecodable is not None:
        return Diagnostic(
            codes.NOT_UTF8,
            Location(source, source.undecodable, source.undecodable + 1),
            "This file is not plain text in UTF-8, so it can't be read.",
            'Save it again as plain text with the encoding "UTF-8".',
        )
    if (at := source.text.find("\0")) >= 0:
        return Diagnostic(
            codes.NOT_UTF8,
            Location(source, at, at + 1),
            "This file holds bytes that no text has, so it is no rule file.",
            'Save it again as plain text with the encoding "UTF-8".',
        )
    return None


def _too_many(block: Block) -> Diagnostic:
    return Diagnostic(
        codes.TOO_MANY,
        block.locate(Span(0, 1)),
        f"This file has more than {MAX_FINDINGS} mistakes; those below here are not shown.",
        "Mend the first ones and check again.",
    )
