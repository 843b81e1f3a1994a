"""What a bare `set_disposition` records: never what the caller or the model said, always a word of the rules."""

from collections.abc import Mapping
from dataclasses import dataclass

from flowrules.analysis.model.verb_fields import as_written
from flowrules.language.names import fold
from flowrules.language.nodes import DefaultDisposition, Literal, On, Op, Rule, Trigger
from flowrules.language.operators import BY_OP, Family, Operand
from flowrules.language.values import Scalar, Value


@dataclass(frozen=True, slots=True)
class DispositionChoice:
    """A disposition, and when it is taken: `event` None means always, else where the event carries that key
    with that value (`value` None: at all). `why` says where it comes from."""

    disposition: str
    why: str
    event: str | None = None
    value: Literal | None = None

    @property
    def note(self) -> str:
        return f"disposition {self.disposition}: {self.why}"

    def taken_for(self, event: Mapping[str, Value]) -> bool:
        if self.event is None:
            return True
        held = event.get(self.event)
        if held is None or self.value is None:
            return held is not None
        wanted = fold(as_written(self.value))
        return any(wanted == fold(_text(one)) for one in (held if isinstance(held, tuple) else (held,)))


def disposition_choices(
    rule: Rule | None, defaults: tuple[DefaultDisposition, ...]
) -> tuple[DispositionChoice, ...]:
    """The dispositions that a bare `set_disposition` can take, the first that holds wins.

    `rule` is None for the steps of a guard rail, which answer no event of their own; `defaults` are those of the
    rule's file. Where `always_settled` says no, a situation can occur for which the file gives none.
    """
    values = _event_values(rule.trigger) if rule else ()
    choices = []
    for default in defaults:
        if default.event is None:
            continue
        label = as_written(default.label)
        value = as_written(default.value) if default.value else ""
        situation = f"{default.event.text}={value}" if value else default.event.text
        choice = DispositionChoice(label, f"the default for {situation}", default.event.key, default.value)
        if len(values) == 1 and values[0][0] == default.event.key and choice.taken_for(dict(values)):
            return (DispositionChoice(label, choice.why),)
        choices.append(choice)
    whole_file = next((default for default in defaults if default.event is None), None)
    if whole_file is not None:
        choices.append(DispositionChoice(as_written(whole_file.label), "the file's default"))
    elif len(values) == 1:
        choices.append(DispositionChoice(values[0][1], "the rule's only event value"))
    return tuple(choices)


def always_settled(rule: Rule | None, choices: tuple[DispositionChoice, ...]) -> bool:
    """Whether one of the choices is taken by every event that the rule answers."""
    values = _event_values(rule.trigger) if rule else ()
    covered = bool(values) and all(any(c.taken_for({key: value}) for c in choices) for key, value in values)
    return covered or any(choice.event is None for choice in choices)


def _event_values(trigger: Trigger) -> tuple[tuple[str, str], ...]:
    """The literal values that a trigger asks the event for, with their keys; none where it can also be taken
    by an event without such a value."""
    if not isinstance(trigger, On):
        return ()
    values: list[tuple[str, str]] = []
    for test in trigger.tests:
        if test.test is None or not _names_values(test.test.op):
            return ()
        values += ((test.name.key, as_written(value)) for value in test.test.values)
    return tuple(dict.fromkeys(values))


def _names_values(op: Op) -> bool:
    """Whether the values that a comparison is met by are those that stand behind it."""
    row = BY_OP[op]
    return row.family is Family.AMONG and not row.negative and row.operand is not Operand.LIST


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
