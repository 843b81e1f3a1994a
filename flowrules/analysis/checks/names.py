"""Does every name mean something? Lists, hours, destinations, steps, members, reasons, rules; and each name once."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from flowrules.analysis.lints.look_alike import plain_letters
from flowrules.analysis.model.builtin import SPOKEN_FACTS, is_reserved, weekday
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.references import lists_of
from flowrules.analysis.model.report import Report, did_you_mean, replaced
from flowrules.analysis.model.scope import Scope, Table
from flowrules.diagnostics.codes import names as codes
from flowrules.diagnostics.codes.arguments import NOT_DATES
from flowrules.diagnostics.diagnostic import Code
from flowrules.diagnostics.guess import NO_GUESS
from flowrules.language.nodes import (
    CallbackKind,
    CallbackTime,
    Compare,
    Do,
    During,
    ExpectNoRule,
    ExpectRule,
    GivenFails,
    Holiday,
    Holidays,
    Hours,
    Kind,
    Name,
    OtherVerb,
    Step,
    Steps,
    Target,
    TargetKind,
    Test,
    VerbStep,
)
from flowrules.language.traverse import failures_of
from flowrules.verbs import BY_NAME, WORDS
from flowrules.verbs.reasons import REASONS

T = TypeVar("T")


def check_names(scope: Scope, report: Report) -> None:
    _check_twice(scope, report)
    for unit in scope.units:
        for atom in unit.asked:
            match atom:
                case During(hours=hours):
                    _check_hours(unit, hours, scope, report)
                case Holiday():
                    _check_holiday(unit, atom, scope, report)
                case Compare(list=Name() as listed):
                    _check_list(unit, listed, scope, report)
        for step in (*unit.steps, *unit.expected):
            _check_step(unit, step, scope, report)
        match unit.item:
            case Hours() as opened:
                for name in lists_of(opened):
                    _check_closed_on(unit, name, scope, report)
            case Steps():
                _check_order(unit, unit.item, scope, report)
            case Test():
                _check_test(unit, unit.item, scope, report)


# --- each name once -----------------------------------------------------------------------------------------


def _check_twice(scope: Scope, report: Report) -> None:
    _twice(scope.lists, "list", codes.DUPLICATE_NAME, report)
    _twice(scope.hours, "hours", codes.DUPLICATE_NAME, report)
    _twice(scope.destinations, "destination", codes.DUPLICATE_NAME, report)
    _twice(scope.steps, "steps", codes.DUPLICATE_NAME, report)
    _twice(scope.facts, "fact", codes.DUPLICATE_NAME, report)
    _twice(scope.labels, "rule", codes.DUPLICATE_LABEL, report)
    _twice(scope.promise_labels, "promise", codes.DUPLICATE_LABEL, report)
    for labels in scope.test_labels.values():
        _twice(labels, "test", codes.DUPLICATE_LABEL, report)


def _twice(table: Table[T], kind: str, code: Code, report: Report) -> None:
    for unit, name, earlier in table.again:
        elsewhere = earlier.unit.block.source.path != unit.block.source.path
        report.add(
            code,
            unit.block,
            name.span,
            f'There {_is_a(kind)} called "{name.text}" already.',
            "Give one of the two another name, make them the same, or take one out."
            if elsewhere and code is codes.DUPLICATE_NAME
            else "Give one of the two another name, or take it out.",
            related=((earlier.unit.block.locate(earlier.name.span), "it is declared here first"),),
        )


def _is_a(kind: str) -> str:
    return f"are {kind}" if kind in ("hours", "steps") else f"is a {kind}"


# --- names of what is declared ------------------------------------------------------------------------------


def _check_list(unit: CheckedBlock, name: Name, scope: Scope, report: Report) -> None:
    if name.key not in scope.lists:
        guess = scope.guess(name.text, scope.lists.spelled())
        declare = f"Declare it on a line of its own: list {name.text} is first, second"
        if name.key in ("conference", "a_conference"):
            declare = "Whether the caller is in a conference is asked so: call.in_conference is yes"
        report.add_name(
            codes.UNKNOWN_LIST, unit.block, name, f'There is no list called "{name.text}".', guess, declare
        )


def _check_hours(unit: CheckedBlock, name: Name, scope: Scope, report: Report) -> None:
    if name.key not in scope.hours:
        guess = scope.guess(name.text, scope.hours.spelled())
        declare = f"Declare them: hours {name.text}, then a line such as mon to fri 09:00 to 18:00, then end."
        message = f'There are no hours called "{name.text}".'
        report.add_name(codes.UNKNOWN_HOURS, unit.block, name, message, guess, declare)


def _check_holiday(unit: CheckedBlock, asked: Holiday, scope: Scope, report: Report) -> None:
    named = [hours.name.text for hours in scope.hours.nodes().values() if _name_holidays(hours)]
    if asked.hours is not None:
        _check_hours(unit, asked.hours, scope, report)
        hours = scope.hours.node(asked.hours.key)
        if hours is not None and not _name_holidays(hours):
            message = f'The hours "{hours.name.text}" name no country, so they know no holidays.'
            hint = "Add a line to them, such as: holidays IN-MH. Or ask a list of dates: today is in LIST"
            report.add(codes.WHOSE_HOLIDAY, unit.block, asked.span, message, hint)
    elif named:
        several = f"{', '.join(named[:-1])} and {named[-1]}"
        message = f"It is not said whose holidays: {several} name some."
        report.add(
            codes.WHOSE_HOLIDAY,
            unit.block,
            asked.span,
            message,
            f"Say which: today is a holiday of {named[0]}",
        )
    else:
        message = "Nobody knows which days are holidays: no opening hours name a country."
        hint = "Add a line to the hours, such as: holidays IN-MH. Or ask a list of dates: today is in LIST"
        report.add(codes.WHOSE_HOLIDAY, unit.block, asked.span, message, hint)


def _name_holidays(hours: Hours) -> bool:
    return any(isinstance(line, Holidays) for line in hours.lines)


def _check_closed_on(unit: CheckedBlock, name: Name, scope: Scope, report: Report) -> None:
    """A list of dates that hours are closed on."""
    listed = scope.lists.node(name.key)
    if weekday(name.text) is not None and listed is None:
        message = f'"{name.text}" is a day of the week, and here stand dates.'
        hint = f"Hours are closed on every day that no line opens: leave {name.text} out of the other lines."
        report.add(codes.UNKNOWN_LIST, unit.block, name.span, message, hint)
    elif name.key in ("holidays", "holiday") and listed is None:
        message = 'Whose holidays? "closed on" takes dates, and lists of dates.'
        hint = f"Name the country and its part: holidays IN-MH. Or declare: list {name.text} is 2026-01-26"
        report.add(codes.UNKNOWN_LIST, unit.block, name.span, message, hint)
    else:
        _check_list(unit, name, scope, report)
    odd = None if listed is None else next((one for one in listed.values if one.kind is not Kind.DATE), None)
    if odd is not None:
        message = f'The list "{name.text}" holds "{odd.raw}", which is no date.'
        hint = "Write dates as year-month-day, such as 2026-01-26, or another list here."
        report.add(NOT_DATES, unit.block, name.span, message, hint)


def _check_step(unit: CheckedBlock, step: Step, scope: Scope, report: Report) -> None:
    match step:
        case VerbStep(verb=verb):
            for argument in step.arguments:
                match argument.name, argument.value:
                    case _, Target(kind=TargetKind.TO, value=value):
                        _check_destination(unit, Name(str(value.value), value.span), scope, report)
                    case _, CallbackTime(kind=CallbackKind.NEXT_HOURS, name=Name() as name):
                        _check_hours(unit, name, scope, report)
                    case "within", Name() as name:
                        _check_hours(unit, name, scope, report)
                    case place, Name() as name if place in BY_NAME[verb].slots_of("member"):
                        _check_member(unit, name, scope, report)
                    case place, Name() as name if place in BY_NAME[verb].slots_of("call_fact"):
                        _check_call(unit, name, scope, report)
        case OtherVerb(name=name):
            _check_other_verb(unit, name, report)
        case Do(name):
            if name.key not in scope.steps:
                guess = scope.guess(name.text, scope.steps.spelled())
                declare = f"Declare them: steps {name.text}, then the steps, then end."
                message = f'There are no steps called "{name.text}".'
                report.add_name(codes.UNKNOWN_STEPS, unit.block, name, message, guess, declare)
    for failure in failures_of(step):
        _check_reasons(unit, failure.reasons, scope, report)


def _check_destination(unit: CheckedBlock, name: Name, scope: Scope, report: Report) -> None:
    if name.key not in scope.destinations:
        guess = scope.guess(name.text, scope.destinations.spelled())
        message = f'There is no destination called "{name.text}".'
        declare = (
            f"Declare it: destination {name.text} is queue … — or write the kind: transfer queue {name.text}"
        )
        report.add_name(codes.UNKNOWN_DESTINATION, unit.block, name, message, guess, declare)


def _check_member(unit: CheckedBlock, name: Name, scope: Scope, report: Report) -> None:
    if name.key not in scope.members and name.key not in scope.mentioned:
        guess = scope.guess(name.text, scope.members.values())
        message = f'Nobody is added to the conference as "{name.text}".'
        declare = f"Give who joins this name: conference_add agent a_1 as {name.text}"
        report.add_name(codes.UNKNOWN_MEMBER, unit.block, name, message, guess, declare)


def _check_call(unit: CheckedBlock, name: Name, scope: Scope, report: Report) -> None:
    """A fact that names a call comes from the platform or the agent's program, not from what somebody said."""
    if name.key in SPOKEN_FACTS:
        message = f'"{name.text}" is what the caller says, and can\'t name a call.'
        report.add(codes.SPOKEN_CALL, unit.block, name.span, message, _NAME_A_CALL)
    elif quoted := sorted(key for key in scope.filled.get(name.key, ()) if not _is_trusted(key, scope)):
        message = f'"{name.text}" is filled from {{{quoted[0]}}}, which a caller or a model may say.'
        declare = f"If only your agent's program says it, declare that: fact {quoted[0]} is text from host"
        hint = declare if SPOKEN_FACTS.isdisjoint(quoted) else _NAME_A_CALL
        report.add(codes.SPOKEN_CALL, unit.block, name.span, message, hint)


_NAME_A_CALL = "Name a fact that only your agent's program reports: fact agent_call is text from host"


def _is_trusted(key: str, scope: Scope, within: frozenset[str] = frozenset()) -> bool:
    """Whether only the platform, the agent's program or the clock may say a fact, and what fills it (`within` are the
    fields that are looked into already)."""
    if key in scope.filled:
        inside = within | {key}
        return all(_is_trusted(inner, scope, inside) for inner in scope.filled[key] - inside)
    declared = scope.facts.node(key)
    return is_reserved(key) or (declared is not None and declared.source in ("platform", "host"))


def _check_other_verb(unit: CheckedBlock, name: Name, report: Report) -> None:
    if (known := plain_letters(name.key)) in WORDS:
        report.add(
            codes.KNOWN_VERB,
            unit.block,
            name.span,
            f'"{name.text}" is a verb that flowrules knows'
            + ("." if known == name.key else f', "{known}", in letters that only look like it.'),
            f'Write it without the word "verb": {_example(known)}',
        )


def _example(word: str) -> str:
    return next(example for example in WORDS[word].examples if example.split()[0] == word)


def _check_reasons(unit: CheckedBlock, reasons: Iterable[Name], scope: Scope, report: Report) -> None:
    for reason in reasons:
        if reason.key not in REASONS:
            message = f'No step fails because of "{reason.text}".'
            if reason.key in _NOBODY_THERE:
                report.add_name(codes.UNKNOWN_REASON, unit.block, reason, message, NO_GUESS, _NOBODY_KNOWS)
                continue
            guess = scope.guess(reason.text, REASONS)
            meant = _REASON_WORDS.get(reason.key)
            known = f'Did you mean "{meant}"?' if meant else f"The reasons are {', '.join(REASONS)}."
            report.add_name(codes.UNKNOWN_REASON, unit.block, reason, message, guess, known)


_REASON_WORDS: Mapping[str, str] = {
    "offline": "unavailable",
    "down": "unavailable",
    "full": "at_capacity",
    "capacity": "at_capacity",
    "denied": "not_allowed",
    "unauthorized": "unauthorised",
    "slow": "timeout",
    "missing": "not_found",
    "closed": "ended",
}
"""What people call the reasons."""
_NOBODY_THERE = frozenset(
    "busy engaged no_answer noanswer not_answered unanswered nobody_picks_up no_pickup not_picked_up nobody_answers "
    "declined rejected".split()
)
_NOBODY_KNOWS = (
    "A transfer ends the AI's part of the call, so whether somebody picks up is not known to the rules. To stay on the "
    "line until somebody is there, use conference_start and conference_add. What the platform can't do at all fails "
    "as unavailable or at_capacity."
)


# --- the order of steps, and tests --------------------------------------------------------------------------


def _check_order(unit: CheckedBlock, steps: Steps, scope: Scope, report: Report) -> None:
    for step in unit.steps:
        if not isinstance(step, Do):
            continue
        declared = scope.steps.found.get(step.name.key)
        if declared is None or declared.unit.order < unit.order:
            continue
        if declared.unit is unit:
            message = f'The steps "{steps.name.text}" call themselves, and would never end.'
            hint = "Take this out, or name other steps."
        else:
            message = f'The steps "{step.name.text}" stand further down; steps may use earlier ones only.'
            hint = f'Move "steps {declared.name.text}" above "steps {steps.name.text}".'
        report.add(codes.STEPS_ORDER, unit.block, step.name.span, message, hint)


def _check_test(unit: CheckedBlock, test: Test, scope: Scope, report: Report) -> None:
    for line in test.lines:
        match line:
            case GivenFails(reasons=reasons):
                _check_reasons(unit, reasons, scope, report)
            case ExpectRule(label) | ExpectNoRule(label):
                name = Name(str(label.value), label.span)
                if name.key not in scope.labels:
                    guess = scope.guess(name.text, scope.labels.spelled())
                    report.add(
                        codes.UNKNOWN_RULE,
                        unit.block,
                        name.span,
                        f'There is no rule called "{name.text}".',
                        did_you_mean(guess, 'Name the rule in its first line: rule "…"'),
                        replaced(name.span, guess, quoted=True),
                    )
