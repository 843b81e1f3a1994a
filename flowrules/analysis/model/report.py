"""Where the checks put what they find."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.diagnostics.diagnostic import Code, Diagnostic, Edit, Severity
from flowrules.diagnostics.guess import Guess
from flowrules.language.nodes import Block, Name
from flowrules.source import Location, Span

OTHER_PLACES = 5
"""Further places of one mistake that a finding shows."""

Edits = tuple[tuple[Span, str], ...]
Related = tuple[tuple[Location, str], ...]


@dataclass(slots=True)
class Report:
    """The findings so far. `broken` holds the identity of each block with an error: such a block does not run,
    and nothing more subtle is said about it."""

    findings: list[Diagnostic] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    counts: bool = False
    """Some finding tells of a number of blocks, so that no part of the rule set can be checked alone."""
    blocks: list[Block] = field(default_factory=list)
    """The block of each finding."""
    spoken_of: list[Block] = field(default_factory=list)
    """Blocks of which a finding of another block speaks, or would if there were room."""
    _names: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def add(
        self,
        code: Code,
        block: Block,
        span: Span,
        message: str,
        hint: str = "",
        edits: Edits = (),
        related: Related = (),
    ) -> None:
        """One finding in `block`; `span` and the spans of `edits` count from the block's start."""
        fix = tuple(Edit(block.locate(where), text) for where, text in edits)
        self.findings.append(Diagnostic(code, block.locate(span), message, hint, fix, related))
        self.blocks.append(block)
        if code.severity is Severity.ERROR:
            self.broken.add(id(block))

    def add_name(
        self, code: Code, block: Block, name: Name, message: str, guess: Guess, otherwise: str = ""
    ) -> None:
        """A name that nothing answers to: one finding for a file, at its first place, whose fix mends them all, where a
        machine may.

        `otherwise` is the hint where there is no guess; then it is one finding for all files, as the name is to
        be declared once.
        """
        key = (code.id, name.key, block.source.path if guess else "")
        edits = replaced(name.span, guess)
        first = self._names.get(key)
        if first is None:
            self._names[key] = len(self.findings)
            self.add(code, block, name.span, message, did_you_mean(guess, otherwise), edits)
            return
        known = self.findings[first]
        self.spoken_of.append(block)
        place = block.locate(name.span)
        if len(known.related) < OTHER_PLACES:
            known = replace(known, related=(*known.related, (place, "here too")))
        if guess:
            if guess.fix:
                known = replace(known, fix=(*known.fix, Edit(place, guess.fix)))
            if code.severity is Severity.ERROR:
                self.broken.add(id(block))
        self.findings[first] = known

    def units_without_errors(self, units: Iterable[CheckedBlock]) -> Iterator[CheckedBlock]:
        """The units without an error."""
        return (unit for unit in units if id(unit.block) not in self.broken)

    def is_broken(self, block: Block) -> bool:
        return id(block) in self.broken


def did_you_mean(guess: Guess, otherwise: str = "") -> str:
    """The hint for a name that is not known: the names that come near; where a machine may not choose, also what else
    to do."""
    question = guess.question(otherwise)
    return (
        question
        if guess.fix or not guess or not otherwise
        else f"{question} If not, {otherwise[0].lower()}{otherwise[1:]}"
    )


def replaced(span: Span, guess: Guess, quoted: bool = False) -> Edits:
    """The edit that puts the guess in place of the name, where a machine may."""
    if guess.fix is None:
        return ()
    return ((span, f'"{guess.fix}"' if quoted else guess.fix),)


def in_quotes(text: str) -> str:
    """A stretch of a rule for a message: on one line, in quotes that it does not hold itself."""
    plain = " ".join(text.split())
    return f"'{plain}'" if '"' in plain else f'"{plain}"'
