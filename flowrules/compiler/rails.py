"""Guard rails, ready to be asked: which of them stand over a verb, and which of those bind."""

from dataclasses import dataclass

from flowrules.compiler.compiled_steps import CompiledSteps
from flowrules.compiler.guards.conditions import compile_condition, facts_asked
from flowrules.compiler.guards.guard_codegen import Facts, Test
from flowrules.compiler.guards.scope import Scope
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.steps import compile_steps
from flowrules.compiler.times.moment import Moment
from flowrules.language.nodes import Before, Block, GuardWord, Never
from flowrules.verbs import words_under


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRail:
    """One `never` or `before`. `words` are the verbs it stands over: as written, and their names.

    All of `when` (`during` and `outside` among them) must say yes for it to bind; a yes of one of `unless` lifts
    it. `asks` are the facts that they look at. `steps` are those of a `before` or behind `instead`, None where a verb
    is only forbidden. `text` is its name, or its first line; `label` its name, empty where it has none.
    """

    words: frozenset[str]
    when: tuple[Test, ...]
    unless: tuple[Test, ...]
    asks: frozenset[str]
    steps: CompiledSteps | None
    text: str
    file: str
    line: int
    label: str = ""
    before: bool = False
    """Whether it is a `before`."""

    def stands_over(self, words: frozenset[str]) -> bool:
        return not self.words.isdisjoint(words)

    def binds(self, facts: Facts, moment: Moment) -> bool:
        """Whether its guards let it act. What is unknown neither binds nor lifts."""
        for shape, operands in self.when:
            if shape(operands, facts, moment) is not True:
                return False
        return all(shape(operands, facts, moment) is not True for shape, operands in self.unless)

    @property
    def ref(self) -> RuleRef:
        """How it is known outside its rule set, where it has a name."""
        return RuleRef(self.label, self.label, self.file, self.line)

    def __str__(self) -> str:
        return f'"{self.text}" ({self.file}, line {self.line})'


@dataclass(frozen=True, slots=True, eq=False)
class CompiledRails:
    """A rule set's rails in written order. `words` are all the verbs that any of them stands over."""

    never: tuple[CompiledRail, ...]
    before: tuple[CompiledRail, ...]
    words: frozenset[str]


def compile_rails(scope: Scope, *, agent_type: str = "agent") -> CompiledRails:
    """The rails of a checked rule set. `agent_type` as for `compile_steps`."""
    never: list[CompiledRail] = []
    before: list[CompiledRail] = []
    for block in scope.checked.rails:
        rail = _rail(block, scope, agent_type)
        (never if isinstance(block.item, Never) else before).append(rail)
    words = frozenset(word for rail in (*never, *before) for word in rail.words)
    return CompiledRails(tuple(never), tuple(before), words)


def _rail(block: Block, scope: Scope, agent_type: str) -> CompiledRail:
    item = block.item
    assert isinstance(item, (Never, Before))
    steps = item.instead if isinstance(item, Never) else item.steps
    place = block.locate(item.span).first
    label = "" if item.label is None else str(item.label.value)
    guards = [(guard, compile_condition(guard.condition, scope)) for guard in item.guards]
    return CompiledRail(
        frozenset(word for verb in item.verbs for word in words_under(verb.key)),
        tuple(one.test for guard, one in guards if guard.word is not GuardWord.UNLESS),
        tuple(one.test for guard, one in guards if guard.word is GuardWord.UNLESS),
        frozenset(fact for _, one in guards for fact in facts_asked(one)),
        None if steps is None else compile_steps(steps, scope, file=block.source.path, agent_type=agent_type),
        label or block.source.line(place.line).strip(),
        block.source.path,
        place.line,
        label,
        isinstance(item, Before),
    )


NO_RAILS = CompiledRails((), (), frozenset())
