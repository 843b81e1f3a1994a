"""Each form of the language is offered at the place where it may stand."""

import pytest

from flowrules.editor.completion import complete
from flowrules.editor.phrases import PHRASES, PROMISED, STATES, UNITS, Phrase
from flowrules.editor.workspace import Workspace
from flowrules.language.parse import parse
from flowrules.source import source_from_text

HEAD = """timezone Asia/Kolkata
fact language is one of hi, en, ta from host
fact balance is number
fact vip is yes/no
fact paying is yes/no
destination sales_desk is queue sales_q
hours office in Asia/Kolkata
  mon to fri 09:00 to 18:00
end
list vips is gold, silver
list days is 2026-01-26
steps bye
  say "Bye."
end
on intent=sales then transfer to sales_desk
on intent=billing when vip is yes then transfer queue billing_q
"""


def offered(text: str) -> list[str]:
    """What may be written at the `|`."""
    workspace = Workspace()
    workspace.put_all({"a.rules": HEAD, "b.rules": text.replace("|", "", 1)})
    workspace.settle()
    return [one.label for one in complete(workspace.files["b.rules"], text.index("|"), workspace.index)]


FORMS: list[tuple[str, list[str]]] = [
        ('rule "No transfers"\n  |', ['never', 'before', 'on', 'after', 'at', 'also', 'urgent']),
        ('rule "No transfers"\n  never transfer\n  |', ['when', 'unless', 'during', 'outside']),
        ('rule "B"\n  before transfer\n  |', ['then', 'when', 'unless']),
        ('|', ['rule', 'on', 'test', 'promise', 'never', 'before', 'fact', 'list', 'hours', 'destination', 'steps', 'timezone', 'event', 'default disposition', 'allow numbers', 'allow sip', 'allow audio from', 'order as written', 'only declared names', 'also', 'urgent', 'after', 'at']),
        ('promise "p" |', ['never', 'at the end', 'before', 'while', 'after']),
        ('promise "p" while vip is yes |', ['call.recording']),
        ('promise "p" after recording_pause |', ['within', 'before the call ends']),
        ('promise "p" after recording_pause within 3 minutes recording_resume |', ['or the call ends']),
        ('promise "p" never transfer when |', ['vip']),
        ('promise "p" at the end |', ['call.disposition']),
        ('on the same |', ['intent']),
        ('on |', ['the same', 'anything', 'call_started', 'said', 'keys']),
        ('on the same intent |', ['2 times']),
        ('on not_understood 3 times |', ['in a row', 'then']),
        ('after 5 minutes of |', ['silence', 'paying']),
        ('after 5 minutes of paying |', ['in all', 'then', 'when']),
        ('on x when office is |', ['open', 'closed']),
        ('on x when |', ['during', 'outside', 'today', 'vip']),
        ('hours h\n  closed on |', ['days']),
        ('hours h\n  |', ['closed on', 'mon', 'on', 'holidays']),
        ('hours h in |', ['lead.timezone']),
        ('hours h in lead.timezone or |', ['Asia/Kolkata']),
        ('on x when today is |', ['a holiday', 'in', 'monday']),
        ('on x when today is in |', ['days']),
        ('at 19:00 |', ['in', 'then', 'when']),
        ('at 19:00 in |', ['lead.timezone']),
        ('at 19:00 in lead.timezone |', ['or']),
        ('on x remember note is "a {|', ['language']),
        ('on x say "a {language |', ['or']),
        ('fact said is text |', ['from', 'only from']),
        ('fact said is text only from |', ['caller', 'host', 'model', 'platform']),
        ('on x then |', ['stay silent', 'go on', 'say', 'advise', 'wait', 'do', 'stop', 'remember', 'forget', 'verb']),
        ('on x then transfer queue q |', ['within', 'then', 'if it fails then', 'with']),
        ('on x then transfer queue q\n  if it fails then |', ['go on', 'hangup']),
        ('on x then transfer queue q within 5 |', ['seconds', 'minutes']),
        ('on keys |', ['is', 'ends with', 'starts with']),
        ('on keys is |', ['4 digits']),
        ('on keys is 4 |', ['digits']),
        ('on x when language |', ['ends with', 'starts with', 'contains', 'is']),
        ('on x when said |', ['contains', 'contains at least', 'contains any of']),
        ('on x when said contains |', ['any of', 'at least']),
        ('on x when said contains at least 6 |', ['digits']),
        ('only |', ['declared names']),
        ('test "t"\n  on intent=human |', ['from', 'with', 'meanwhile']),
        ('test "t"\n  on intent=human from |', ['model', 'host', 'caller']),
        ('test "t"\n  on intent=human and |', ['in the same turn']),
        ('test "t"\n  on x\n  expect |', ['exactly once', 'not', 'nothing', 'rule', 'transfer', 'hangup']),
        ('test "t"\n  on x\n  expect exactly |', ['once', '2 times']),
        ('test "t"\n  on x\n  expect not |', ['rule', 'transfer']),
        ('test "t"\n  on x\n  expect not say |', ['then']),
        ('test "t"\n  after 5 minutes |', ['meanwhile']),
        ('test "t"\n  given transfer |', ['fails']),
        ('test "t"\n  given transfer fails |', ['once', 'because']),
        ('test "t"\n  given |', ['balance', 'transfer', 'time']),
        ('test "t"\n  |', ['given', 'on', 'after', 'at', 'expect']),
        ('on x then schedule_callback |', ['in 2 hours', 'tomorrow at 10:00', 'next', 'at', 'today at 18:00']),
        ('on x then schedule_callback next |', ['office', 'mon']),
        ('on x then schedule_callback in 2 |', ['hours']),
        ('on x then schedule_callback in 2 hours |', ['within', 'because']),
        ('on x then schedule_callback in 2 hours within |', ['office']),
        ('on x then set_disposition |', ['note']),
        ('on x then set_disposition A |', ['note']),
        ('on x then hold |', ['for at most', 'with music', 'then']),
        ('on x then hold for at most 5 |', ['seconds', 'minutes']),
        ('on x then say "a" |', ['in voice', 'then']),
        ('on x then conference_add |', ['agent', 'supervisor', 'number', 'sip']),
        ('on x then conference_add agent a |', ['as']),
        ('on x then hangup |', ['now', 'because', 'with']),
        ('on x then mute |', ['caller', 'agent', 'then']),
        ('on x then request_supervisor |', ['urgently', 'because']),
        ('on x then monitor_start a |', ['and whisper']),
        ('on x then monitor_stop |', ['vip']),
        ('on x then barge |', ['into']),
        ('on x then set_lead_status |', ['callback']),
        ('on x then set_lead_field interest |', ['to']),
        ('on x then log |', ['with']),
        ('on x once |', ['per call']),
        ('on x |', ['once per call', 'at most 2 times per call', 'not again for', 'then', 'when', 'unless', 'during', 'outside', '2 times', 'or']),
        ('on x at most 2 times |', ['per call']),
        ('default disposition |', ['is', 'for']),
        ('default disposition for |', ['intent']),
        ('allow |', ['numbers', 'sip', 'audio from']),
        ('destination d |', ['is', 'by']),
        ('destination d by |', ['language']),
        ('destination d by language\n  hi is |', ['queue', 'agent', 'number', 'sip']),
        ('destination d by language\n  hi is queue q\n  |', ['otherwise is', 'end', 'en']),
        ('also |', ['on']),
        ('urgent |', ['on']),
        ('never |', ['transfer', 'hangup']),
        ('never transfer |', ['when', 'unless', 'outside', 'during']),
        ('before transfer |', ['then', 'when', 'unless']),
        ('on x when vip is yes |', ['and', 'or', 'then']),
        ('on x when not |', ['vip']),
        ('on x then wait 2 |', ['seconds']),
        ('on x then remember vip is |', ['yes', 'no']),
        ('on x then forget |', ['vip']),
        ('on x then verb new_verb |', ['with']),
        ('timezone |', ['Asia/Kolkata']),
        ('on x when balance is between 1 |', ['and']),
        ('on x when balance is |', ['between', 'at least', 'known', 'unknown', 'not']),
        ('on x when language is not |', ['one of', 'in', 'known']),
        ('never transfer when vip is yes |', ['instead']),
        ('rule "N"\n  never transfer\n  when vip is yes\n  |', ['instead', 'end']),
        ('rule "R"\n  on x\n  if |', ['vip']),
        ('rule "R"\n  on x\n  if vip is yes |', ['then', 'and', 'or']),
        ('rule "R"\n  on x\n  if vip is yes then hangup |', ['otherwise', 'then']),
        ('rule "R"\n  on x\n  |', ['if', 'when', 'once per call']),
        ('timezone Asia/Kol|', ['Asia/Kolkata']),
        ('# meant: stays|', ['meant: stays-paused']),
        ('# allow FR620|', ['allow FR620']),
        ('hours h\n  mon to fri 09:00 to 18:00\n  |', ['closed on', 'sat', 'end']),
        ('test "t"\n  on x\n  expect transfer then |', ['hangup']),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), FORMS)
def test_every_form_is_offered_where_it_may_stand(text: str, wanted: list[str]) -> None:
    found = offered(text)
    missing = [one for one in wanted if not any(label.startswith(one) for label in found)]
    assert not missing, found


@pytest.mark.parametrize("text", ["# a comment about |", "# |", "on x # m|"])
def test_nothing_is_offered_in_a_comment_that_answers_nothing(text: str) -> None:
    assert offered(text) == []


def test_a_time_zone_takes_the_place_of_all_that_was_typed_of_it() -> None:
    workspace = Workspace()
    text = "timezone Asia/Kol"
    workspace.put("a.rules", text)
    workspace.settle()
    (zone,) = complete(workspace.files["a.rules"], len(text), workspace.index)
    assert (zone.label, zone.replaces.start) == ("Asia/Kolkata", 9)


def test_behind_the_name_of_a_promise_each_form_is_offered_with_what_it_means() -> None:
    workspace = Workspace()
    text = 'promise "p" '
    workspace.put("a.rules", text)
    workspace.settle()
    found = {
        (one.label, one.detail) for one in complete(workspace.files["a.rules"], len(text), workspace.index)
    }
    assert found == {*PROMISED}


@pytest.mark.parametrize("phrase", [one for one in PROMISED if ": " in one.detail])
def test_the_example_of_a_promise_is_one(phrase: Phrase) -> None:
    _, example = phrase.detail.split(": ", 1)
    _, findings = parse(source_from_text(f'promise "p" {example}\n'))
    assert example.startswith(phrase.words)
    assert not findings


def test_every_phrase_is_offered_somewhere() -> None:
    places = [text for text, _ in FORMS]
    found = {label for place in places for label in offered(place)}
    assert {phrase.words for phrase in (*PHRASES, *UNITS, *STATES)} - found == set()
