"""How a rule or a declaration begins."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import NO_GUESS, closest, nearest
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.problem import Problem
from flowrules.language.reserved import STEP_WORDS
from flowrules.language.split_blocks import ITEM_WORDS
from flowrules.source import Span

_GUARDS = frozenset({"when", "if", "unless", "whenever", "while", "where", "once"})
_CONTINUES = frozenset({"otherwise", "else", "then", "and", "or", "instead"})
_TEST_WORDS = frozenset({"given", "expect"})
_BELOW_NAME = ("on", "also", "urgent", "after", "at", "never", "before")
"""What may begin the line below the name of a rule."""
_REPEATS = frozenset({"every", "each", "repeat", "loop", "while"})
_MORE = ("def", "function", "import", "var", "let", "const", "return", "print", "for")


def missing_on(failure: ParseFailure) -> Problem | None:
    """`if intent=sales then …`, and a named rule without its first line."""
    first = failure.first
    if first.word in _GUARDS and failure.on_first_line:
        edits = ((first.span, "on"),) if first.word != "unless" else ()
        return Problem(
            codes.MISSING_ON,
            first.span,
            f'A rule begins with "on", not with "{first.text}".',
            'Begin with what happened, "on intent=sales"; conditions come behind it with "when".',
            edits if failure.mends(edits) else (),
        )
    starts_rule = first.word == "rule" and not failure.on_first_line and {"ON", "AFTER"} <= failure.accepts
    lexeme = failure.lexeme()
    if not starts_rule:
        return None
    if failure.lexeme(-1).word in ("also", "urgent") or failure.lexeme(1).word == "on":
        return None
    edits = ((Span(lexeme.span.start, lexeme.span.start), "on "),)
    if lexeme.word in _GUARDS:
        edits = ((lexeme.span, "on"),)
    is_event = not lexeme.starts_step and lexeme.word != "end" and failure.mends(edits)
    return Problem(
        codes.MISSING_ON,
        lexeme.span,
        'Below the name of a rule stands what starts it, with "on".',
        f'Write "on {lexeme.text} …".' if is_event and lexeme.word not in _GUARDS else
        'Write a line such as "on intent=sales" first.',
        edits if is_event else (),
    )  # fmt: skip


def named_one_liner(failure: ParseFailure) -> Problem | None:
    """`rule "x" on intent=sales transfer queue q`: a name is for blocks."""
    first = failure.first
    if first.word not in ("rule", "test") or not failure.on_first_line:
        return None
    begins = _BELOW_NAME if first.word == "rule" else ("given", "on", "after", "at")
    head = next((p for p in failure.behind if p.word in begins), None)
    if head is None or (failure.lexeme() is not head and failure.lexeme(1) is not head):
        return None
    last = failure.line[-1]
    if first.word == "test":
        return Problem(
            codes.ONE_LINE_RULE,
            Span(first.span.start, head.span.end),
            "A test takes several lines.",
            'Begin a new line before each of "given", "on" and "expect", and end the test with a line that says "end".',
        )
    edits = [(Span(head.span.start, head.span.start), "\n  ")]
    if last.word == "end":
        edits.append((Span(last.span.start, last.span.start), "\n"))
    return Problem(
        codes.ONE_LINE_RULE,
        Span(first.span.start, head.span.end),
        "A rule with a name takes several lines.",
        f'Begin a new line before "{head.text}", and end the rule with a line that says "end".',
        tuple(edits) if failure.mends(tuple(edits)) else (),
    )


def unknown_item(failure: ParseFailure) -> Problem | None:
    """A line that begins with a word that begins nothing."""
    first = failure.first
    if failure.lexeme() is not first or first.word in ITEM_WORDS:
        return None
    if first.word in _CONTINUES:
        return _item_problem(
            first.span,
            f'"{first.text}" begins a line here, but there is no rule above it that it could belong to.',
            "Put it on the rule's own line, or right below it.",
        )
    if first.word in _TEST_WORDS:
        return _item_problem(
            first.span,
            f'"{first.text}" belongs inside a test.',
            'Begin a test above it: test "what should happen".',
        )
    if first.word in _REPEATS:
        return _item_problem(
            first.span,
            f'A rule can\'t begin with "{first.text}": nothing repeats by itself.',
            "A rule acts when something happens: on silence, after 8 minutes, at 18:00.",
        )
    if first.starts_step:
        return Problem(
            codes.MISSING_ON,
            first.span,
            f'The step "{first.text}" stands outside of a rule.',
            'A rule begins with "on"; perhaps an "end" above it comes too early.',
        )
    if first.kind == "sign":
        return _item_problem(
            first.span,
            f"A line can't begin with {first.shown}.",
            "A rule is a sentence: on intent=sales transfer queue sales_q",
        )
    quoted = ((Span(first.span.start, first.span.end), first.text[1:-1]),)
    if (
        first.kind == "text"
        and len(failure.line) == 1
        and " " in first.text
        and failure.mends(quoted, past=2)
    ):
        return Problem(
            codes.UNKNOWN_ITEM,
            first.span,
            "This line stands in quotes.",
            "Take the quotes around it out: only texts stand in quotes.",
            quoted,
        )
    if first.kind == "text" and not failure.on_last_line:
        kind = "test" if any(lexeme.word in _TEST_WORDS for lexeme in failure.lexemes) else "rule"
        named = ((Span(first.span.start, first.span.start), f"{kind} "),)
        return Problem(
            codes.UNKNOWN_ITEM,
            first.span,
            f'Before the name {first.shown} the word "{kind}" is missing.',
            f"Write: {kind} {first.text}",
            named,
        )
    forgotten = ((Span(first.span.start, first.span.start), "on "),)
    if failure.mends(forgotten) and failure.lexeme(1).text in ("=", "is", "contains", "starts", "!="):
        return Problem(
            codes.MISSING_ON,
            first.span,
            'A rule begins with "on".',
            f'Write "on {first.text} …".',
            forgotten,
        )
    guess = NO_GUESS
    if first.kind == "word" and first.word not in _MORE:
        near = nearest(first.text, ITEM_WORDS, keywords=True).names
        guess = nearest(
            first.text, [word for word in near if failure.mends(((first.span, word),))], keywords=True
        )
    edits = ((first.span, guess.fix),) if guess.fix else ()
    step = closest(first.text, STEP_WORDS) if first.kind == "word" and not guess else None
    if step and len(first.word) > 4:
        return Problem(
            codes.UNKNOWN_ITEM,
            first.span,
            f"A line can't begin with {first.shown}.",
            f'If the step "{step}" is meant: it stands in a rule, which begins with "on".',
        )
    return Problem(
        codes.UNKNOWN_ITEM,
        first.span,
        f"A line can't begin with {first.shown}.",
        guess.question(
            "A line begins with on or rule, never or before, test or promise; or it declares a fact, hours or a list."
        ),
        edits,
    )


def _item_problem(span: Span, message: str, hint: str) -> Problem:
    return Problem(codes.UNKNOWN_ITEM, span, message, hint)


def rank_behind(failure: ParseFailure) -> Problem | None:
    """`on intent=sales also log …`: `also` and `urgent` stand in front of `on`."""
    lexeme, first = failure.lexeme(), failure.line[0] if failure.line else failure.lexeme()
    if lexeme.word in ("also", "urgent") and failure.first.word == "rule" and len(failure.line) == 1:
        return Problem(
            codes.OTHER_WORDING,
            lexeme.span,
            f'"{lexeme.text}" stands at the beginning of a rule.',
            f'Write it before "on": {lexeme.word} on intent=sales',
        )
    if failure.line and failure.line[0].word in ("also", "urgent") and lexeme.word == "rule":
        return Problem(
            codes.OTHER_WORDING,
            failure.line[0].span,
            f'"{failure.line[0].text}" stands before "on", below the name of the rule.',
            f'Write: rule "name", and below it: {failure.line[0].word} on intent=sales',
        )
    if lexeme.word not in ("also", "urgent", "urgently") or first.word not in ("on", "after", "at"):
        return None
    if any(earlier.starts_step for earlier in failure.before):
        return None
    rank = lexeme.word.removesuffix("ly")
    start = Span(first.span.start, first.span.start)
    edits = ((start, f"{rank} "), (Span(lexeme.span.start, failure.lexeme(1).span.start), ""))
    return Problem(
        codes.OTHER_WORDING,
        lexeme.span,
        f'"{lexeme.text}" stands at the beginning of a rule.',
        f'Write "{rank} {first.text} …".',
        edits,
    )


def unquoted_label(failure: ParseFailure) -> Problem | None:
    """`rule Sales in office hours`."""
    first = failure.first
    if first.word not in ("rule", "test") or not failure.on_first_line:
        return None
    words = [lexeme for lexeme in failure.line[1:] if lexeme.text != ":"]
    if len(words) == 1:
        return None
    if not words:
        return Problem(
            codes.UNQUOTED_TEXT,
            first.span,
            f"The {first.word} has no name.",
            f'Write {first.word} "what it is for".',
        )
    if failure.here < 1:
        return None
    span = Span(words[0].span.start, words[-1].span.end)
    text = failure.text[span.start : span.end].replace('"', "")
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f"The name of the {first.word} is more than one word.",
        f'Put it in quotes: {first.word} "{text}".',
        ((span, f'"{text}"'),),
    )


def several_words(failure: ParseFailure) -> Problem | None:
    """`list vip customers is …`: the declared name is more than one word."""
    first = failure.first
    if (
        first.word not in ("list", "hours", "destination", "steps", "fact", "event")
        or not failure.on_first_line
    ):
        return None
    if failure.last != "NAME" or failure.lexeme().kind not in ("word", "number"):
        return None
    names = []
    for lexeme in failure.line[1:]:
        if lexeme.kind not in ("word", "number") or lexeme.word in ("is", "by", "in"):
            break
        names.append(lexeme)
    if len(names) < 2 or failure.lexeme() not in names:
        return None
    span = Span(names[0].span.start, names[-1].span.end)
    better = "_".join(lexeme.text for lexeme in names)
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f'The name "{failure.text[span.start : span.end]}" is more than one word.',
        f"Join the words: {better}. Write it so wherever it is used.",
        ((span, better),),
    )
