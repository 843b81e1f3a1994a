"""Calls in, one by one; the answer out: what two rule sets, or a recording and a rule set, do differently in them."""

from collections.abc import Iterable, Mapping

from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.asked import asked_of
from flowrules.recordings.call import Handled, NotReplayed, Recorded, RecordedCall
from flowrules.replaying.answer import Answer, Count, Group, Share, Unplayed, Verbs, group_key
from flowrules.replaying.changes import CallChange, EventChange, Kind, compare, counterparts
from flowrules.replaying.outcomes import NOTHING_FAILS, Origin, Supposing
from flowrules.replaying.play import Played, as_recorded, replay_call
from flowrules.replaying.stories import tell
from flowrules.replaying.verbs import word_of

NOT_SAID = "the recording does not say what was done: name the rules to compare with"
BROKEN = "flowrules itself has failed at it; please report it"


class Judge:
    """Plays calls and adds up what changes. `old`: the rules to compare with; None: with what the recording says was
    done. `supposing`: why verbs fail that were never sent; of others it is supposed that they are accepted."""

    def __init__(
        self, new: RuleSet, old: RuleSet | None = None, supposing: Supposing = NOTHING_FAILS
    ) -> None:
        self.answer = Answer(old="recording" if old is None else "rules")
        self._new = new
        self._old = old
        self._supposing = supposing
        self._counterparts: Mapping[str, str] = {} if old is None else counterparts(old, new)
        self._asked = frozenset(_asked(new)) | (frozenset() if old is None else frozenset(_asked(old)))

    def add(self, calls: Iterable[Recorded]) -> None:
        for call in calls:
            self.judge(call)

    def judge(self, call: Recorded) -> CallChange | None:
        """Play a call, and add what changes to the answer; None where it can't be played."""
        if isinstance(call, NotReplayed):
            self._unplayed(call)
            return None
        if why := self._why_not(call):
            self._unplayed(NotReplayed(call.call_id, why, call.events, call.origin))
            return None
        old = as_recorded(call) if self._old is None else replay_call(self._old, call, self._supposing)
        new = replay_call(self._new, call, self._supposing)
        if old is None or old.bugs or new.bugs:
            why = NOT_SAID if old is None else BROKEN
            self._unplayed(NotReplayed(call.call_id, why, call.events, call.origin))
            return None
        change = compare(old, new, self._counterparts)
        self._count(call, old, new)
        if change:
            self._changed(call, old, new, change)
        return change

    # --- inside ---

    def _why_not(self, call: RecordedCall) -> str:
        hidden = sorted(call.masked & self._asked) if call.masked else ()
        return f"a rule asks for what the recording hides: {', '.join(hidden)}" if hidden else ""

    def _unplayed(self, call: NotReplayed) -> None:
        known = self.answer.unplayed.setdefault(call.reason, Unplayed())
        known.calls += 1
        known.events += call.events
        known.example = min(filter(None, (known.example, call.origin or call.call_id)), default="")

    def _count(self, call: RecordedCall, old: Played, new: Played) -> None:
        answer = self.answer
        answer.calls += 1
        answer.events += call.events
        if old.over and not new.over:
            answer.past_end += 1
        for played, side in ((old, "old"), (new, "new")):
            for one in played.handled:
                for sent in one.verbs:
                    if sent.receipt.went_well and sent.left is not None:
                        verbs = answer.verbs.setdefault(word_of(sent), Verbs())
                        setattr(verbs, side, getattr(verbs, side) + 1)
        for origin, sent_verbs in (new.origins or {}).items():
            answer.outcomes[origin] = answer.outcomes.get(origin, 0) + len(sent_verbs)
        for played, side in ((old, "old_supposed"), (new, "new_supposed")):
            for verb in (played.origins or {}).get(Origin.SUPPOSED, ()):
                verbs = answer.verbs.setdefault(verb, Verbs())
                setattr(verbs, side, getattr(verbs, side) + 1)

    def _changed(self, call: RecordedCall, old: Played, new: Played, change: CallChange) -> None:
        answer = self.answer
        answer.changed_calls += 1
        answer.changed_events += len(change.events)
        groups: dict[str, Group] = {}
        kinds: set[str] = set()
        for number, pair in enumerate(change.events):
            key, group = _group(pair)
            known = answer.groups.setdefault(key, group)
            known.events += 1
            groups[key] = known
            answer.kinds.setdefault(pair.kind, Count()).events += 1
            kinds.add(pair.kind)
            self._responsible(pair, is_first=number == 0)
        if change.ends:
            parts = (Kind.END.value, *_ends(old, new))
            key = group_key(*parts)
            groups[key] = answer.groups.setdefault(key, Group(*parts))
            kinds.add(Kind.END)
            answer.kinds.setdefault(Kind.END, Count())
        for kind in kinds:
            answer.kinds[kind].calls += 1
        place = (call.events, call.call_id, call.origin)
        story = None
        for group in groups.values():
            group.calls += 1
            if group.story is None or place < group.story.key:
                story = story or tell(call, old, new, change, self._new.zone)
                group.story = story

    def _responsible(self, pair: EventChange, *, is_first: bool) -> None:
        """Which rules a change is the work of."""
        was, now = _owner(pair.old), _owner(pair.new)
        shares = self.answer.rules
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


def _group(pair: EventChange) -> tuple[str, Group]:
    parts = (pair.kind.value, _owner(pair.old), _owner(pair.new), _words(pair.old), _words(pair.new))
    return group_key(*parts), Group(*parts)


def _ends(old: Played, new: Played) -> tuple[str | None, str | None, tuple[str, ...], tuple[str, ...]]:
    """Which rules end a call, and how."""
    (was_rule, was), (now_rule, now) = _end(old), _end(new)
    return was_rule, now_rule, was, now


def _end(played: Played) -> tuple[str | None, tuple[str, ...]]:
    found = played.ending
    if found is None:
        return None, ()
    event, sent = found
    owner = next((_owner(one) for one in played.handled if one.event_id == event), None)
    body = sent.body or {}
    target = [str(body[name]) for name in ("destination_type", "destination") if body.get(name)]
    return owner, (" ".join([word_of(sent), *target]),)


def _owner(one: Handled | None) -> str | None:
    """The label of the rule that took an event: the last one, which is the owner where there is one."""
    return one.rules[-1][0].label if one is not None and one.rules else None


def _words(one: Handled | None) -> tuple[str, ...]:
    return () if one is None else tuple([word_of(sent) for sent in one.verbs if sent.left is not None])
