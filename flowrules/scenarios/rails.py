"""Guard rails with a name in what was played: which of them acted, and which stood over a verb and did not."""

from collections.abc import Iterable, Iterator

from flowrules.compiler.rails import CompiledRail
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.planning.plan import PlannedVerb
from flowrules.language.names import fold
from flowrules.scenarios.happenings import Happening
from flowrules.verbs import BY_NAME


def named_rails(ruleset: RuleSet) -> tuple[CompiledRail, ...]:
    """In written order."""
    named = (rail for rail in (*ruleset.rails.never, *ruleset.rails.before) if rail.label)
    return tuple(sorted(named, key=lambda rail: (rail.file, rail.line)))


def acted(happened: Iterable[Happening]) -> frozenset[str]:
    """The folded names of the guard rails that changed what was done: they brought steps of which one ran, or forbade a
    verb."""
    return frozenset(fold(label) for one in happened for label in _acted(one))


def _acted(happened: Happening) -> Iterator[str]:
    paths = [done.step.path for done in happened.done]
    for part in happened.plan.parts:
        for at, rail in part.rails:
            if any(path == at or path.startswith(f"{at}.") for path in paths):
                yield rail.label
    for done in happened.done:
        if done.forbidden_by is not None and done.forbidden_by.label:
            yield done.forbidden_by.label


def stood_by(happened: Iterable[Happening], rails: Iterable[CompiledRail]) -> frozenset[str]:
    """The folded names of those among `rails` that stood over a verb which was sent, and let it pass as it was."""
    rails = tuple(rails)
    return frozenset(fold(rail.label) for one in happened for rail in rails if _stood_by(one, rail))


def _stood_by(happened: Happening, rail: CompiledRail) -> bool:
    bound = [at for part in happened.plan.parts for at, ref in part.rails if ref.label == rail.label]
    for done in happened.done:
        step = done.step
        if not (done.sent and isinstance(step, PlannedVerb)):
            continue
        spec = BY_NAME.get(step.verb)
        words = spec.words(step.body) if spec is not None else frozenset({fold(step.verb)})
        if not rail.stands_over(words) or (rail.before and ".before" in step.path):
            continue  # What a `before` brings calls no other `before`.
        if not any(at.startswith(f"{step.path}.") for at in bound):
            return True
    return False
