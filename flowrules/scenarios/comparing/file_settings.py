"""What a rule or a guard rail has from the file in which it stands: `order as written`, and the file's default
dispositions. The same words do something else in another file."""

from collections import Counter
from collections.abc import Iterable, Iterator

from flowrules.analysis.checks.flow import ENDINGS
from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.dispositions import disposition_choices
from flowrules.analysis.model.verb_fields import disposition_field
from flowrules.language.nodes import Block, DefaultDisposition, Do, If, OrderAsWritten, Rule, Step, VerbStep
from flowrules.language.traverse import all_steps, failures_of, sequences

Setting = tuple[str, str, str]
"""What it is, as it was, as it is now."""


def changed_settings(before: Block, old: CheckedRules, block: Block, new: CheckedRules) -> Iterator[Setting]:
    """What differs though the declarations of both rule sets are the same: one that is new, gone or edited is a
    change of its own."""
    if _written(old, OrderAsWritten) == _written(new, OrderAsWritten):
        was, now = _order(before, old), _order(block, new)
        if was != now:
            yield "the order in its file", was, now
    if _written(old, DefaultDisposition) == _written(new, DefaultDisposition):
        was, now = _dispositions(before, old), _dispositions(block, new)
        if was != now:
            yield "the default dispositions in its file", was, now


def _written(checked: CheckedRules, kind: type[OrderAsWritten] | type[DefaultDisposition]) -> Counter[object]:
    return Counter(
        block.item for file in checked.files for block in file.blocks if isinstance(block.item, kind)
    )


def _order(block: Block, checked: CheckedRules) -> str:
    """'' where nothing stands behind an ending, so that it has no order to keep."""
    if block.item is None or not any(
        _goes_on_behind_an_ending(one, checked) for one in sequences(block.item)
    ):
        return ""
    return "order as written" if block.source.path in checked.as_written else "records before the ending"


def _goes_on_behind_an_ending(steps: tuple[Step, ...], checked: CheckedRules) -> bool:
    flat = list(_flat(steps, checked))
    ends = [number for number, step in enumerate(flat) if isinstance(step, VerbStep) and step.verb in ENDINGS]
    inner = [failure.steps for step in flat for failure in failures_of(step)]
    inner += [part for step in flat if isinstance(step, If) for part in (step.steps, step.otherwise)]
    return (bool(ends) and ends[0] < len(flat) - 1) or any(
        _goes_on_behind_an_ending(part, checked) for part in inner
    )


def _dispositions(block: Block, checked: CheckedRules) -> str:
    """'' where no step asks for a default."""
    item = block.item
    if item is None or not any(map(_is_bare, _all(sequences(item), checked))):
        return ""
    rule = item if isinstance(item, Rule) else None
    choices = disposition_choices(rule, checked.dispositions.get(block.source.path, ()))
    return ", ".join(choice.note for choice in choices)


def _is_bare(step: Step) -> bool:
    return (
        isinstance(step, VerbStep)
        and (field := disposition_field(step.verb)) is not None
        and all(argument.name != field for argument in step.arguments)
    )


def _all(parts: Iterable[tuple[Step, ...]], checked: CheckedRules) -> Iterator[Step]:
    for part in parts:
        for step in all_steps(part):
            if isinstance(step, Do):
                yield from _all([checked.steps[step.name.key].steps], checked)
            else:
                yield step


def _flat(steps: Iterable[Step], checked: CheckedRules) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, Do):
            yield from _flat(checked.steps[step.name.key].steps, checked)
        else:
            yield step
