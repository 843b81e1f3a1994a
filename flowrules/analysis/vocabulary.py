"""Facts and events by name: declared where a vocabulary is declared, and set only by those who may set them."""

from collections.abc import Iterator

from flowrules.analysis.builtin import CALL_FACTS, COMPUTED, EVENTS, FACTS, is_reserved
from flowrules.analysis.report import Report
from flowrules.analysis.scope import Scope
from flowrules.analysis.texts import open_texts, quoted_facts
from flowrules.analysis.unit import Unit
from flowrules.analysis.walk import bare_events, event_tests, played_keys
from flowrules.diagnostics.codes import names as codes
from flowrules.language.nodes import (
    AfterFact,
    CallbackKind,
    CallbackTime,
    Compare,
    DefaultDisposition,
    DestinationMap,
    Forget,
    Given,
    Name,
    PlayAfter,
    Promise,
    Remember,
    Rule,
    Step,
    Test,
    VerbStep,
)
from flowrules.verbs import BY_NAME, CALL_FIELDS


def check_vocabulary(scope: Scope, report: Report) -> None:
    declared_facts = bool(scope.facts.found or scope.facts.lost)
    declared_events = bool(scope.events.found or scope.events.lost)
    for unit in scope.units:
        _check_reserved(unit, report)
        for name in facts_in(unit):
            if name.key.startswith("call."):
                _check_call_fact(unit, name, scope, report)
            elif declared_facts and not _is_fact(name.key, scope):
                _unknown_fact(unit, name, scope, report)
        for name in bare_events(unit.item):
            if declared_events and not _is_event(name.key, scope):
                _unknown_event(unit, name, scope, report)


def facts_in(unit: Unit) -> Iterator[Name]:
    """Every fact that a block asks for, quotes or plays, with its place."""
    item = unit.item
    for atom in unit.asked:
        if isinstance(atom, Compare):
            yield atom.fact
    for step in unit.steps:
        yield from _facts_of(step)
    for text in open_texts(unit.steps):
        yield from quoted_facts(text)
    match item:
        case Rule(trigger=AfterFact(fact=fact)):
            yield fact
        case DestinationMap(by=fact):
            yield fact
        case DefaultDisposition(event=Name() as event):
            yield event
        case Test(lines=lines):
            yield from (key.name for key in played_keys(item) if key.values)
            for line in lines:
                match line:
                    case Given(fact=fact) | PlayAfter(fact=Name() as fact):
                        yield fact


def _facts_of(step: Step) -> Iterator[Name]:
    match step:
        case Forget(name):
            yield name
        case VerbStep(arguments=arguments):
            for argument in arguments:
                match argument.name, argument.value:
                    case place, Name() as name if place in CALL_FIELDS:
                        yield name
                    case _, CallbackTime(kind=CallbackKind.AT_FACT, name=Name() as name):
                        yield name


# --- declared or not ----------------------------------------------------------------------------------------


def _is_fact(key: str, scope: Scope) -> bool:
    return (
        key in scope.facts
        or key in FACTS
        or key in EVENTS
        or key in scope.remembered
        or key in scope.events
        or key.startswith("lead.")
        or key in scope.mentioned
    )


def _is_event(key: str, scope: Scope) -> bool:
    return (
        key in scope.events or key in EVENTS or key in scope.facts or key in FACTS or key in scope.mentioned
    )


def _unknown_fact(unit: Unit, name: Name, scope: Scope, report: Report) -> None:
    guess = scope.guess(name.text, [*scope.facts.spelled(), *scope.remembered.values(), *sorted(FACTS)])
    message = f'"{name.text}" is not among the declared facts.'
    declare = f"Declare it: fact {name.text} is text (or number, yes/no, one of …)"
    report.add_name(codes.UNKNOWN_FACT, unit.block, name, message, guess, declare)


def _unknown_event(unit: Unit, name: Name, scope: Scope, report: Report) -> None:
    guess = scope.guess(name.text, [*scope.events.spelled(), *sorted(EVENTS)])
    message = f'"{name.text}" is not among the declared events.'
    report.add_name(codes.UNKNOWN_EVENT, unit.block, name, message, guess, f"Declare it: event {name.text}")


def _check_call_fact(unit: Unit, name: Name, scope: Scope, report: Report) -> None:
    """A name that is close to one that the engine knows; others may come with the call's own data."""
    if name.key in CALL_FACTS or name.key in scope.facts:
        return
    guess = scope.guess(name.text, CALL_FACTS)
    if guess:
        message = f'The engine knows no "{name.text}".'
        report.add_name(codes.UNKNOWN_CALL_FACT, unit.block, name, message, guess)


# --- who may set what ---------------------------------------------------------------------------------------


def _check_reserved(unit: Unit, report: Report) -> None:
    for test in event_tests(unit.item):
        if is_reserved(test.name.key):
            instead = (
                'Wait for a time with "at 21:00", or ask with "when".'
                if test.name.key in COMPUTED
                else f'Ask for it behind "when": on call_started when {test.name.text} …'
            )
            if isinstance(unit.item, Promise):
                instead = f"Say what must be true as long as it is so: while {test.name.text} …"
            report.add(
                codes.RESERVED_EVENT,
                unit.block,
                test.name.span,
                f'No event carries "{test.name.text}".',
                instead,
            )
    for step in unit.steps:
        match step:
            case Remember(name) | Forget(name):
                _check_set(unit, name, report)
            case VerbStep(verb=verb, arguments=arguments) if BY_NAME[verb].keeps_member:
                for argument in arguments:
                    if argument.name == "keep_as" and isinstance(argument.value, Name):
                        _check_set(unit, argument.value, report)


def _check_set(unit: Unit, name: Name, report: Report) -> None:
    if is_reserved(name.key):
        what = "the engine" if name.key in COMPUTED or name.key.startswith("call.") else "the platform"
        plain = name.text.rpartition(".")[2]
        hint = (
            f"Choose a name of your own, such as {plain}." if plain != name.text else "Choose another name."
        )
        if name.key.startswith("lead."):
            hint = (
                f'To write into the lead: set_lead_field {plain} to …. To keep it for this call: "{plain}".'
            )
        report.add(
            codes.RESERVED_FACT,
            unit.block,
            name.span,
            f'Rules can\'t set "{name.text}": it comes from {what}.',
            hint,
        )
