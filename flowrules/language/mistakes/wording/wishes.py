"""What rules can't do, by the words with which it is asked for, and the nearest that they can."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.problem import Problem
from flowrules.source import Span

_WISHES: tuple[tuple[str, str, str], ...] = (
    (r"(?:retry|try\s+(?:it\s+)?again|repeat)\b.*", "No step tries again by itself.",
     "Write the step a second time: if it fails then transfer queue sales_q"),
    (r"try(?:\s+to)?\b", 'No "try" is needed: every step may fail.',
     "Write the step, and behind it what is done where it fails: transfer queue sales_q if it fails then …"),
    (r"(?:send|write)\s+(?:an?\s+|the\s+)?(?:sms|text|whatsapp|email|e-mail|mail|message)\b.*|(?:sms|email|whatsapp)\b.*",
     "Rules send no messages.",
     "Leave a note for the system that does: set_lead_field wants_sms to yes, or log \"send the link\""),
    (r"(?:increase|increment|add\s+1|count(?:\s+up)?|decrease|reduce)\b.*", "Rules do not calculate.",
     "How often something happened is asked behind the event: on intent=human 3 times"),
    (r"(?:record|start\s+recording)(?:\s+(?:the|this)\s+call)?\b", "Rules do not start a recording.",
     "A recording that was paused goes on with: recording_resume"),
    (r"(?:update|change)\s+(?:the\s+)?(?:lead(?:'s)?\s+)?(?:field\s+)?[\p{L}_]\w*\s*(?:=|to|is|as)\s*\S+",
     "There is no such step.", "Write: set_lead_field city to Pune"),
    (r"(?:call|dial|ring)\s+(?=\+|\d).*", "A number is not called by itself.",
     "To hand the caller over: transfer number +911234567890. To bring somebody in: conference_start then "
     "conference_add number +911234567890"),
    (r"conference(?:\s+(?:with|in|call))?\s+[\p{L}_]\S*", "A conference is started first, and then somebody is added.",
     "Write: conference_start then conference_add agent a_1042"),
    (r"(?:continue|carry\s+on|keep\s+going|go\s+ahead|move\s+on|proceed|ignore)\b.*",
     "Behind a step that ends the call there is nothing to go on with.",
     "Say what is done where it fails: transfer queue sales_q if it fails then say \"…\""),
    (r"(?:add|invite|bring)(?:\s+in)?\s+(?:an?\s+|the\s+|another\s+)?(?:supervisor|agent|person|colleague)\b.*",
     "It is not said who is added.", "Write who, by the name on the platform: conference_add supervisor lead_1"),
    (r"(?:every|each)\s+\d+\s+\w+", "Nothing repeats by itself.",
     "A rule acts when something happens: after 5 minutes, after 10 seconds of silence."),
)  # fmt: skip
_COMPILED = tuple(
    (regex.compile(pattern, regex.IGNORECASE), said, nearest) for pattern, said, nearest in _WISHES
)
_SET = regex.compile(
    r"set\s+(?:the\s+)?([\p{L}_][\w.]*)(?:\s*=\s*|\s+(?:to|as|is)\s+)(\S+)", regex.IGNORECASE
)
_UNTIL = regex.compile(r"(?:until|till)\b\s*(\d{1,2}:\d\d)?", regex.IGNORECASE)


def wish(failure: ParseFailure) -> Problem | None:
    """`retry 3 times`, `send sms "…"`, `increase tries by 1`."""
    lexeme = failure.lexeme()
    in_rail = (
        failure.first.word in ("never", "before") and lexeme is failure.lexeme(0) and len(failure.before) == 1
    )
    if lexeme.kind != "word" or lexeme.starts_step or not failure.step_may_follow or in_rail:
        return None
    rest = failure.rest(lexeme)
    for pattern, said, near in _COMPILED:
        if found := pattern.match(rest):
            span = Span(lexeme.span.start, lexeme.span.start + len(found[0].rstrip()))
            return Problem(codes.UNKNOWN_VERB, span, said, near)
    return None


def set_something(failure: ParseFailure) -> Problem | None:
    """`set vip to yes`: for the rules, or for the lead?"""
    lexeme = failure.lexeme()
    found = _SET.match(failure.rest(lexeme)) if lexeme.word == "set" else None
    if (
        found is None
        or not failure.step_may_follow
        or found[1].lower() in ("disposition", "lead", "status", "field")
    ):
        return None
    name, value = found[1], found[2]
    return Problem(
        codes.UNKNOWN_VERB,
        Span(lexeme.span.start, lexeme.span.start + found.end()),
        'There is no verb "set".',
        f"For the rules of this call write: remember {name} is {value}. "
        f"For a field of the lead: set_lead_field {name} to {value}",
    )


def wait_until(failure: ParseFailure) -> Problem | None:
    """`wait until 18:00`."""
    found = _UNTIL.match(failure.rest(failure.lexeme())) if failure.lexeme(-1).word == "wait" else None
    if found is None:
        return None
    return Problem(
        codes.OTHER_WORDING,
        Span(failure.lexeme(-1).span.start, failure.lexeme().span.start + found.end()),
        "A wait lasts some seconds, and does not end at a time of day.",
        f"What is to be done at a time of day is a rule of its own: at {found[1] or '18:00'} …",
    )
