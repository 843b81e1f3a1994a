"""Which disposition a step records that names none."""

from flowrules.analysis.model.dispositions import DispositionChoice
from flowrules.language.nodes import DefaultDisposition
from flowrules.prose.facts import happens
from flowrules.prose.triggers import value_event
from flowrules.prose.values import compared, label, quoted


def default_disposition(choices: tuple[DispositionChoice, ...]) -> str:
    """`“SALES_XFER” if intent is “sales”, else “HANDLED”`; empty where there is none."""
    told = [
        quoted(one.disposition) + ("" if one.event is None else f" if {_situation(one.event, one)}")
        for one in choices
    ]
    return ", else ".join(told)


def declared_default(node: DefaultDisposition) -> str:
    """A declaration as a sentence."""
    where = ""
    if node.event is not None:
        choice = DispositionChoice("", "", node.event.key, node.value)
        where = f" if {_situation(node.event.key, choice)}"
    return f"A step that records a disposition without naming it records {label(node.label)}{where}."


def _situation(key: str, choice: DispositionChoice) -> str:
    return happens(key) if choice.value is None else value_event(key, [compared(choice.value)])
