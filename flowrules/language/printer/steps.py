"""Steps: the 25 verbs from their forms in the catalogue, the engine's own steps, and what happens on failure."""

from collections.abc import Iterator

from flowrules.language.nodes import (
    Advise,
    Argument,
    ArgumentValue,
    CallbackKind,
    CallbackTime,
    Do,
    Failure,
    Forget,
    GoOn,
    If,
    Literal,
    Name,
    OtherVerb,
    Pair,
    Remember,
    StaySilent,
    Step,
    Stop,
    Target,
    TargetKind,
    VerbStep,
    Wait,
)
from flowrules.language.printer.conditions import condition
from flowrules.language.printer.layout import Line
from flowrules.language.printer.words import FULL_DAYS, literal, names
from flowrules.verbs import BY_NAME, Flag, Form, Group, Keyword, Part, Slot


def sequence(steps: tuple[Step, ...], open_end: bool = False) -> str:
    """Steps on one line. With `open_end` nothing follows on the line, so the last failure needs no brackets."""
    last = len(steps) - 1
    return " then ".join(step(node, open_end and at == last) for at, node in enumerate(steps))


def step(node: Step, open_end: bool = False) -> str:
    """One step with its failure branches, on one line."""
    failures = failures_of(node)
    last = len(failures) - 1
    branches = (f" {failure(branch, open_end and at == last)}" for at, branch in enumerate(failures))
    return alone(node) + "".join(branches)


def step_lines(steps: tuple[Step, ...], depth: int) -> Iterator[Line]:
    """A step a line, each failure branch on a line of its own below its step."""
    for node in steps:
        yield Line(depth, alone(node), node.span.start)
        for branch in failures_of(node):
            yield Line(depth + 1, failure(branch, open_end=True), branch.span.start)


def failures_of(node: Step) -> tuple[Failure, ...]:
    return node.failures if isinstance(node, VerbStep | OtherVerb) else ()


def failure(node: Failure, open_end: bool) -> str:
    because = f" because {names(node.reasons)}" if node.reasons else ""
    first = node.steps[0]
    single = len(node.steps) == 1 and not failures_of(first) and not isinstance(first, If)
    then = sequence(node.steps)
    if single and (open_end or isinstance(first, GoOn)):
        return f"if it fails{because} then {then}"
    return f"if it fails{because} then ({then})"


def alone(node: Step) -> str:
    """A step without its failure branches."""
    match node:
        case VerbStep():
            return _verb(node) + _patience(node)
        case OtherVerb():
            pairs = f" with {_pairs(node.pairs)}" if node.pairs else ""
            return f"verb {node.name.text}{pairs}{_patience(node)}"
        case Wait():
            return f"wait {literal(node.duration)}"
        case Do():
            return f"do {node.name.text}"
        case Stop():
            return "stop"
        case GoOn():
            return "go on"
        case Remember():
            return f"remember {node.name.text} is {literal(node.value)}"
        case Forget():
            return f"forget {node.name.text}"
        case Advise():
            return f"advise {literal(node.text)}"
        case StaySilent():
            return "stay silent"
        case If():
            otherwise = f" otherwise {sequence(node.otherwise)}" if node.otherwise else ""
            return f"if {condition(node.condition)} then {sequence(node.steps)}{otherwise}"


def _patience(node: VerbStep | OtherVerb) -> str:
    return f" within {literal(node.patience)}" if node.patience is not None else ""


def _verb(node: VerbStep) -> str:
    """The form's parts in their order; a place that nothing was written for is passed over with its words, as
    happens in `expect transfer`."""
    arguments = {argument.name: argument for argument in node.arguments}
    shape = form_of(node, arguments)
    return " ".join([shape.word, *_parts(shape.parts, arguments)])


def form_of(node: VerbStep, arguments: dict[str, Argument]) -> Form:
    """The form that a step was written in: the first of its word that has a place for all its arguments."""
    forms = [shape for shape in BY_NAME[node.verb].forms if shape.word == node.word.lower()]
    return next((shape for shape in forms if arguments.keys() <= set(shape.argument_names)), forms[0])


def _parts(parts: tuple[Part, ...], arguments: dict[str, Argument]) -> Iterator[str]:
    waiting: list[str] = []
    for part in parts:
        match part:
            case Keyword():
                waiting.extend(part.words)
            case Slot() if part.name in arguments:
                yield from waiting
                yield argument_value(arguments[part.name].value)
                waiting.clear()
            case Slot():
                waiting.clear()
            case Flag() if part.name in arguments:
                yield from part.words
            case Group():
                yield from _parts(part.parts, arguments)
            case Flag():
                pass
    yield from waiting


def argument_value(value: ArgumentValue) -> str:
    match value:
        case Literal():
            return literal(value)
        case Name():
            return value.text
        case Target():
            return target(value)
        case TargetKind():
            return str(value)
        case CallbackTime():
            return callback_time(value)
        case tuple():
            return _pairs(value)
        case bool():
            return "yes" if value else "no"


def _pairs(pairs: tuple[Pair, ...]) -> str:
    return ", ".join(f"{pair.key.text} {literal(pair.value)}" for pair in pairs)


def target(node: Target) -> str:
    return f"{node.kind} {literal(node.value)}"


def callback_time(node: CallbackTime) -> str:
    at_time = f"at {literal(node.time)}" if node.time else ""
    match node.kind:
        case CallbackKind.IN:
            return f"in {literal(node.duration)}" if node.duration else "in"
        case CallbackKind.TODAY | CallbackKind.TOMORROW:
            return f"{node.kind} {at_time}"
        case CallbackKind.NEXT_DAY:
            return f"next {FULL_DAYS[node.day or 0]} {at_time}"
        case CallbackKind.AT_DATE:
            return f"at {literal(node.date) if node.date else ''} {literal(node.time) if node.time else ''}"
        case CallbackKind.NEXT_HOURS | CallbackKind.AT_FACT:
            word = "next" if node.kind is CallbackKind.NEXT_HOURS else "at"
            return f"{word} {node.name.text if node.name else ''}"
