"""What a promise asks of a step of a story: which verbs leave in it, what is known at that moment, what holds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from flowrules.call.effects import Ran, Send
from flowrules.call.receipt import Receipt
from flowrules.compiler.guards.conditions import CompiledCondition
from flowrules.compiler.times.moment import Moment
from flowrules.engine.planning.plan import AdviseStep, RememberStep
from flowrules.exploration.playing.world import World
from flowrules.exploration.watching.watch import Step
from flowrules.language.names import fold
from flowrules.language.nodes import Compare, Condition, Guard, GuardWord, Name
from flowrules.language.operators import BY_OP, Family
from flowrules.language.printer import print_condition
from flowrules.language.traverse import atoms
from flowrules.language.values import Value
from flowrules.verbs import BY_NAME, CATALOGUE, Copies, Holds, words_under

ADVISE = "advise"
Facts = Mapping[str, Value]


def moment_of(world: World) -> Moment:
    return world.now, world.machine.state


def keys(names: Iterable[Name]) -> frozenset[str]:
    return frozenset(name.key for name in names)


def all_words(names: Iterable[Name]) -> frozenset[str]:
    """Verbs in all of their forms, as for a guard rail: `say` is a recording, too."""
    return frozenset(word for name in names for word in words_under(name.key))


def words_of(send: Send) -> frozenset[str]:
    """The words by which rules may have written a request."""
    spec = BY_NAME.get(send.request.verb)
    return spec.words(send.request.body) if spec else frozenset({fold(send.request.verb)})


def acted(receipt: Receipt) -> bool:
    return receipt.went_well or receipt.may_have_acted


def bind(
    guards: tuple[Guard, ...], conditions: tuple[CompiledCondition, ...], facts: Facts, moment: Moment
) -> bool:
    """As for a guard rail: what is unknown neither binds nor lifts."""
    return all(
        (condition.test(facts, moment) is True) is not (guard.word is GuardWord.UNLESS)
        for guard, condition in zip(guards, conditions, strict=True)
    )


def speaks_of(
    guards: tuple[Guard, ...], conditions: tuple[CompiledCondition, ...], facts: Facts, moment: Moment
) -> bool:
    """Whether what a promise speaks of is there: its `when` is met. Its `unless` is left out: where the rules are
    right, it may well be met each time."""
    return all(
        condition.test(facts, moment) is True
        for guard, condition in zip(guards, conditions, strict=True)
        if guard.word is not GuardWord.UNLESS
    )


def never_sent(verbs: Iterable[Name]) -> str:
    """What to look at where no story sends the verbs of a promise."""
    names = " or ".join(f'"{name.text}"' for name in verbs)
    return f"No story comes to {names}: look whether the rules write another verb."


def leaving(words: frozenset[str], step: Step) -> Iterator[tuple[str, Facts]]:
    """The verbs among `words` that leave in a step, and the advice that is given, each with the facts of that
    moment."""
    for index, effect in enumerate(step.effects):
        if ADVISE in words and isinstance(effect, Ran) and isinstance(effect.step, AdviseStep):
            yield ADVISE, _facts_at(step, index)
    for send in step.sent:
        found = words & words_of(send)
        as_written = found - {send.request.verb} or found
        yield from ((word, step.after.machine.state.facts) for word in sorted(as_written))


def _facts_at(step: Step, index: int) -> Facts:
    """The facts when an effect was wanted: those after the step, without what was set further on in it."""
    facts = dict(step.after.machine.state.facts)
    later = [effect for effect in step.effects[index + 1 :] if _sets(effect) is not None]
    for name in {_sets(effect) for effect in later}:
        assert name is not None
        earlier = [one for one in step.effects[:index] if _sets(one) == name]
        value: Value | None = step.before.machine.state.facts.get(name)
        if step.decided and name in step.decided[0].state.facts:
            value = step.decided[0].state.facts[name]
        if earlier:
            last = earlier[-1]
            assert isinstance(last, Ran)
            assert isinstance(last.step, RememberStep)
            value = last.step.value
        facts.pop(name, None)
        if value is not None:
            facts[name] = value
    return facts


def _sets(effect: object) -> str | None:
    """The fact that a step keeps or forgets."""
    if isinstance(effect, Ran) and isinstance(effect.step, RememberStep):
        return effect.step.fact
    return None


def pairs(memory: object) -> tuple[tuple[str, Value], ...]:
    assert isinstance(memory, tuple)
    return memory


def verbs_that_tell(condition: Condition) -> Iterator[str]:
    """What a test may expect where a condition is to hold: the verbs that make it so."""
    for atom in atoms(condition):
        if isinstance(atom, Compare):
            yield from (f"expect {verb}" for verb in _telling(atom))


def _telling(compare: Compare) -> Iterator[str]:
    asked = BY_OP[compare.op]
    if asked.negative:
        return
    wanted = {fold(str(value.value)) for value in compare.values}
    for spec in CATALOGUE:
        for one in spec.tells:
            match one:
                case Copies(fact) if fact == compare.fact.key and asked.family is Family.PRESENCE:
                    yield spec.name
                case Holds(fact, value) if fact == compare.fact.key and asked.family is Family.AMONG:
                    if fold(str(value)) in wanted:
                        yield spec.name


def unknown_meant(guards: Iterable[Guard]) -> str:
    """What was probably meant by `when vip is not yes`, which is not true where vip is unknown; '' where no guard asks
    so."""
    for guard in guards:
        for atom in atoms(guard.condition) if guard.word is GuardWord.WHEN else ():
            if isinstance(atom, Compare) and (row := BY_OP[atom.op]).negative and row.negation is not None:
                asked, other = print_condition(atom), print_condition(replace(atom, op=row.negation))
                return (
                    f'"{asked}" is not true where {atom.fact.text} is unknown. To mean that, too, write in its '
                    f"place: unless {other}"
                )
    return ""
