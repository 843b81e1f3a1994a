"""What a block says that other blocks are checked against: the names it uses, sets, waits for and plays.

Everything that a check asks of the rule set as a whole, and not of a declaration, is asked of what is gathered here.
So an edit can be checked without looking at the blocks that it does not touch.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flowrules.analysis.model.constraint import Element, element_of, loose
from flowrules.analysis.model.texts import open_texts, quoted_facts
from flowrules.analysis.model.verb_fields import Field, Quote, as_written, fields_of
from flowrules.language.names import fold
from flowrules.language.nodes import (
    AfterFact,
    CallbackKind,
    CallbackTime,
    ClosedOn,
    Compare,
    Do,
    During,
    Forget,
    Given,
    GivenFails,
    Holiday,
    Hours,
    Item,
    Kind,
    Literal,
    Name,
    Play,
    PlayAfter,
    PlayAt,
    Promise,
    Rank,
    Remember,
    Reports,
    Rule,
    Step,
    Steps,
    Target,
    TargetKind,
    Test,
    VerbStep,
)
from flowrules.language.operators import BY_OP, Family
from flowrules.language.template import QuotedFact
from flowrules.language.traverse import Atom, bare_events, event_tests, played_keys
from flowrules.verbs import BY_NAME, FillsLead, Holds

EVENT = "event"
"""Some rule or test has an event carry `name`."""
AWAITED = "awaited"
"""Some rule begins with the bare event `name`, or a test plays it."""
ASKED = "asked"
"""A question about the fact `name`."""
HELD = "held"
"""The fact `name` is held against the value `more`, folded."""
REMEMBERED = "remembered"
"""A step sets the fact `name`, spelled `more`."""
KEPT = "kept"
"""A step sets the fact `name` to the value `more`: `yes`, `no`, or empty for any other."""
GIVEN = "given"
"""A test gives the fact `name`."""
VALUED = "valued"
"""A question about the fact `name`, or a test, knows a value of it that is neither yes nor no; or a text quotes it."""
PRESENCE = "presence"
"""It is asked whether the fact `name` is known."""
CUT = "cut"
"""A rule that starts when the fact `name` has been yes for `more` seconds ends that, whatever else is so."""
RETOLD = "retold"
"""An `also` rule may set or forget the fact `name` before the rule that takes the same event is asked. So may the
steps that a `steps` declares, for all that is known of whoever uses them."""
MEMBER = "member"
"""A conference's member is kept under `name`, spelled `more`."""
FILLED = "filled"
"""A step fills the fact `name`, a field of the lead or one that is remembered, with a text that quotes `more`."""
CLOSED = "closed"
"""The verb `name`, which undoes another, is used; on whom, `more` says."""
NEEDED = "needed"
"""The declaration `name` of the kind `more` is used, by something else than a test."""
PLAYS = "plays"
"""A test plays an event that carries `name`."""
PLAYED = "played"
"""A test plays an event that carries `name` with the value `more`."""
LETS = "lets"
"""A test lets `name` happen: `fails`, `interrupts`, `time` or `silence`."""
RULE = "rule"
"""There is a rule."""
TESTED = "tested"
"""The file `name` has tests."""

_CLOSERS = frozenset(spec.closed_by for spec in BY_NAME.values() if spec.closed_by)


class Reference(NamedTuple):
    kind: str
    name: str
    more: str | Element = ""


def references_in(
    item: Item, steps: tuple[Step, ...], asked: tuple[Atom, ...], expected: tuple[Step, ...]
) -> Iterator[Reference]:
    """All that a block says; `steps`, `asked` and `expected` as its `Unit` has them."""
    if isinstance(item, Rule):
        yield Reference(RULE, "")
    if not isinstance(item, Promise):  # It only speaks of events, and sets nothing off.
        for test in event_tests(item):
            yield Reference(EVENT, test.name.key)
        for name in list(bare_events(item)) if isinstance(item, Test) else _first_bare(item):
            yield Reference(AWAITED, name.key)
    for atom in asked:
        if isinstance(atom, Compare):
            yield Reference(ASKED, atom.fact.key)
            if BY_OP[atom.op].family is Family.PRESENCE:
                yield Reference(PRESENCE, atom.fact.key)
            elif any(value.kind is not Kind.YESNO for value in atom.values) or atom.list is not None:
                yield Reference(VALUED, atom.fact.key)
            for value in atom.values:
                yield Reference(HELD, atom.fact.key, fold(str(value.value)))
    for step in steps:
        yield from _in_step(step)
        if isinstance(step, Remember | Forget) and _runs_besides(item):
            yield Reference(RETOLD, step.name.key)
    for text in open_texts(steps):
        yield from (Reference(VALUED, name.key) for name in quoted_facts(text))
    yield from _cut_in(item)
    if isinstance(item, Test):
        yield from _in_test(item)
    else:
        for kind, needed in needs_of(asked, (*steps, *expected)):
            yield Reference(NEEDED, needed, kind)
    if isinstance(item, Hours):
        yield from (Reference(NEEDED, name.key, "list") for name in lists_of(item))


def whom(step: VerbStep) -> str:
    """Whom a verb concerns: of `mute` and `unmute` the caller where nobody is named."""
    places = BY_NAME[step.verb].slots_of("party")
    if not places:
        return ""
    named = next((a.value for a in step.arguments if a.name in places and isinstance(a.value, Literal)), None)
    return as_written(named).lower() if named else "caller"


def _runs_besides(item: Item) -> bool:
    return isinstance(item, Steps) or (isinstance(item, Rule) and item.rank is Rank.ALSO)


def _first_bare(item: Item) -> Iterator[Name]:
    return (test.name for test in event_tests(item)[:1] if test.test is None)


def _in_step(step: Step) -> Iterator[Reference]:
    match step:
        case Remember(name, value):
            yield Reference(REMEMBERED, name.key, name.text)
            yield Reference(KEPT, name.key, _yes_or_no(value))
            for quoted in quoted_facts(value) if value.kind is Kind.TEXT else ():
                yield Reference(FILLED, name.key, quoted.key)
        case VerbStep(verb=verb, arguments=arguments):
            if verb in _CLOSERS:
                yield Reference(CLOSED, verb, whom(step))
            spec = BY_NAME[verb]
            if spec.keeps_member:
                for argument in arguments:
                    if argument.name == "keep_as" and isinstance(argument.value, Name):
                        yield Reference(REMEMBERED, argument.value.key, argument.value.text)
                        yield Reference(MEMBER, argument.value.key, argument.value.text)
            for tells in spec.tells:
                if isinstance(tells, FillsLead):
                    yield from _filled(fields_of(step), tells)


def _yes_or_no(value: Literal) -> str:
    return ("yes" if value.value else "no") if value.kind is Kind.YESNO else ""


def _cut_in(item: Item) -> Iterator[Reference]:
    """What a rule without a guard or a limit ends that it has waited for."""
    if not isinstance(item, Rule) or not isinstance(item.trigger, AfterFact) or item.guards or item.limits:
        return
    key, seconds = item.trigger.fact.key, item.trigger.duration.value
    for step in item.steps:
        match step:
            case Forget(name) if name.key == key:
                yield Reference(CUT, key, str(seconds))
            case Remember(name, value) if name.key == key and value.value is not True:
                yield Reference(CUT, key, str(seconds))
            case VerbStep() if _ends(step, key):
                yield Reference(CUT, key, str(seconds))


def _ends(step: VerbStep, key: str) -> bool:
    """Whether a fact of the call is no longer yes after a verb."""
    tells = (one for one in BY_NAME[step.verb].tells if isinstance(one, Holds) and one.fact == key)
    return any(one.value is not True and one.party in ("", whom(step)) for one in tells)


def _filled(fields: Mapping[str, Field], tells: FillsLead) -> Iterator[Reference]:
    if isinstance(text := fields.get(tells.value_field), Quote):
        for part in text.parts:
            if isinstance(part, QuotedFact):
                yield Reference(FILLED, fold(f"lead.{fields[tells.name_field]}"), part.fact.key)


def _in_test(test: Test) -> Iterator[Reference]:
    for key in played_keys(test):
        yield Reference(EVENT, key.name.key)
        yield Reference(PLAYS, key.name.key)
        if any(value.kind is not Kind.YESNO for value in key.values):
            yield Reference(VALUED, key.name.key)
        for value in key.values:
            yield Reference(PLAYED, key.name.key, loose(element_of(value)))
    for line in test.lines:
        match line:
            case Play(meanwhile=Reports()) | Play(reports=Reports(events=(_, _, *_))):
                yield Reference(LETS, "interrupts")
            case Given(fact=fact):
                yield Reference(GIVEN, fact.key)
            case GivenFails():
                yield Reference(LETS, "fails")
            case PlayAfter(fact=fact, meanwhile=meanwhile):
                yield Reference(LETS, "time")
                if meanwhile is not None:
                    yield Reference(LETS, "interrupts")
                if fact is not None:
                    yield Reference(LETS, "silence")
            case PlayAt(meanwhile=meanwhile):
                yield Reference(LETS, "time")
                if meanwhile is not None:
                    yield Reference(LETS, "interrupts")


# --- declarations that are used -----------------------------------------------------------------------------

Need = tuple[str, str]
"""A kind of declaration and a folded name."""


def needs_of(asked: tuple[Atom, ...], steps: tuple[Step, ...]) -> Iterator[Need]:
    """The declarations without which these questions and steps can't be compiled."""
    for atom in asked:
        match atom:
            case During(hours=hours) | Holiday(hours=Name() as hours):
                yield "hours", hours.key
            case Compare(list=Name() as listed):
                yield "list", listed.key
    for step in steps:
        yield from _step_needs(step)


def lists_of(hours: Hours) -> Iterator[Name]:
    """The lists of dates on which hours are closed."""
    for line in hours.lines:
        if isinstance(line, ClosedOn):
            yield from line.lists


def _step_needs(step: Step) -> Iterator[Need]:
    match step:
        case Do(name):
            yield "steps", name.key
        case VerbStep(arguments=arguments):
            for argument in arguments:
                match argument.name, argument.value:
                    case _, Target(kind=TargetKind.TO, value=value):
                        yield "destination", fold(str(value.value))
                    case _, CallbackTime(kind=CallbackKind.NEXT_HOURS, name=Name() as name):
                        yield "hours", name.key
                    case "within", Name() as name:
                        yield "hours", name.key
