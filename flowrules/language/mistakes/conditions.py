"""Comparisons, `and` and `or`."""

import re

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Piece, Stumble
from flowrules.language.problem import Problem
from flowrules.source import Span

_PHRASES: tuple[tuple[str, str], ...] = (
    (r"(?:is\s+)?(?:greater|bigger|larger|higher)\s+than\s+or\s+equal(?:\s+to)?", "is at least"),
    (r"(?:is\s+)?(?:less|smaller|lower|fewer)\s+than\s+or\s+equal(?:\s+to)?", "is at most"),
    (r"(?:is\s+)?not\s+(?:greater|bigger|larger|higher|more)\s+than", "is at most"),
    (r"(?:is\s+)?not\s+(?:less|smaller|lower|fewer)\s+than", "is at least"),
    (r"(?:is\s+)?(?:greater|bigger|larger|higher)\s+than", "is more than"),
    (r"(?:is\s+)?(?:smaller|lower|fewer)\s+than", "is less than"),
    (r"(?:is\s+)?(?:above|over|exceeds|beyond|after|later\s+than)\b", "is more than"),
    (r"(?:is\s+)?(?:below|under|before|earlier\s+than)\b", "is less than"),
    (r"(?:is\s+)?equal(?:s|\s+to)?\b", "is"),
    (r"(?:does\s+not|doesn['’]?t|do\s+not|not)\s+equals?\b", "is not"),
    (r"(?:isn['’]t|is\s*n['’]t|aint|ain['’]t|was\s+not|wasn['’]t)\b", "is not"),
    (r"(?:was|are|were)\b(?!\s*=)", "is"),
    (r"is\s+(?:not\s+)?(?:empty|missing|blank|null|none|unset|undefined)\b", "is unknown"),
    (r"is\s+(?:present|set|given|available|defined|filled)\b|exists\b", "is known"),
    (r"is\s+not\s+between\b", "is not between"),
    (r"(?:includes?|mentions?|has\s+the\s+words?|contain)\b", "contains"),
    (r"(?:begins|beginning|starting|start|begin)\s+with\b", "starts with"),
    (r"is\s+any\s+of\b|is\s+either\b|in\s+\(", "is one of"),
    (r"is\s+none\s+of\b|is\s+neither\b", "is not one of"),
    (r"is\s+in\s+list\b", "is in"),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), better) for pattern, better in _PHRASES)
_NEGATED = re.compile(
    r"(?:does\s+not|doesn['’]?t|do\s+not|not|is\s+not)\s+(contain|include|mention|start|begin)(?:s|ing)?\b",
    re.IGNORECASE,
)


def wording(stumble: Stumble) -> Problem | None:
    if not stumble.line:
        return None
    starts = [stumble.piece(-back).span.start for back in (2, 1, 0) if stumble.piece(-back).kind == "word"]
    end = stumble.line[-1].span.end
    in_condition = _comparison_may_follow(stumble) or "is" in (stumble.piece(-1).word, stumble.piece(-2).word)
    for start in starts if in_condition or "STRING" in stumble.accepts else ():
        rest = stumble.text[start:end]
        if negated := _NEGATED.match(rest):
            verb = "starts with" if negated[1].lower() in ("start", "begin") else "contains"
            return Problem(
                codes.OTHER_WORDING,
                Span(start, start + negated.end()),
                f'"{negated[0]}" is not a comparison of the language.',
                f'Put "not" in front of the fact: not {_fact_before(stumble, start)} {verb} …',
            )
        for pattern, better in _PATTERNS:
            found = pattern.match(rest)
            if found and start + found.end() > stumble.piece().span.start and found[0].lower() != better:
                span = Span(start, start + found.end())
                return Problem(
                    codes.OTHER_WORDING,
                    span,
                    f'"{found[0]}" is not a comparison of the language.',
                    f'Write "{better}".',
                    ((span, better),),
                )
    return None


def _fact_before(stumble: Stumble, start: int) -> str:
    words = [piece for piece in stumble.line if piece.span.end <= start and piece.kind == "word"]
    return words[-1].text if words else "said"


def _since_guard(stumble: Stumble) -> tuple[Piece, ...]:
    """The pieces of the guard that is being written, from its first word to the stumble."""
    for index in range(stumble.here - 1, -1, -1):
        if stumble.pieces[index].word in ("when", "unless", "if"):
            return stumble.pieces[index + 1 : stumble.here]
    return ()


def mixed_and_or(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if piece.word not in ("and", "or"):
        return None
    other = "or" if piece.word == "and" else "and"
    depth = 0
    for earlier in reversed(_since_guard(stumble)):
        depth += (earlier.text == ")") - (earlier.text == "(")
        if depth < 0:
            return None
        if depth == 0 and earlier.word == other:
            return Problem(
                codes.MIXED_AND_OR,
                Span(earlier.span.start, piece.span.end),
                '"and" and "or" stand here side by side without brackets.',
                "Put brackets around what belongs together: (a and b) or c.",
            )
    return None


def repeated_fact(stumble: Stumble) -> Problem | None:
    """`balance > 5 and < 9`: the second comparison has no fact."""
    piece = stumble.piece()
    joint = stumble.piece(-1)
    if joint.word not in ("and", "or") or piece.text not in (
        "<",
        ">",
        "<=",
        ">=",
        "=",
        "!=",
        "is",
        "contains",
    ):
        return None
    facts = [p for p in _since_guard(stumble) if p.kind == "word"]
    fact = facts[0].text if facts else "balance"
    return Problem(
        codes.MISSING_COMPARISON,
        piece.span,
        f'After "{joint.text}" the fact is missing.',
        f'Name it again: "{joint.text} {fact} {piece.text} …", or write "{fact} is between … and …".',
    )


def is_a_or_b(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    in_head = not _since_guard(stumble) and stumble.first.word in ("on", "rule", "also", "urgent")
    if piece.text == "," and stumble.piece(-1).kind in ("word", "text", "number") and "OR" in stumble.accepts:
        listed = f"is one of {stumble.piece(-1).text}, {stumble.piece(1).text}"
        example = f"{stumble.piece(-3).text} {listed}" if stumble.piece(-2).text in ("is", "=") else listed
        return Problem(
            codes.IS_A_OR_B,
            piece.span,
            "Several values of one fact are not just listed behind it.",
            f'Write "{example}".',
        )
    if in_head or stumble.piece(-2).word not in ("or", "and") or not _comparison_may_follow(stumble):
        return None
    value = stumble.piece(-1)
    joint = stumble.piece(-2)
    fact, operator, first = stumble.piece(-5), stumble.piece(-4), stumble.piece(-3)
    if joint.word == "or" and operator.text.lower() in ("is", "="):
        span = Span(fact.span.start, value.span.end)
        better = f"{fact.text} is one of {first.text}, {value.text}"
        return Problem(
            codes.IS_A_OR_B,
            span,
            f'After "or" stands "{value.text}" alone, which is no comparison.',
            f'Write "{better}".',
            ((span, better),),
        )
    return None


def joined_events(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if piece.word != "and" or _since_guard(stumble):
        return None
    starts = [p for p in stumble.pieces[: stumble.here] if p.word == "on"]
    following = stumble.piece(1)
    if not starts or following.starts_step or "OR" not in stumble.accepts:
        return None
    return Problem(
        codes.JOINED_EVENTS,
        piece.span,
        'A rule starts from one event, so "and" can\'t join two.',
        'Write "when" instead of "and" for what else must be true, or "or" if either event will do.',
        ((piece.span, "when"),),
    )


def missing_comparison(stumble: Stumble) -> Problem | None:
    if not _comparison_may_follow(stumble):
        return None
    fact = stumble.piece(-1)
    piece = stumble.piece()
    if fact.kind != "word":
        return None
    in_guard = bool(_since_guard(stumble))
    if not in_guard and stumble.step_may_follow:
        value_then_step = stumble.piece(1).starts_step or stumble.piece(1).word in ("then", "when", "unless")
        if piece.kind not in ("word", "text", "number") or not value_then_step:
            return None
        span = Span(fact.span.start, piece.span.end)
        return Problem(
            codes.MISSING_COMPARISON,
            span,
            f'Between "{fact.text}" and "{piece.text}" a "=" is missing.',
            f"Write {fact.text}={piece.text}.",
            ((span, f"{fact.text}={piece.text}"),),
        )
    return Problem(
        codes.MISSING_COMPARISON,
        fact.span,
        f'Nothing is asked of "{fact.text}".',
        f'Compare it: "{fact.text} is yes", "{fact.text} is at least 500", "{fact.text} is known".',
    )


def _comparison_may_follow(stumble: Stumble) -> bool:
    return {"IS", "CONTAINS"} <= stumble.accepts
