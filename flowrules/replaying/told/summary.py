"""What an answer says, in order and in words: the one account that every form of it shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from flowrules.replaying.answer import Answer, Group, Row, Story
from flowrules.replaying.changes import Kind
from flowrules.replaying.outcomes import Origin

KINDS: Mapping[Kind, str] = {
    Kind.END: "calls end otherwise",
    Kind.VERBS: "other verbs are sent",
    Kind.DETAILS: "the same verbs say something else",
    Kind.ORDER: "the same verbs are sent in another order",
    Kind.TOLD: "the model is told something else",
    Kind.RULE: "another rule does the same",
}
"""In the order in which they matter."""


class Line(NamedTuple):
    """One way of changing: so many events, or calls where they end otherwise. `was`, `now`: rules and verbs."""

    times: int
    was: str
    now: str
    story: Story | None


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of change. `lines`: the most frequent first; `story`: that of the first."""

    kind: Kind
    words: str
    calls: int
    events: int
    lines: tuple[Line, ...]

    @property
    def count(self) -> str:
        if self.kind is Kind.END:
            return calls(self.calls)
        return f"{events(self.events)} in {calls(self.calls)}"

    @property
    def story(self) -> Story | None:
        return self.lines[0].story if self.lines else None


class Money(NamedTuple):
    """What a verb costs on both sides."""

    word: str
    each: Decimal
    old: int
    new: int

    @property
    def difference(self) -> Decimal:
        return self.each * (self.new - self.old)


Costs = Mapping[str, Decimal]
"""What one verb costs that goes through, by the word that rules have for it."""


def calls(count: int) -> str:
    return f"{count:,} call" if count == 1 else f"{count:,} calls"


def events(count: int) -> str:
    return f"{count:,} event" if count == 1 else f"{count:,} events"


def old_side(answer: Answer) -> str:
    """What the new rules are held against."""
    return "what was done" if answer.old == "recording" else "the old rules"


def headline(answer: Answer) -> str:
    if not answer.calls:
        return "No call could be played again."
    played = f"{calls(answer.calls)} with {events(answer.events)}"
    if not answer.changed_calls:
        return f"{played}: nothing changes."
    share = answer.changed_calls / answer.calls * 100
    return f"{played}: {calls(answer.changed_calls)} would go otherwise ({share:.1f} %)."


def parts(answer: Answer) -> tuple[Part, ...]:
    """The kinds of change that there are."""
    found = []
    for kind, words in KINDS.items():
        count = answer.kinds.get(kind)
        if count is not None:
            groups = [group for group in answer.groups.values() if group.kind == kind]
            groups.sort(key=_rank)
            lines = tuple(_line(kind, group) for group in groups)
            found.append(Part(kind, words, count.calls, count.events, lines))
    return tuple(found)


def _rank(group: Group) -> tuple[object, ...]:
    return (
        -group.events,
        -group.calls,
        group.old_rule or "",
        group.new_rule or "",
        group.old_verbs,
        group.new_verbs,
    )


def _line(kind: Kind, group: Group) -> Line:
    nothing = "no verb" if kind is Kind.END else "nothing"
    times = group.calls if kind is Kind.END else group.events
    was, now = (
        _told(group.old_rule, group.old_verbs, nothing),
        _told(group.new_rule, group.new_verbs, nothing),
    )
    if kind is Kind.END and was == now:
        now += ", at another event"
    return Line(times, was, now, group.story)


def _told(rule: str | None, verbs: Sequence[str], nothing: str) -> str:
    done = ", then ".join(verbs) or nothing
    if rule is not None:
        return f"{done} ({rule})"
    return done if nothing == "no verb" else f"{done} (no rule)"


def rules(answer: Answer) -> tuple[tuple[str, str], ...]:
    """The rules responsible, each with what it does; those first with which most calls begin to differ."""
    shares = sorted(
        answer.rules.items(), key=lambda one: (-one[1].first, -one[1].gained - one[1].lost, one[0])
    )
    told = []
    for name, share in shares:
        does = [
            f"{verb} {events(count)}"
            for verb, count in (
                ("gains", share.gained),
                ("loses", share.lost),
                ("does something else in", share.otherwise),
            )
            if count
        ]
        if share.first:
            does.append(f"the first change of {calls(share.first)}")
        told.append((name, "; ".join(does)))
    return tuple(told)


def verbs(answer: Answer) -> tuple[tuple[str, int, int, int], ...]:
    """Verbs that go through more or less often: the word, old, new, and how many of the new outcomes are supposed."""
    return tuple(
        (word, one.old, one.new, one.new_supposed)
        for word, one in sorted(answer.verbs.items())
        if one.old != one.new
    )


def money(answer: Answer, costs: Costs) -> tuple[Money, ...]:
    return tuple(
        Money(word, each, found.old, found.new)
        if (found := answer.verbs.get(word))
        else Money(word, each, 0, 0)
        for word, each in sorted(costs.items())
    )


def total(rows: Sequence[Money]) -> Decimal:
    return sum((row.difference for row in rows), Decimal(0))


def signed(amount: Decimal | int) -> str:
    return f"{amount:+,}"


def remarks(answer: Answer) -> Iterator[str]:
    """What the answer rests on, and what it can't say."""
    supposed = answer.outcomes.get(Origin.SUPPOSED, 0)
    if supposed:
        words = ", ".join(
            f"{word} {one.new_supposed:,}" for word, one in sorted(answer.verbs.items()) if one.new_supposed
        )
        yield (
            f"The recording holds no outcome of {supposed:,} verbs. It is supposed that each is accepted, unless "
            f"--suppose says otherwise: {words}."
        )
    elsewhere = answer.outcomes.get(Origin.ELSEWHERE, 0)
    if elsewhere:
        yield f"{elsewhere:,} verbs have the outcome that the same verb had at another event of the call."
    if answer.past_end:
        yield (
            f"{calls(answer.past_end)} would go on where the recording ends: what would have happened then, it does "
            "not say."
        )
    for reason, one in answer.unplayed.items():
        example = f" (for example {one.example})" if one.example else ""
        yield f"{calls(one.calls)} with {events(one.events)} could not be played again: {reason}{example}."


def clock(row: Row) -> str:
    """When it happens, from the call's beginning."""
    minutes, seconds = divmod(int(row.at), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def done(side_rules: Sequence[str], steps: Sequence[str]) -> str:
    told = ", then ".join(steps) or "nothing"
    return f"{told} ({', '.join(side_rules)})" if side_rules else told


def story_title(story: Story) -> str:
    origin = f", {story.origin}" if story.origin and story.origin != story.call else ""
    return f"call {story.call} of {story.began.replace('T', ' ')}{origin}"
