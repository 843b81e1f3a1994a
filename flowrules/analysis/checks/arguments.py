"""What stands in the places of a verb: targets, addresses, keys, texts, and what goes with them."""

from flowrules.analysis.checks.targets import (
    AllowLists,
    allow_lists_of,
    allowed_in,
    check_audio,
    check_kind,
    check_target,
)
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.texts import brace_mistakes, open_texts
from flowrules.analysis.model.verb_fields import (
    DESTINATION_TYPES,
    SLOT_KINDS,
    as_written,
    disposition_field,
    targets_of,
    validate_arguments,
)
from flowrules.diagnostics.codes import arguments as codes
from flowrules.diagnostics.codes import syntax
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Argument,
    Kind,
    Literal,
    OtherVerb,
    Pair,
    Target,
    TargetKind,
    VerbStep,
)
from flowrules.language.template import QuotedFact, split_template
from flowrules.verbs import AUDIO_FIELDS, CALL_FIELDS, TYPE_FIELDS


def check_arguments(scope: Scope, report: Report) -> None:
    allow_lists = allow_lists_of(scope, allowed_in(scope))
    for unit in scope.units:
        for step in unit.steps:
            match step:
                case VerbStep():
                    _check_verb(unit, step, allow_lists, scope, report)
                case OtherVerb(pairs=pairs):
                    _check_pairs(unit, pairs, "event", '"event" already holds the verb\'s name.', report)
                    _check_places(unit, pairs, report)
        for text in open_texts(unit.steps):
            for span, message, hint in brace_mistakes(text):
                report.add(codes.BAD_TEMPLATE, unit.block, span, message, hint)


def _check_verb(
    unit: CheckedBlock, step: VerbStep, allow_lists: AllowLists, scope: Scope, report: Report
) -> None:
    arguments = {argument.name: argument for argument in step.arguments}
    problems = dict(validate_arguments(step))
    for argument in step.arguments:
        kind = SLOT_KINDS.get((step.verb, argument.name), "flag")
        match argument.value:
            case Target() as target:
                check_target(unit, target, step.verb, allow_lists, report)
                _check_behind(unit, target, step.verb, scope, report)
            case TargetKind() as alone if alone not in DESTINATION_TYPES[step.verb]:
                check_kind(unit, alone, argument.span, step.verb, report)
            case tuple() as pairs:
                said = "reason" if "reason" in arguments else ""
                _check_pairs(unit, pairs, said, '"reason" is already said by "because".', report)
            case Literal() as literal if kind in _FIXED and _quotes_fact(literal):
                message = f"A fact can't stand here: {_FIXED[kind]} is fixed."
                report.add(codes.FACT_IN_FIXED_TEXT, unit.block, literal.span, message, _instead(step))
            case Literal() as literal if argument.name in problems:
                _bad_literal(unit, kind, argument, problems[argument.name], report)
            case Literal() as literal if kind == "url":
                check_audio(unit, literal, allow_lists, report)


_FIXED = {"label": "this name", "url": "an address", "digits": "what is pressed"}


def _quotes_fact(literal: Literal) -> bool:
    text = str(literal.value)
    return literal.kind is Kind.TEXT and any(isinstance(part, QuotedFact) for part in split_template(text))


def _instead(step: VerbStep) -> str:
    if disposition_field(step.verb) is not None:
        return 'Write the disposition out; a note may quote facts: set_disposition done note "{intent}"'
    return "Write it out."


def _check_behind(unit: CheckedBlock, target: Target, verb: str, scope: Scope, report: Report) -> None:
    """`to NAME`: does the verb take every target that the name can come to mean?"""
    if target.kind is not TargetKind.TO:
        return
    for one in targets_of(target, scope.destination_nodes):
        if one.kind not in DESTINATION_TYPES[verb] and one.kind is not TargetKind.TO:
            message = f'"{verb}" takes no {one.kind}, and "{as_written(target.value)}" can be one.'
            kinds = [str(kind) for kind in DESTINATION_TYPES[verb]]
            hint = f"It takes {', '.join(kinds[:-1])} or {kinds[-1]}."
            report.add(codes.WRONG_TARGET, unit.block, target.span, message, hint)
            return


def _check_pairs(
    unit: CheckedBlock, pairs: tuple[Pair, ...], taken: str, already: str, report: Report
) -> None:
    """Keys behind `with`, each once; `taken` is one that the verb fills by itself."""
    seen = {taken}
    for pair in pairs:
        key = pair.key.text
        if key in seen:
            message = already if key == taken else f'"{key}" is given twice.'
            report.add(codes.ROW_TWICE, unit.block, pair.key.span, message, "Keep one of the two.")
        seen.add(key)


_PLACES = frozenset({"destination", *TYPE_FIELDS, *CALL_FIELDS, *AUDIO_FIELDS})
"""Fields by which the verbs of the catalogue say where a call, or a sound, goes to or comes from."""


def _check_places(unit: CheckedBlock, pairs: tuple[Pair, ...], report: Report) -> None:
    """A verb that is not in the catalogue goes nowhere by what somebody said either."""
    for pair in pairs:
        if fold(pair.key.text) in _PLACES and _quotes_fact(pair.value):
            message = f'"{pair.key.text}" says where, and can\'t be taken from a fact.'
            report.add(syntax.FACT_IN_TARGET, unit.block, pair.value.span, message, "Write it out.")


def _bad_literal(unit: CheckedBlock, kind: str, argument: Argument, sentence: str, report: Report) -> None:
    """What the verb's model has against a value, in words that fit the kind of place."""
    literal = argument.value
    assert isinstance(literal, Literal)
    written = as_written(literal)
    match kind:
        case "url":
            message, hint = f'"{written}" is no web address.', "It begins with https:// or http://."
            report.add(codes.BAD_URL, unit.block, literal.span, message, hint)
        case "digits":
            message = f'"{written}" holds more than telephone keys.' if written else "No key is named."
            hint = "Keys are 0 to 9, A to D, * and #, at most 64 of them, without spaces."
            report.add(codes.BAD_KEYS, unit.block, literal.span, message, hint)
        case "duration":
            pass  # `ranges.py` says so with the others
        case _:
            message = sentence.replace("It must not be", "This text is").replace("It has", "This text has")
            hint = "Say what is meant, in up to 8,192 characters."
            report.add(codes.BAD_TEXT, unit.block, literal.span, message, hint)
