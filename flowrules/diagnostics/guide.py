"""The guide's page on findings, made of the tables of codes, so that the page can't say anything else."""

from collections.abc import Iterator

from flowrules.diagnostics.codes.answers import ANSWERS
from flowrules.diagnostics.codes.arguments import ARGUMENTS
from flowrules.diagnostics.codes.flow import FLOW
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.diagnostics.codes.hygiene import HYGIENE
from flowrules.diagnostics.codes.logic import LOGIC
from flowrules.diagnostics.codes.names import NAMES
from flowrules.diagnostics.codes.promises import PROMISES
from flowrules.diagnostics.codes.syntax import SYNTAX
from flowrules.diagnostics.diagnostic import Code

FAMILIES: tuple[tuple[str, str, tuple[Code, ...]], ...] = (
    ("Reading", "The text can't be read as a rule.", SYNTAX),
    ("Names", "A name that nothing answers to, or that two things have.", NAMES),
    ("Values", "A value that can't be meant where it stands.", ARGUMENTS),
    ("Order and endings", "What follows what, and how a call ends.", FLOW),
    ("Logic", "What can never be, always is, or is claimed twice.", LOGIC),
    ("Care", "What works, and will mislead somebody one day.", HYGIENE),
    ("Promises", "What stories show of promises. Found by playing calls.", PROMISES),
    ("Hazards", "What goes wrong in a call that nobody thought of. Found by playing calls.", HAZARDS),
    ("Answers", "Comments that answer a finding, and do not.", ANSWERS),
)
"""Chapters: title, what they hold, and the codes in their order."""

_INTRODUCTION = """\
# The findings

Everything that `flowrules check` can say, with what to avoid and what to write instead. Each finding has a code and a
name; the list below has both. An *error* keeps the rules from going live; a *warning* does not, but somebody should
look at it. Where a finding carries a fix, `flowrules check --fix` makes it.
"""


def findings_page() -> str:
    """The page in Markdown, with a line end at its end."""
    return "\n".join([_INTRODUCTION, *_contents(), *_chapters()])


def _contents() -> Iterator[str]:
    for title, about, codes in FAMILIES:
        yield f"**{title}.** {about}\n"
        yield "\n".join(f"- {code.id} [{code.name}](#{code.name})" for code in codes) + "\n"


def _chapters() -> Iterator[str]:
    for title, about, codes in FAMILIES:
        yield f"## {title}\n\n{about}\n"
        for code in codes:
            yield from _entry(code)


def _entry(code: Code) -> Iterator[str]:
    yield f"### {code.name}\n"
    yield f"**What** ({code.severity} {code.id}): {code.title}.\n".replace("?.", "?")
    yield f"**Why:** {code.why}\n"
    if code.avoid:
        yield f"**Avoid**\n\n```rules avoid {code.name}\n{code.avoid}\n```\n"
        yield f"**Prefer**\n\n```rules\n{code.prefer}\n```\n"
