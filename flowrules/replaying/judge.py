"""Calls in, one by one; the answer out: what two rule sets, or a recording and a rule set, do differently in them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.playing.asked import asked_of
from flowrules.recordings.call import Handled, NotReplayed, Recorded, RecordedCall, Sent
from flowrules.recordings.column_calls import ColumnCall, Kept
from flowrules.recordings.journal_quick import JournalCall
from flowrules.replaying.answer import Answer, Count, Group, Share, Story, Unplayed, Verbs, group_key
from flowrules.replaying.asking import TooMany
from flowrules.replaying.changes import EventChange, Kind, compare, counterparts, differs_in_end
from flowrules.replaying.columnar import ColumnWalk
from flowrules.replaying.edges import Edge
from flowrules.replaying.known import Known
from flowrules.replaying.lateness import lateness
from flowrules.replaying.matching import Origins
from flowrules.replaying.outcomes import NOTHING_FAILS, Origin, Supposing
from flowrules.replaying.play import Played, as_recorded, replay_beside_record, replay_call
from flowrules.replaying.stories import tell
from flowrules.replaying.verbs import word_of

NOT_SAID = "the recording does not say what was done: name the rules to compare with"
End = tuple[str | None, str | None, tuple[str, ...], tuple[str, ...]]
"""Which rules end a call, and by which verbs, old and new."""
BROKEN = "flowrules itself has failed at it; please report it"


class Judge:
    """Plays calls and adds up what changes. `old`: the rules to compare with; None: with what the recording says was
    done. `supposing`: why verbs fail that were never sent; of others it is supposed that they are accepted. `look_up`:
    what was played once need not be played again (`known.py`)."""

    def __init__(
        self,
        new: RuleSet,
        old: RuleSet | None = None,
        supposing: Supposing = NOTHING_FAILS,
        *,
        look_up: bool = True,
    ) -> None:
        self._answer = Answer(old="recording" if old is None else "rules")
        self._new = new
        self._old = old
        self._supposing = supposing
        self._counterparts: Mapping[str, str] = {} if old is None else counterparts(old, new)
        self._asked = frozenset(_asked(new)) | (frozenset() if old is None else frozenset(_asked(old)))
        self._known = Known(old, new, self._counterparts, supposing) if look_up and old is not None else None
        self._columns = None
        if self._known is not None and (columns := ColumnWalk(self._known)).usable:
            self._columns = columns

    @property
    def answer(self) -> Answer:
        """What was found so far."""
        if self._known is not None:
            self._count_looked_up(self._known.edges)
        return self._answer

    def take(self) -> Answer:
        """What was found since this was last asked. What was played stays known."""
        answer, self._answer = self.answer, Answer(old=self._answer.old)
        return answer

    @property
    def asks_what_was_done(self) -> bool:
        """Whether it compares with what the recording says was done."""
        return self._old is None

    @property
    def looked_up(self) -> int:
        """How many calls did not have to be played."""
        return 0 if self._known is None else self._known.found

    def add(self, calls: Iterable[Kept]) -> None:
        for call in calls:
            if isinstance(call, ColumnCall):
                self._judge_columns(call)
            elif isinstance(call, JournalCall):
                self._judge_lines(call)
            else:
                self.judge(call)

    def judge(self, call: Recorded) -> None:
        """Play a call, or look it up, and add what changes to the answer."""
        if isinstance(call, NotReplayed):
            self._unplayed(call)
        elif why := self._why_not(call):
            self._unplayed(NotReplayed(call.call_id, why, call.events, call.origin))
        elif (
            self._known is None
            or (walk := self._known.walk(call, lateness(call))) is None
            or not self._looked_up(call, walk.edges, walk.origins)
        ):
            self._play(call)

    def _judge_lines(self, call: JournalCall) -> None:
        known = self._known
        quick = None if known is None or known.gives_up else call.quick()
        if known is None or quick is None:
            self.judge(call.made())
            return
        recorded, late = quick
        walk = known.walk(recorded, late)
        if walk is None or not self._looked_up(recorded, walk.edges, walk.origins):
            made = call.made()
            assert isinstance(made, RecordedCall)
            self._play(made)

    def _judge_columns(self, call: ColumnCall) -> None:
        known = self._known
        if known is None or self._columns is None or known.gives_up:
            self.judge(call.made())
            return
        try:
            edges = self._columns.walk(call)
        except TooMany:
            known.give_up()
            edges = None
        if edges is None:
            self.judge(call.made())
        elif not self._looked_up(call, edges):
            known.count(known=True)
            self._play(call.made())
        else:
            known.count(known=True)

    def _play(self, call: RecordedCall) -> None:
        old, new = self._both(call)
        if old is None or old.bugs or new.bugs:
            why = NOT_SAID if old is None else BROKEN
            self._unplayed(NotReplayed(call.call_id, why, call.events, call.origin))
            return
        change = compare(old, new, self._counterparts)
        self._count(call, old, new)
        if change:
            ends = _ends(old, new) if change.ends else None
            story = partial(tell, call, old, new, change, self._new.zone)
            self._changed(call, change.events, ends, story)

    def _both(self, call: RecordedCall) -> tuple[Played | None, Played]:
        if self._known is not None:
            return self._known.play(call)
        if self._old is None:
            return as_recorded(call), replay_beside_record(self._new, call, self._supposing)
        old = replay_call(self._old, call, self._supposing)
        return old, replay_call(self._new, call, self._supposing)

    # --- inside ---

    def _why_not(self, call: RecordedCall) -> str:
        hidden = sorted(call.masked & self._asked) if call.masked else ()
        return f"a rule asks for what the recording hides: {', '.join(hidden)}" if hidden else ""

    def _unplayed(self, call: NotReplayed) -> None:
        known = self._answer.unplayed.setdefault(call.reason, Unplayed())
        known.calls += 1
        known.events += call.events
        known.example = min(filter(None, (known.example, call.origin or call.call_id)), default="")

    def _count(self, call: RecordedCall, old: Played, new: Played) -> None:
        answer = self._answer
        answer.calls += 1
        answer.events += call.events
        cut_off = self._old is None and call.known_until is not None
        if cut_off or (old.over and not new.over):
            answer.past_end += 1
        self._count_verbs("old", old.handled, 1)
        self._count_verbs("new", new.handled, 1)
        for origin, words in (new.origins or {}).items():
            answer.outcomes[origin] = answer.outcomes.get(origin, 0) + len(words)
        for played, side in ((old, "old_supposed"), (new, "new_supposed")):
            for word in (played.origins or {}).get(Origin.SUPPOSED, ()):
                self._add(word, side, 1)

    def _count_verbs(self, side: str, handled: Sequence[Handled], times: int) -> None:
        for one in handled:
            for sent in one.verbs:
                if sent.receipt.went_well and sent.left is not None:
                    self._add(word_of(sent), side, times)

    def _add(self, word: str, side: str, times: int) -> None:
        verbs = self._answer.verbs.setdefault(word, Verbs())
        setattr(verbs, side, getattr(verbs, side) + times)

    # --- what was looked up ---

    def _looked_up(
        self, call: RecordedCall | ColumnCall, edges: Sequence[Edge], origins: Sequence[Origins] = ()
    ) -> bool:
        """Add a call that was looked up; False where its story is wanted, for which it has to be played."""
        answer = self._answer
        if notable := [edge for edge in edges if edge.notable]:
            changes = [change for edge in notable for change in edge.changes]
            ends = _ends_looked_up(notable)
            if changes or ends:
                if self._wants_story(call, changes, ends):
                    return False
                self._changed(call, changes, ends, None)
        answer.calls += 1
        answer.events += call.events
        if edges and edges[-1].old.over and not edges[-1].new.over:
            answer.past_end += 1
        if call.outcomes:
            for edge in edges:
                edge.recorded += 1
        else:
            for edge in edges:
                edge.supposed += 1
        for is_new, verbs in origins:
            for origin, word in verbs:
                self._comes_from(origin, word, is_new=is_new)
        return True

    def _comes_from(self, origin: Origin, word: str, *, is_new: bool) -> None:
        """Of a verb that is counted as one whose outcome is the recording's, where it really comes from."""
        if origin is Origin.SUPPOSED:
            self._add(word, "new_supposed" if is_new else "old_supposed", 1)
        if is_new and origin is not Origin.RECORDED:
            outcomes = self._answer.outcomes
            outcomes[origin] = outcomes.get(origin, 0) + 1
            outcomes[Origin.RECORDED] = outcomes.get(Origin.RECORDED, 0) - 1

    def _wants_story(
        self, call: RecordedCall | ColumnCall, changes: Iterable[EventChange], ends: End | None
    ) -> bool:
        place = (call.events, call.call_id, call.origin)
        keys = {group_key(*parts) for parts in _parts(changes, ends)}
        for key in keys:
            known = self._answer.groups.get(key)
            if known is None or known.story is None or place < known.story.key:
                return True
        return False

    def _count_looked_up(self, edges: Iterable[Edge]) -> None:
        """Add the verbs of what was looked up since the last time."""
        outcomes = self._answer.outcomes
        for edge in edges:
            times = edge.recorded + edge.supposed
            if not times:
                continue
            for side, done in (("old", edge.old), ("new", edge.new)):
                self._count_verbs(side, done.handled, times)
                left = [sent for one in done.handled for sent in one.verbs if sent.left is not None]
                for sent in left if edge.supposed else ():
                    self._add(word_of(sent), f"{side}_supposed", edge.supposed)
                for origin, count in ((Origin.RECORDED, edge.recorded), (Origin.SUPPOSED, edge.supposed)):
                    if side == "new" and left and count:
                        outcomes[origin] = outcomes.get(origin, 0) + count * len(left)
            edge.recorded = edge.supposed = 0
        if outcomes.get(Origin.RECORDED) == 0:
            del outcomes[Origin.RECORDED]

    # --- what changes ---

    def _changed(
        self,
        call: RecordedCall | ColumnCall,
        changes: Sequence[EventChange],
        ends: End | None,
        story: Callable[[], Story] | None,
    ) -> None:
        """`story` tells it; None: no better one is wanted of any of its groups."""
        answer = self._answer
        answer.changed_calls += 1
        answer.changed_events += len(changes)
        groups: dict[str, Group] = {}
        kinds: set[str] = set()
        for parts in _parts(changes, ends):
            kind, key = parts[0], group_key(*parts)
            groups[key] = known = answer.groups.setdefault(key, Group(*parts))
            kinds.add(kind)
            count = answer.kinds.setdefault(kind, Count())
            if kind != Kind.END:
                known.events += 1
                count.events += 1
        for number, change in enumerate(changes):
            self._responsible(change, is_first=number == 0)
        for kind in kinds:
            answer.kinds[kind].calls += 1
        place, told = (call.events, call.call_id, call.origin), None
        for known in groups.values():
            known.calls += 1
            if story is not None and (known.story is None or place < known.story.key):
                known.story = told = told or story()

    def _responsible(self, pair: EventChange, *, is_first: bool) -> None:
        """Which rules a change is the work of."""
        was, now = _owner(pair.old), _owner(pair.new)
        shares = self._answer.rules
        if was == now:
            if now is not None:
                shares.setdefault(now, Share()).otherwise += 1
        else:
            if was is not None:
                shares.setdefault(was, Share()).lost += 1
            if now is not None:
                shares.setdefault(now, Share()).gained += 1
        if is_first and (rule := now or was) is not None:
            shares.setdefault(rule, Share()).first += 1


def _asked(ruleset: RuleSet) -> Iterable[str]:
    """Facts that can make a difference, those included that set a rule off."""
    yield from asked_of(ruleset).facts
    for rule in ruleset.rules:
        for test in getattr(rule.rule.trigger, "tests", ()):
            yield test.name.key


Parts = tuple[str, str | None, str | None, tuple[str, ...], tuple[str, ...]]
"""Of a group: its kind, the rules, and the verbs, old and new."""


def _parts(changes: Iterable[EventChange], ends: End | None) -> Iterator[Parts]:
    for one in changes:
        yield one.kind.value, _owner(one.old), _owner(one.new), _words(one.old), _words(one.new)
    if ends is not None:
        yield Kind.END.value, *ends


def _ends(old: Played, new: Played) -> End:
    """Which rules end a call, and how."""
    (was_rule, was), (now_rule, now) = _end(old.handled, old.ending), _end(new.handled, new.ending)
    return was_rule, now_rule, was, now


def _ends_looked_up(edges: Sequence[Edge]) -> End | None:
    """The same of a call that was looked up; None where both sides end it alike."""
    old = next((edge for edge in reversed(edges) if edge.old.ends is not None), None)
    new = next((edge for edge in reversed(edges) if edge.new.ends is not None), None)
    was, now = old.old.ends if old else None, new.new.ends if new else None
    if old is new and not differs_in_end(was, now):
        return None
    was_rule, said = _end(old.old.handled if old else (), was)
    now_rule, says = _end(new.new.handled if new else (), now)
    return was_rule, now_rule, said, says


def _end(handled: Sequence[Handled], ending: tuple[str, Sent] | None) -> tuple[str | None, tuple[str, ...]]:
    if ending is None:
        return None, ()
    event, sent = ending
    owner = next((_owner(one) for one in handled if one.event_id == event), None)
    body = sent.body or {}
    target = [str(body[name]) for name in ("destination_type", "destination") if body.get(name)]
    return owner, (" ".join([word_of(sent), *target]),)


def _owner(one: Handled | None) -> str | None:
    """The label of the rule that took an event: the last one, which is the owner where there is one."""
    return one.rules[-1][0].label if one is not None and one.rules else None


def _words(one: Handled | None) -> tuple[str, ...]:
    return () if one is None else tuple([word_of(sent) for sent in one.verbs if sent.left is not None])
