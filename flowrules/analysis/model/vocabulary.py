"""Facts and events by name: declared where a vocabulary is declared, and set only by those who may set them."""

from collections.abc import Iterator

from flowrules.analysis.model.builtin import CALL_FACTS, COMPUTED, EVENTS, FACTS, is_reserved
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.texts import open_texts, quoted_facts
from flowrules.diagnostics.codes import names as codes
from flowrules.diagnostics.diagnostic import Code
from flowrules.diagnostics.guess import Guess
from flowrules.language.nodes import (
    AfterFact,
    CallbackKind,
    CallbackTime,
    Compare,
    DefaultDisposition,
    DestinationMap,
    EventKey,
    Forget,
    Given,
    Item,
    Kind,
    Name,
    PlayAfter,
    Promise,
    Remember,
    Rule,
    Step,
    Test,
    VerbStep,
)
from flowrules.language.traverse import bare_events, event_tests, played_keys, zone_fact
from flowrules.verbs import BY_NAME, CALL_FIELDS


def check_vocabulary(scope: Scope, report: Report) -> None:
    strict = asked_for(scope)
    for unit in scope.units:
        _check_reserved(unit, report)
        for name in facts_in(unit):
            if name.key.startswith("call."):
                _check_call_fact(unit, name, scope, report)
            elif not _is_fact(name.key, scope):
                _unknown_fact(unit, name, strict, scope, report)
        for name in bare_events(unit.item):
            if not _is_event(name.key, scope):
                _unknown_event(unit, name, strict, scope, report)


def facts_in(unit: CheckedBlock) -> Iterator[Name]:
    """Every fact that a block asks for, quotes or plays, with its place."""
    item = unit.item
    for atom in unit.asked:
        if isinstance(atom, Compare):
            yield atom.fact
    for step in unit.steps:
        yield from _facts_of(step)
    for text in open_texts(unit.steps):
        yield from quoted_facts(text)
    if (zone := zone_fact(item)) is not None:
        yield zone
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


def asked_for(scope: Scope) -> str:
    """Where `only declared names` stands, as `file:line`; empty where no file says so."""
    if not scope.only_declared:
        return ""
    node, unit = scope.only_declared[0]
    place = unit.block.locate(node.span)
    return f"{place.source.path}:{place.first.line}"


def _unknown_fact(unit: CheckedBlock, name: Name, strict: str, scope: Scope, report: Report) -> None:
    """A name that is nearly a declared one; with `strict` any that is not declared."""
    near = scope.nearly(name.text, (*scope.facts.spelled(), *scope.events.spelled()))
    if near or strict:
        kind = _kind_asked(name.key, unit)
        _report(codes.UNKNOWN_FACT, unit, name, near, strict, f"fact {name.text} is {kind}", report)


def _unknown_event(unit: CheckedBlock, name: Name, strict: str, scope: Scope, report: Report) -> None:
    near = scope.nearly(name.text, (*scope.events.spelled(), *scope.facts.spelled()))
    if near or strict:
        _report(codes.UNKNOWN_EVENT, unit, name, near, strict, f"event {name.text}", report)


def _report(
    code: Code, unit: CheckedBlock, name: Name, near: Guess, strict: str, declaration: str, report: Report
) -> None:
    message = (
        f'"{name.text}" is not declared, and nearly the same as "{near.names[0]}", which is.' if near else ""
    )
    if strict and not near:
        message = f'"{name.text}" is not declared, and "only declared names" stands in {strict}.'
    report.add_name(code, unit.block, name, message, near, f"Declare it: {declaration}")


def _kind_asked(key: str, unit: CheckedBlock) -> str:
    """What kind of fact a block takes a name for."""
    for atom in unit.asked:
        if isinstance(atom, Compare) and atom.fact.key == key:
            for value in atom.values:
                return _KINDS.get(value.kind, "text")
    for told in _told_in(unit.item):
        name = told.fact if isinstance(told, Given) else told.name
        if name.key == key and told.values:
            return _KINDS.get(told.values[0].kind, "text")
    return "text"


def _told_in(item: Item) -> Iterator[Given | EventKey]:
    """What a test gives, and what its events carry."""
    if isinstance(item, Test):
        yield from (line for line in item.lines if isinstance(line, Given))
        yield from played_keys(item)


_KINDS = {
    Kind.YESNO: "yes/no",
    Kind.NUMBER: "number",
    Kind.DURATION: "duration",
    Kind.TIME: "time",
    Kind.DATE: "date",
}


def _check_call_fact(unit: CheckedBlock, name: Name, scope: Scope, report: Report) -> None:
    """A name that is close to one that the engine knows; others may come with the call's own data."""
    if name.key in CALL_FACTS or name.key in scope.facts:
        return
    guess = scope.guess(name.text, CALL_FACTS)
    if guess:
        message = f'The engine knows no "{name.text}".'
        report.add_name(codes.UNKNOWN_CALL_FACT, unit.block, name, message, guess)


# --- who may set what ---------------------------------------------------------------------------------------


def _check_reserved(unit: CheckedBlock, report: Report) -> None:
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


def _check_set(unit: CheckedBlock, name: Name, report: Report) -> None:
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
