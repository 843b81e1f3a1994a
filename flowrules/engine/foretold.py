"""What the `also` rules of an event remember and forget for certain: the rule that takes the event knows it."""

from collections.abc import Iterable, Mapping

from flowrules.engine.decision import Outcome, Part, Told
from flowrules.engine.event import Event
from flowrules.engine.state import CallState
from flowrules.engine.utterance import NONE, by_words, set_off_before
from flowrules.language.values import Value


def foretold(also: Iterable[Part], event: Event, state: CallState) -> Mapping[str, Told]:
    """What the `also` rules that an event sets off will have changed, by fact. They come in written order; one that the
    same utterance has set off before does not run again."""
    known = set_off_before(event, state) if event.passing else NONE
    told: dict[str, Told] = {}
    for rule, outcome in also:
        steps = rule.steps if outcome is Outcome.FIRED else rule.otherwise
        if steps is None or steps.foretold is None or (rule.id in known and by_words(rule, event)):
            continue
        for fact in steps.foretold.unsettled:
            told.pop(fact, None)
        for fact, value in steps.foretold.told.items():
            told[fact] = Told(value, rule)
    return told


def facts_with(facts: Mapping[str, Value], told: Mapping[str, Told]) -> Mapping[str, Value]:
    """The facts as the rule that takes the event knows them."""
    changed = {**facts}
    for fact, (value, _) in told.items():
        if value is None:
            changed.pop(fact, None)
        else:
            changed[fact] = value
    return changed
