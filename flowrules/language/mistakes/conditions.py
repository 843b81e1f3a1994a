"""Comparisons, `and` and `or`, and several values of one fact."""

from itertools import pairwise

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Stumble
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


def several_values(stumble: Stumble) -> Problem | None:
    """`language is hi or en`, `dtmf=1,2`, `intent in (a, b)`, `said contains "a" or "b"`."""
    if stumble.is_long:
        return None
    line_start = stumble.line[0].span.start if stumble.line else 0
    at = stumble.piece().span.start
    line = stumble.text[line_start : stumble.line_end]
    for found in _SEVERAL.finditer(line, overlapped=True):
        start = line_start + found.start()
        if start > at:
            break
        if line_start + found.end() < stumble.piece(-1).span.end or _inside_word(line, found.start()):
            continue
        values, length = _values(found["values"], line[found.end("values") :])
        if any(value.lower() in _MORE_OR_LESS for value in values[1:]):
            continue
        bracketed = bool(found["open"])
        if not values or (len(values) < 2 and not bracketed):
            continue
        end = line_start + (found.end() if bracketed else found.start("values") + length)
        span = Span(start, end)
        if stumble.first.word == "fact" and {value.lower() for value in values} == {"yes", "no"}:
            return None
        better = f"{found['fact']} {_operator(found['op'])} {', '.join(values)}"
        if stumble.mends(((span, better),)):
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
        pieces = found[1].split(",") if "," in found[1] and found[1][0] not in '"“”„' else [found[1]]
        values.extend(pieces)
        length = found.end(1)
    return values, length


def _operator(written: str) -> str:
    words = " ".join(written.lower().split())
    if words.startswith(("contains", "includes", "has")):
        return "contains any of"
    return (
        "is not one of" if "not" in words or words in ("!=", "is neither", "isn't", "isn’t") else "is one of"
    )


def mixed_and_or(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    if piece.word not in ("and", "or"):
        return None
    other = "or" if piece.word == "and" else "and"
    depth = 0
    for earlier in reversed(stumble.in_guard):
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


def unjoined(stumble: Stumble) -> Problem | None:
    """`when plan is gold, vip is yes`, `during a or during b`: conditions that two words could join."""
    piece, behind = stumble.piece(), stumble.piece(1)
    if piece.text in (",", ";") and stumble.in_guard and stumble.piece(2).text.lower() in _SIGNS:
        hint = f'Write "and" or "or" in place of the "{piece.text}".'
        return Problem(
            codes.MISSING_WORD, piece.span, "It is not said how these conditions belong together.", hint
        )
    if piece.word != "or" or behind.word not in ("during", "outside", "when", "unless"):
        return None
    return Problem(
        codes.EXTRA_WORD,
        piece.span,
        '"or" joins conditions that stand behind one "when".',
        f"Write: when … or {'…' if behind.word in ('when', 'unless') else behind.text + ' …'}",
    )


def repeated_fact(stumble: Stumble) -> Problem | None:
    """`balance > 5 and < 9`: the second comparison has no fact."""
    piece = stumble.piece()
    joint = stumble.piece(-1)
    if joint.word not in ("and", "or") or piece.text.lower() not in _SIGNS:
        return None
    guard = stumble.in_guard
    facts = [p for p, sign in pairwise(guard) if p.kind == "word" and sign.text.lower() in _SIGNS]
    if not facts:
        return None
    here = Span(piece.span.start, piece.span.start)
    return Problem(
        codes.MISSING_COMPARISON,
        piece.span,
        f'After "{joint.text}" the fact is missing.',
        f'Name it again: "{joint.text} {facts[-1].text} {piece.text} …".',
        ((here, f"{facts[-1].text} "),),
    )


def joined_events(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    following = stumble.piece(1)
    if piece.text.lower() not in _ANDS or stumble.in_guard or following.starts_step:
        return None
    if not any(earlier.word == "on" for earlier in stumble.before) or "OR" not in stumble.accepts:
        return None
    return Problem(
        codes.JOINED_EVENTS,
        piece.span,
        f'A rule starts from one event, so "{piece.text}" can\'t join two.',
        f'Write "when" instead of "{piece.text}" for what else must be true, or "or" if either event will do.',
        ((piece.span, "when"),),
    )


def missing_equals(stumble: Stumble) -> Problem | None:
    """`on intent sales transfer …`: an event and its value without `=`."""
    fact, piece = stumble.piece(-1), stumble.piece()
    if not stumble.comparison_may_follow or fact.kind != "word" or piece.starts_step:
        return None
    if piece.kind not in ("word", "text", "number"):
        return None
    if fact.word in ("during", "outside") and not stumble.in_guard:
        return Problem(
            codes.MISSING_COMPARISON,
            Span(fact.span.start, piece.span.end),
            f'"{fact.text}" asks whether hours are open, and is no event.',
            f"Say what happens before it: on anything {fact.text} {piece.text}",
        )
    if fact.word in _MORE_OR_LESS | _EQUAL:
        return Problem(
            codes.MISSING_COMPARISON,
            Span(fact.span.start, piece.span.end),
            f'It is not said what "{fact.text} {piece.text}" is asked of.',
            'Name the fact each time: "balance is less than 5 or balance is more than 9".',
        )
    if fact.word in ("during", "outside") and piece.kind == "word":
        begins = stumble.piece(-2).word == "on"
        return Problem(
            codes.MISSING_COMPARISON,
            Span(fact.span.start, piece.span.end),
            f'"{fact.text}" reads the opening hours, and is nothing that happens.',
            f"Write: {'on anything ' if begins else ''}{fact.text} {piece.text}",
            ((Span(fact.span.start, fact.span.start), "anything "),) if begins else (),
        )
    is_asked = stumble.in_guard or stumble.first.word == "promise" or piece.word in ("known", "unknown")
    joint = " is " if is_asked else "="
    if fact.word in ("said", "hearing"):
        joint = " contains "
    span = Span(fact.span.start, piece.span.end)
    better = f"{fact.text}{joint}{piece.text}"
    edits = ((span, better),)
    if not stumble.mends(edits):
        return None
    return Problem(
        codes.MISSING_COMPARISON,
        span,
        f"Between {fact.text} and {piece.text} stands no comparison.",
        f"Write: {better}",
        edits,
    )


def text_as_event(stumble: Stumble) -> Problem | None:
    """`on "sales" transfer …`."""
    piece = stumble.piece()
    if stumble.piece(-1).word not in ("on", "or") or piece.kind != "text" or "NAME" not in stumble.accepts:
        return None
    if stumble.in_guard:
        return None
    return Problem(
        codes.MISSING_COMPARISON,
        piece.span,
        f"{piece.text} alone does not say what happened.",
        f"Write intent={piece.text} for what the caller wants, or said contains {piece.text} for the caller's words.",
    )


def event_in_words(stumble: Stumble) -> Problem | None:
    """`on the caller asks for a human transfer …`: a sentence where an event should be."""
    piece = stumble.piece()
    starts = [index for index, p in enumerate(stumble.before) if p.word == "on"]
    if not starts or stumble.in_guard or piece.kind != "word" or piece.starts_step or stumble.last != "NAME":
        return None
    words = stumble.line[starts[-1] + 1 :]
    spoken = next((index for index, p in enumerate(words) if p.kind != "word" or p.starts_step), len(words))
    if "IS" not in stumble.accepts or spoken < 2:
        return None
    span = Span(words[0].span.start, words[spoken - 1].span.end)
    return Problem(
        codes.MISSING_COMPARISON,
        span,
        f'"{stumble.text[span.start : span.end]}" is no event as rules name them.',
        'Write what the agent reports: on intent=human for what the caller wants, on said contains "human" for the '
        "caller's words.",
    )


def all_of_words(stumble: Stumble) -> Problem | None:
    """`said contains all of "a", "b"`."""
    if [p.word for p in stumble.before[-2:]] != ["contains", "all"] or stumble.piece().word != "of":
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(stumble.before[-2].span.start, stumble.piece().span.end),
        'A rule can ask for "any of" several words, and for every one by itself.',
        'Write: when said contains "one" and said contains "two"',
    )


def missing_comparison(stumble: Stumble) -> Problem | None:
    fact = stumble.piece(-1)
    if not stumble.comparison_may_follow or not stumble.in_guard or fact.kind != "word":
        return None
    return Problem(
        codes.MISSING_COMPARISON,
        fact.span,
        f'Nothing is asked of "{fact.text}".',
        f'Compare it: "{fact.text} is yes", "{fact.text} is at least 500", "{fact.text} is known".',
    )


def arithmetic(stumble: Stumble) -> Problem | None:
    piece = stumble.piece()
    remembers = any(p.word == "remember" for p in stumble.before[-4:])
    if remembers and piece.text in ("*", "/", "+", "-") and not stumble.piece(1).is_nothing:
        return Problem(
            codes.OTHER_WORDING,
            piece.span,
            f'Rules do not calculate, so "{piece.text}" can\'t stand here.',
            "How often something happened is asked behind the event: on intent=human 3 times",
        )
    if (
        not stumble.in_guard
        or piece.text not in ("*", "/", "+", "-", "%")
        or stumble.piece(1).kind == "nothing"
    ):
        return None
    return Problem(
        codes.OTHER_WORDING,
        piece.span,
        f'Rules do not calculate, so "{piece.text}" can\'t stand here.',
        "Let the agent's program supply the result as a fact, and compare that.",
    )
