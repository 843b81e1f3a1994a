"""A rule says goodbye, and a guard rail forbids the ending behind it: the bot has taken its leave, and stays."""

from collections.abc import Hashable, Sequence

from flowrules.analysis.model.other_than import other_than
from flowrules.call.entries import Settled
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledRemember, CompiledStep, CompiledVerb
from flowrules.compiler.rails import CompiledRail
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import GOODBYE_FORBIDDEN
from flowrules.exploration.hazards.asked import every, steps_of, taken
from flowrules.exploration.hazards.failed_step import is_noticed
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, the_rule, word_of
from flowrules.exploration.watching.watch import Breach, Step, Times
from flowrules.language.nodes import Compare, Guard, GuardWord, Never
from flowrules.language.operators import BY_OP, Family
from flowrules.language.printer import print_condition
from flowrules.source import Location
from flowrules.verbs import BY_NAME

_OVER = (EventStatus.DONE, EventStatus.FAILED)


class GoodbyeForbidden(Hazard):
    """Found where the guard rail forbids the ending already when the goodbye is decided: what comes to be known while
    it is spoken is what the guard rail is for. One that says something `instead` is an answer. Advice alone comes too
    late: the goodbye is spoken."""

    code = GOODBYE_FORBIDDEN

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        self._rules = {rule.id: rule for rule in ruleset.rules}
        self._noticing = frozenset(rule.id for rule in ruleset.rules if is_noticed(rule))
        self._rails = tuple(rail for rail in ruleset.rails.never if not _speaks_or_ends(rail))
        self._remembered = {
            step.fact
            for rule in ruleset.rules
            for step in steps_of(rule)
            if isinstance(step, CompiledRemember) and step.value is not None
        }

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome, machine = entry.outcome, step.after.machine
        if not self._rails or outcome.status not in _OVER or machine.over or machine.closed:
            return memory, ()
        if any(ref.id in self._noticing for one in outcome.raised for ref, _ in one.rules):
            return memory, ()
        for ref, _ in outcome.rules:
            rule = self._rules.get(ref.id)
            spoken, ending = _goodbye(taken(rule, outcome), outcome, ref)
            if not ending or rule is None:
                continue
            moment, decision = (step.after.now, machine.state), outcome.decision
            for rail in self._rails:
                if (
                    decision is not None
                    and rail.stands_over(frozenset({ending}))
                    and rail.binds(decision.facts, decision.moment)
                    and rail.binds(machine.state.facts, moment)
                    and not _lifts(rule, rail)
                ):
                    return memory, (self._found(rule, spoken, ending, rail),)
        return memory, ()

    def _found(self, rule: CompiledRule, spoken: str, ending: str, rail: CompiledRail) -> Breach:
        ref = self.ruleset.ref(rule)
        return self.breach(
            self.place(ref, ending),
            f'{the_rule(ref)} speaks, and then its "{ending}" is forbidden by "{rail.text}": the bot has said that it '
            "ends, and the call goes on.",
            (ref.id, rail.file, rail.line),
            self._cure(spoken, ending, rail),
            *((place, "this guard rail forbids it") for place in self._places(rail)),
            expects=(Times(spoken, -1),),
        )

    def _cure(self, spoken: str, ending: str, rail: CompiledRail) -> str:
        guards = self._guards(rail)
        asked = self._asked(guards)
        first = (
            f'Ask above its steps: {asked}. Say below "otherwise" what is done then.'
            if asked
            else 'Ask above its steps for what the guard rail asks, and say below "otherwise" what is done then.'
        )
        facts = [
            guard.condition.fact.text
            for guard in guards
            if guard.word is GuardWord.WHEN
            and isinstance(guard.condition, Compare)
            and _wants_a_value(guard.condition)
            and guard.condition.fact.key in self._remembered
        ]
        if not facts:
            return first
        return f'{first} Where the caller may go, write above the "{spoken}": forget {facts[0]}'

    def _asked(self, guards: Sequence[Guard]) -> str:
        """The line that lets the rule run only where the guard rail lets its ending pass; '' where one is too few."""
        if len(guards) == 1 and guards[0].word is GuardWord.UNLESS:
            return f"when {print_condition(guards[0].condition)}"
        only = guards[0].condition if len(guards) == 1 else None
        if (
            isinstance(only, Compare)
            and _wants_a_value(only)
            and only.fact.key in self._remembered - self.ruleset.checked.facts.keys()
        ):
            return f"when {only.fact.text} is unknown"
        other = other_than(guards)
        return f"when {other}" if other else ""

    def _guards(self, rail: CompiledRail) -> Sequence[Guard]:
        for item, place in self._items():
            if (place.source.path, place.first.line) == (rail.file, rail.line):
                return item.guards
        return ()

    def _places(self, rail: CompiledRail) -> Sequence[Location]:
        return [
            place
            for _, place in self._items()
            if (place.source.path, place.first.line) == (rail.file, rail.line)
        ]

    def _items(self) -> Sequence[tuple[Never, Location]]:
        return [
            (block.item, block.locate(block.item.span))
            for block in self.ruleset.checked.rails
            if isinstance(block.item, Never)
        ]


def _goodbye(steps: Sequence[CompiledStep], outcome: EventOutcome, rule: RuleRef) -> tuple[str, str]:
    """The word of a sentence that was spoken, and the ending behind it that did not come though nothing else failed; ''
    twice where there is none."""
    spoken = ""
    done = {one.path: one for one in outcome.steps if one.rule == rule}
    for step in steps:
        if not isinstance(step, CompiledVerb):
            continue
        became = done.get(step.at)
        if ends_session(step.verb):
            is_forbidden = became is None or became.reason == "forbidden"
            return (spoken, step.verb) if spoken and is_forbidden else ("", "")
        if became is not None and not became.receipt.went_well and not step.failures:
            return "", ""
        spec = BY_NAME.get(step.verb)
        if (
            spec is not None
            and spec.heard_field is not None
            and became is not None
            and became.receipt.went_well
        ):
            spoken = word_of(step.verb)
    return "", ""


def _lifts(rule: CompiledRule, rail: CompiledRail) -> bool:
    """Whether a rule changes what a guard rail asks."""
    return any(isinstance(step, CompiledRemember) and step.fact in rail.asks for step in steps_of(rule))


def _speaks_or_ends(rail: CompiledRail) -> bool:
    """Whether something that the caller notices comes in the place of what a guard rail forbids."""
    if rail.steps is None:
        return False
    verbs = [BY_NAME.get(step.verb) for step in every(rail.steps.steps) if isinstance(step, CompiledVerb)]
    return any(spec is None or spec.heard_field is not None or ends_session(spec.name) for spec in verbs)


def _wants_a_value(compare: Compare) -> bool:
    row = BY_OP[compare.op]
    return row.family is not Family.PRESENCE and not row.negative
