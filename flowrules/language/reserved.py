"""Words that can't stand as a value unless they are quoted: the grammar's own, and the verbs."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.problem import Problem
from flowrules.source import Span
from flowrules.verbs import BY_NAME, WORDS

GRAMMAR_WORDS = frozenset(
    "then when unless otherwise instead end and or not if is because with on always else".split()
)
JOINTS = frozenset("then otherwise if when unless end instead".split())
"""What may follow a whole step, so that nothing is missing before it."""
ENGINE_WORDS = frozenset("wait do stop remember forget advise stay go".split())
STEP_WORDS = frozenset(WORDS) | ENGINE_WORDS | {"verb"}
"""Every word that begins a step."""


def verb_words(*kinds: str) -> frozenset[str]:
    """The verbs' words behind which a place of one of these kinds may stand."""
    return frozenset(word for word, spec in WORDS.items() if spec.slots_of(*kinds))


SPOKEN = frozenset(
    form.word for spec in BY_NAME.values() for form in spec.forms if spec.heard_field in form.argument_names
)
"""The words behind which a text stands that the caller hears spoken."""

STATES = frozenset({"on"})
"""Words of the grammar that are also how a thing stands: `call.recording is on`. They are values without quotes."""


def is_reserved(word: str) -> bool:
    lowered = word.lower()
    return lowered in GRAMMAR_WORDS or lowered in WORDS


def reserved_name_problem(word: str, span: Span) -> Problem:
    """What to say of a reserved word that stands where a fact or an event should."""
    if word.lower() in WORDS:
        return Problem(
            codes.VERB_AS_VALUE,
            span,
            f'"{word}" is a verb, and stands here as the name of a fact or an event.',
            "Name what the agent reports, such as call_ended or intent=bye.",
        )
    return Problem(
        codes.RESERVED_WORD,
        span,
        f'"{word}" is a word of the rule language and can\'t name a fact or an event.',
        "Take another name. For everything that no other rule takes write: on anything",
    )


def reserved_problem(word: str, span: Span) -> Problem:
    """What to say of a reserved word that stands where a value should."""
    quoted = ((span, f'"{word}"'),)
    if word.lower() in WORDS:
        return Problem(
            codes.VERB_AS_VALUE,
            span,
            f'"{word}" is a verb, and stands here as a value.',
            f'Was a "then" forgotten before it? If the value is really meant, put it in quotes: "{word}".',
        )
    return Problem(
        codes.RESERVED_WORD,
        span,
        f'"{word}" is a word of the rule language and can\'t be a value by itself.',
        f'If the value is really meant, put it in quotes: "{word}".',
        quoted,
    )
