"""What is asked of a copy of a fact is asked of that fact, too: a copy hides no fault."""

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.exploration.budget import Budget
from flowrules.exploration.search import explore
from flowrules.exploration.watchers import watchers_of
from flowrules.source import source_from_text

LATER = """\
timezone Asia/Kolkata

rule "Call me later"
  on intent=call_later
  when callback_time is known
  {remembers}
  schedule_callback at {time}
    if it fails then go on
  set_lead_status callback
    if it fails then go on
  hangup
end

promise "A callback is booked" at the end call.callback is known or call.lead_status is unknown
promise "Who wants one gets one" after intent=call_later when callback_time is known before the call ends schedule_callback
"""
DIRECT = LATER.format(remembers="", time="callback_time")
COPIED = LATER.format(remembers='remember wanted_at is "{callback_time}"', time="wanted_at")
TWICE = LATER.format(
    remembers='remember heard is "{callback_time}"\n  remember wanted_at is "{heard}"', time="wanted_at"
)


def broken(text: str) -> list[str]:
    ruleset = load_rules([source_from_text(text, "a.rules")]).ruleset
    assert ruleset is not None
    found = explore(ruleset, watchers_of(ruleset), Budget(depth=2))
    return sorted(one.breach.message for one in found.breaches if one.breach.code.name == "broken-promise")


@pytest.mark.parametrize("text", [COPIED, TWICE], ids=["copied", "copied twice"])
def test_a_copy_hides_no_fault(text: str) -> None:
    assert broken(DIRECT)
    assert broken(text) == broken(DIRECT)
