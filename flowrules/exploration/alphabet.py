"""Which moves matter to a rule set."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flowrules.call.receipt import Reason
from flowrules.compiler.instants import at_clock
from flowrules.compiler.moment import COMPUTED
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event, Source, make_event
from flowrules.engine.preview import PLATFORM_FACTS
from flowrules.engine.raised import RAISED
from flowrules.exploration.moves import Answers, Begins, Closes, GoesOn, Happens, Learns, Move, Passes
from flowrules.exploration.world import World
from flowrules.language.nodes import On
from flowrules.language.values import Value
from flowrules.scenarios.samples import compares_of, samples

MONDAY = date(2026, 1, 5)
_FAILURES = (Answers(Reason.REFUSED), Answers(Reason.UNAVAILABLE), Answers(Reason.TIMEOUT))


@dataclass(frozen=True, slots=True)
class Alphabet:
    """`begins`: how a call may come up. `events` and `facts`: what may happen while nothing is under way."""

    begins: tuple[Begins, ...]
    events: tuple[Happens, ...]
    facts: tuple[Learns, ...]

    def moves(self, world: World, due: Iterable[datetime]) -> Iterator[Move]:
        """What may happen next, the likely first. `due`: moments at which somebody wants to look again."""
        machine = world.machine
        if machine.finished:
            return
        if world.pending:
            yield Answers()
            if not world.session_over:
                yield from _FAILURES
        elif not machine.closed:
            if world.utterance:
                yield GoesOn(world.utterance[0], world.utterance[1:])
            if not machine.busy and not machine.over:
                yield from self.events
                yield from self.facts
            moments = [when for when in (machine.wakes_at, *due) if when is not None and when > world.now]
            if moments:
                yield Passes((min(moments) - world.now).total_seconds())
        if not machine.closed:
            yield Closes()


def alphabet_of(ruleset: RuleSet) -> Alphabet:
    noon = at_clock(MONDAY, 12 * 60, ruleset.zone)
    return Alphabet((Begins(noon, {}, {}),), tuple(map(Happens, _events(ruleset))), tuple(_facts(ruleset)))


def _events(ruleset: RuleSet) -> Iterator[Event]:
    seen: set[tuple[str, Value]] = set()
    for rule in ruleset.rules:
        trigger = rule.rule.trigger
        if not isinstance(trigger, On):
            continue
        for test in trigger.tests:
            if test.name.key in RAISED:
                continue
            values: Iterable[Value | None] = (
                (True,) if test.test is None else samples(test.test, ruleset, meet=True)
            )
            for value in values:
                if value is None or (test.name.key, value) in seen:
                    continue
                seen.add((test.name.key, value))
                yield make_event(test.name.key) if test.test is None else _event({test.name.key: value})
    yield make_event("something_else")


def _event(facts: Mapping[str, Value]) -> Event:
    return make_event(facts=facts, source=Source.HOST)


def _facts(ruleset: RuleSet) -> Iterator[Learns]:
    seen: set[tuple[str, Value]] = set()
    for rule in ruleset.rules:
        for compare in compares_of(rule.guard.node if rule.guard else None):
            name = compare.fact.key
            if name in COMPUTED or name.startswith("call."):
                continue
            for meet in (True, False):
                for value in samples(compare, ruleset, meet=meet):
                    if value is None or (name, value) in seen:
                        continue
                    seen.add((name, value))
                    source = Source.PLATFORM if name.startswith(PLATFORM_FACTS) else Source.HOST
                    yield Learns({name: value}, source)
