"""What rules ask the caller for: facts of which a rule needs a value, and that are told once somebody asks."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from flowrules.analysis.model.builtin import COMPUTED, FAILURE_FACTS, SPOKEN_FACTS
from flowrules.analysis.model.verb_fields import Quote
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledAdvise, CompiledCallback, CompiledStep, CompiledVerb
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.preview import PLATFORM_FACTS
from flowrules.exploration.hazards.asked import every, remembered_in, steps_of
from flowrules.language.nodes import CallbackKind, Compare, FactType, On
from flowrules.language.operators import BY_OP, Family
from flowrules.language.values import Value
from flowrules.scenarios.comparing.samples import compares_of, samples
from flowrules.verbs import BY_NAME

USABLE_TIME = "2026-03-09T10:00"
MOST_ANSWERS = 2
"""So many answers to one question are played."""
_OF_THE_HOST = ("host", "platform")
_NOT_ASKED_FOR = COMPUTED | SPOKEN_FACTS | FAILURE_FACTS | {"intent", "silence"}
_QUESTION = re.compile(r"[?\uff1f\u061f]|\b(?:ask|report)\b", re.IGNORECASE)


class Wanted(NamedTuple):
    """A fact of which rules need a value. `rules` ask for it in their guards, or act by it; `answers` are values that
    let one of them run; `name` is how it is written."""

    name: str
    rules: tuple[CompiledRule, ...]
    answers: tuple[Value, ...]


def wanted(ruleset: RuleSet) -> Mapping[str, Wanted]:
    """By their folded names the facts that somebody may be asked for. What is yes or no is left out: that is mostly
    found out by a check. So is what only the host, the platform or the rules themselves tell."""
    if not any(is_question(text) for rule in ruleset.rules for text in texts_in(steps_of(rule))):
        return {}
    own = {
        fact for rule in ruleset.rules for fact, value in remembered_in(steps_of(rule)) if value is not None
    }
    names: dict[str, str] = {}
    rules: dict[str, list[CompiledRule]] = {}
    answers: dict[str, dict[Value, None]] = {}
    times = set[str]()
    for rule in ruleset.rules:
        if not isinstance(rule.rule.trigger, On):
            continue
        for compare in compares_of(rule.guard.node if rule.guard else None):
            fact = compare.fact.key
            names.setdefault(fact, compare.fact.text)
            rules.setdefault(fact, []).append(rule)
            met = next(samples(compare, ruleset, meet=True), None)
            if met is not None:
                answers.setdefault(fact, {})[met] = None
        for fact, name in callback_times(rule):
            names.setdefault(fact, name)
            rules.setdefault(fact, []).append(rule)
            answers[fact] = {USABLE_TIME: None}
            times.add(fact)
    return {
        fact: Wanted(
            names[fact],
            tuple(dict.fromkeys(users)),
            (USABLE_TIME,) if fact in times else tuple(answers.get(fact, ()))[:MOST_ANSWERS],
        )
        for fact, users in rules.items()
        if answers.get(fact) and fact not in own and _may_be_told(fact, ruleset)
    }


def _may_be_told(fact: str, ruleset: RuleSet) -> bool:
    """Whether the caller can be asked for a value of this fact."""
    if fact in _NOT_ASKED_FOR or fact.startswith(PLATFORM_FACTS):
        return False
    declared = ruleset.checked.facts.get(fact)
    if declared is not None and (declared.source in _OF_THE_HOST or declared.type is FactType.YESNO):
        return False
    compares = [
        one
        for rule in ruleset.rules
        for one in compares_of(rule.guard.node if rule.guard else None)
        if one.fact.key == fact
    ]
    return not any(isinstance(value.value, bool) for one in compares for value in one.values)


def callback_times(rule: CompiledRule) -> Iterator[tuple[str, str]]:
    """The facts that a callback's time comes from, folded and as written; named steps included."""
    for step in steps_of(rule):
        if isinstance(step, CompiledVerb):
            for value in step.open.values():
                if (
                    isinstance(value, CompiledCallback)
                    and value.when.kind is CallbackKind.AT_FACT
                    and (name := value.when.name) is not None
                ):
                    yield name.key, name.text


def asks_whether_known(rule: CompiledRule, fact: str) -> bool:
    """Whether a rule runs only while a fact is unknown."""
    return any(
        one.fact.key == fact and _wants_nothing(one)
        for one in compares_of(rule.guard.node if rule.guard else None)
    )


def _wants_nothing(compare: Compare) -> bool:
    row = BY_OP[compare.op]
    return row.family is Family.PRESENCE and row.negative


def texts_in(steps: Iterable[CompiledStep]) -> Iterator[str]:
    """What is said to the caller and what the model is told, the facts that are quoted left out."""
    for step in every(steps):
        text: object = None
        if isinstance(step, CompiledAdvise):
            text = step.text
        elif isinstance(step, CompiledVerb):
            spec = BY_NAME.get(step.verb)
            if spec is not None and spec.heard_field is not None:
                fixed = step.fixed if step.body is None else step.body
                text = step.open.get(spec.heard_field, fixed.get(spec.heard_field))
        if isinstance(text, Quote):
            yield " ".join(part for part in text.parts if isinstance(part, str))
        elif isinstance(text, str):
            yield text


def is_question(text: str) -> bool:
    """Whether a text asks something of the caller, or wants the model to."""
    return _QUESTION.search(text) is not None
