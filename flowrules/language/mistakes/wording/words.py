"""A word of the language that is misspelt, missing, one too many, or taken for a value."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import nearest
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.mistakes.wording.plain_words import ARTICLES
from flowrules.language.problem import Problem
from flowrules.language.reserved import GRAMMAR_WORDS, JOINTS, STEP_WORDS
from flowrules.source import Span

_EXTRA = frozenset(
    "a an the to of for from as is be by in on at it that this please kindly just also then do so with = : - – — "
    ", ; . । call caller customer only and if step action karo kare karen ko ka ki always first simply ( )".split()
)
"""Words and signs that are often put in, and often one too many. "or" is none: without it two conditions must both
hold."""
_JOINING = (
    "is", "=", "to", "of", "then", ",", "by", "with", "because", "at", "in", "for", "from", "into", "on", "and", "a",
    "note", "as", "not", "one of", "per call", "in a row", "at most", "otherwise", "than", "is at", "say", "when",
    "transfer", "expect",
)  # fmt: skip
"""What is tried where a word is missing, the likeliest first."""
FOREIGN = {
    "else": "otherwise", "elif": "otherwise", "elseif": "otherwise", "warna": "otherwise", "varna": "otherwise",
    "nahito": "otherwise", "वरना": "otherwise", "अन्यथा": "otherwise", "இல்லையெனில்": "otherwise",
    "endif": "end", "endrule": "end", "fi": "end", "done": "end", "finish": "end", "khatam": "end", "समाप्त": "end",
    "stop.": "end", "phir": "then", "fir": "then", "tab": "then", "toh": "then", "फिर": "then", "तब": "then",
    "பிறகு": "then", "next": "then", "aur": "and", "और": "and", "மற்றும்": "and", "ya": "or", "या": "or",
    "அல்லது": "or", "agar": "when", "jab": "when", "अगर": "when", "जब": "when", "nahi": "not", "नहीं": "not",
    "start": "on", "event": "on", "whenever": "on", "par": "on", "पर": "on",
}  # fmt: skip


_SHORT_WORD = 4
_DASHES = frozenset("-–—")
"""Before a number they are its sign."""
_ONE_OF_TWO = frozenset({"and", "not", "otherwise"})
"""Words that may be missing, or "or", or nothing."""
_COMPARING = frozenset({"is", "=", "!=", "<", ">", "<=", ">=", "contains", "starts", "between"})
_BEFORE_FACTS = frozenset({"on", "or", "and", "when", "unless", "if", "not", "given", "remember"})
_BEFORE_VALUES = frozenset({"=", "!=", "<", ">", "<=", ">=", "is", ",", "of", "to"})
_KINDS = frozenset({"agent", "queue", "number", "sip", "supervisor"})
_NO_KEYS = frozenset(
    "for to at after before until till in on by from into during within per every each the a an this that twice once "
    "now when unless if otherwise outside and or is".split()
)
"""Words that name nothing that is handed on with a verb."""
_SIGNS = {"=": "_EQ", ",": "COMMA"}
"""The parser's names for joining signs."""


def foreign(failure: ParseFailure) -> Problem | None:
    lexeme = failure.lexeme()
    better = FOREIGN.get(lexeme.word)
    if better is None:
        return None
    edits = ((lexeme.span, better),)
    if not failure.mends(edits) and lexeme.word not in ("else", "elif", "elseif", "endif"):
        return None
    return Problem(
        codes.FOREIGN_WORD,
        lexeme.span,
        f'"{lexeme.text}" is not a word of the rule language.',
        f'Write "{better}".',
        edits,
    )


def misspelt(failure: ParseFailure) -> Problem | None:
    """`otherwse hangup`, `transfer qeue sales`."""
    for back in (0, 1, 2):
        lexeme = failure.lexeme(-back)
        if lexeme.kind != "word" or (back and lexeme.word in GRAMMAR_WORDS | STEP_WORDS):
            continue
        words = failure.keywords - STEP_WORDS if back == 0 else _JOINABLE
        past = 1 if len(lexeme.text) > _SHORT_WORD else 2
        near = (
            word
            for word in nearest(lexeme.text, sorted(words), keywords=True).names
            if word != lexeme.word and not _only_part(lexeme.word, word)
        )
        fitting = [word for word in near if failure.mends(((lexeme.span, word),), past=past)]
        if guess := nearest(lexeme.text, fitting, keywords=True):
            return Problem(
                codes.MISSPELT_WORD,
                lexeme.span,
                f'There is no word "{lexeme.text}".',
                guess.question(),
                ((lexeme.span, guess.fix),) if guess.fix else (),
            )
    return None


_JOINABLE = frozenset(
    "then when unless otherwise instead during outside agent queue number supervisor anything because is".split()
)


def swapped(failure: ParseFailure) -> Problem | None:
    """`contains any fo "a"`: two letters swapped in a word too short for a guess."""
    lexeme = failure.lexeme()
    if len(lexeme.word) != 2 or lexeme.word[::-1] not in failure.keywords:
        return None
    edits = ((lexeme.span, lexeme.word[::-1]),)
    if not failure.mends(edits):
        return None
    return Problem(
        codes.MISSPELT_WORD,
        lexeme.span,
        f'There is no word "{lexeme.text}".',
        f'Did you mean "{edits[0][1]}"?',
        edits,
    )


_TOGETHER = {"atleast": "at least", "atmost": "at most", "morethan": "more than", "lessthan": "less than"}


def comparison_in_one(failure: ParseFailure) -> Problem | None:
    """`is atleats 500`: two words in one, and misspelt."""
    lexeme, value = failure.lexeme(-1), failure.lexeme()
    near = nearest(lexeme.word, _TOGETHER, keywords=True).names if lexeme.word else ()
    if failure.lexeme(-2).word != "is" or len(near) != 1 or value.is_nothing:
        return None
    edits = ((lexeme.span, _TOGETHER[near[0]]),)
    if not failure.mends(edits):
        return None
    return Problem(
        codes.MISSPELT_WORD,
        lexeme.span,
        f'There is no comparison "is {lexeme.text}".',
        f'Did you mean "is {edits[0][1]}"?',
        edits,
    )


def _only_part(word: str, guess: str) -> bool:
    """`one` for `done`: too short a word to be sure."""
    return len(word) < 4 and abs(len(word) - len(guess)) > 0 and word[0] != guess[0]


def extra(failure: ParseFailure) -> Problem | None:
    """`wait for 5 seconds`, `set_disposition to SALES`."""
    for back in (0, 1):
        lexeme = failure.lexeme(-back)
        behind = failure.lexeme(1 - back)
        is_alone = lexeme.word == "on" and len(failure.line) == 1
        if (
            lexeme.text.lower() not in _EXTRA
            or is_alone
            or (lexeme.word in ARTICLES and failure.first.word == "list")
            or (lexeme.word == "on" and failure.lexeme(-back - 1).word == "not")
            or behind.text == "("
            or (lexeme.text in _DASHES and behind.kind == "number")
            or failure.lexeme(-back - 1).text == "="
            or (back and failure.last == "_NL")
            or (
                lexeme.word in ("caller", "call", "customer")
                and failure.lexeme(-back - 1).word in ("the", "a", "an")
            )
        ):
            continue
        end = lexeme.span.end if behind.is_nothing else behind.span.start
        before, after = failure.text[lexeme.span.start - 1 : lexeme.span.start], failure.text[end : end + 1]
        edits = ((Span(lexeme.span.start, end), " " if before.strip() and after.strip() else ""),)
        if failure.mends(edits, past=1 if behind.starts_step else 2):
            return Problem(
                codes.EXTRA_WORD,
                lexeme.span,
                f'"{lexeme.text}" is one {"word" if lexeme.word else "sign"} too many here.',
                "Take it out.",
                edits,
            )
    return None


def needless(failure: ParseFailure) -> Problem | None:
    """`transfer directly queue sales`: a word before the kind of a target."""
    lexeme, behind = failure.lexeme(), failure.lexeme(1)
    if lexeme.kind != "word" or lexeme.starts_step or behind.word not in failure.keywords & _KINDS:
        return None
    edits = ((Span(lexeme.span.start, behind.span.start), ""),)
    if not failure.mends(edits, past=2):
        return None
    return Problem(
        codes.EXTRA_WORD,
        lexeme.span,
        f'"{lexeme.text}" is one word too many here.',
        "Take it out.",
        edits,
    )


def twice(failure: ParseFailure) -> Problem | None:
    """`transfer transfer queue sales`."""
    lexeme, before = failure.lexeme(), failure.lexeme(-1)
    if not lexeme.text or lexeme.kind == "newline" or lexeme.text.lower() != before.text.lower():
        return None
    return Problem(
        codes.SAID_TWICE,
        lexeme.span,
        f"{lexeme.shown} stands here twice.",
        "Take one out.",
        ((Span(before.span.end, lexeme.span.end), ""),),
    )


def missing(failure: ParseFailure) -> Problem | None:
    """`set_lead_field interest sales`, `remember vip yes`."""
    lexeme = failure.lexeme()
    if lexeme.is_nothing or failure.lexeme(-1).word == "not":
        return None
    at = Span(lexeme.span.start, lexeme.span.start)
    for word in _JOINING:
        if word == "with" and "THEN" in failure.accepts and not _is_key(failure):
            continue
        if word == "from" and lexeme.word not in ("platform", "host", "model", "caller"):
            continue
        sign = _SIGNS.get(word)
        if (sign or "") not in failure.accepts and word.split()[0] not in failure.keywords:
            continue
        before = Span(failure.lexeme(-1).span.end, lexeme.span.start)
        edits = ((before, ", "),) if word == "," else ((at, f"{word} "),)
        if failure.mends(edits, past=3 if word == "with" else 2):
            return Problem(
                codes.MISSING_WORD,
                lexeme.span,
                f"{_missing_what(word)} is missing before {lexeme.shown}.",
                f"Write: {failure.lexeme(-1).text}, {lexeme.text}"
                if word == ","
                else f"Write: {word} {lexeme.text}",
                () if word in _ONE_OF_TWO else edits,
            )
    return None


def _is_key(failure: ParseFailure) -> bool:
    """Whether what stands here may be a key with its value, so that `with` is missing before it."""
    key, value = failure.lexeme().word, failure.lexeme(1)
    if not key or key in _NO_KEYS or key.endswith("ly") or value.kind not in ("text", "number", "word"):
        return False
    return not value.starts_step and value.word not in JOINTS


def _missing_what(word: str) -> str:
    if word == ",":
        return "A comma"
    return f'The word "{word}"' if word[0].isalpha() else f'A "{word}"'


def fact_missing(failure: ParseFailure) -> Problem | None:
    """`on is one of …`, `when = 5`: the comparison, or its first word, stands where a fact should."""
    for back in (0, 1):
        word, before = failure.lexeme(-back), failure.lexeme(-back - 1)
        is_taken = back == 0 or failure.last == "NAME"
        if is_taken and word.text.lower() in _COMPARING and before.word in _BEFORE_FACTS:
            return Problem(
                codes.MISSING_VALUE,
                word.span,
                f'Before "{word.text}" the fact is missing.',
                f'Say what is compared, such as "{before.text} intent {word.text} …".',
            )
    return None


def swallowed(failure: ParseFailure) -> Problem | None:
    """`forget then hangup`, `vip is not transfer …`: a word of the language stands where a value is missing."""
    word, before = failure.lexeme(-1), failure.lexeme(-2)
    taken = GRAMMAR_WORDS if before.text.lower() in _BEFORE_VALUES else JOINTS
    if failure.last != "NAME" or not (word.starts_step or word.word in taken) or before.is_nothing:
        return None
    return Problem(
        codes.MISSING_VALUE,
        Span(before.span.start, word.span.end),
        f'Between {before.shown} and "{word.text}" something is missing.',
        f'Say what comes after {before.shown}. If "{word.text}" is meant as a value, put it in quotes.',
    )
