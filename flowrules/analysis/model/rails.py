"""Guard rails that are one: the same in several files of a folder, so that each file is whole by itself."""

from collections.abc import Iterable, Iterator

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.verb_fields import disposition_field
from flowrules.language.nodes import Before, Never, Step, VerbStep
from flowrules.language.traverse import sequences


def rail_said(rail: Never | Before) -> tuple[object, ...]:
    """What a guard rail says, whatever it is called."""
    if isinstance(rail, Never):
        return Never, rail.verbs, rail.guards, rail.instead
    return Before, rail.verbs, rail.guards, rail.steps


def is_one_rail(first: CheckedBlock, other: CheckedBlock, scope: Scope) -> bool:
    """Whether two guard rails that say the same are one: they stand in two files, and nothing that holds for one of
    these files makes them differ."""
    one, two = first.block.source.path, other.block.source.path
    if one == two:
        return False
    steps = tuple(_steps(other, scope))
    if steps and (one in scope.as_written) is not (two in scope.as_written):
        return False
    return scope.defaults_for(one) == scope.defaults_for(two) or not any(map(_takes_default, steps))


def distinct_rails(scope: Scope) -> Iterator[CheckedBlock]:
    """The guard rails, each once: of those that are one the first that has a name, else the first."""
    groups: dict[object, list[CheckedBlock]] = {}
    for unit in scope.rails:
        assert isinstance(unit.item, Never | Before)
        groups.setdefault(rail_said(unit.item), []).append(unit)
    kept: set[int] = set()
    for group in groups.values():
        first, *others = group
        same = [first, *(one for one in others if is_one_rail(first, one, scope))]
        kept |= {id(one) for one in others if all(one is not known for known in same)}
        kept.add(id(_named(same)))
    return (unit for unit in scope.rails if id(unit) in kept)


def _named(units: Iterable[CheckedBlock]) -> CheckedBlock:
    units = tuple(units)
    return next((unit for unit in units if unit.item.label is not None), units[0])  # type: ignore[union-attr]  # rails


def _steps(unit: CheckedBlock, scope: Scope) -> Iterator[Step]:
    for sequence in sequences(unit.item):
        yield from (step for step, _ in scope.written_out(sequence))


def _takes_default(step: Step) -> bool:
    """Whether a step records the disposition that its file gives."""
    field = disposition_field(step.verb) if isinstance(step, VerbStep) else None
    return (
        isinstance(step, VerbStep)
        and field is not None
        and all(argument.name != field for argument in step.arguments)
    )
