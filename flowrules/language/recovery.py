"""One block's text to its item; where it has mistakes, on past each of them to the next."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flowrules.language.builder import Builder
from flowrules.language.nodes import Item
from flowrules.language.parser.lalr import read_tree
from flowrules.language.problem import Problem
from flowrules.source import Span

if TYPE_CHECKING:
    from flowrules.language.mistakes.parse_failure import Edits

MAX_MISTAKES = 20
"""Of one block that are looked for, at most."""
MAX_REREAD = 200_000
"""Characters that are read again to look for more than one mistake of a block, at most."""

_HEADS = ("on ", "also ", "urgent ", "after ")
_CLAUSES = ("if it fails", "when", "unless", "end", "once", "not ", "during", "outside", "at most")
_MINIMAL = {"rule": "rule x", "steps": "steps x", "test": "test x", "hours": "hours x"}
"""The shortest first line of a block, in place of one with a mistake."""


@dataclass(slots=True)
class _Draft:
    """A block's text as it is mended on the way. `origin` maps each place in it to the one in the text as written."""

    text: str
    origin: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.origin = list(range(len(self.text) + 1))

    def written(self, span: Span) -> Span:
        return Span(self.origin[span.start], self.origin[span.end])

    def as_written(self, problem: Problem) -> Problem:
        edits = tuple((self.written(span), text) for span, text in problem.edits)
        return replace(problem, span=self.written(problem.span), edits=edits)

    def mend(self, edits: "Edits") -> None:
        for span, new in sorted(edits, reverse=True):
            self.text = f"{self.text[: span.start]}{new}{self.text[span.end :]}"
            self.origin[span.start : span.end] = [self.origin[span.start]] * len(new)

    def silence(self, at: int) -> bool:
        """Make the line of a mistake harmless, in the same length. False where nothing is left to look at."""
        start = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        if end < 0 or self.text.find("\n", end + 1) < 0:
            return False
        kind = self.text.split(None, 1)[0].lower()
        harmless = _harmless(kind, self.text[start:end]) if start else _MINIMAL.get(kind, "")
        if not start and not 0 < len(harmless) <= end:
            return False
        self.text = f"{self.text[:start]}{harmless.ljust(end - start)}{self.text[end:]}"
        return True


def read_block(text: str) -> tuple[Item | None, tuple[Problem, ...]]:
    """The item that a block's text says, or what is wrong with it.

    A mistake that has a remedy is mended, any other line with one is silenced, and reading goes on.
    """
    draft = _Draft(f"{text}\n")
    problems: list[Problem] = []
    silenced_at = -1
    for _ in range(min(MAX_MISTAKES, 1 + MAX_REREAD // len(draft.text))):
        tree = read_tree(draft.text)
        if tree is None:
            problem = _explain(draft.text)
            if silenced_at >= 0 and not _stands_alone(problem, silenced_at, draft.text):
                break
            found = draft.as_written(problem)
            if found in problems:
                break
            problems.append(found)
            if problem.edits:
                draft.mend(problem.edits)
                if not draft.text.strip():
                    break
            elif draft.silence(problem.span.start):
                silenced_at = problem.span.end
            else:
                break
        else:
            builder = Builder()
            item = builder.item(tree)
            problems.extend(map(draft.as_written, builder.problems))
            return (None if problems else item), tuple(problems)
    return None, tuple(problems)


def _explain(text: str) -> Problem:
    # Its tables take longer to build than all the rest of the language: who makes no mistakes does not wait for them.
    from flowrules.language.mistakes import ParseFailure, explain

    return explain(ParseFailure.of(text))


def _stands_alone(problem: Problem, silenced_at: int, text: str) -> bool:
    """After a line was silenced a further mistake counts only where it stands below, and not at the block's
    `end`, where that line may be missed."""
    return "\n" in text[silenced_at : problem.span.start] and "\n" in text[problem.span.start :].rstrip()


def _harmless(kind: str, line: str) -> str:
    """What may stand in place of a line and means nothing."""
    said = line.strip().lower()
    room = len(line)
    choices: tuple[str, ...] = ()
    if said.startswith(_HEADS):
        choices = ("on anything", "on x") if kind == "rule" else ()
    elif said.startswith("otherwise"):
        choices = ("otherwise stop", "otherwise")
    elif kind in ("rule", "steps") and not said.startswith(_CLAUSES):
        choices = ("stop",)
    return next((choice for choice in choices if len(choice) <= room), "")
