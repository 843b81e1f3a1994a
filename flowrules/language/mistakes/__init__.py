"""Known mistakes, each with the sentence a rule writer needs. The first detector that knows the place speaks.

To add a mistake: a function `Stumble -> Problem | None` in the module of its kind, and its name in `DETECTORS`.
"""

from collections.abc import Callable

from flowrules.language.mistakes import conditions, fallback, items, signs, steps, values
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.problem import Problem

__all__ = ["DETECTORS", "Stumble", "explain"]

DETECTORS: tuple[Callable[[Stumble], Problem | None], ...] = (
    signs.missing_quote,
    signs.single_quotes,
    steps.fact_in_target,
    signs.end_of_sentence,
    signs.foreign_sign,
    signs.unbalanced_bracket,
    items.missing_on,
    items.unknown_item,
    items.unquoted_label,
    steps.ambiguous_failure,
    values.bad_phone,
    values.bad_time,
    values.bad_date,
    values.bad_number,
    values.bad_duration,
    steps.callback_without_time,
    steps.if_in_line,
    steps.small_words,
    items.wording,
    conditions.wording,
    steps.wording,
    items.foreign_word,
    conditions.mixed_and_or,
    conditions.repeated_fact,
    conditions.is_a_or_b,
    conditions.joined_events,
    steps.missing_kind,
    steps.unquoted_text,
    steps.joined_steps,
    steps.missing_then,
    steps.several_words,
    conditions.missing_comparison,
    steps.nothing_to_do,
    steps.unknown_verb,
)


def explain(stumble: Stumble) -> Problem:
    """Say in words what is wrong where the parser stumbled."""
    for detect in DETECTORS:
        problem = detect(stumble)
        if problem is not None:
            return problem
    return fallback.unreadable(stumble)
