"""What is left when everything with an error, and everything that depends on it, is taken out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, compress, repeat
from operator import attrgetter, is_
from typing import TypeVar

from flowrules.analysis.checks.resolve import resolved
from flowrules.analysis.checks.targets import allowed_in
from flowrules.analysis.gather import gather
from flowrules.analysis.incremental.split import Parts
from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.rails import distinct_rails
from flowrules.analysis.model.references import lists_of
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope, Table
from flowrules.language.nodes import Block, Rule, RuleFile, Test

T = TypeVar("T")
_ITEM = attrgetter("item")


def valid_rules(scope: Scope, report: Report) -> CheckedRules:
    """The checked rules: only items that compile."""
    lists = _sound(scope.lists, report)
    zone = next((node for node, unit in scope.zones if not report.is_broken(unit.block)), None)
    hours = {
        key: node
        for key, node in _sound(scope.hours, report).items()
        if (node.zone or zone) and all(name.key in lists for name in lists_of(node))
    }
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

    def blocks(units: list[CheckedBlock]) -> tuple[Block, ...]:
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
        rails=blocks(list(distinct_rails(scope))),
        promises=blocks(scope.promises),
        tests=blocks(scope.tests),
        read=scope.files,
    )


def assume_valid(files: Sequence[RuleFile]) -> CheckedRules:
    """The checked rules of files that are known to be without an error: hardly a rule or test is looked into."""
    plain = resolved(files)
    return replace(with_blocks(valid_rules(gather(Parts(plain).of()), Report()), plain), read=tuple(files))


def with_blocks(rules: CheckedRules, files: Iterable[RuleFile]) -> CheckedRules:
    """The checked rules of a part of a rule set's blocks, with all the others, which are sound. Every declaration is in
    the part."""
    files = tuple(files)
    lost = {id(block) for file in rules.files for block in file.blocks}
    lost.difference_update(map(id, (*rules.rules, *rules.tests)))
    rule_blocks, test_blocks = _of_kind(files, Rule), _of_kind(files, Test)
    if not lost.isdisjoint(map(id, (*rule_blocks, *test_blocks))):
        rule_blocks, test_blocks = (
            tuple([block for block in found if id(block) not in lost]) for found in (rule_blocks, test_blocks)
        )
    return replace(rules, files=files, rules=rule_blocks, tests=test_blocks)


def _of_kind(files: Iterable[RuleFile], kind: type) -> tuple[Block, ...]:
    """The blocks of the files that hold an item of this kind: thousands, so no step of it is taken in Python."""
    blocks = tuple(chain.from_iterable(file.blocks for file in files))
    return tuple(compress(blocks, map(is_, map(type, map(_ITEM, blocks)), repeat(kind))))


def _sound(table: Table[T], report: Report) -> Mapping[str, T]:
    return {k: found.node for k, found in table.found.items() if not report.is_broken(found.unit.block)}
