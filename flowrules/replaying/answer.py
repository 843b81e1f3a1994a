"""What a replay has found: counts, and for each way in which events change one call's story.

Answers are added up (`merge`) in any order, from any number of parts, to the same answer: counts are sums, and of two
stories the one is kept that has the smaller key. `flowrules/replaying/report.py` tells it.
"""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

VERSION = 1


class Side(msgspec.Struct, frozen=True):
    """What one side does for an event. `rules`: the labels of those that took it; `steps`: what came of them."""

    rules: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True):
    """One event of a story. `at`: seconds since the call began; `what` happened, in words."""

    at: float
    what: str
    old: Side
    new: Side
    differs: bool


class Story(msgspec.Struct, frozen=True):
    """One call, old beside new. `began`: in the rules' time zone; `size`: the number of its events; `ended`: how the
    AI's session ended, old and new; `cut`: so many rows are left out at its end."""

    size: int
    call: str
    origin: str
    began: str
    rows: tuple[Row, ...]
    ended: tuple[str, str]
    cut: int = 0

    @property
    def key(self) -> tuple[int, str, str]:
        return self.size, self.call, self.origin


class Group(msgspec.Struct):
    """Events that change in one way: which rules took them, and by which words the verbs are written that went out. Of
    other ends: by which verb, to which target, the calls end; none where no verb ends them."""

    kind: str
    old_rule: str | None
    new_rule: str | None
    old_verbs: tuple[str, ...]
    new_verbs: tuple[str, ...]
    events: int = 0
    calls: int = 0
    story: Story | None = None


class Count(msgspec.Struct):
    """`events` in so many `calls`."""

    calls: int = 0
    events: int = 0


class Verbs(msgspec.Struct):
    """How often a verb went through, and how many of these outcomes are supposed."""

    old: int = 0
    new: int = 0
    old_supposed: int = 0
    new_supposed: int = 0


class Share(msgspec.Struct):
    """What a rule has to do with the changes: events that it has `gained` (another one took them, or none), `lost`, or
    handles `otherwise`; and in how many calls the first change is its own."""

    gained: int = 0
    lost: int = 0
    otherwise: int = 0
    first: int = 0


class Unplayed(msgspec.Struct):
    """Calls that can't be replayed, with their events. `example`: the origin of one."""

    calls: int = 0
    events: int = 0
    example: str = ""


class Answer(msgspec.Struct):
    """`calls` and `events` were played; `changed_calls` and `changed_events` of these change.

    `kinds`: by `Kind`. `groups`: by their own key, a kind's ways of changing. `rules`: by label. `verbs`: by word.
    `outcomes`: where the outcomes of verbs come from, by `Origin`, on the new side. `unplayed`: by reason.
    `past_end`: calls in which the AI's session ended, and would go on under the new rules: what happens then, nobody
    knows. `old`: what the old side is, `rules` or `recording`."""

    version: int = VERSION
    old: str = "rules"
    calls: int = 0
    events: int = 0
    changed_calls: int = 0
    changed_events: int = 0
    past_end: int = 0
    kinds: dict[str, Count] = {}
    groups: dict[str, Group] = {}
    rules: dict[str, Share] = {}
    verbs: dict[str, Verbs] = {}
    outcomes: dict[str, int] = {}
    unplayed: dict[str, Unplayed] = {}

    def merge(self, other: "Answer") -> "Answer":
        """Add another part of the same replay to this one. Raises ValueError for one that is of another replay."""
        if (other.version, other.old) != (self.version, self.old):
            raise ValueError("these are answers of different replays")
        _sum(self, other, ("calls", "events", "changed_calls", "changed_events", "past_end"))
        for name, count in other.kinds.items():
            _sum(_of(self.kinds, name, Count), count, ("calls", "events"))
        for key, group in other.groups.items():
            known = self.groups.get(key)
            if known is None:
                self.groups[key] = msgspec.structs.replace(group)
            else:
                _sum(known, group, ("calls", "events"))
                known.story = _first(known.story, group.story)
        for name, share in other.rules.items():
            _sum(_of(self.rules, name, Share), share, ("gained", "lost", "otherwise", "first"))
        for name, verbs in other.verbs.items():
            _sum(_of(self.verbs, name, Verbs), verbs, ("old", "new", "old_supposed", "new_supposed"))
        for name, times in other.outcomes.items():
            self.outcomes[name] = self.outcomes.get(name, 0) + times
        for reason, unplayed in other.unplayed.items():
            mine = _of(self.unplayed, reason, Unplayed)
            mine.example = min(filter(None, (mine.example, unplayed.example)), default="")
            _sum(mine, unplayed, ("calls", "events"))
        return self

    def in_order(self) -> "Answer":
        """The same answer with its names in an order that does not depend on how it was added up."""
        return msgspec.structs.replace(
            self,
            **{
                name: dict(sorted(getattr(self, name).items()))
                for name in ("kinds", "groups", "rules", "verbs", "outcomes", "unplayed")
            },
        )


def encode(answer: Answer) -> bytes:
    """An answer as JSON, to be read by `decode`. Equal answers give equal bytes."""
    return msgspec.json.encode(answer.in_order())


def decode(data: bytes) -> Answer:
    """Raises ValueError for what is no answer."""
    return msgspec.json.decode(data, type=Answer)


def group_key(
    kind: str,
    old_rule: str | None,
    new_rule: str | None,
    old_verbs: Iterable[str],
    new_verbs: Iterable[str],
) -> str:
    """The same for all events that change in one way."""
    return msgspec.json.encode((kind, old_rule, new_rule, tuple(old_verbs), tuple(new_verbs))).decode()


T = TypeVar("T")


def _of(held: dict[str, T], name: str, kind: type[T]) -> T:
    found = held.get(name)
    if found is None:
        found = held[name] = kind()
    return found


def _sum(mine: object, other: object, names: Iterable[str]) -> None:
    for name in names:
        setattr(mine, name, getattr(mine, name) + getattr(other, name))


def _first(one: Story | None, other: Story | None) -> Story | None:
    if one is None or other is None:
        return one or other
    return one if one.key <= other.key else other
