"""What is left when everything with an error, and everything that depends on it, is taken out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from flowrules.analysis.checked import CheckedRules
from flowrules.analysis.report import Report
from flowrules.analysis.scope import Scope, Table
from flowrules.analysis.targets import allowed_in
from flowrules.analysis.unit import Unit
from flowrules.language.nodes import Block, Rule, RuleFile, Test

T = TypeVar("T")


def sound_rules(scope: Scope, report: Report) -> CheckedRules:
    """The checked rules: only items that compile."""
    lists = _sound(scope.lists, report)
    zone = next((node for node, unit in scope.zones if not report.is_broken(unit.block)), None)
    hours = {key: node for key, node in _sound(scope.hours, report).items() if node.zone or zone}
    destinations = _sound(scope.destinations, report)
    have = {("list", key) for key in lists} | {("hours", key) for key in hours}
    have |= {("destination", key) for key in destinations}
    steps = {}
    for key, found in scope.steps.found.items():
        if not report.is_broken(found.unit.block) and have >= found.unit.needs:
            steps[key] = found.node
            have.add(("steps", key))

    tables = (scope.lists, scope.hours, scope.destinations, scope.steps)
    whole = not report.broken and not any(table.lost for table in tables)

    def blocks(units: list[Unit]) -> tuple[Block, ...]:
        if whole:
            return tuple(unit.block for unit in units)
        return tuple(u.block for u in units if not report.is_broken(u.block) and have >= u.needs)

    return CheckedRules(
        files=scope.files,
        zone=str(zone.zone.value) if zone else None,
        lists=lists,
        hours=hours,
        destinations=destinations,
        steps=steps,
        events={key: found.unit.block for key, found in scope.events.found.items()},
        facts=_sound(scope.facts, report),
        dispositions={file.source.path: scope.defaults_for(file.source.path) for file in scope.files},
        allowed=allowed_in(scope),
        as_written=frozenset(scope.as_written),
        rules=blocks(scope.rules),
        rails=blocks(scope.rails),
        tests=blocks(scope.tests),
    )


def with_blocks(rules: CheckedRules, files: Iterable[RuleFile]) -> CheckedRules:
    """The checked rules of a part of a rule set's blocks, with all the others, which are sound. Every declaration is in
    the part."""
    files = tuple(files)
    lost = {id(block) for file in rules.files for block in file.blocks}
    lost.difference_update(map(id, (*rules.rules, *rules.tests)))
    sound = [block for file in files for block in file.blocks]
    if lost:
        sound = [block for block in sound if id(block) not in lost]
    return replace(
        rules,
        files=files,
        rules=tuple([block for block in sound if type(block.item) is Rule]),
        tests=tuple([block for block in sound if type(block.item) is Test]),
    )


def _sound(table: Table[T], report: Report) -> Mapping[str, T]:
    return {k: found.node for k, found in table.found.items() if not report.is_broken(found.unit.block)}
