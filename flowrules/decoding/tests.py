"""Tests of rule files as the formatter lays them out."""

from flowrules.decoding.names import Names, Place
from flowrules.decoding.notation import Expr, Noted, Ref, Repeat, alt, optional, seq, several, words
from flowrules.decoding.steps import pattern
from flowrules.language.names import fold
from flowrules.verbs import WORDS
from flowrules.verbs.reasons import REASONS

MOST_LINES = 12
MOST_KEYS = 4
MOST_PATTERNS = 8
_SOURCES = ("platform", "host", "model", "caller")


def test_rules(names: Names) -> dict[str, Expr]:
    source = optional(" from ", words(_SOURCES))
    meanwhile = optional(" meanwhile ", Ref("reported"))
    often = alt("once", seq(Ref("count"), " times"))
    carried = Noted(
        seq(Ref("played"), optional(" with ", several(Ref("played"), ", ", MOST_KEYS - 1))), has_no_key_twice
    )
    patterns = several(Ref("pattern"), " then ", MOST_PATTERNS)
    own = words(names.at[Place.RULE])
    return {
        "pattern": pattern(),
        "carried": carried,
        "reported": several(seq(Ref("carried"), source), " and in the same turn ", 3),
        "test_line": alt(
            seq("given ", Ref("told"), source),
            seq("given time is ", Ref("date"), " ", Ref("time")),
            seq("given ", words(WORDS), " fails", optional(" ", often),
                optional(" because ", several(words(REASONS), ", ", 3))),
            seq("on ", Ref("reported"), meanwhile),
            seq("after ", Ref("duration"), optional(" of ", Ref("event_fact")), meanwhile),
            seq("at ", Ref("time"), meanwhile),
            seq("expect ", patterns),
            seq("expect exactly ", often, " ", Ref("pattern")),
            seq("expect not ", patterns),
            "expect nothing",
            seq("expect ", optional("not "), "rule ", own),
        ),
        "test": seq("test ", Ref("plain_text"), Repeat(seq("\n  ", Ref("test_line")), 1, MOST_LINES), "\nend\n"),
    }  # fmt: skip


def has_no_key_twice(text: str) -> bool:
    """The formatter puts two values of one key side by side, and the same event twice is once."""
    keys = [fold(part.split("=")[0]) for part in _outside_quotes(text).replace(" with ", ", ").split(", ")]
    return len(set(keys)) == len(keys)


def _outside_quotes(text: str) -> str:
    return "".join(text.split('"')[::2])
