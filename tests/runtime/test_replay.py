"""A call is played again from its journal, and gives the same journal."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowrules.call.deduplication import digest, plain_fingerprint
from flowrules.call.effects import Defer, MaySend, Record, Send, WakeAt
from flowrules.call.inputs import (
    AboutToSend,
    Answered,
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    Closed,
    Continued,
    Input,
    PlayedOut,
    Reported,
    RulesChanged,
    Woken,
)
from flowrules.call.machine import CallMachine
from flowrules.call.receipt import Reason, Receipt, Status, dropped, no_answer, not_sent
from flowrules.call.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Source, make_event
from flowrules.engine.state import start_call
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.journal.chain import Chain, first_entries
from flowrules.runtime.journal.masking import Masker, as_json
from flowrules.runtime.journal.open_calls import OpenCalls
from flowrules.runtime.journal.reader import Entry, entry_of
from flowrules.runtime.journal.recovery import left_open
from flowrules.runtime.journal.replaying.comparing import alike
from flowrules.runtime.journal.replaying.replay import Replayed, replay_entries
from flowrules.runtime.rules.rulebook import RuleBook

BEGAN = datetime(2026, 4, 6, 9, tzinfo=UTC)
RULES = """
never transfer when vip is yes

rule words
  on said contains "refund"
  say "You said {said}."
  log "{said}"
end

rule thrice
  on said contains "agent" 2 times
  transfer queue sales if it fails then say "Nobody is there, {name}."
end

rule digit
  on dtmf=1 or intent=pause
  hold for at most 20 seconds
  wait 3 seconds
  unhold
end

rule polite
  on intent=bye
  when name is known
  hangup
  otherwise
  remember asked is yes
  say "Who are you?"
end

rule named
  on name once per call
  set_lead_field name to name
end

rule stop
  urgent on intent=stop
  set_disposition dnc
  hangup now
end

rule greet
  on intent=greet
  say "Hello {name}."
end

rule late
  after 10 seconds of silence
  say "Are you there?"
end

also on vip log "vip"
"""
OTHER = RULES + '\nrule more\n  on intent=more log "more"\nend\n'


class Memory:
    """A journal that is kept in memory."""

    def __init__(self, key: bytes = b"secret") -> None:
        self.masker = Masker(key)
        self.lines: list[bytes] = []
        self._chain = Chain(0, "")
        for kind, fields in first_entries(OpenCalls(), torn=False):
            self.note_json(kind, as_json(fields), about=fields)

    def note_json(self, kind: str, *objects: bytes, about: Mapping[str, Any]) -> None:
        self.lines.append(self._chain.line(kind, BEGAN, objects))

    async def commit_json(
        self, kind: str, *objects: bytes, about: Mapping[str, Any], at_most: float | None = None
    ) -> None:
        self.note_json(kind, *objects, about=about)

    @property
    def entries(self) -> list[Entry]:
        found = [entry_of(line + b"\n") for line in self.lines]
        return [entry for entry in found if entry is not None]


@cache
def made() -> dict[str, RuleSet]:
    sets = (RuleBook.from_text(text).current for text in (RULES, OTHER))
    return {one.revision: one for one in sets}


@pytest.fixture
def rulesets() -> dict[str, RuleSet]:
    return made()


class Driver:
    """Performs what a call wants done, as it is told to."""

    def __init__(self, rulesets: Mapping[str, RuleSet], *, sends: bool, objects: bool) -> None:
        self.memory = Memory()
        self.rulesets = list(rulesets.values())
        self.now = BEGAN
        state = start_call("c1", BEGAN, {"lead": {"city": "Pune", "tags": ["a", "b"]}})
        self.recorder = Recorder(self.memory, "c1", BEGAN)
        self.objects = objects
        setup = Setup(sends=sends, trace=True, objection=self.objection)
        self.machine = CallMachine(state, self.rulesets[0], setup)
        self.recorder.opened(state, "live", self.rulesets[0].revision, setup)
        self.sends: list[int] = []
        self.left: set[int] = set()
        self.deferred = False
        self.wake: datetime | None = None
        self.tickets = 0

    def objection(self, body: Mapping[str, Any]) -> str:
        why = "the host refuses that" if self.objects and body["event"] == "transfer" else ""
        if why:
            self.recorder.objected(why)
        return why

    def take(self, received: Input) -> None:
        self.recorder.took(received, self.now)
        for effect in self.machine.handle(received, self.now):
            match effect:
                case Record(entry):
                    self.recorder.write(entry)
                case Send(step=step):
                    self.sends.append(step)
                case MaySend(step, allowed):
                    if allowed:
                        self.left.add(step)
                    elif step in self.sends:
                        self.answer(step, dropped("it was called off"))
                case WakeAt(when):
                    self.wake = when
                case Defer():
                    self.deferred = True

    def answer(self, step: int, receipt: Receipt) -> None:
        self.sends.remove(step)
        self.take(Answered(step, receipt))

    def settle(self, receipt: Receipt) -> None:
        """Everything that is asked for, at once."""
        while self.deferred or self.sends:
            if self.deferred:
                self.deferred = False
                self.take(Continued())
            else:
                step = self.sends[0]
                self.take(AboutToSend(step))
                if step in self.sends:
                    self.answer(step, receipt)

    def pass_time(self, seconds: float) -> None:
        until = self.now + timedelta(seconds=seconds)
        while self.wake is not None and self.wake <= until:
            self.now, self.wake = max(self.now, self.wake), None
            self.take(Woken(self.now))
            self.settle(GOOD)
        self.now = until

    def report(self, source: Source, event_id: str = "", **keys: Any) -> None:
        self.tickets += 1
        event = make_event(facts=keys, source=source, event_id=event_id)
        self.take(Reported(self.tickets, event, digest(event, plain_fingerprint) if event_id else ""))

    def replayed(self) -> Replayed:
        rules = {one.revision: one for one in self.rulesets}
        (replayed,) = replay_entries(self.memory.entries, lambda revision, _: rules[revision])
        return replayed


GOOD = Receipt(Status.ACCEPTED, http_status=200, result={"ok": True}, attempts=1)
RECEIPTS = [
    GOOD,
    no_answer("nobody answered", 2),
    not_sent(Reason.UNAVAILABLE, "it can't be reached", 3),
    Receipt(Status.REFUSED, Reason.ENDED, 409, "ended", "the session has ended", attempts=1),
    Receipt(Status.REFUSED, Reason.REFUSED, 422, "bad", "they said I want a refund", attempts=1),
]
WORDS = ["I want a refund", "an agent, please", "yes", "5", "Anna", ""]
reports = st.one_of(
    st.builds(dict, said=st.sampled_from(WORDS)),
    st.builds(dict, hearing=st.sampled_from(WORDS)),
    st.builds(dict, dtmf=st.sampled_from("12*")),
    st.builds(dict, intent=st.sampled_from(["bye", "stop", "more", "x"])),
    st.builds(dict, name=st.sampled_from(["Anna", "refund", "yes"])),
    st.builds(dict, vip=st.booleans(), intent=st.sampled_from(["bye", "x"])),
)
acts = st.one_of(
    st.tuples(st.just("report"), reports, st.sampled_from(Source), st.sampled_from(["", "", "e1", "e2"])),
    st.tuples(st.just("signal"), st.sampled_from(
        [BotSpeaking(), BotFinished(), PlayedOut(), CallerSpeaking(), CallerHeard()]
    )),
    st.tuples(st.just("settle"), st.sampled_from(RECEIPTS)),
    st.tuples(st.just("time"), st.sampled_from([0.000001, 0.3, 2.5, 4.0, 11.0])),
    st.tuples(st.just("reload"), st.integers(0, 1)),
)  # fmt: skip


# What the caller said is masked and never decided: that an urgent rule was to take it is on record as a note.
@example(
    [
        ("report", {"said": "I want a refund"}, Source.PLATFORM, ""),
        ("report", {"said": "yes"}, Source.PLATFORM, ""),
        ("report", {"intent": "stop"}, Source.CALLER, ""),
    ],
    True, False, True,
)  # fmt: skip
@settings(max_examples=100, deadline=None)
@given(st.lists(acts, max_size=25), st.booleans(), st.booleans(), st.booleans())
def test_any_call_replays_equal(
    conversation: Sequence[tuple[Any, ...]],
    sends: bool,
    objects: bool,
    closes: bool,
) -> None:
    driver = Driver(made(), sends=sends, objects=objects)
    for act in conversation:
        match act:
            case ("report", keys, source, event_id):
                driver.report(source, event_id, **keys)
            case ("signal", signal):
                driver.take(signal)
            case ("settle", receipt):
                driver.settle(receipt)
            case ("time", seconds):
                driver.pass_time(seconds)
            case ("reload", number):
                driver.take(RulesChanged(driver.rulesets[number]))
    if closes:
        driver.take(Closed(99, "the WebSocket has closed"))
        driver.settle(GOOD)
    told = driver.replayed()
    assert told.is_equal, f"{told}\n" + "\n".join(map(str, driver.memory.lines))
    counted = [entry for entry in driver.memory.entries if entry.kind not in ("journal", "call", "input")]
    assert told.equal == len(counted)


def conversation(rulesets: Mapping[str, RuleSet], *, objects: bool = False) -> Driver:
    driver = Driver(rulesets, sends=True, objects=objects)
    driver.report(Source.MODEL, "e1", intent="x", name="Anna")
    driver.settle(GOOD)
    driver.report(Source.HOST, intent="pause")
    driver.settle(GOOD)
    driver.pass_time(11)
    driver.report(Source.HOST, name="Bo")
    driver.report(Source.HOST, intent="bye")
    driver.settle(RECEIPTS[1])
    driver.take(Closed(99, "the WebSocket has closed"))
    driver.settle(GOOD)
    return driver


def play(rulesets: Mapping[str, RuleSet], entries: Sequence[Entry]) -> list[Replayed]:
    return list(replay_entries(entries, lambda revision, _: rulesets[revision]))


def changed(entry: Entry, **fields: Any) -> Entry:
    return replace(entry, fields={**entry.fields, **fields})


def test_what_is_changed_on_record_is_told_in_words(rulesets: dict[str, RuleSet]) -> None:
    entries = conversation(rulesets).memory.entries
    (told,) = play(rulesets, entries)
    assert told.is_equal
    assert not told.notes
    at = next(number for number, entry in enumerate(entries) if entry.kind == "receipt")
    (told,) = play(rulesets, [*entries[:at], changed(entries[at], status="refused"), *entries[at + 1 :]])
    assert told.difference is not None
    assert told.difference.seq == entries[at].seq
    assert told.difference.message == (
        'receipt of set_lead_field (e1): status is "refused" on record, and "accepted" in the replay'
    )
    assert told.equal == 2


def test_what_is_not_on_record_is_told(rulesets: dict[str, RuleSet]) -> None:
    entries = conversation(rulesets).memory.entries
    last = entries[-1]
    assert last.kind == "ended"
    (told,) = play(rulesets, [*entries[:-2], replace(last, seq=last.seq - 1)])
    assert told.difference is not None
    assert told.difference.message == "ended is on record where the replay has closed (#ended)"
    (told,) = play(rulesets, [*entries[:-2], replace(entries[-2], kind="x"), last])
    assert told.difference is not None
    (told,) = play(rulesets, [*entries[:-4], *entries[-2:]])
    assert told.why_not == f"lines of the journal are missing before line {last.seq - 1}"


def test_another_engine_is_found_out(rulesets: dict[str, RuleSet], monkeypatch: pytest.MonkeyPatch) -> None:
    entries = conversation(rulesets).memory.entries
    monkeypatch.setattr("flowrules.call.running.progress.Progress._count_use", lambda *words: None)
    (told,) = play(rulesets, entries)
    assert told.difference is not None
    assert "rules" in told.difference.message or "decided" in told.difference.message


def test_what_the_host_refused_is_refused_again(rulesets: dict[str, RuleSet]) -> None:
    driver = Driver(rulesets, sends=True, objects=True)
    for _ in range(2):
        driver.report(Source.HOST, said="an agent, please")
        driver.settle(GOOD)
        driver.pass_time(11)
    kinds = [(entry.kind, entry.fields.get("reason")) for entry in driver.memory.entries]
    assert ("step", "forbidden") in kinds
    assert driver.replayed().is_equal


def test_a_process_may_die_at_any_moment(rulesets: dict[str, RuleSet]) -> None:
    entries = conversation(rulesets).memory.entries
    for count in range(2, len(entries)):
        (told,) = play(rulesets, entries[:count])
        assert told.is_equal, (count, told)
        assert told.equal == sum(entry.kind != "input" for entry in entries[2:count])


def test_each_process_has_its_own_session(rulesets: dict[str, RuleSet]) -> None:
    """What the next one writes of what nobody knows belongs to none."""
    first = conversation(rulesets).memory
    at = next(number for number, entry in enumerate(first.entries) if entry.kind == "sending") + 1
    left = left_open((line + b"\n" for line in first.lines[:at]), BEGAN)
    second = conversation(rulesets).memory
    memory = Memory()
    memory.lines = [*first.lines[:at]]
    last = first.entries[at - 1]
    memory._chain = Chain(last.seq, last.link)
    for kind, fields in first_entries(left, torn=False):
        memory.note_json(kind, as_json(fields), about=fields)
    for entry in second.entries[1:]:
        fields = {
            name: value for name, value in entry.fields.items() if name not in ("seq", "prev", "at", "kind")
        }
        if entry.kind == "call":
            fields["setup"] = {**fields["setup"], "decided_before": 1}
        memory.note_json(entry.kind, as_json(fields), about=fields)
    one, other = play(rulesets, memory.entries)
    assert one.is_equal
    assert one.equal == at - 2
    # The first event was decided before: it is not decided again, and the record of the second run does not say so.
    assert other.difference is not None
    assert "where the replay has" in other.difference.message


def test_a_journal_of_an_older_version_is_told_apart(rulesets: dict[str, RuleSet]) -> None:
    entries = conversation(rulesets).memory.entries
    old = {name: value for name, value in entries[1].fields.items() if name != "setup"}
    (told,) = play(rulesets, [entries[0], replace(entries[1], fields=old), *entries[2:]])
    assert told.why_not.startswith("an older version wrote it")
    assert not told.is_equal


@pytest.mark.parametrize(
    "inputs",
    [7, [7], [{}], [{"input": "dance", "us": 1}], [{"input": "woken", "us": 1e300, "when": 1}],
     [{"input": "continued", "us": 10**30}], [{"input": "reported", "us": 1, "ticket": [], "keys": 4}],
     [{"input": "answered", "us": 1, "step": 1, "status": "hungry"}]],
)  # fmt: skip
def test_what_nobody_can_read_is_told_in_words(rulesets: dict[str, RuleSet], inputs: Any) -> None:
    entries = conversation(rulesets).memory.entries
    (told,) = play(rulesets, [*entries[:2], changed(entries[2], inputs=inputs), *entries[3:]])
    assert told.why_not == "what happened to it can't be read"


def test_a_text_that_is_masked_takes_as_long_to_be_spoken_as_it_did(rulesets: dict[str, RuleSet]) -> None:
    driver = Driver(rulesets, sends=True, objects=False)
    driver.report(Source.CALLER, name="Al")
    driver.settle(GOOD)
    driver.report(Source.HOST, intent="greet")
    driver.settle(GOOD)
    driver.pass_time(30)
    timers = [entry for entry in driver.memory.entries if entry.fields.get("timer")]
    assert len(timers) == 1
    told = driver.replayed()
    assert told.is_equal, told
    assert not told.notes


def test_a_decision_on_masked_words_is_taken_as_it_is_on_record(rulesets: dict[str, RuleSet]) -> None:
    driver = Driver(rulesets, sends=True, objects=False)
    driver.report(Source.CALLER, said="I want a refund")
    driver.settle(GOOD)
    text = b"".join(driver.memory.lines)
    assert b"I want" not in text
    assert b"masked:" in text
    told = driver.replayed()
    assert told.is_equal
    assert told.notes == ("the decision on #1 was taken as it is on record: it depends on what is masked",)
    entries = driver.memory.entries
    at = next(number for number, entry in enumerate(entries) if entry.kind == "receipt")
    (told,) = play(rulesets, [*entries[:at], changed(entries[at], verb="hangup"), *entries[at + 1 :]])
    assert told.difference is not None


ONE, TWO = "masked:0123456789abcdef", "masked:fedcba9876543210"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a", "a", True), ("a", "b", False), (1, 1.0, True), (True, 1, False), (None, None, True),
        (ONE, "anything", True), (ONE, 7, True), (ONE, True, True), (ONE, None, False),
        (f"say {ONE}.", "say hello.", True), (f"say {ONE}.", "say hello", False),
        (f"say {ONE}", f"say {TWO}", True), (f"say {ONE}", f"tell {TWO}", False),
        (f"{ONE} b", f"a {TWO}", True), (f"{ONE} b", f"a {TWO} c", False),
        ([1, ONE], [1, "x"], True), ([1], [1, 2], False), ({"a": ONE}, {"a": 1, "b": 2}, False),
    ],
)  # fmt: skip
def test_what_is_masked_may_be_anything(one: Any, other: Any, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same
