"""Known mistakes, each with the sentence a rule writer needs. The first detector that knows the place speaks.

To add a phrase: a row in `phrases.py`. To add a mistake: a function `Stumble -> Problem | None` in the module of
its kind, and its name in `DETECTORS`. Edits that a detector proposes are tried out: one whose edits bring the
parser no further is passed over for a later one, and offered without them if no other speaks.
"""

from collections.abc import Callable
from dataclasses import replace

from flowrules.language.mistakes import (
    arguments,
    branches,
    conditions,
    declarations,
    fallback,
    items,
    layout,
    order,
    promised_order,
    promises,
    punctuation,
    rails,
    steps,
    test_lines,
    trailing,
    values,
)
from flowrules.language.mistakes.literals import clock, phones, quotes, targets
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.mistakes.wording import plain_words, unsupported, wishes, words
from flowrules.language.mistakes.wording.phrase_matching import head, phrase, roughly
from flowrules.language.problem import Problem

__all__ = ["DETECTORS", "ParseFailure", "explain"]

DETECTORS: tuple[Callable[[ParseFailure], Problem | None], ...] = (
    punctuation.list_mark,
    punctuation.emphasis,
    punctuation.invisible,
    quotes.broken_text,
    quotes.missing_quote,
    quotes.words_instead,
    quotes.quote_inside,
    quotes.foreign_quotes,
    order.steps_first,
    order.event_behind_guard,
    order.failure_first,
    branches.second_failure,
    items.named_one_liner,
    promises.unnamed_promise,
    promised_order.counted,
    promised_order.time_behind_verb,
    promised_order.answer_first,
    promised_order.step_before_step,
    promises.condition_of_promise,
    promises.time_of_promise,
    test_lines.wait_in_test,
    test_lines.several_times,
    test_lines.several_not_expected,
    declarations.last_comma,
    declarations.values_joined,
    declarations.hours_in_line,
    declarations.event_with_value,
    layout.otherwise_below_if,
    layout.block_of_if,
    layout.steps_below,
    layout.second_on,
    layout.values_below,
    layout.closed_day,
    layout.instead_in_front,
    layout.rail_of_step,
    rails.rank_of_rail,
    rails.mixed_block,
    rails.end_of_unnamed_rail,
    rails.instead_in_before,
    rails.limit_of_rail,
    rails.rail_with_target,
    rails.rail_steps,
    rails.steps_of_never,
    rails.rail_without_condition,
    targets.fact_in_target,
    values.telephone_keys,
    conditions.several_values,
    plain_words.several_affixes,
    punctuation.end_of_sentence,
    promises.step_in_promise,
    promises.rest_of_while,
    punctuation.foreign_comment,
    words.twice,
    targets.several_targets,
    arguments.several_keys,
    branches.second_otherwise,
    punctuation.joint,
    punctuation.split_sign,
    punctuation.equals_for,
    punctuation.program_sign,
    punctuation.brackets_of_call,
    punctuation.function_call,
    punctuation.braces,
    punctuation.unbalanced_bracket,
    words.swapped,
    words.comparison_in_one,
    plain_words.possessive,
    head,
    items.missing_on,
    items.rank_behind,
    branches.ambiguous_failure,
    branches.failure_without_steps,
    values.bad_digits,
    phones.short_phone,
    phones.bad_phone,
    clock.bad_time,
    clock.bad_day,
    clock.bad_date,
    values.bad_sign,
    values.bad_number,
    values.bad_duration,
    steps.needless_do,
    steps.assignment,
    conditions.all_of_words,
    conditions.mixed_and_or,
    conditions.unjoined,
    conditions.repeated_fact,
    unsupported.nobody_answers,
    unsupported.branch_for_success,
    branches.if_in_line,
    layout.when_in_block,
    unsupported.music_without_address,
    unsupported.silence_with_length,
    wishes.set_something,
    wishes.wait_until,
    trailing.block_end,
    trailing.listener,
    order.guard_behind_steps,
    clock.days_between,
    phrase,
    wishes.wish,
    promises.unclear_promise,
    clock.zone_in_words,
    unsupported.language_of_text,
    plain_words.spaced_name,
    plain_words.unquoted_words,
    unsupported.callback_on_working_day,
    arguments.callback_without_time,
    words.foreign,
    words.fact_missing,
    words.extra,
    items.unknown_item,
    items.unquoted_label,
    items.several_words,
    words.swallowed,
    conditions.joined_events,
    conditions.arithmetic,
    arguments.added_texts,
    steps.joined_steps,
    words.misspelt,
    trailing.no_place,
    arguments.missing_at_most,
    words.needless,
    targets.missing_kind,
    steps.forbidden_step,
    steps.missing_then,
    arguments.unquoted_text,
    conditions.text_as_event,
    conditions.missing_equals,
    steps.misspelt_verb,
    words.missing,
    arguments.several_words,
    conditions.missing_comparison,
    conditions.event_in_words,
    roughly,
    steps.nothing_to_do,
    steps.unknown_verb,
)

_ROUGH = frozenset(
    {
        punctuation.invisible,
        punctuation.list_mark,
        punctuation.emphasis,
        punctuation.program_sign,
        phones.bad_phone,
        roughly,
        layout.block_of_if,
    }
)
"""Their edits are right also where the very next word is another mistake."""


def explain(failure: ParseFailure) -> Problem:
    """Say in words what is wrong where the parser stumbled."""
    spare: Problem | None = None
    for detect in DETECTORS:
        problem = detect(failure)
        if problem is None:
            continue
        if not problem.edits or failure.mends(problem.edits, past=0 if detect in _ROUGH else 1):
            if spare is None or problem.edits:
                return problem
        elif spare is None:
            spare = replace(problem, edits=())
    return spare or fallback.unreadable(failure)
