"""Comparisons, `and` and `or`, and several values of one fact."""

from itertools import pairwise

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.operators import FIRST_WORDS, SYMBOLS
from flowrules.language.problem import Problem
from flowrules.language.reserved import STEP_WORDS
from flowrules.source import Span

_VALUE = r"""(?:["“”„](?:[^"“”„\n]|"")*["“”„]|[\p{L}\p{N}_+][\p{L}\p{M}\p{N}_.+\-]*)"""
_JOINT = r"(?:,\s*(?:and|or)\b|[,/+]|\|\|?|\b(?:or|nor|and|ya|aur)\b|या|अथवा|और|அல்லது|மற்றும்)"
_FACT = r"(?P<fact>[\p{L}_][\p{L}\p{M}\p{N}_]*(?:\.[\p{L}\p{M}\p{N}_]+)*)"
_SEVERAL = regex.compile(
    rf"""{_FACT}\s*
    (?P<op>=|!=|is\s+not\s+one\s+of|is\s+one\s+of|(?:is\s+)?not\s+in|is\s+in|in|is\s+not|is\s+either|is\s+neither
      |is\s+any\s+of|isn['’]t|is|are|contains\s+any\s+of|contains\s+any|contains\s+one\s+of|contains\s+either
      |contains|includes|has)
    \s*(?P<open>[(\[{{]?)\s*
    (?P<values>{_VALUE}(?:\s*{_JOINT}\s*{_VALUE})*)
    \s*(?P<close>[)\]}}]?)""",
    regex.VERBOSE | regex.IGNORECASE,
)
_JOINTS = regex.compile(rf"({_VALUE})(\s*{_JOINT}\s*|$)", regex.IGNORECASE)
_COMPARES = regex.compile(
    rf"\s*(?:[<>=!]|(?:{'|'.join(sorted(FIRST_WORDS))}|in|has|includes|at|more|less|not|known|unknown)\b)",
    regex.IGNORECASE,
)
_MORE_OR_LESS = frozenset(
    "more less above below higher lower over under fewer greater later earlier longer".split()
)
_EQUAL = frozenset({"equal", "equals"})
_SIGNS = frozenset(SYMBOLS) | FIRST_WORDS
_ANDS = frozenset({"and", "&", "&&", "with", "plus", "aur", "और", "மற்றும்"})
_ALL_OF = frozenset({"and", "+", "&", "nor", "aur", "और", "மற்றும்"})
_NO_VALUES = frozenset({"then", "when", "unless", "otherwise", "instead", "end", "if", "not", "and", "or"})


def several_values(failure: ParseFailure) -> Problem | None:
    """`language is hi or en`, `dtmf=1,2`, `intent in (a, b)`, `said contains "a" or "b"`."""
    if failure.is_long:
        return None
    line_start = failure.line[0].span.start if failure.line else 0
    at = failure.lexeme().span.start
    line = failure.text[line_start : failure.line_end]
    for found in _SEVERAL.finditer(line, overlapped=True):
        start = line_start + found.start()
        if start > at:
            break
        if line_start + found.end() < failure.lexeme(-1).span.end or _inside_word(line, found.start()):
            continue
        values, length = _values(found["values"], line[found.end("values") :])
        if any(value.lower() in _MORE_OR_LESS for value in values[1:]):
            continue
        bracketed = bool(found["open"])
        if not values or (len(values) < 2 and not bracketed):
            continue
        end = line_start + (found.end() if bracketed else found.start("values") + length)
        span = Span(start, end)
        if failure.first.word == "fact" and {value.lower() for value in values} == {"yes", "no"}:
            return None
        better = f"{found['fact']} {_operator(found['op'])} {', '.join(values)}"
        if failure.mends(((span, better),)):
            return Problem(
                codes.IS_A_OR_B,
                span,
                f'Several values of "{found["fact"]}" are not written like this.',
                _instead(found, values, better),
                ((span, better),) if _is_one_of(found, values) else (),
            )
    return None


def _is_one_of(found: regex.Match[str], values: list[str]) -> bool:
    """Whether nothing else can be meant: "and" may ask for all of them, and `1,5` may be one number."""
    joints = [joint[2].strip().lower() for joint in _JOINTS.finditer(found["values"])]
    is_number = (
        "," in found["values"] and regex.search(r"\d,\d", found["values"]) and found["fact"].lower() != "dtmf"
    )
    return not is_number and _ALL_OF.isdisjoint(" ".join(joints).replace(",", " ").split())


def _instead(found: regex.Match[str], values: list[str], better: str) -> str:
    if _is_one_of(found, values):
        return f"Write: {better}"
    if regex.search(r"\d,\d", found["values"]):
        return f"A number has no commas: {found['values'].replace(',', '')}, or with a point. Several values: {better}"
    both = " and ".join(f"{found['fact']} {found['op'].strip()} {value}" for value in values)
    return f"For any of them write: {better} — for all of them: {both}"


def _inside_word(line: str, at: int) -> bool:
    return at > 0 and (line[at - 1].isalnum() or line[at - 1] in "_.")


def _values(text: str, behind: str) -> tuple[list[str], int]:
    """The values up to the first that is none (a verb, a word of the grammar, a fact that is compared), and how
    far they reach."""
    values: list[str] = []
    length = 0
    for found in _JOINTS.finditer(text):
        word = found[1].lower()
        following = text[found.end(1) :] or behind
        if word in STEP_WORDS or word in _NO_VALUES or (values and _COMPARES.match(following)):
            break
        lexemes = found[1].split(",") if "," in found[1] and found[1][0] not in '"“”„' else [found[1]]
        values.extend(lexemes)
        length = found.end(1)
    return values, length


def _operator(written: str) -> str:
    words = " ".join(written.lower().split())
    if words.startswith(("contains", "includes", "has")):
        return "contains any of"
    return (
        "is not one of" if "not" in words or words in ("!=", "is neither", "isn't", "isn’t") else "is one of"
    )


def mixed_and_or(failure: ParseFailure) -> Problem | None:
    lexeme = failure.lexeme()
    if lexeme.word not in ("and", "or"):
        return None
    other = "or" if lexeme.word == "and" else "and"
    depth = 0
    for earlier in reversed(failure.in_guard):
        depth += (earlier.text == ")") - (earlier.text == "(")
        if depth < 0:
            return None
        if depth == 0 and earlier.word == other:
            return Problem(
                codes.MIXED_AND_OR,
                Span(earlier.span.start, lexeme.span.end),
                '"and" and "or" stand here side by side without brackets.',
                "Put brackets around what belongs together: (a and b) or c.",
            )
    return None


def unjoined(failure: ParseFailure) -> Problem | None:
    """`when plan is gold, vip is yes`, `during a or during b`: conditions that two words could join."""
    lexeme, behind = failure.lexeme(), failure.lexeme(1)
    if lexeme.text in (",", ";") and failure.in_guard and failure.lexeme(2).text.lower() in _SIGNS:
        hint = f'Write "and" or "or" in place of the "{lexeme.text}".'
        return Problem(
            codes.MISSING_WORD, lexeme.span, "It is not said how these conditions belong together.", hint
        )
    if lexeme.word != "or" or behind.word not in ("during", "outside", "when", "unless"):
        return None
    return Problem(
        codes.EXTRA_WORD,
        lexeme.span,
        '"or" joins conditions that stand behind one "when".',
        f"Write: when … or {'…' if behind.word in ('when', 'unless') else behind.text + ' …'}",
    )


def repeated_fact(failure: ParseFailure) -> Problem | None:
    """`balance > 5 and < 9`: the second comparison has no fact."""
    lexeme = failure.lexeme()
    joint = failure.lexeme(-1)
    if joint.word not in ("and", "or") or lexeme.text.lower() not in _SIGNS:
        return None
    guard = failure.in_guard
    facts = [p for p, sign in pairwise(guard) if p.kind == "word" and sign.text.lower() in _SIGNS]
    if not facts:
        return None
    here = Span(lexeme.span.start, lexeme.span.start)
    return Problem(
        codes.MISSING_COMPARISON,
        lexeme.span,
        f'After "{joint.text}" the fact is missing.',
        f'Name it again: "{joint.text} {facts[-1].text} {lexeme.text} …".',
        ((here, f"{facts[-1].text} "),),
    )


def joined_events(failure: ParseFailure) -> Problem | None:
    lexeme = failure.lexeme()
    following = failure.lexeme(1)
    if lexeme.text.lower() not in _ANDS or failure.in_guard or following.starts_step:
        return None
    if not any(earlier.word == "on" for earlier in failure.before) or "OR" not in failure.accepts:
        return None
    return Problem(
        codes.JOINED_EVENTS,
        lexeme.span,
        f'A rule starts from one event, so "{lexeme.text}" can\'t join two.',
        f'Write "when" instead of "{lexeme.text}" for what else must be true, or "or" if either event will do.',
        ((lexeme.span, "when"),),
    )


def missing_equals(failure: ParseFailure) -> Problem | None:
    """`on intent sales transfer …`: an event and its value without `=`."""
    fact, lexeme = failure.lexeme(-1), failure.lexeme()
    if not failure.comparison_may_follow or fact.kind != "word" or lexeme.starts_step:
        return None
    if lexeme.kind not in ("word", "text", "number"):
        return None
    if fact.word in ("during", "outside") and not failure.in_guard:
        return Problem(
            codes.MISSING_COMPARISON,
            Span(fact.span.start, lexeme.span.end),
            f'"{fact.text}" asks whether hours are open, and is no event.',
            f"Say what happens before it: on anything {fact.text} {lexeme.text}",
        )
    if fact.word in _MORE_OR_LESS | _EQUAL:
        return Problem(
            codes.MISSING_COMPARISON,
            Span(fact.span.start, lexeme.span.end),
            f'It is not said what "{fact.text} {lexeme.text}" is asked of.',
            'Name the fact each time: "balance is less than 5 or balance is more than 9".',
        )
    if fact.word in ("during", "outside") and lexeme.kind == "word":
        begins = failure.lexeme(-2).word == "on"
        return Problem(
            codes.MISSING_COMPARISON,
            Span(fact.span.start, lexeme.span.end),
            f'"{fact.text}" reads the opening hours, and is nothing that happens.',
            f"Write: {'on anything ' if begins else ''}{fact.text} {lexeme.text}",
            ((Span(fact.span.start, fact.span.start), "anything "),) if begins else (),
        )
    is_asked = failure.in_guard or failure.first.word == "promise" or lexeme.word in ("known", "unknown")
    joint = " is " if is_asked else "="
    if fact.word in ("said", "hearing"):
        joint = " contains "
    span = Span(fact.span.start, lexeme.span.end)
    better = f"{fact.text}{joint}{lexeme.text}"
    edits = ((span, better),)
    if not failure.mends(edits):
        return None
    return Problem(
        codes.MISSING_COMPARISON,
        span,
        f"Between {fact.text} and {lexeme.text} stands no comparison.",
        f"Write: {better}",
        edits,
    )


def text_as_event(failure: ParseFailure) -> Problem | None:
    """`on "sales" transfer …`."""
    lexeme = failure.lexeme()
    if failure.lexeme(-1).word not in ("on", "or") or lexeme.kind != "text" or "NAME" not in failure.accepts:
        return None
    if failure.in_guard:
        return None
    return Problem(
        codes.MISSING_COMPARISON,
        lexeme.span,
        f"{lexeme.text} alone does not say what happened.",
        f"Write intent={lexeme.text} for what the caller wants, or said contains {lexeme.text} for the caller's words.",
    )


def event_in_words(failure: ParseFailure) -> Problem | None:
    """`on the caller asks for a human transfer …`: a sentence where an event should be."""
    lexeme = failure.lexeme()
    starts = [index for index, p in enumerate(failure.before) if p.word == "on"]
    if (
        not starts
        or failure.in_guard
        or lexeme.kind != "word"
        or lexeme.starts_step
        or failure.last != "NAME"
    ):
        return None
    words = failure.line[starts[-1] + 1 :]
    spoken = next((index for index, p in enumerate(words) if p.kind != "word" or p.starts_step), len(words))
    if "IS" not in failure.accepts or spoken < 2:
        return None
    span = Span(words[0].span.start, words[spoken - 1].span.end)
    return Problem(
        codes.MISSING_COMPARISON,
        span,
        f'"{failure.text[span.start : span.end]}" is no event as rules name them.',
        'Write what the agent reports: on intent=human for what the caller wants, on said contains "human" for the '
        "caller's words.",
    )


def all_of_words(failure: ParseFailure) -> Problem | None:
    """`said contains all of "a", "b"`."""
    if [p.word for p in failure.before[-2:]] != ["contains", "all"] or failure.lexeme().word != "of":
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(failure.before[-2].span.start, failure.lexeme().span.end),
        'A rule can ask for "any of" several words, and for every one by itself.',
        'Write: when said contains "one" and said contains "two"',
    )


def missing_comparison(failure: ParseFailure) -> Problem | None:
    fact = failure.lexeme(-1)
    if not failure.comparison_may_follow or not failure.in_guard or fact.kind != "word":
        return None
    return Problem(
        codes.MISSING_COMPARISON,
        fact.span,
        f'Nothing is asked of "{fact.text}".',
        f'Compare it: "{fact.text} is yes", "{fact.text} is at least 500", "{fact.text} is known".',
    )


def arithmetic(failure: ParseFailure) -> Problem | None:
    lexeme = failure.lexeme()
    remembers = any(p.word == "remember" for p in failure.before[-4:])
    if remembers and lexeme.text in ("*", "/", "+", "-") and not failure.lexeme(1).is_nothing:
        return Problem(
            codes.OTHER_WORDING,
            lexeme.span,
            f'Rules do not calculate, so "{lexeme.text}" can\'t stand here.',
            "How often something happened is asked behind the event: on intent=human 3 times",
        )
    if (
        not failure.in_guard
        or lexeme.text not in ("*", "/", "+", "-", "%")
        or failure.lexeme(1).kind == "nothing"
    ):
        return None
    return Problem(
        codes.OTHER_WORDING,
        lexeme.span,
        f'Rules do not calculate, so "{lexeme.text}" can\'t stand here.',
        "Let the agent's program supply the result as a fact, and compare that.",
    )
