"""What rules can't know or say, and what comes nearest to it."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import nearest
from flowrules.language.literals import DAYS
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.problem import Problem
from flowrules.language.reserved import verb_words
from flowrules.source import Span
from flowrules.verbs import WORDS, Effect

_NOBODY = regex.compile(
    r"(?:if|when|unless)\s+(?:(?:nobody|no\s*one|none|(?:the\s+)?(?:agent|queue|it|they|person|line|call))\s+)?"
    r"(?:is\s+|are\s+|was\s+|does\s*(?:n['’]?t|\s+not)\s+|do\s*(?:n['’]?t|\s+not)\s+|has\s+)?"
    r"(?:not\s+)?(?:picks?(?:ed)?(?:\s+up)?|answer(?:s|ed)?|no\s+answer|unanswered|busy|engaged)\b",
    regex.IGNORECASE,
)


_CALLBACKS = verb_words("callback_time")
_TRANSFERS = frozenset(word for word in verb_words("target") if WORDS[word].effect is Effect.ENDING)
_HOLDS = frozenset(word for word, spec in WORDS.items() if "moh_url" in spec.slots_of("url"))
"""Verbs that take music of one's own."""


def nobody_answers(failure: ParseFailure) -> Problem | None:
    """`transfer queue a if nobody picks up then …`."""
    lexeme = failure.lexeme()
    found = _NOBODY.match(failure.rest(lexeme))
    transfers = any(p.word in _TRANSFERS for p in failure.before)
    if lexeme.word not in ("if", "when", "unless") or found is None or not transfers:
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(lexeme.span.start, lexeme.span.start + found.end()),
        "Whether somebody picks up is not known to the rules: a transfer ends the AI's part of the call.",
        "To stay on the line until somebody is there, use conference_start and conference_add in place of transfer. "
        '"if it fails" is for a transfer that the platform refuses.',
    )


_WORKS = regex.compile(
    r"if\s+(?:it|that|this|(?:the\s+)?\w+)\s+(?:(?:is|was|has|goes|went)\s+)?"
    r"(?:works?|worked|succeed(?:s|ed)?|success(?:ful)?|through|accepted|ok|done|answers|answered"
    r"|(?:does|did)\s*(?:n['’]?t|\s+not)\s+(?:fail|break))\b",
    regex.IGNORECASE,
)


def branch_for_success(failure: ParseFailure) -> Problem | None:
    """`send_dtmf 1 if it works then …`: the opposite of the one branch that there is."""
    lexeme = failure.lexeme()
    found = _WORKS.match(failure.rest(lexeme))
    if lexeme.word != "if" or found is None or not any(p.starts_step for p in failure.before):
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(lexeme.span.start, lexeme.span.start + found.end()),
        "A step has no branch for the case that it works.",
        'The steps behind "then" are done where it works. What is done where it fails follows "if it fails then".',
    )


def callback_on_working_day(failure: ParseFailure) -> Problem | None:
    """`schedule_callback next working day at 11:00`, `next office at 11:00`."""
    verbs = [p for p in failure.before if p.starts_step]
    if not verbs or verbs[-1].word not in _CALLBACKS or failure.last != "NAME":
        return None
    words = failure.line[failure.line.index(verbs[-1]) + 1 :]
    at = next((index for index, p in enumerate(words) if p.word == "at"), 0)
    if not words or words[0].word != "next" or at < 2 or any(p.kind != "word" for p in words[:at]):
        return None
    if at == 2 and (guess := nearest(words[1].text, DAYS, keywords=True)):
        return Problem(
            codes.MISSPELT_WORD,
            words[1].span,
            f'There is no day "{words[1].text}".',
            guess.question(),
            ((words[1].span, guess.fix),) if guess.fix else (),
        )
    named = failure.text[words[0].span.start : words[at - 1].span.end]
    return Problem(
        codes.MISSING_TIME,
        Span(words[0].span.start, words[at].span.end),
        f'"{named}" takes no time of day: it is the moment when these hours open next.',
        'Write "next" with the name of your hours alone. For another time of day declare hours of their own that open '
        "at that time, on the days that you mean, and name those.",
    )


def music_without_address(failure: ParseFailure) -> Problem | None:
    """`hold with music for at most 2 minutes`, `hold music 2 minutes`."""
    music = failure.lexeme() if failure.lexeme().word == "music" else failure.lexeme(-1)
    behind = failure.lexeme(1) if music is failure.lexeme() else failure.lexeme()
    words = [p.word for p in failure.before if p is not music][-2:]
    if music.word != "music" or _HOLDS.isdisjoint(words) or behind.kind in ("text", "open"):
        return None
    hold = next(p for p in reversed(failure.before) if p.word in _HOLDS)
    edits = ((Span(hold.span.end, music.span.end), ""),)
    if behind.kind == "number":
        edits = ((Span(hold.span.end, behind.span.start), " for at most "),)
    return Problem(
        codes.MISSING_VALUE,
        music.span,
        'After "music" the address of the music is missing.',
        'Write: hold with music "https://…". Or leave the music out: hold for at most 2 minutes',
        edits if failure.mends(edits) else (),
    )


_FOR_SO_LONG = regex.compile(
    r"(?:for|until|till|during|while)\b[^\n#]*?(?=\s+(?:then|otherwise)\b|\s+#|$)", regex.IGNORECASE
)


def silence_with_length(failure: ParseFailure) -> Problem | None:
    """`stay silent for 10 seconds`."""
    if [failure.lexeme(-2).word, failure.lexeme(-1).word] != ["stay", "silent"]:
        return None
    lexeme = failure.lexeme()
    found = _FOR_SO_LONG.match(failure.text[lexeme.span.start : failure.line_end])
    if found is None:
        return None
    span = Span(lexeme.span.start, lexeme.span.start + len(found[0].rstrip()))
    return Problem(
        codes.EXTRA_WORD,
        span,
        '"stay silent" takes no length of time: it holds until the caller is heard again.',
        "Write: stay silent. To speak after a silence of the caller write a rule of its own: "
        "after 10 seconds of silence …",
        ((Span(failure.lexeme(-1).span.end, span.end), ""),),
    )


def language_of_text(failure: ParseFailure) -> Problem | None:
    """`say "…" in hindi`."""
    joint, text, lexeme = failure.lexeme(-1), failure.lexeme(-2), failure.lexeme()
    if (
        joint.word not in ("in", "into")
        or text.kind != "text"
        or lexeme.kind != "word"
        or lexeme.word == "voice"
    ):
        return None
    edits = ((Span(text.span.end, lexeme.span.end), ""),)
    return Problem(
        codes.EXTRA_WORD,
        Span(joint.span.start, lexeme.span.end),
        "A text is spoken as it is written.",
        f'Write the text in {lexeme.text.title()} itself. A voice is named in quotes: in voice "hi-IN-…".',
        edits,
    )
