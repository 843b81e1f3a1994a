"""What steps can come to: through named steps, failure branches and choices."""

from collections.abc import Iterable, Iterator

from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.verb_fields import disposition_field
from flowrules.language.nodes import Advise, Do, Item, OtherVerb, Step, Target, VerbStep
from flowrules.language.traverse import all_steps, sequences
from flowrules.verbs import BY_NAME


def reached(item: Item, checked: CheckedRules) -> Iterator[Step]:
    """Every step that a rule or rail can come to, each of its named steps once."""
    yield from _reached((step for sequence in sequences(item) for step in sequence), checked, set())


def _reached(steps: Iterable[Step], checked: CheckedRules, done: set[str]) -> Iterator[Step]:
    for step in all_steps(steps):
        yield step
        if isinstance(step, Do) and step.name.key not in done:
            done.add(step.name.key)
            yield from _reached(checked.steps[step.name.key].steps, checked, done)


def words_of(steps: Iterable[Step]) -> frozenset[str]:
    """The steps as rails and promises name them, and the verbs that close what they open by itself."""
    found: set[str] = set()
    for step in steps:
        if isinstance(step, VerbStep):
            spec = BY_NAME[step.verb]
            found |= {step.verb, step.word.lower()}
            capped = any(argument.name in spec.slots_of("duration") for argument in step.arguments)
            if spec.closed_by is not None and (capped or spec.closed_on_failure):
                found.add(spec.closed_by)
        elif isinstance(step, OtherVerb):
            found.add(step.name.key)
        elif isinstance(step, Advise):
            found.add("advise")
    return frozenset(found)


def targets_in(steps: Iterable[Step]) -> Iterator[Target]:
    """The places that steps call, as they stand there."""
    for step in steps:
        if isinstance(step, VerbStep):
            yield from (one.value for one in step.arguments if isinstance(one.value, Target))


def records_default(steps: Iterable[Step]) -> bool:
    """Whether one of the steps records a disposition without naming it."""
    return any(
        isinstance(step, VerbStep)
        and (field := disposition_field(step.verb)) is not None
        and all(argument.name != field for argument in step.arguments)
        for step in steps
    )
