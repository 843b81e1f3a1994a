"""Guard rails that are written as rules are, or as others are."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import ParseFailure, quoted
from flowrules.language.problem import Problem
from flowrules.source import Span

_KINDS = ("agent", "queue", "number", "sip", "supervisor", "to")
_HEADS = frozenset({"on", "after", "also", "urgent"})
_RAILS = frozenset({"never", "before"})


def rail_with_target(failure: ParseFailure) -> Problem | None:
    """`never transfer queue x when …`: a rail names the verb alone."""
    lexeme, verb = failure.lexeme(), failure.lexeme(-1)
    if failure.rail is None or not verb.starts_step or "WHEN" not in failure.accepts:
        return None
    ends = ("when", "unless", "during", "outside", "if", "then")
    guard = next((p for p in failure.behind if p.word in ends or (p.starts_step and p is not lexeme)), None)
    below = failure.first.word == "rule" and (lexeme.word in _KINDS or lexeme.kind == "text")
    if guard is lexeme or (guard is None and not below):
        return None
    if lexeme.kind == "sign" or lexeme.word in ("or", "and", "then", "if"):
        return None
    if lexeme.starts_step or not (
        lexeme.word in _KINDS or lexeme.kind == "text" or guard is None or guard.word in ends
    ):
        return None
    end = failure.line_end if guard is None else guard.span.start
    behind = failure.text[lexeme.span.start : end].strip()
    return Problem(
        codes.EXTRA_WORD,
        Span(lexeme.span.start, lexeme.span.start + len(behind)),
        f'A "{failure.rail.text}" rule is about a verb wherever it goes, not about one target.',
        f"To hold for every {verb.text}, take {quoted(behind)} out. For this one alone write the condition into the "
        f"rules that do it: if … then … otherwise {verb.text} {behind}",
    )


def rail_steps(failure: ParseFailure) -> Problem | None:
    """`never … then X`, `before transfer, X`, `after transfer X`."""
    lexeme, first, rail = failure.lexeme(), failure.first, failure.rail
    if rail is not None and rail.word == "never" and lexeme.word in ("then", "otherwise", "else"):
        return Problem(
            codes.OTHER_WORDING,
            lexeme.span,
            'What happens in place of a forbidden verb follows "instead".',
            f'Write "instead" in place of "{lexeme.text}".',
            ((lexeme.span, "instead"),),
        )
    if first.word == "after" and lexeme.starts_step and failure.lexeme(-1) is first:
        return Problem(
            codes.UNREADABLE,
            lexeme.span,
            "Nothing can be set to run after a verb.",
            "Write the step behind the verb itself. A record is sent before the verb that ends the call.",
        )
    commas = [p for p in failure.before if p.text == ","]
    if rail is not None and rail.word == "before" and commas and commas[-1] is not failure.lexeme(-1):
        edits = ((commas[-1].span, " then"),)
        if failure.mends(edits):
            return Problem(
                codes.STEPS_JOINED_BY_AND,
                commas[-1].span,
                'The steps of a "before" rule follow "then", not a comma.',
                'Write "then" instead.',
                edits,
            )
    return None


def end_of_unnamed_rail(failure: ParseFailure) -> Problem | None:
    """`never transfer when …` and below it `end`."""
    lexeme = failure.lexeme()
    if failure.first.word not in _RAILS or lexeme.word != "end" or failure.before:
        return None
    return Problem(
        codes.EXTRA_WORD,
        lexeme.span,
        f'A "{failure.first.text}" rule without a name has no "end".',
        'Take the "end" out. Or give the rule a name, on a line of its own above it: rule "…"',
    )


def rank_of_rail(failure: ParseFailure) -> Problem | None:
    """`also never …`, `urgent before …`."""
    lexeme, rank = failure.lexeme(), failure.lexeme(-1)
    if lexeme.word not in _RAILS or rank.word not in ("also", "urgent"):
        return None
    edits = ((Span(rank.span.start, lexeme.span.start), ""),)
    return Problem(
        codes.EXTRA_WORD,
        rank.span,
        f'A guard rail is never "{rank.text}": it holds beside all rules.',
        "Take it out.",
        edits,
    )


def mixed_block(failure: ParseFailure) -> Problem | None:
    """A rule and a guard rail, or two guard rails, under one name."""
    lexeme = failure.lexeme()
    if failure.first.word != "rule" or failure.on_first_line or failure.before:
        return None
    if lexeme.word in _RAILS:
        what = "one guard rail" if failure.rail is not None else 'either a rule with "on" or a guard rail'
    elif failure.rail is not None and lexeme.word in _HEADS:
        what = 'either a rule with "on" or a guard rail'
    else:
        return None
    body = failure.text.rstrip()
    return Problem(
        codes.UNKNOWN_ITEM,
        Span(lexeme.span.start, max(body.rfind("\n"), lexeme.span.end)),
        f"Under one name stands {what}.",
        f'Put an "end" above this line, and begin a block of its own: rule "…", and below it {lexeme.text} …',
    )


def steps_of_never(failure: ParseFailure) -> Problem | None:
    """`rule "X"`, `never …`, and below it steps without `instead`."""
    lexeme, rail = failure.lexeme(), failure.rail
    if rail is None or rail.word != "never" or "END" not in failure.accepts or not lexeme.starts_step:
        return None
    if failure.before or failure.step_may_follow:
        return None
    return Problem(
        codes.OTHER_WORDING,
        lexeme.span,
        'Steps that come in place of a forbidden verb stand behind "instead".',
        f"If this is meant, write: instead {lexeme.text} …",
    )


def limit_of_rail(failure: ParseFailure) -> Problem | None:
    """`never … once per call`."""
    lexeme = failure.lexeme()
    text = failure.rest(lexeme).lower()
    if failure.rail is None or not text.startswith(("once per", "at most", "not again")):
        return None
    return Problem(
        codes.EXTRA_WORD,
        Span(lexeme.span.start, failure.line_end),
        "A guard rail has no limit: it holds each time.",
        'Take this out. To let a verb through so many times, remember it, and ask for that with "when".',
    )


def instead_in_before(failure: ParseFailure) -> Problem | None:
    """`before transfer when … instead …`."""
    lexeme, rail = failure.lexeme(), failure.rail
    if rail is None or rail.word != "before" or lexeme.word != "instead":
        return None
    return Problem(
        codes.OTHER_WORDING,
        lexeme.span,
        'The steps of a "before" are added before the verb, which is sent all the same.',
        'Write "then" in place of "instead". To keep the verb from being sent, write "never" in place of "before".',
    )


def rail_without_condition(failure: ParseFailure) -> Problem | None:
    """`never transfer` alone."""
    rail = failure.rail
    if rail is None or rail.word != "never" or not failure.lexeme(-1).starts_step or not failure.at_line_end:
        return None
    return Problem(
        codes.INCOMPLETE_LINE,
        failure.span_here(),
        'A "never" says when it holds.',
        "Write the condition behind it: when …, unless …, during … or outside …",
    )
