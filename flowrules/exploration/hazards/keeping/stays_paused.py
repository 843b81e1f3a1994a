"""The recording stays paused, or the caller on hold or muted, when the AI's part ends and a person goes on."""

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from flowrules.call.entries import Received
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import STAYS_PAUSED
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, hangs_up, rule_words
from flowrules.exploration.watching.watch import Breach, Step
from flowrules.verbs import BY_NAME, CATALOGUE, Holds


class Pair(NamedTuple):
    """A verb that opens something which another closes, and the fact that tells of it."""

    opener: str
    closer: str
    fact: str
    value: str | bool


def _pairs() -> Iterator[Pair]:
    for spec in CATALOGUE:
        if spec.closed_by is None or ends_session(spec.closed_by):
            continue
        for told in spec.tells:
            if isinstance(told, Holds):
                yield Pair(spec.name, spec.closed_by, told.fact, told.value)


PAIRS = tuple(_pairs())
_SAYS = {"call.recording": "the recording is still paused", "call.on_hold": "the caller is still on hold"}
_ASKS = {True: "yes", False: "no"}


class StaysPaused(Hazard):
    """Its memory: by the fact that tells, who opened what is open; None where it was tried to close it, and failed."""

    code = STAYS_PAUSED
    start = ()

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self.reads = frozenset(pair.fact for pair in PAIRS)

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        assert isinstance(memory, tuple)
        verb = entry.request.verb
        if not entry.receipt.went_well:
            tried = {pair.fact for pair in PAIRS if pair.closer == verb}
            return tuple((fact, None if fact in tried else rule) for fact, rule in memory), ()
        state = step.after.machine.state
        if not ends_session(verb):
            spec = BY_NAME.get(verb)
            told = {one.fact for one in spec.tells if isinstance(one, Holds)} if spec is not None else set()
            if not told:
                return memory, ()
            others = tuple(one for one in memory if one[0] not in told)
            opened = tuple(
                (pair.fact, entry.rule)
                for pair in PAIRS
                if pair.opener == verb and state.facts.get(pair.fact) == pair.value
            )
            return (*others, *opened), ()
        if hangs_up(verb):
            return (), ()
        openers = dict(memory)
        return (), tuple(
            self._found(pair, openers.get(pair.fact), entry)
            for pair in PAIRS
            if state.facts.get(pair.fact) == pair.value
            and openers.get(pair.fact, entry.rule) is not None
            and not self._is_forbidden(pair.closer, step)
        )

    def _is_forbidden(self, closer: str, step: Step) -> bool:
        """Whether a guard rail says that it is to stay so."""
        machine = step.after.machine
        moment = step.after.now, machine.state
        return any(
            rail.stands_over(frozenset({closer})) and rail.binds(machine.state.facts, moment)
            for rail in self.ruleset.rails.never
        )

    def _found(self, pair: Pair, opener: RuleRef | None, entry: Received) -> Breach:
        verb = entry.request.verb
        still = _SAYS.get(pair.fact, "the caller is still muted")
        value = _ASKS.get(pair.value, pair.value) if isinstance(pair.value, bool) else pair.value
        ending = self.place(entry.rule, verb)
        place = ending if opener is None else self.place(opener, pair.opener)
        by = f" by {rule_words(opener)}" if opener is not None and opener != entry.rule else ""
        done = {"call.recording": "paused", "call.on_hold": "put on hold"}.get(pair.fact, "muted")
        return self.breach(
            place,
            f'When {rule_words(entry.rule)} has sent "{verb}", {still}: nothing brings back what was {done}{by}.',
            (pair.fact, opener.id if opener is not None else entry.rule.id),
            f"Write: before {verb} when {pair.fact} is {value} then {pair.closer} if it fails then go on",
            *(() if opener is None else ((ending, "here the AI's part ends"),)),
            expects=(f"expect {pair.closer} then {verb}",),
        )
