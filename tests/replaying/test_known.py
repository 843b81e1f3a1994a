"""Looking calls up gives the answer that playing them gives: on random rules, edits and calls.

`REPLAY_EXAMPLES` says how many pairs of rule sets, `REPLAY_SEED` from which seed; what fails prints it.
"""

import os
import random
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from flowrules.call.deduplication import digest
from flowrules.call.inputs import Closed, Learned, Reported
from flowrules.compiler.loading.load import compile_sound
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event, Source, make_event
from flowrules.recordings.call import RecordedCall, Sent, Timed
from flowrules.recordings.pace import EVEN
from flowrules.replaying.answer import encode
from flowrules.replaying.judge import Judge
from flowrules.replaying.outcomes import Origin
from flowrules.replaying.play import replay_call
from flowrules.source import source_from_text
from tests.parity.generated_rules import rule_sets
from tests.parity.generated_stories import KNOWN, happens, meeting
from tests.parity.story import START, Happens
from tests.replaying.calls import call as call_of
from tests.replaying.calls import rules
from tests.replaying.keeping_up import late

EXAMPLES = int(os.environ.get("REPLAY_EXAMPLES", "12"))
SEED = int(os.environ.get("REPLAY_SEED") or random.SystemRandom().randrange(1_000_000_000))
GAPS = (0.307, 1.327, 2.611, 5.237, 11.943, 31.459)
CALLS = 30


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str]:
    """A rule set, and an edit of it."""
    one = draw(rule_sets().filter(lambda texts: len(texts) == 2))
    return one[0], one[1]


def event_of(move: Happens) -> Event:
    return make_event(*move.bare, facts=move.facts, source=Source[move.source.upper()])


def calls(pool: list[Event], dice: random.Random) -> list[RecordedCall]:
    """Calls of few events, so that many begin alike."""
    found = []
    for number in range(CALLS):
        now, inputs = START, list[Timed]()
        for ticket in range(1, dice.randint(2, 6)):
            now += timedelta(seconds=dice.choice(GAPS))
            if dice.random() < 0.2:
                learned = {"f1": dice.choice((True, False)), "agent_call": "call-9"}
                inputs.append((now, Learned(learned, dice.choice((Source.HOST, Source.PLATFORM)))))
            event = dice.choice(pool)
            if dice.random() < 0.1 and not event.event_id:
                event = event._replace(event_id=f"e{dice.randint(1, 6)}")
            inputs.append((now, Reported(ticket, event, digest(event) if event.event_id else "")))
        now += timedelta(seconds=dice.choice(GAPS))
        if dice.random() < 0.7:
            inputs.append((now, Closed(99, "the caller hung up")))
        found.append(RecordedCall(f"c{number}", START, dice.choice(KNOWN[:3]), tuple(inputs), now))
    return found


def recorded(old: RuleSet, call: RecordedCall, dice: random.Random) -> RecordedCall:
    """With the outcomes of what the old rules send, after some time or at once."""
    sent: list[Sent] = []
    for one in replay_call(old, call).handled:
        for verb in one.verbs:
            if verb.left is not None:
                took = timedelta(seconds=dice.choice((0, 0.2, 1.1)))
                sent.append(verb._replace(took=took, body=verb.body if dice.random() < 0.8 else None))
    return call._replace(outcomes=tuple(sent))


@pytest.mark.timeout(max(600, 20 * EXAMPLES))
def test_what_is_looked_up_is_what_would_be_played() -> None:
    looked_up = Counter[str]()

    @seed(SEED)
    @settings(
        deadline=None,
        database=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        max_examples=EXAMPLES,
    )
    @given(pairs(), st.data(), st.integers(0, 2**32))
    def holds(texts: tuple[str, str], data: st.DataObject, number: int) -> None:
        old, new = (compile_sound((source_from_text(text),)) for text in texts)
        pool = [event_of(data.draw(happens(meeting("\n".join(texts))))) for _ in range(4)]
        dice = random.Random(number)
        played, known = Judge(new, old, look_up=False), Judge(new, old)
        for call in calls(pool, dice):
            one = recorded(old, call, dice) if dice.random() < 0.5 else call
            one = late(old, one, dice) if dice.random() < 0.5 else one
            played.judge(one)
            before = known.looked_up
            known.judge(one)
            looked_up["even" if one.pace is EVEN else "late"] += known.looked_up - before
        assert encode(known.answer) == encode(played.answer)

    print(f"to play these again: REPLAY_SEED={SEED} REPLAY_EXAMPLES={EXAMPLES}")
    holds()
    print(dict(looked_up))
    assert looked_up["even"] > 0, "nothing was looked up"
    assert looked_up["late"] > 0, "no call that was late was looked up"


def test_what_an_edit_changes_is_looked_up_where_the_outcomes_are_on_record() -> None:
    """A verb that goes out as it did, one that goes out for another event, and one that never did."""
    old = rules('on intent=a set_disposition "x"\non intent=b set_disposition "y"\non intent=c log "c"\n')
    new = rules('on intent=a set_disposition "y"\non intent=b set_disposition "z"\non intent=c log "c"\n')
    played, known = Judge(new, old, look_up=False), Judge(new, old)
    dice = random.Random(1)
    for number in range(5):
        one = call_of({"intent": "a"}, {"intent": "b"}, {"intent": "c"}, name=f"c{number}")
        sent = [verb for handled in replay_call(old, one).handled for verb in handled.verbs]
        assert len(sent) == 3
        one = one._replace(outcomes=tuple(verb._replace(took=timedelta(seconds=0.2)) for verb in sent))
        for judge in (played, known):
            judge.judge(late(old, one, dice) if number % 2 else one)
    assert encode(known.answer) == encode(played.answer)
    assert known.answer.outcomes == {Origin.RECORDED: 5, Origin.ELSEWHERE: 5, Origin.SUPPOSED: 5}
    assert known.answer.changed_calls == 5
    assert known.looked_up > 0


DOES = (
    'set_disposition "x"',
    'set_disposition "y"',
    'set_disposition "x" then log "c"',
    'log "c"',
    'log "c {name}"',
    "transfer queue sales",
    "hangup",
    'say "Hello." then transfer queue sales',
    'say "Good morning {name}."',
    "hold then unhold",
    'log "c" then wait 1 second then set_disposition "y"',
)


def small_rules(does: list[str]) -> RuleSet:
    lines = [f"on intent=i{number}{' 2 times' * (number == 3)} {one}" for number, one in enumerate(does)]
    return rules("\n".join(lines) + "\n")


def test_what_edits_change_is_looked_up_as_it_would_be_played() -> None:
    """Small rule sets, of which an edit changes two rules, over calls whose outcomes are on record."""
    print(f"to play these again: REPLAY_SEED={SEED}")
    dice, counted = random.Random(SEED), Counter[str]()
    for _ in range(6):
        was = dice.choices(DOES, k=5)
        becomes = [*was]
        for number in dice.sample(range(5), 2):
            becomes[number] = dice.choice(DOES)
        old, new = small_rules(was), small_rules(becomes)
        played, known = Judge(new, old, look_up=False), Judge(new, old)
        for number in range(120):
            events = [
                {"intent": f"i{dice.randrange(5)}", "name": dice.choice(("Asha", "Ravi"))}
                for _ in range(dice.randint(1, 4))
            ]
            one = call_of(*events, name=f"c{number}", every=dice.choice(GAPS), closes=dice.random() < 0.7)
            if dice.random() < 0.9:
                one = recorded(old, one, dice)
            if dice.random() < 0.5:
                one = late(old, one, dice)
            before, changed = known.looked_up, known.answer.changed_calls
            played.judge(one)
            known.judge(one)
            is_known, is_changed = known.looked_up > before, known.answer.changed_calls > changed
            counted["looked up"] += is_known
            counted["looked up, changed, with outcomes"] += is_known and is_changed and bool(one.outcomes)
        assert encode(known.answer) == encode(played.answer)
    print(dict(counted))
    assert counted["looked up"] > 50
    assert counted["looked up, changed, with outcomes"] > 10
