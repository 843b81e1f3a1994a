"""What differs between two ways in which a call was, or would have been, handled."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from flowrules.compiler.ruleset import RuleSet
from flowrules.language.nodes import Block
from flowrules.recordings.call import Handled, Sent
from flowrules.replaying.play import Played
from flowrules.replaying.verbs import word_of
from flowrules.runtime.journal.replaying.comparing import alike, holds_mask
from flowrules.scenarios.comparing.counterparts import paired


class Kind(StrEnum):
    """How an event, or a call, is handled otherwise. Of those that hold for an event, the first one counts."""

    END = "end"
    """The AI's session ends by another verb, at another event, or not at all."""
    VERBS = "verbs"
    """Other verbs are sent."""
    DETAILS = "details"
    """The same verbs are sent, saying something else: another queue, another text."""
    ORDER = "order"
    """The same verbs are sent in another order."""
    TOLD = "told"
    """The model is told something else, or is to be silent."""
    RULE = "rule"
    """Another rule takes the event, and does the same."""


class EventChange(NamedTuple):
    """An event that is handled otherwise; None: on one side it does not come about."""

    kind: Kind
    old: Handled | None
    new: Handled | None


class CallChange(NamedTuple):
    """`events`: in the order in which they come. `ends`: by which verb, at which event, where that differs."""

    events: tuple[EventChange, ...] = ()
    ends: bool = False

    def __bool__(self) -> bool:
        return bool(self.events) or self.ends


NOTHING = CallChange()
Counterparts = Mapping[str, str]
"""By the id of a new rule, that of the old rule which it was."""


def counterparts(old: RuleSet, new: RuleSet) -> Counterparts:
    """Which rule of one rule set is which of the other."""
    was = {id(block): rule for rule, block in old.blocks.items()}
    pairs = paired(_rules(old), _rules(new))
    return {rule: was[id(pairs[id(block)])] for rule, block in new.blocks.items() if id(block) in pairs}


def _rules(ruleset: RuleSet) -> Sequence[Block]:
    return tuple(ruleset.blocks[rule.id] for rule in ruleset.rules)


def compare(old: Played, new: Played, counterpart: Counterparts) -> CallChange:
    """What the new way does otherwise. `counterpart`: rules that are one rule, edited."""
    after = {one.event_id: one for one in new.handled}
    events = []
    for before in old.handled:
        change = _of_event(before, after.pop(before.event_id, None), counterpart)
        if change is not None:
            events.append(change)
    for late in after.values():
        change = _of_event(None, late, counterpart)
        if change is not None:
            events.append(change)
    ends = differs_in_end(old.ending, new.ending)
    if not events and not ends:
        return NOTHING
    events.sort(key=_when)
    return CallChange(tuple(events), ends)


def _when(change: EventChange) -> Any:
    one = change.old or change.new
    assert one is not None
    return one.at


def _of_event(old: Handled | None, new: Handled | None, counterpart: Counterparts) -> EventChange | None:
    was, now = _left(old), _left(new)
    if not _same_requests(was, now):
        return EventChange(_how(was, now), old, new)
    if old is None or new is None:
        took = _rules_of(old) or _rules_of(new)
        return EventChange(Kind.RULE, old, new) if took else None
    if _tells(old.advise, new.advise) or _tells(old.stay_silent, new.stay_silent):
        return EventChange(Kind.TOLD, old, new)
    if _rules_of(old) != tuple((counterpart.get(rule, rule), part) for rule, part in _rules_of(new)):
        return EventChange(Kind.RULE, old, new)
    return None


def _left(one: Handled | None) -> tuple[Sent, ...]:
    """The verbs that went out."""
    return () if one is None else tuple([sent for sent in one.verbs if sent.left is not None])


def _rules_of(one: Handled | None) -> tuple[tuple[str, str], ...]:
    return () if one is None else tuple([(rule.id, part) for rule, part in one.rules])


def _tells(old: object, new: object) -> bool:
    """Whether what is on record on both sides differs."""
    return old is not None and new is not None and old != new


def _same_requests(was: Sequence[Sent], now: Sequence[Sent]) -> bool:
    return len(was) == len(now) and all(map(_same_request, was, now))


def _same_request(one: Sent, other: Sent) -> bool:
    """Whether two requests say the same, as far as it is on record."""
    if one.verb != other.verb:
        return False
    if one.body is None or other.body is None or one.body == other.body:
        return True
    masked = holds_mask(one.body) or holds_mask(other.body)
    return masked and alike(dict(one.body), dict(other.body))


def _how(was: Sequence[Sent], now: Sequence[Sent]) -> Kind:
    if Counter(map(word_of, was)) != Counter(map(word_of, now)):
        return Kind.VERBS
    left = list(now)
    for sent in was:
        found = next((one for one in left if _same_request(sent, one)), None)
        if found is None:
            return Kind.DETAILS
        left.remove(found)
    return Kind.ORDER


def differs_in_end(was: tuple[str, Sent] | None, now: tuple[str, Sent] | None) -> bool:
    """Whether calls that end in these ways (`Played.ending`) end otherwise."""
    if was is None or now is None:
        return was is not now
    return was[0] != now[0] or not _same_request(was[1], now[1])
