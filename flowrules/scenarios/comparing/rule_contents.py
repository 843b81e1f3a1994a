"""What a rule asks and quotes, that of the steps and guard rails around it included."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import assert_never

from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.instants import at_clock
from flowrules.language.nodes import (
    Advise,
    Before,
    CallbackKind,
    CallbackTime,
    Condition,
    Do,
    Forget,
    GoOn,
    If,
    Kind,
    Literal,
    Name,
    Never,
    OtherVerb,
    Remember,
    Rule,
    StaySilent,
    Step,
    Stop,
    Target,
    TargetKind,
    VerbStep,
    Wait,
)
from flowrules.language.template import split_template
from flowrules.language.traverse import all_steps
from flowrules.language.values import Value
from flowrules.scenarios.comparing.samples import compares_of
from flowrules.scenarios.givens import DEFAULT_DAY


def moments_of(rule: CompiledRule, ruleset: RuleSet) -> Iterator[datetime]:
    """Moments at the edges of what the conditions around a rule ask of the clock."""
    zone = ruleset.zone
    for condition in conditions_of(rule, ruleset):
        for compare in compares_of(condition):
            for value in compare.values:
                match compare.fact.key, value.kind:
                    case "time", Kind.TIME:
                        minutes = int(number(value))
                        yield from (
                            at_clock(DEFAULT_DAY, max(minutes + step, 0), zone) for step in (-1, 0, 1)
                        )
                    case "today", _:
                        yield from (at_clock(DEFAULT_DAY, day * 1440 + 720, zone) for day in range(7))
                    case "date", Kind.DATE if isinstance(value.value, date):
                        day = value.value
                        yield from (at_clock(day, step * 1440 + 720, zone) for step in (-1, 0, 1))


def conditions_of(rule: CompiledRule, ruleset: RuleSet) -> Iterator[Condition]:
    """What is asked when the rule runs: by its guards, by an `if`, by the guard rails."""
    if rule.guard is not None:
        yield rule.guard.node
    yield from (step.condition for step in steps_of(rule.rule, ruleset) if isinstance(step, If))
    for block in ruleset.checked.rails:
        if isinstance(block.item, Never | Before):
            yield from (guard.condition for guard in block.item.guards)


def steps_of(rule: Rule, ruleset: RuleSet) -> Iterator[Step]:
    """All steps of a rule and of the guard rails, those of named sequences among them."""
    rails = [block.item for block in ruleset.checked.rails]
    brought = [
        step
        for rail in rails
        for step in (
            rail.instead or () if isinstance(rail, Never) else rail.steps if isinstance(rail, Before) else ()
        )
    ]
    for step in all_steps((*rule.steps, *(rule.otherwise or ()), *brought)):
        yield step
        if isinstance(step, Do) and (named := ruleset.checked.steps.get(step.name.key)) is not None:
            yield from all_steps(named.steps)


def quoted_facts(step: Step) -> Iterator[tuple[str, Value]]:
    """The facts that a step prints or goes by, each with a value that it can use."""
    match step:
        case VerbStep(arguments=arguments):
            for argument in arguments:
                match argument.value:
                    case CallbackTime(kind=CallbackKind.AT_FACT, name=Name() as fact):
                        yield fact.key, "2026-03-09T10:00"
                    case Literal() as literal:
                        yield from _in_text(literal)
                    case tuple() as pairs:
                        for pair in pairs:
                            yield from _in_text(pair.value)
                    case Name() as name:
                        yield name.key, f"some-{name.key.replace('.', '-')}"
                    case Target() | TargetKind() | CallbackTime() | bool():
                        pass
                    case _:
                        assert_never(argument.value)
        case OtherVerb(pairs=pairs):
            for pair in pairs:
                yield from _in_text(pair.value)
        case Advise(text=text):
            yield from _in_text(text)
        case Wait() | Do() | Stop() | GoOn() | Remember() | Forget() | StaySilent() | If():
            pass
        case _:
            assert_never(step)


def _in_text(literal: Literal) -> Iterator[tuple[str, Value]]:
    if literal.kind is Kind.TEXT:
        for part in split_template(str(literal.value)):
            if not isinstance(part, str):
                yield part.fact.key, f"some {part.fact.key}"


def number(literal: object) -> float:
    value = literal.value if isinstance(literal, Literal) else None
    assert isinstance(value, int | float)
    return value
