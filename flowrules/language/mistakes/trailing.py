"""Words behind a whole step that have no place there."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import Lexeme, ParseFailure
from flowrules.language.problem import Problem
from flowrules.language.reserved import JOINTS, verb_words
from flowrules.source import Span
from flowrules.verbs import WORDS

_PREPOSITIONS = frozenset(
    "for to at after before until till in on by from into during within per every each the a an this that".split()
)
NO_NAMES = frozenset("for to from into because urgently immediately with".split())
"""Words that are no part of a name, so that a name does not go on with them."""
_ADVERBS = frozenset(
    "urgently immediately quickly loudly slowly now asap directly please again twice once".split()
)
_LISTENER = regex.compile(
    r"(?:to|for|at)\s+(?:the\s+|this\s+|our\s+)?(?:caller|customer|client|user|lead|model|bot|ai|assistant|them|him|her)\b",
    regex.IGNORECASE,
)
_COUNT = regex.compile(
    r"(?:once|twice|thrice|(?:\d+|two|three|four|five)\s*(?:times?|x))\b", regex.IGNORECASE
)
_LATER = regex.compile(r"(?:after|in)\s+(\d+\s+(?:second|minute|hour)s?)\b", regex.IGNORECASE)


_HEARD = verb_words("url") | {"advise"}
"""Words behind which something stands that somebody is to hear or to read."""


def listener(failure: ParseFailure) -> Problem | None:
    """`say "Hello." to the caller`, `advise "Be kind." to the model`."""
    lexeme = failure.lexeme()
    found = _LISTENER.match(failure.rest(lexeme))
    if found is None or "THEN" not in failure.accepts or failure.last != "STRING":
        return None
    step = _step_before(failure)
    if step is None or step.word not in _HEARD:
        return None
    edits = ((Span(failure.lexeme(-1).span.end, lexeme.span.start + found.end()), ""),)
    if not failure.mends(edits, past=0):
        return None
    span = Span(lexeme.span.start, lexeme.span.start + found.end())
    return Problem(codes.EXTRA_WORD, span, f'"{found[0]}" goes without saying.', "Take it out.", edits)


def block_end(failure: ParseFailure) -> Problem | None:
    """`on intent=a hangup end`: a rule of one line."""
    lexeme = failure.lexeme()
    if lexeme.word != "end" or "THEN" not in failure.accepts or failure.step_may_follow or not failure.before:
        return None
    if not failure.on_last_line or failure.first.word in ("rule", "steps", "test", "promise"):
        return None
    edits = ((Span(failure.lexeme(-1).span.end, failure.line_end), ""),)
    if not failure.mends(edits, past=0):
        return None
    return Problem(
        codes.EXTRA_WORD,
        lexeme.span,
        'A rule of one line ends with its line, without "end".',
        "Take it out.",
        edits,
    )


def no_place(failure: ParseFailure) -> Problem | None:
    """`transfer queue a for 5 minutes`, `say "Hi." two times`, `hangup after 5 seconds`."""
    lexeme = failure.lexeme()
    if "THEN" not in failure.accepts or failure.step_may_follow or lexeme.kind not in ("word", "number"):
        return None
    step = _step_before(failure)
    begins = lexeme.word in _PREPOSITIONS | _ADVERBS or lexeme.word.endswith("ly") or lexeme.kind == "number"
    if step is None or not begins or lexeme.word in JOINTS or failure.lexeme(-1).word in JOINTS:
        return None
    end = next((p for p in failure.behind if p.starts_step or p.word in ("then", "otherwise", "if")), None)
    stop = end.span.start if end else failure.line_end
    words = failure.text[lexeme.span.start : stop].strip()
    span = Span(lexeme.span.start, lexeme.span.start + len(words))
    if failure.lexeme().kind == "number" and not (_COUNT.match(words) or failure.last == "STRING"):
        return None
    message = f'"{words}" has no place behind "{step.text}".'
    if _COUNT.match(words) and failure.first.word != "test":
        hint = "A step is done once. How often something must happen stands behind the event: on intent=human 2 times"
    elif later := _LATER.match(words):
        whole = failure.text[step.span.start : lexeme.span.start].strip()
        hint = f"Write a step before it: wait {later[1]} then {whole}. A wait lasts at most 60 seconds."
    else:
        hint = f"Take it out. {_forms(step)}"
    return Problem(codes.UNREADABLE, span, message, hint)


def _step_before(failure: ParseFailure) -> Lexeme | None:
    return next((p for p in reversed(failure.before) if p.starts_step), None)


def _forms(step: Lexeme) -> str:
    spec = WORDS.get(step.word)
    if spec is None:
        return ""
    own = [example for example in spec.examples if example.split()[0] == step.word]
    return f"Such a step is written: {' · '.join(own[-2:])}" if own else ""


def example_of(word: str) -> str:
    """A whole step that begins with this word; empty for what is no step."""
    spec = WORDS.get(word)
    if spec is not None:
        return next((one for one in spec.examples if one.split()[0] == word and " " in one), "")
    return _STEPS.get(word, "")


_STEPS = {
    "wait": "wait 2 seconds",
    "do": "do goodbye",
    "remember": "remember vip is yes",
    "forget": "forget wanted_at",
    "advise": 'advise "Ask for the order number first."',
}
