"""What changes between two rule sets: situations in which they do something else, and what no situation shows.

Situations are made from what the rules of both ask for (`stories.py`) and played under both, so an example is never a
guess. What the files say differently is looked at part by part besides (`changed_parts.py`): a part that no example
shows is named, so that nothing which may act is passed over.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.instants import at_clock
from flowrules.language.nodes import OnAnything
from flowrules.language.printer import print_item
from flowrules.scenarios.comparing.changed_parts import ChangedPart, changed_parts
from flowrules.scenarios.comparing.stories import stories
from flowrules.scenarios.comparing.story import NOTHING, Played, Situation, play
from flowrules.scenarios.givens import DEFAULT_DAY
from flowrules.source import source_from_text

MAX_REVERTED = 40
"""Of so many changed parts each is looked at by itself; of more, only whether an example speaks of its rule."""


@dataclass(frozen=True, slots=True)
class Change:
    """One situation in which the two rule sets differ, at the first thing that does: the rule that takes it, what is
    sent, and all that is done, in words. `rules` are all rules that it speaks of."""

    situation: Situation
    old_rule: str | None
    new_rule: str | None
    old: tuple[Mapping[str, Any], ...]
    new: tuple[Mapping[str, Any], ...]
    old_steps: tuple[str, ...]
    new_steps: tuple[str, ...]
    rules: frozenset[str]

    @property
    def kind(self) -> tuple[object, ...]:
        """Changes of one kind say the same; one of them is shown."""
        verbs = (
            tuple(step.partition(" ")[0] for step in steps) for steps in (self.old_steps, self.new_steps)
        )
        return (self.old_rule, self.new_rule, *verbs)


@dataclass(frozen=True, slots=True)
class Difference:
    """`changes` are examples. `unplayed` parts differ and may act, and no example shows them; `idle` parts differ and
    act in no call."""

    changes: tuple[Change, ...]
    unplayed: tuple[ChangedPart, ...]
    idle: tuple[ChangedPart, ...]

    @property
    def acts(self) -> bool:
        return bool(self.changes or self.unplayed)


def difference(old: RuleSet, new: RuleSet) -> Difference:
    """All that is found: examples, and the parts that none of them shows."""
    parts = changed_parts(old, new)
    acting = [part for part in parts if part.acts]
    idle = tuple(part for part in parts if not part.acts)
    if not acting:
        return Difference((), (), idle)
    changes = list(differences(old, new))
    unplayed = []
    for part in acting:
        example = _example(part, acting, old, new, changes)
        if example is None:
            unplayed.append(part)
        elif example not in changes:
            changes.append(example)
    return Difference(tuple(changes), tuple(unplayed), idle)


def differences(old: RuleSet, new: RuleSet) -> tuple[Change, ...]:
    """Changes found, one for each way in which a pair of rules differs at one event, in the order of the new rules; of
    longer stories only those that speak of rules of which no other does."""
    found: dict[tuple[object, ...], Change] = {}
    for situation in _situations(old, new):
        change = compare(old, new, situation)
        if change is None or change.kind in found:
            continue
        if situation.is_plain or all(change.rules.isdisjoint(other.rules) for other in found.values()):
            found[change.kind] = change
    return tuple(found.values())


def compare(old: RuleSet, new: RuleSet, situation: Situation) -> Change | None:
    """Play it under both; None where they do the same."""
    for was, now in zip(play(old, situation), play(new, situation), strict=True):
        for before, after in zip_longest(was, now, fillvalue=NOTHING):
            if before.acts != after.acts:
                return _change(situation, before, after)
    return None


def _change(situation: Situation, before: Played, after: Played) -> Change:
    return Change(
        situation,
        before.rule,
        after.rule,
        before.requests,
        after.requests,
        before.steps,
        after.steps,
        frozenset({*before.rules, *after.rules}),
    )


def difference_json(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """The changes as JSON data."""
    return [
        {
            "event": {**dict.fromkeys(change.situation.bare, True), **change.situation.event},
            "story": [move.words() for move in change.situation.moves],
            "fails": dict(change.situation.fails),
            "known": dict(change.situation.known),
            "at": change.situation.now.isoformat(),
            "old": _side(change.old_rule, change.old, change.old_steps),
            "new": _side(change.new_rule, change.new, change.new_steps),
        }
        for change in changes
    ]


def _side(rule: str | None, requests: Sequence[Mapping[str, Any]], steps: Sequence[str]) -> dict[str, Any]:
    return {"rule": rule, "requests": [dict(body) for body in requests], "steps": list(steps)}


def parts_json(parts: Iterable[ChangedPart]) -> list[dict[str, Any]]:
    """Changed parts as JSON data."""
    return [{"what": part.what, "was": part.was, "now": part.now} for part in parts]


# --- what an example shows ----------------------------------------------------------------------------------


def _example(
    part: ChangedPart, acting: Sequence[ChangedPart], old: RuleSet, new: RuleSet, changes: Sequence[Change]
) -> Change | None:
    """A situation that shows a changed part; None where none does. Where it is the only one, any example shows it; of
    several, each is put back by itself, and what differs then is asked of the two rule sets themselves."""
    if len(acting) == 1:
        return next(iter(changes), None)
    of_its_rule = next((change for change in changes if part.rules & change.rules), None)
    if part.block is None or len(acting) > MAX_REVERTED:
        return of_its_rule
    without = _with_part_reverted(part, new)
    if without is None:  # It makes no sense without the others: what it does is done by those.
        return of_its_rule if part.rules else next(iter(changes), None)
    for change in changes:
        if compare(without, new, change.situation) is not None:
            return change
    for change in differences(without, new):
        found = compare(old, new, change.situation)
        if found is not None:
            return found
    return None


def _with_part_reverted(part: ChangedPart, new: RuleSet) -> RuleSet | None:
    """The new rule set with one part as it was; None where that makes no rule set."""
    block = part.block
    assert block is not None
    assert block.item is not None
    as_it_was = print_item(part.reverted or block.item) + "\n" if part.was else ""
    sources = [file.source for file in new.checked.files]
    if not part.now and part.reverted is None:
        sources[0] = source_from_text(as_it_was + sources[0].text, sources[0].path)
    else:
        sources = [
            source
            if source is not block.source
            else source_from_text(
                f"{source.text[: block.start]}{as_it_was}\n{source.text[block.end :]}", source.path
            )
            for source in sources
        ]
    return load_rules(sources, agent_type=new.agent_type).ruleset


# --- situations ---------------------------------------------------------------------------------------------


def _situations(old: RuleSet, new: RuleSet) -> Iterator[Situation]:
    """Of the rules that have changed, where nothing else has; else of all. What several rules do together is asked of
    those that have changed."""
    parts = [part for part in changed_parts(old, new) if part.acts]
    changed = frozenset(label for part in parts for label in part.rules)
    everywhere = not all(part.rules for part in parts) or any(
        isinstance(rule.rule.trigger, OnAnything) and ruleset.ref(rule).label in changed
        for ruleset in (old, new)
        for rule in ruleset.rules
    )
    seen: set[tuple[object, ...]] = set()
    disputed = _disputed(old, new)
    for ruleset in (new, old):
        moments = (*_moments(ruleset), *disputed)
        for rule in ruleset.rules:
            is_changed = ruleset.ref(rule).label in changed
            if not is_changed and not everywhere:
                continue
            for situation in stories(rule, ruleset, moments, together=is_changed):
                if situation.key not in seen:
                    seen.add(situation.key)
                    yield situation


def _moments(ruleset: RuleSet) -> tuple[datetime, ...]:
    """Noon of a Monday, and for each of the opening hours a moment inside and one outside."""
    noon = at_clock(DEFAULT_DAY, 12 * 60, ruleset.zone)
    moments = [noon]
    for calendar in ruleset.calendars.values():
        night = at_clock(DEFAULT_DAY, 3 * 60, ruleset.zone)
        opening = calendar.next_opening(night)
        if opening is not None:
            moments += [opening, opening - timedelta(minutes=1)]
    return tuple(dict.fromkeys(moments))


def _disputed(old: RuleSet, new: RuleSet) -> tuple[datetime, ...]:
    """For each of the opening hours that both know, a moment at which only one is open: of an ordinary week, or of the
    days that either names."""
    week = [at_clock(DEFAULT_DAY + timedelta(days=n // 96), n % 96 * 15, new.zone) for n in range(7 * 96)]
    found = []
    for name in old.calendars.keys() & new.calendars.keys():
        was, now = old.calendars[name], new.calendars[name]
        days: list[date] = sorted({*was.dates, *now.dates})
        named = [at_clock(day, n * 15, new.zone) for day in days for n in range(96)]
        found += [moment for moment in [*week, *named] if was.open_at(moment) != now.open_at(moment)][:1]
    return tuple(sorted(found))
