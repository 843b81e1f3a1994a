"""The texts of steps that may quote facts, and where in a block each quoted name stands."""

from collections.abc import Iterable, Iterator

from flowrules.analysis.model.verb_fields import SLOT_KINDS
from flowrules.language.nodes import Advise, Kind, Literal, Name, OtherVerb, Pair, Remember, Step, VerbStep
from flowrules.language.template import BraceMistake, QuotedFact, split_template, template_mistakes
from flowrules.source import Span


def open_texts(steps: Iterable[Step]) -> Iterator[Literal]:
    """The quoted texts in which `{fact}` is replaced."""
    for step in steps:
        match step:
            case Advise(text):
                yield text
            case Remember(value=Literal(kind=Kind.TEXT) as text):
                yield text
            case OtherVerb(pairs=pairs):
                yield from _texts(pairs)
            case VerbStep(verb=verb, arguments=arguments):
                for argument in arguments:
                    match SLOT_KINDS.get((verb, argument.name)), argument.value:
                        case "text" | "value", Literal(kind=Kind.TEXT) as text:
                            yield text
                        case "pairs", tuple() as pairs:
                            yield from _texts(pairs)


def quoted_facts(text: Literal) -> Iterator[Name]:
    """The facts that a text quotes, with their places in the block."""
    if "{" in text.raw:
        for part in split_template(str(text.value)):
            if isinstance(part, QuotedFact):
                yield Name(part.fact.text, _in_block(text, part.fact.span))


def brace_mistakes(text: Literal) -> Iterator[BraceMistake]:
    """Braces that quote nothing, with their places in the block."""
    if "{" in text.raw or "}" in text.raw:
        for mistake in template_mistakes(str(text.value)):
            yield mistake._replace(span=_in_block(text, mistake.span))


def _texts(pairs: Iterable[Pair]) -> Iterator[Literal]:
    return (pair.value for pair in pairs if pair.value.kind is Kind.TEXT)


def _in_block(text: Literal, span: Span) -> Span:
    """A place in a text's value as a place in the block: behind the opening quote, doubled quotes counted."""
    inside = text.raw[1:-1]
    places = []
    at = 0
    while at < len(inside):
        places.append(at)
        at += 2 if inside.startswith('""', at) else 1
    places.append(at)
    begin = text.span.start + 1
    return Span(begin + places[span.start], begin + places[span.end])
