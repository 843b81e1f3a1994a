"""The pieces of a text that a lexer takes as one: texts, numbers, times. Each has a bound, so that a model comes to an
end."""

from collections.abc import Iterable

from flowrules.decoding.notation import Chars, Expr, Ref, Repeat, alt, optional, seq, words

MAX_TEXT = 300
"""Of a text that is said or written down, in characters; a fact in braces counts as one."""
MAX_LABEL = 100
MAX_WORDS = 30
"""Of the words behind `or` in `{lead.name or there}`, in letters."""
_UNSEEN = (("\u2028", "\u2029"), ("\u200b", "\u200b"), ("\u200e", "\u200f"), ("\u202a", "\u202e"))
_MORE_UNSEEN = (("\u2060", "\u206f"), ("\ue000", "\uf8ff"), ("\ufeff", "\ufeff"), ("\ufff0", "\uffff"))
_QUOTES = (('"', '"'), ("\u201c", "\u201e"))
_CONTROLS = (("\x00", "\x1f"), ("\x7f", "\x9f"))
_BRACES = (("{", "{"), ("}", "}"))
_OTHER_BLANKS = (
    ("\xa0", "\xa0"),
    ("\u1680", "\u1680"),
    ("\u2000", "\u200a"),
    ("\u202f", "\u202f"),
    ("\u205f", "\u205f"),
)
"""Blanks that nobody can tell from a space."""
INK = Chars(
    (
        *_CONTROLS,
        (" ", " "),
        *_QUOTES,
        *_BRACES,
        *_OTHER_BLANKS,
        ("\u3000", "\u3000"),
        *_UNSEEN,
        *_MORE_UNSEEN,
    ),
    negated=True,
)
"""What may stand in a quoted text besides a blank and a doubled quote."""
_DIGIT = Chars((("0", "9"),))
_FROM_ONE = Chars((("1", "9"),))
_BETWEEN = Chars(((" ", " "), ("-", "-"), ("'", "'")))
_LATIN = Chars((("A", "Z"), ("a", "z")))
UNITS = ("second", "minute", "hour", "day")


def texts(facts: Iterable[str]) -> dict[str, Expr]:
    """Rules for texts: `text` may quote facts in braces, `plain_text` none."""
    fact = seq("{", words(facts), optional(_words_instead()), "}")
    return {
        "text": _quoted(alt(INK, '""', "{{", "}}", fact), MAX_TEXT),
        "plain_text": _quoted(alt(INK, '""'), MAX_LABEL),
        "key_text": seq('"', Repeat(Chars((("0", "9"), ("*", "*"), ("#", "#"))), 1, 32), '"'),
    }


def _quoted(part: Expr, most: int) -> Expr:
    """A text that neither begins nor ends with a blank."""
    return seq('"', part, optional(Repeat(alt(" ", part), 0, most - 2), part), '"')


def _words_instead() -> Expr:
    """Words begin and end with a letter: blanks at the ends are nothing to say."""
    return seq(" or ", _LATIN, Repeat(seq(optional(_BETWEEN), _LATIN), 0, MAX_WORDS))


def pieces() -> dict[str, Expr]:
    """Numbers, counts, times and dates."""
    month31 = words(("01", "03", "05", "07", "08", "10", "12"))
    month30 = words(("01", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"))
    month = alt(seq("0", _FROM_ONE), seq("1", Chars((("0", "2"),))))
    early = alt(seq("0", _FROM_ONE), seq("1", _DIGIT), seq("2", Chars((("0", "8"),))))
    whole = alt("0", seq(_FROM_ONE, Repeat(_DIGIT, 0, 8)))
    return {
        "number": seq(optional("-"), whole, optional(".", Repeat(_DIGIT, 1, 2))),
        "count": alt(Chars((("2", "9"),)), seq(_FROM_ONE, _DIGIT)),
        "many": alt(Chars((("2", "9"),)), seq(_FROM_ONE, Repeat(_DIGIT, 1, 2))),
        "time": seq(alt(seq(Chars((("0", "1"),)), _DIGIT), seq("2", Chars((("0", "3"),)))), ":",
                    Chars((("0", "5"),)), _DIGIT),
        "date": seq("20", _DIGIT, _DIGIT, "-",
                    alt(seq(month, "-", early), seq(month30, "-", words(("29", "30"))), seq(month31, "-31"))),
    }  # fmt: skip


def duration() -> Expr:
    """`1 minute`, `2 hours 30 minutes`: the unit in the plural unless the number is 1."""
    piece = alt(seq("1 ", words(UNITS)), seq(Ref("many"), " ", words(f"{unit}s" for unit in UNITS)))
    return seq(piece, optional(" ", piece))


def seconds(most: int) -> Expr:
    """`1 second` to so many seconds; a whole minute among them may be written as one."""
    longer = seq(words(str(number) for number in range(2, most + 1)), " seconds")
    return alt("1 second", longer, *(["1 minute"] if most >= 60 else []))
