"""What works and may not be meant: one lint a file.

To add one: a file here with What, Why, Avoid and Prefer in its docstring, its code in `diagnostics/codes/`, and a
line below.
"""

from collections.abc import Callable

from flowrules.analysis.lints.conditions.always_true import always_true
from flowrules.analysis.lints.conditions.any_degree import any_degree
from flowrules.analysis.lints.conditions.both_at_once import both_at_once
from flowrules.analysis.lints.conditions.boundary_gap import boundary_gap
from flowrules.analysis.lints.conditions.counted_together import counted_together
from flowrules.analysis.lints.conditions.dates_differ import dates_differ
from flowrules.analysis.lints.conditions.double_negative import double_negative
from flowrules.analysis.lints.conditions.either_of_two import either_of_two
from flowrules.analysis.lints.conditions.ends_on_unknown import ends_on_unknown
from flowrules.analysis.lints.conditions.near_miss import near_miss
from flowrules.analysis.lints.conditions.nearly_yes import nearly_yes
from flowrules.analysis.lints.conditions.never_no import never_no
from flowrules.analysis.lints.conditions.not_of_unknown import not_of_unknown
from flowrules.analysis.lints.conditions.old_answer import old_answer
from flowrules.analysis.lints.conditions.overlap import overlap
from flowrules.analysis.lints.conditions.past_midnight import past_midnight
from flowrules.analysis.lints.conditions.short_phrase import short_phrase
from flowrules.analysis.lints.conditions.word_is_fact import word_is_fact
from flowrules.analysis.lints.invisible import invisible
from flowrules.analysis.lints.look_alike import look_alike
from flowrules.analysis.lints.net_not_last import net_not_last
from flowrules.analysis.lints.steps.cut_short import cut_short
from flowrules.analysis.lints.steps.half_forgotten import half_forgotten
from flowrules.analysis.lints.steps.hangup_on_hearing import hangup_on_hearing
from flowrules.analysis.lints.steps.key_of_an_entry import key_of_an_entry
from flowrules.analysis.lints.steps.moved_record import moved_record
from flowrules.analysis.lints.steps.rail_against_itself import rail_against_itself
from flowrules.analysis.lints.steps.self_trigger import self_trigger
from flowrules.analysis.lints.steps.silent_for_nobody import silent_for_nobody
from flowrules.analysis.lints.steps.target_in_rail import target_in_rail
from flowrules.analysis.lints.steps.told_too_late import told_too_late
from flowrules.analysis.lints.steps.unchecked_verb import unchecked_verb
from flowrules.analysis.lints.steps.unclosed_pair import unclosed_pair
from flowrules.analysis.lints.unknown_lead_status import unknown_lead_status
from flowrules.analysis.lints.untested import untested
from flowrules.analysis.lints.unused import unused
from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report

Lint = Callable[[CoverageIndex, Report], None]
"""Reads the rule set (`coverage.scope`) and the coverage of its rules; reports warnings on blocks without errors."""

LINTS: tuple[Lint, ...] = (
    moved_record,
    unclosed_pair,
    ends_on_unknown,
    self_trigger,
    net_not_last,
    overlap,
    boundary_gap,
    always_true,
    both_at_once,
    unused,
    untested,
    look_alike,
    invisible,
    double_negative,
    unchecked_verb,
    word_is_fact,
    unknown_lead_status,
    near_miss,
    target_in_rail,
    short_phrase,
    past_midnight,
    nearly_yes,
    never_no,
    dates_differ,
    told_too_late,
    hangup_on_hearing,
    rail_against_itself,
    silent_for_nobody,
    counted_together,
    key_of_an_entry,
    not_of_unknown,
    cut_short,
    half_forgotten,
    any_degree,
    either_of_two,
    old_answer,
)
