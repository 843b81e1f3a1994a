"""Characters that look like the end of a line and are none: editors and this language count LF, CR LF and CR.

Word and web pages put them where somebody pressed Shift and Enter. What stands behind one belongs to the line before,
also where that is a comment.
"""

import re
from collections.abc import Iterator

from flowrules.diagnostics.codes.syntax import NO_LINE_END
from flowrules.diagnostics.diagnostic import Diagnostic, Findings
from flowrules.source import Location, SourceFile

_NAMES = {
    "\v": "a vertical tab",
    "\f": "a form feed",
    "\x1c": "a file separator",
    "\x1d": "a group separator",
    "\x1e": "a record separator",
    "\x85": "a next-line character",
    "\u2028": "a line separator",
    "\u2029": "a paragraph separator",
}
"""What Python's `splitlines` takes for the end of a line besides."""
_SIGN = re.compile(f"[{''.join(_NAMES)}]")
_TEXT = re.compile(r'["“”„](?:[^"“”„\n]|"")*["“”„]|(?<!\S)#[^\n]*')
_MOST = 20


def no_line_ends(source: SourceFile) -> Findings:
    """A warning for each line in which such a character parts two things; in a quoted text it is a character as any."""
    return tuple(_found(source)) if _SIGN.search(source.text) else ()


def _found(source: SourceFile) -> Iterator[Diagnostic]:
    code = _TEXT.sub(lambda found: found[0] if found[0][0] == "#" else "x" * len(found[0]), source.text)
    told = 0
    for number, start in enumerate(source.line_starts, start=1):
        end = source.line_starts[number] if number < len(source.line_starts) else len(code)
        line = code[start:end]
        for sign in _SIGN.finditer(line):
            if line[: sign.start()].strip() and line[sign.end() :].strip():
                where = Location(source, start + sign.start(), start + sign.end())
                yield Diagnostic(NO_LINE_END, where, _message(line, sign), "Press Enter in its place.")
                told += 1
                break
        if told == _MOST:
            return


def _message(line: str, sign: re.Match[str]) -> str:
    what = _NAMES[sign[0]]
    if re.search(r"(?<!\S)#", line[: sign.start()]):
        return f"The comment goes on behind this character ({what}), which ends no line."
    return f"The line goes on behind this character ({what}), which ends no line."
