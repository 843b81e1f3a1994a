"""What a replay counts, and how parts of an answer add up."""

import json
from itertools import permutations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.call.receipt import Reason
from flowrules.recordings.call import NotReplayed, RecordedCall
from flowrules.replaying.answer import Answer, decode, encode
from flowrules.replaying.changes import Kind
from flowrules.replaying.judge import NOT_SAID, Judge
from flowrules.replaying.outcomes import NOTHING_FAILS, Supposing

from .calls import accepted, call, refused, rules

OLD = """
rule "Sales"
  on intent=sales when balance is at least 800
  set_disposition interested
  transfer queue sales
end
rule "Human"
  on intent=human 2 times
  say "One moment."
  transfer queue agents
    if it fails then schedule_callback in 2 hours
end
rule "Bye"
  on intent=bye
  say "Goodbye."
  hangup
end
"""


def judged(
    new: str, *calls: RecordedCall | NotReplayed, old: str | None = OLD, supposing: Supposing = NOTHING_FAILS
) -> Answer:
    judge = Judge(rules(new), None if old is None else rules(old), supposing)
    judge.add(calls)
    return judge.answer


def test_the_same_rules_change_nothing() -> None:
    answer = judged(
        OLD, call({"intent": "sales", "balance": 900}), call({"intent": "human"}, {"intent": "human"})
    )
    assert (answer.calls, answer.events, answer.changed_calls) == (2, 3, 0)
    assert not answer.groups


def test_a_guard_that_moves_callers() -> None:
    new = OLD.replace("800", "500")
    calls = [call({"intent": "sales", "balance": balance}, name=f"c{balance}") for balance in (400, 600, 900)]
    answer = judged(new, *calls)
    assert (answer.changed_calls, answer.changed_events) == (1, 1)
    assert answer.kinds["verbs"].events == 1
    assert answer.kinds["end"].calls == 1
    assert (answer.verbs["transfer"].old, answer.verbs["transfer"].new) == (1, 2)
    assert answer.rules["Sales"].gained == 1
    (story,) = {group.story.call for group in answer.groups.values() if group.story}
    assert story == "c600"


def test_a_counter_spans_the_call() -> None:
    """One event at a time would never see the second one."""
    new = OLD.replace("2 times", "3 times")
    human = {"intent": "human"}
    answer = judged(new, call(human, human), call(human, human, human))
    assert answer.changed_calls == 2
    ends = {tuple(group.new_verbs) for group in answer.groups.values() if group.kind == "end"}
    assert ends == {(), ("transfer agent_queue agents",)}


def test_kinds() -> None:
    bye = call("bye", {"intent": "bye"})
    for old, new, kind in [
        ('say "Goodbye."', 'say "So long."', Kind.DETAILS),
        ('say "Goodbye."\n  hangup', "hangup", Kind.VERBS),
        ('say "Goodbye."\n  hangup', 'say "Goodbye."\n  advise "x"\n  hangup', Kind.TOLD),
        ('rule "Bye"\n  on intent=bye', 'rule "So long"\n  on intent is one of bye, farewell', None),
    ]:
        answer = judged(OLD.replace(old, new), bye)
        assert set(answer.kinds) - {"end"} == ({kind.value} if kind else set()), new
    swapped = OLD.replace('on intent=bye\n  say "Goodbye."', 'on intent=bye\n  log "x"\n  say "Goodbye."')
    back = swapped.replace('log "x"\n  say "Goodbye."', 'say "Goodbye."\n  log "x"')
    assert set(judged(back, bye, old=swapped).kinds) == {"order"}
    other = (
        OLD
        + 'rule "First"\n  urgent on intent=bye when balance is unknown\n  say "Goodbye."\n  hangup\nend\n'
    )
    assert set(judged(other, bye).kinds) == {"rule"}


def test_outcomes_are_those_of_the_recording() -> None:
    human = {"intent": "human"}
    failed = refused(
        "transfer", "at_capacity", "#2", 1.5, destination_type="agent_queue", destination="agents"
    )
    recorded = call(human, human, outcomes=[accepted("play_audio", "#2"), failed])
    answer = judged(OLD, recorded)
    assert answer.verbs["schedule_callback"].new == 1
    assert "transfer" not in answer.verbs
    assert answer.outcomes == {"recorded": 2, "supposed": 1}


def test_an_outcome_of_another_target_says_nothing() -> None:
    human = {"intent": "human"}
    failed = refused("transfer", "at_capacity", "#2", 0, destination_type="agent_queue", destination="agents")
    answer = judged(OLD.replace("queue agents", "queue others"), call(human, human, outcomes=[failed]))
    assert answer.verbs["transfer"].new_supposed == 1
    assert answer.verbs["transfer"].new == 1


def test_what_is_supposed_can_be_said() -> None:
    human = {"intent": "human"}
    answer = judged(OLD, call(human, human), supposing={"transfer": Reason.UNAVAILABLE})
    assert answer.verbs["transfer"].new == 0
    assert answer.verbs["schedule_callback"].new == 1


def test_a_call_that_would_go_on_is_counted() -> None:
    answer = judged(OLD.replace("  hangup\n", ""), call({"intent": "bye"}, closes=False))
    assert answer.past_end == 1


def test_what_cant_be_replayed_is_counted_by_reason() -> None:
    lost = NotReplayed("c9", "lines of the journal are missing", 7, "journal.jsonl, line 3")
    hidden = call({"intent": "sales"})._replace(masked=frozenset({"balance"}))
    answer = judged(OLD, lost, hidden, call({"intent": "sales"}))
    assert answer.calls == 1
    assert answer.unplayed["lines of the journal are missing"].events == 7
    assert answer.unplayed["a rule asks for what the recording hides: balance"].calls == 1
    assert judged(OLD, call("x"), old=None).unplayed[NOT_SAID].calls == 1


EVENTS = st.sampled_from(
    [{"intent": "sales"}, {"balance": 600}, {"balance": 900}, {"intent": "human"}, {"intent": "bye"}]
)
CALLS = st.lists(st.lists(EVENTS, max_size=5), min_size=1, max_size=8)
JUDGE_OLD = rules(OLD)
JUDGE_NEW = rules(OLD.replace("800", "500").replace("2 times", "1 times").replace("Goodbye", "So long"))


@settings(deadline=None, max_examples=20)
@given(CALLS, st.data())
def test_parts_add_up_in_any_order(drawn: list[list[dict[str, object]]], data: st.DataObject) -> None:
    calls = [call(*events, name=f"c{number}") for number, events in enumerate(drawn)]
    whole = Judge(JUDGE_NEW, JUDGE_OLD)
    whole.add(calls)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(calls)), max_size=2)))
    parts = []
    for start, end in zip([0, *cuts], [*cuts, len(calls)], strict=True):
        judge = Judge(JUDGE_NEW, JUDGE_OLD)
        judge.add(reversed(calls[start:end]))
        parts.append(encode(judge.answer))
    for order in permutations(parts):
        total = Answer()
        for part in order:
            total.merge(decode(part))
        assert encode(total) == encode(whole.answer)


def test_answers_of_different_replays_dont_add_up() -> None:
    with pytest.raises(ValueError, match="different replays"):
        Answer().merge(Answer(old="recording"))
    with pytest.raises(msgspec.ValidationError):
        decode(json.dumps({"calls": "x"}).encode())
