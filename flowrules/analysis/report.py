"""Where the checks put what they find."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flowrules.analysis.scope import Unit
from flowrules.diagnostics.diagnostic import Code, Diagnostic, Edit, Severity
from flowrules.language.nodes import Block
from flowrules.source import Location, Span

Edits = tuple[tuple[Span, str], ...]
Related = tuple[tuple[Location, str], ...]


@dataclass(slots=True)
class Report:
    """The findings so far. `broken` holds the identity of each block with an error: such a block does not run,
    and nothing more subtle is said about it."""

    findings: list[Diagnostic] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    _said: set[tuple[str, str]] = field(default_factory=set)

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
        if code.severity is Severity.ERROR:
            self.broken.add(id(block))

    def is_new(self, code: Code, name: str) -> bool:
        """Whether this has not been asked before: for what is worth one finding, wherever it stands."""
        new = (code.id, name) not in self._said
        self._said.add((code.id, name))
        return new

    def sound(self, units: Iterable[Unit]) -> Iterator[Unit]:
        """The units without an error."""
        return (unit for unit in units if id(unit.block) not in self.broken)

    def is_broken(self, block: Block) -> bool:
        return id(block) in self.broken


def did_you_mean(guess: str | None, otherwise: str = "") -> str:
    """The hint for a name that is not known."""
    return f'Did you mean "{guess}"?' if guess else otherwise


def replaced(span: Span, guess: str | None) -> Edits:
    """The edit that puts the guess in place of the name."""
    return ((span, guess),) if guess else ()


def in_quotes(text: str) -> str:
    """A stretch of a rule for a message: on one line, in quotes that it does not hold itself."""
    plain = " ".join(text.split())
    return f"'{plain}'" if '"' in plain else f'"{plain}"'
