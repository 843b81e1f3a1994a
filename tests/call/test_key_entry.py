"""An entry of several keys: when it is over, which rules take it, and what else hears of its keys."""

from datetime import UTC, datetime, timedelta

import pytest

from flowrules.call.inputs import RulesChanged
from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Source, make_event
from flowrules.scenarios.simulation import Simulation
from flowrules.source import source_from_text

BEGAN = datetime(2026, 3, 2, 11, tzinfo=UTC)


def of(text: str) -> RuleSet:
    loaded = load_rules([source_from_text(text)])
    assert loaded.ruleset is not None, loaded.findings
    return loaded.ruleset


class Caller:
    """Presses keys in a simulated call. `logged` is what rules have logged, in order."""

    def __init__(self, rules: str) -> None:
        self.call = Simulation(of(rules), BEGAN)

    def press(self, keys: str, pause: float = 0.5) -> None:
        for key in keys:
            self.call.event(make_event(facts={"dtmf": key}, source=Source.CALLER))
            self.call.advance(self.call.now + timedelta(seconds=pause))

    def waits(self, seconds: float) -> None:
        self.call.advance(self.call.now + timedelta(seconds=seconds))

    @property
    def logged(self) -> list[object]:
        return [request.body["metadata"]["message"] for request in self.call.sent if request.verb == "log"]


PIN = 'on keys is 4 digits log "pin {keys}"\n'


def test_an_entry_is_over_with_as_many_keys_as_rules_wait_for() -> None:
    caller = Caller(PIN)
    caller.press("123")
    assert caller.logged == []
    caller.press("4")
    assert caller.logged == ["pin 1234"]
    caller.press("0567")
    assert caller.logged == ["pin 1234", "pin 0567"]


def test_the_longest_entry_that_a_rule_waits_for_counts() -> None:
    caller = Caller(PIN + 'on keys is 6 digits log "six"\non keys is one of "99" log "ninety-nine"\n')
    caller.press("1234")
    assert caller.logged == []
    caller.waits(3)
    assert caller.logged == ["pin 1234"]
    caller.press("123456")
    assert caller.logged == ["pin 1234", "six"]
    caller.press("99")
    caller.waits(3)
    assert caller.logged[-1] == "ninety-nine"


@pytest.mark.parametrize(
    "rule", ['on keys ends with "#"', "on keys contains at least 2 digits", "on keys", "on keys is known"]
)
def test_a_rule_for_entries_of_any_length_waits_for_the_last_key_or_the_pause(rule: str) -> None:
    caller = Caller(PIN + f'{rule} log "{{keys}}"\n')
    caller.press("123456789")
    assert caller.logged == []
    caller.press("#")
    assert caller.logged == ["123456789#"]


def test_the_key_that_ends_an_entry_is_no_digit_of_it() -> None:
    caller = Caller(PIN + 'on keys ends with "#" log "other"\n')
    caller.press("1234#")
    assert caller.logged == ["pin 1234#"]


def test_a_last_key_behind_an_entry_that_is_over_begins_none() -> None:
    caller = Caller('on keys is not 4 digits log "{keys}?"\n' + PIN)
    caller.press("1234#5#")
    caller.waits(5)
    assert caller.logged == ["pin 1234", "5#?"]


def test_a_pause_of_three_seconds_ends_an_entry() -> None:
    caller = Caller('on keys is not 4 digits log "{keys}?"\n' + PIN)
    caller.press("12", pause=2.9)
    assert caller.logged == []
    caller.waits(0.2)
    assert caller.logged == ["12?"]
    caller.press("3456")
    assert caller.logged == ["12?", "pin 3456"]


def test_each_key_comes_by_itself_before_the_entry() -> None:
    caller = Caller('on dtmf=4 log "four"\n' + PIN)
    caller.press("1434")
    assert caller.logged == ["four", "four", "pin 1434"]


def test_on_anything_takes_the_single_keys_and_not_the_entry() -> None:
    caller = Caller('on keys is 2 digits log "two"\non anything log "?"\n')
    caller.press("12")
    assert caller.logged == ["?", "?", "two"]
    caller.press("1")
    caller.waits(5)
    assert caller.logged == ["?", "?", "two", "?"]


def test_without_a_rule_for_entries_there_are_none() -> None:
    caller = Caller('on dtmf=1 log "one"\n')
    caller.press("1")
    assert caller.call.machine.wakes_at is None


def test_keys_that_come_together_are_of_one_entry() -> None:
    caller = Caller(PIN + 'on keys is not 4 digits log "{keys}?"\n')
    for keys in ("1234", "12345678"):
        caller.call.event(make_event(facts={"dtmf": keys}, source=Source.CALLER))
    assert caller.logged == ["pin 1234", "12345678?"]


def test_an_entry_lasts_for_its_event_only() -> None:
    caller = Caller(PIN + 'on ask when keys is known log "known"\non ask log "unknown"\n')
    caller.press("1234")
    caller.call.event(make_event("ask"))
    assert caller.logged == ["pin 1234", "unknown"]
    assert "keys" not in caller.call.state.facts


def test_an_entry_is_what_the_caller_said_whoever_collects_it() -> None:
    caller = Caller("fact keys is text only from caller\n" + PIN)
    caller.call.event(make_event(facts={"keys": "4321"}, source=Source.MODEL))
    assert caller.logged == []
    caller.press("1234")
    caller.call.event(make_event(facts={"keys": "0042"}))
    assert caller.logged == ["pin 1234", "pin 0042"]


def test_a_host_may_report_an_entry_itself() -> None:
    caller = Caller(PIN)
    caller.call.event(make_event(facts={"keys": "0042"}))
    assert caller.logged == ["pin 0042"]


def test_an_entry_waits_for_what_its_last_key_has_begun() -> None:
    caller = Caller('on dtmf=4 wait 5 seconds then log "four"\n' + PIN)
    for key in "1234":
        caller.call.report(make_event(facts={"dtmf": key}, source=Source.CALLER))
    caller.call.come_to_rest()
    assert caller.logged == ["four", "pin 1234"]


def test_an_urgent_rule_takes_an_entry_before_what_is_under_way() -> None:
    caller = Caller('on bye wait 20 seconds then log "bye"\nurgent on keys is 3 digits log "urgent"\n')
    caller.call.report(make_event("bye"))
    for key in "999":
        caller.call.report(make_event(facts={"dtmf": key}, source=Source.CALLER))
    caller.call.come_to_rest()
    assert caller.logged == ["urgent"]


def test_an_entry_that_the_close_cuts_off_is_none() -> None:
    caller = Caller(PIN + 'on keys is not 4 digits log "short"\non call_ended log "over"\n')
    caller.press("12")
    caller.call.event(make_event("call_ended"))
    caller.waits(10)
    assert caller.logged == ["over"]


def test_rules_that_change_find_the_keys_that_were_pressed() -> None:
    caller = Caller(PIN)
    caller.press("12")
    caller.call.tell(RulesChanged(of('on keys is 3 digits log "three"\n')))
    caller.press("3")
    assert caller.logged == ["three"]


def test_the_entry_counts_in_the_turn_of_its_keys() -> None:
    caller = Caller('on keys is 2 digits 2 times log "twice"\non keys is 2 digits log "once"\n')
    caller.press("12")
    caller.waits(5)
    caller.press("34")
    assert caller.logged == ["once", "twice"]


def test_calls_with_other_keys_are_told_apart() -> None:
    one, other = Caller(PIN), Caller(PIN)
    other.call.ruleset = one.call.ruleset
    keys = []
    for caller, pressed in ((one, "1"), (other, "2")):
        caller.call.tell(RulesChanged(one.call.ruleset))
        caller.press(pressed)
        caller.waits(0.1)
        keys.append(caller.call.machine.key())
    assert keys[0] != keys[1]
    for caller in (one, other):
        caller.waits(10)
    twin = one.call.machine.fork()
    assert twin.key() == one.call.machine.key()
