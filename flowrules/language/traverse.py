"""Everything that stands inside an item, in written order, whatever it stands in."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from flowrules.language.nodes import (
    Absence,
    Advise,
    Allow,
    And,
    AnyStep,
    AtTime,
    Before,
    CallZone,
    Compare,
    Condition,
    DefaultDisposition,
    Destination,
    DestinationMap,
    Do,
    During,
    EventDef,
    EventKey,
    EventTest,
    Existence,
    Expect,
    ExpectExactly,
    ExpectNot,
    FactDef,
    Failure,
    Forget,
    GoOn,
    Guard,
    Holiday,
    Hours,
    If,
    Item,
    ListDef,
    Name,
    Never,
    Not,
    On,
    OnlyDeclared,
    Or,
    OrderAsWritten,
    OtherVerb,
    Pattern,
    Play,
    PlayAfter,
    PlayAt,
    PlayedEvent,
    Precedence,
    Promise,
    Remember,
    Response,
    Rule,
    StaySilent,
    Step,
    Steps,
    Stop,
    Test,
    Timezone,
    Universality,
    VerbStep,
    Wait,
)

Atom = Compare | During | Holiday
"""A single question of a condition."""


def guards_of(item: Item) -> tuple[Guard, ...]:
    """The guard phrases of a rule, rail or promise."""
    match item:
        case Rule() | Never() | Before():
            return item.guards
        case Promise(pattern=Absence(guards=guards) | Response(guards=guards)):
            return guards
        case Promise():
            return ()
        case (
            Timezone()
            | OrderAsWritten()
            | OnlyDeclared()
            | ListDef()
            | EventDef()
            | FactDef()
            | Allow()
            | DefaultDisposition()
            | Destination()
            | DestinationMap()
            | Hours()
            | Steps()
            | Test()
        ):
            return ()


def zone_fact(item: Item) -> Name | None:
    """The fact that names the time zone of hours, or of a rule's clock time."""
    zone = None
    if isinstance(item, Hours):
        zone = item.zone
    elif isinstance(item, Rule) and isinstance(item.trigger, AtTime):
        zone = item.trigger.zone
    return zone.fact if isinstance(zone, CallZone) else None


def event_tests(item: Item) -> tuple[EventTest, ...]:
    """What a rule waits for, or a promise speaks of."""
    if isinstance(item, Promise):
        return item.pattern.on.tests if isinstance(item.pattern, Response) and item.pattern.on else ()
    return item.trigger.tests if isinstance(item, Rule) and isinstance(item.trigger, On) else ()


def promised(item: Item) -> tuple[Condition, ...]:
    """The conditions of a promise, its guards apart, in written order."""
    if not isinstance(item, Promise):
        return ()
    match item.pattern:
        case Existence(condition=condition) | Precedence(condition=condition):
            return (condition,)
        case Universality(during=during, condition=condition):
            return during, condition
        case Absence() | Response():
            return ()
        case _:
            assert_never(item.pattern)


def sequences(item: Item) -> tuple[tuple[Step, ...], ...]:
    """The step sequences that an item itself holds: a rule's two, a rail's, declared steps."""
    match item:
        case Rule(steps=steps, otherwise=otherwise):
            return (steps,) if otherwise is None else (steps, otherwise)
        case Never(instead=instead):
            return () if instead is None else (instead,)
        case Before(steps=steps) | Steps(steps=steps):
            return (steps,)
        case (
            Timezone()
            | OrderAsWritten()
            | OnlyDeclared()
            | ListDef()
            | EventDef()
            | FactDef()
            | Allow()
            | DefaultDisposition()
            | Destination()
            | DestinationMap()
            | Hours()
            | Promise()
            | Test()
        ):
            return ()


def patterns(item: Item) -> Iterator[Step]:
    """The steps that a test expects, or expects not to see; those named by a mere word left out."""
    if isinstance(item, Test):
        for line in item.lines:
            match line:
                case Expect(found):
                    yield from (one.step for one in found if not isinstance(one.step, AnyStep))
                case ExpectNot(found):
                    yield from (one.step for one in found if not isinstance(one.step, AnyStep))
                case ExpectExactly(pattern=Pattern(step)) if not isinstance(step, AnyStep):
                    yield step


def played_events(test: Test) -> Iterator[PlayedEvent]:
    """What is reported in a test, in written order."""
    for line in test.lines:
        if isinstance(line, Play):
            yield from line.reports.events
        if isinstance(line, Play | PlayAfter | PlayAt) and line.meanwhile is not None:
            yield from line.meanwhile.events


def played_keys(item: Item) -> Iterator[EventKey]:
    """What the events of a test carry."""
    if isinstance(item, Test):
        for event in played_events(item):
            yield from event.keys


def bare_events(item: Item) -> Iterator[Name]:
    """The events without a value that a rule waits for or a test plays."""
    yield from (test.name for test in event_tests(item) if test.test is None)
    yield from (key.name for key in played_keys(item) if not key.values)


def failures_of(step: Step) -> tuple[Failure, ...]:
    match step:
        case VerbStep(failures=failures) | OtherVerb(failures=failures):
            return failures
        case Wait() | Do() | Stop() | GoOn() | Remember() | Forget() | Advise() | StaySilent() | If():
            return ()


def all_steps(steps: Iterable[Step]) -> Iterator[Step]:
    """Steps with those of their failure branches and of `if … then … otherwise …`, each before its inner ones.

    What `do` stands for is not followed.
    """
    for step in steps:
        yield step
        for failure in failures_of(step):
            yield from all_steps(failure.steps)
        if isinstance(step, If):
            yield from all_steps(step.steps)
            yield from all_steps(step.otherwise)


def atoms(condition: Condition) -> Iterator[Atom]:
    """The single questions of a condition."""
    match condition:
        case Compare() | During() | Holiday():
            yield condition
        case Not(part):
            yield from atoms(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from atoms(part)
