"""What follows where a call stands under two rule sets and something happens: what both of them do, and what differs.

What depends on the very times or values that a call has, and not on what rules ask of these, is no edge.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.texts import open_texts, quoted_facts
from flowrules.compiler.ruleset import RuleSet
from flowrules.language.nodes import Advise, Rule, VerbStep
from flowrules.language.template import split_template
from flowrules.recordings.call import NO_TIME, Handled, Sent
from flowrules.replaying.asking import PRINTED_STEP
from flowrules.replaying.changes import Counterparts, EventChange, compare
from flowrules.replaying.play import Played, Player
from flowrules.replaying.verbs import is_ending, sends_a_time
from flowrules.scenarios.comparing.changed_parts import changed_parts

LONGEST = timedelta(seconds=7)
"""A plan that takes longer may run into a limit: it is played."""
_CHARACTERS_A_SECOND = 14


class Done(NamedTuple):
    """What one side does for one thing that happens. `ends`: the rule and the verb that end the call; `says`: how long
    the platform speaks after it, at most. `over`: the AI's session is over behind it."""

    handled: tuple[Handled, ...]
    ends: tuple[str, Sent] | None
    says: timedelta
    over: bool


class Edge:
    """`span`: how long its plans take, at most. `speaks_last`: an ending verb is in it, which waits for the bot's last
    word. `sent`: what goes out, old and new; `sends`: anything does; `sends_alike`: the same on both
    sides. `recorded`, `supposed`: how often it was looked up, by whether its outcomes are on record. `notable`: it
    changes something, or ends the call. `takes_time`: a walk over it has to look at the time."""

    __slots__ = (
        "changes", "fixed", "new", "notable", "old", "recorded", "sends", "sends_alike", "sent", "span", "speaks_last",
        "supposed", "takes_time", "target",
    )  # fmt: skip

    def __init__(
        self, old: Done, new: Done, changes: tuple[EventChange, ...], span: timedelta, *, speaks_last: bool
    ) -> None:
        self.old = old
        self.new = new
        self.changes = changes
        self.span = span
        self.speaks_last = speaks_last
        self.target: Node | None = None
        self.recorded = self.supposed = 0
        self.notable = bool(changes or old.ends or new.ends)
        self.takes_time = bool(span or speaks_last or old.says or new.says)
        self.sent = went_out(old.handled), went_out(new.handled)
        self.sends = any(self.sent)
        self.sends_alike = self.sent[0] == self.sent[1]
        self.fixed = False, False
        """Of each side, whether what it sends is the same in every call and goes well, old and new."""

    def lasts(self, span: timedelta) -> None:
        """It has lasted so long, too."""
        if span > self.span:
            self.span, self.takes_time = span, True


def went_out(handled: Sequence[Handled]) -> tuple[Sent, ...]:
    """The verbs of which a request left."""
    return tuple([sent for one in handled for sent in one.verbs if sent.left is not None])


class Node:
    """Where calls stand. `edges`: what follows, by the number of what happens. `players`: a call that stands there, one
    of its two ways of being played after the other; None: none is kept."""

    __slots__ = ("edges", "players")

    def __init__(self) -> None:
        self.edges: dict[int, Edge] = {}
        self.players: tuple[Player, Player] | None = None


class Edges:
    """Makes them, for two rule sets."""

    def __init__(self, old: RuleSet, new: RuleSet, counterpart: Counterparts, quoted: frozenset[str]) -> None:
        """`quoted`: facts of which edges tell values of one length apart no more."""
        self._counterpart = counterpart
        self._same = _same_steps(old, new, counterpart)
        self._texts = {id(one): _texts_of_rules(one, quoted) for one in (old, new)} if quoted else {}
        self._sides = id(old), id(new)
        most = max(
            (text.quotes for texts in self._texts.values() for one in texts.values() for text in one),
            default=0,
        )
        self._closed = tuple(_closed_rules(one) for one in (old, new))
        self._slack = timedelta(seconds=most * PRINTED_STEP / _CHARACTERS_A_SECOND)

    def edge(
        self, players: tuple[Player, Player], begun: Sequence[int], when: datetime, until: datetime
    ) -> Edge | None:
        """What has just followed on both sides, where each had done so much before; None where it depends on how long
        something takes."""
        spans, done = [], []
        for player, before in zip(players, begun, strict=True):
            rest = player.come_to_rest(until)
            if rest is None:
                return None
            said = player.machine.speech.said_until
            handled = tuple(player.handled[before:])
            spoken = any(sent.left is not None for one in handled for sent in one.verbs) and said is not None
            spans.append(rest - when + (self._slack if rest > when else NO_TIME))
            says = NO_TIME if said is None else said - when + (self._slack if spoken else NO_TIME)
            done.append(Done(handled, Played(handled).ending, says, bool(player.machine.over)))
        old, new = done
        if any(one.timer or one.event_id.endswith(".cap") for side in done for one in side.handled):
            return None
        if max(spans) > LONGEST or self._depends_on_more(old.handled, new.handled):
            return None
        changes = compare(Played(old.handled), Played(new.handled), self._counterpart).events
        last = any(is_ending(sent.verb) for side in done for one in side.handled for sent in one.verbs)
        edge = Edge(old, new, changes, max(spans), speaks_last=last)
        edge.fixed = _is_fixed(old, self._closed[0]), _is_fixed(new, self._closed[1])
        return edge

    # --- inside ---

    def _depends_on_more(self, old: Sequence[Handled], new: Sequence[Handled]) -> bool:
        """Whether both sides say times, or quote values, in steps that are not the same: they may agree in this call,
        and not in another."""
        after = {one.event_id: one for one in new}
        for before in old:
            now = after.get(before.event_id)
            if now is None:
                continue
            timed = _sends_times(before) and _sends_times(now)
            if not timed and not self._texts:
                continue
            rules = [(one[0].id, other[0].id) for one, other in zip(before.rules, now.rules, strict=False)]
            if len(before.rules) == len(now.rules) and self._same.issuperset(rules):
                continue
            if timed or self._may_agree(before, now):
                return True
        return False

    def _may_agree(self, before: Handled, now: Handled) -> bool:
        """Whether texts of rules that took an event on one side and the other are equal for some values alone."""
        was, is_now = (
            [text for rule, _ in one.rules for text in self._texts[side].get(rule.id, ())]
            for side, one in zip(self._sides, (before, now), strict=True)
        )
        return any(
            one.field == other.field and one != other and not one.always_differs(other)
            for one in was
            for other in is_now
        )


class _Text(NamedTuple):
    """A text of a rule, that stands in this field of this verb."""

    field: tuple[str, str]
    raw: str
    facts: tuple[str, ...]
    length: int

    @property
    def quotes(self) -> int:
        return len(self.facts)

    def always_differs(self, other: "_Text") -> bool:
        """Whether two texts differ whatever the values are that they quote: the same ones, beside more letters."""
        return self.facts == other.facts and self.length != other.length


def _texts_of_rules(ruleset: RuleSet, quoted: frozenset[str]) -> dict[str, tuple[_Text, ...]]:
    """The texts that each rule may send, by its id: its own, and those of other blocks where these quote something."""
    own: dict[int, tuple[_Text, ...]] = {}
    shared: list[_Text] = []
    for file in ruleset.checked.files:
        for block in file.blocks:
            if block.item is None:
                continue
            texts = tuple(_texts_in(CheckedBlock(block, block.item, 0)))
            if isinstance(block.item, Rule):
                own[id(block)] = texts
            else:
                shared += texts
    if not quoted.intersection(fact for text in shared for fact in text.facts):
        shared = []
    return {rule.id: (*own.get(id(ruleset.blocks[rule.id]), ()), *shared) for rule in ruleset.rules}


def _texts_in(unit: CheckedBlock) -> Iterator[_Text]:
    for step in unit.steps:
        where = ("advise", "") if isinstance(step, Advise) else None
        if isinstance(step, VerbStep):
            where = step.verb, ""
        if where is None:
            continue
        for text in open_texts([step]):
            facts = tuple(sorted(name.key for name in quoted_facts(text)))
            literal = [part for part in split_template(str(text.value)) if isinstance(part, str)]
            yield _Text(where, text.raw, facts, sum(map(len, literal)))


def _closed_rules(ruleset: RuleSet) -> frozenset[str]:
    """Those that say the same in every call: no text of theirs, or of a block that they may use, quotes anything."""
    is_open = set()
    for file in ruleset.checked.files:
        for block in file.blocks:
            if block.item is None:
                continue
            unit = CheckedBlock(block, block.item, 0)
            if any("{" in text.raw for text in open_texts(unit.steps)):
                if not isinstance(block.item, Rule):
                    return frozenset()
                is_open.add(id(block))
    return frozenset(rule.id for rule in ruleset.rules if id(ruleset.blocks[rule.id]) not in is_open)


def _is_fixed(done: Done, closed: frozenset[str]) -> bool:
    """Whether a side sends for one event what follows from its rules alone, and all of it goes well."""
    return len(done.handled) <= 1 and all(
        sent.rule in closed
        and sent.left is not None
        and sent.body is not None
        and sent.receipt.went_well
        and not sent.receipt.result
        and not sends_a_time(sent.verb)
        for one in done.handled
        for sent in one.verbs
    )


def _sends_times(one: Handled) -> bool:
    return any(sends_a_time(sent.verb) for sent in one.verbs)


def _same_steps(old: RuleSet, new: RuleSet, counterpart: Counterparts) -> frozenset[tuple[str, str]]:
    """Rules whose steps are the same in both, where nothing else is said differently that may act."""
    if any(part.acts and not part.rules for part in changed_parts(old, new)):
        return frozenset()
    was = {rule.id: rule.rule for rule in old.rules}
    pairs = ((counterpart.get(rule.id, rule.id), rule) for rule in new.rules)
    return frozenset(
        (before, rule.id)
        for before, rule in pairs
        if before in was
        and (was[before].steps, was[before].otherwise) == (rule.rule.steps, rule.rule.otherwise)
    )
