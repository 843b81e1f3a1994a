"""A rule set as people and programs may look at it: plain data, in the order in which rules are asked."""

from typing import Any

from flowrules.compiler.compiled_rule import CompiledRule, TimerSpec
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.language.nodes import Block, Promise, Rank
from flowrules.language.printer import print_item, print_promised, print_trigger

ORDER = (Rank.URGENT, Rank.ALSO, Rank.PLAIN)
"""Urgent rules interrupt, `also` rules run besides, the first plain rule that matches owns the event."""


def overview(rules: RuleSet) -> dict[str, Any]:
    """`{"revision", "zone", "rules": [{"id", "rank", "file", "line", "waits_for", "text"}], "timers", "rails":
    [{"name" where it has one, "file", "line", "text"}], "promises": [{"name", "file", "line", "text"}], "declared":
    {kind: [name]}, "sources": {fact: weakest source, or "only SOURCE"}}`."""
    checked = rules.checked
    ranked = [rule for rank in ORDER for rule in rules.rules if rule.rank is rank]
    rails = sorted((*rules.rails.never, *rules.rails.before), key=lambda rail: (rail.file, rail.line))
    return {
        "revision": rules.revision,
        "zone": str(rules.zone),
        "rules": [_rule(rule, rules.ref(rule)) for rule in ranked],
        "timers": [_timer(timer) for timer in rules.timers],
        "rails": [
            {
                **({"name": rail.label} if rail.label else {}),
                "file": rail.file,
                "line": rail.line,
                "text": rail.text,
            }
            for rail in rails
        ],
        "promises": list(map(_promise, checked.promises)),
        "declared": {
            "lists": [node.name.text for node in checked.lists.values()],
            "hours": [node.name.text for node in checked.hours.values()],
            "destinations": [node.name.text for node in checked.destinations.values()],
            "steps": [node.name.text for node in checked.steps.values()],
            "facts": [node.name.text for node in checked.facts.values()],
            "events": list(checked.events),
        },
        "sources": {
            key: f"only {one.source}" if one.only else one.source for key, one in rules.fact_sources.items()
        },
    }


def _rule(rule: CompiledRule, ref: RuleRef) -> dict[str, Any]:
    return {
        "id": ref.id,
        "rank": rule.rank.value or "plain",
        "file": ref.file,
        "line": ref.line,
        "waits_for": print_trigger(rule.rule.trigger),
        "text": print_item(rule.rule),
    }


def _promise(block: Block) -> dict[str, Any]:
    promise = block.item
    assert isinstance(promise, Promise)
    return {
        "name": str(promise.label.value),
        "file": block.source.path,
        "line": block.locate(promise.span).first.line,
        "text": print_promised(promise.pattern),
    }


def _timer(timer: TimerSpec) -> dict[str, Any]:
    return {"key": timer.key, "fact": timer.fact, "after_seconds": timer.after, "at_minute": timer.at}
