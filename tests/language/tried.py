"""What people write wrongly, as a corpus: `tests/corpus/tried/KIND.txt`, small files apart from each other by a line of dashes."""

import re
from dataclasses import dataclass
from pathlib import Path

from flowrules.analysis.check import check
from flowrules.diagnostics.diagnostic import Diagnostic, Findings, in_order
from flowrules.diagnostics.fix import fixed
from flowrules.language.parse import parse
from flowrules.source import SourceFile, source_from_bytes, source_from_text

CORPUS = Path(__file__).parent.parent / "corpus"
TRIED = CORPUS / "tried"
_APART = re.compile(r"^-{5}\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Input:
    """One text, and the file and number it has in the corpus."""

    name: str
    text: str


def inputs(path: Path) -> list[Input]:
    texts = _APART.split(path.read_text("utf-8"))
    return [Input(f"{path.stem}-{number}", text) for number, text in enumerate(texts, 1)]


def tried() -> list[Input]:
    """All inputs of all kinds."""
    return [one for path in sorted(TRIED.glob("*.txt")) for one in inputs(path)]


def mistakes() -> list[Input]:
    """The files of the corpus of usual mistakes."""
    return [
        Input(path.stem, source_from_bytes(path.read_bytes(), path.name).text)
        for path in sorted((CORPUS / "mistakes").glob("*.rules"))
    ]


def looked_at(text: str) -> tuple[SourceFile, Findings]:
    """A text with all its findings, in order."""
    source = source_from_text(text, "a.rules")
    file, problems = parse(source)
    _, findings = check([file])
    return source, in_order((*problems, *findings))


def mended(source: SourceFile, finding: Diagnostic) -> str:
    """The text with the edits of one finding."""
    return fixed(source, (finding,))[0]
