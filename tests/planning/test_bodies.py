"""Every verb in every form: from the words of a rule to the exact body."""

from typing import Any

import pytest

from flowrules.engine.event import Source, make_event
from flowrules.engine.planning.plan import FailedStep, PlannedVerb
from flowrules.verbs import BY_NAME, CATALOGUE, Effect

DECLARED = """
timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 18:30
end
destination sales_desk is queue sales_main
on help_needed conference_add supervisor lead_1 as helper
"""
KNOWN = {
    "agent_call": "call_agent",
    "helper": "m_1",
    "amount": 250,
    "callback_time": "2026-03-03T10:00",
    "intent": "sales",
    "lead.name": "Asha",
    "summary": "wants a refund",
}

FORMS: list[tuple[str, dict[str, Any]]] = [
    ("transfer agent a_1042", {"event": "transfer", "destination_type": "agent", "destination": "a_1042"}),
    ("transfer agent 1042", {"event": "transfer", "destination_type": "agent", "destination": "1042"}),
    ("transfer agent 0042", {"event": "transfer", "destination_type": "agent", "destination": "0042"}),
    (
        "transfer queue विक्रय_कतार",
        {"event": "transfer", "destination_type": "agent_queue", "destination": "विक्रय_कतार"},
    ),
    (
        "transfer number +911234567890",
        {"event": "transfer", "destination_type": "e164", "destination": "+911234567890"},
    ),
    (
        'transfer sip "sip:desk@pbx.example.com"',
        {"event": "transfer", "destination_type": "sip_uri", "destination": "sip:desk@pbx.example.com"},
    ),
    (
        "transfer to sales_desk",
        {"event": "transfer", "destination_type": "agent_queue", "destination": "sales_main"},
    ),
    (
        "transfer to SALES_DESK",
        {"event": "transfer", "destination_type": "agent_queue", "destination": "sales_main"},
    ),
    (
        'transfer queue retention because "wants to cancel"',
        {
            "event": "transfer",
            "destination_type": "agent_queue",
            "destination": "retention",
            "metadata": {"reason": "wants to cancel"},
        },
    ),
    (
        'transfer now queue crisis because "now" with summary "{summary}", priority 1, vip yes, rate 2.5',
        {
            "event": "transfer",
            "destination_type": "agent_queue",
            "destination": "crisis",
            "metadata": {
                "reason": "now",
                "summary": "wants a refund",
                "priority": 1,
                "vip": True,
                "rate": 2.5,
            },
        },
    ),
    ("hangup", {"event": "hangup"}),
    ("hangup now", {"event": "hangup"}),
    ('hangup because "wrong number"', {"event": "hangup", "metadata": {"reason": "wrong number"}}),
    ("hangup with outcome voicemail", {"event": "hangup", "metadata": {"outcome": "voicemail"}}),
    ('log "caller asked for {intent}"', {"event": "log", "metadata": {"message": "caller asked for sales"}}),
    ('log with step "greeting", tries 2', {"event": "log", "metadata": {"step": "greeting", "tries": 2}}),
    ("mute", {"event": "mute", "target": "caller"}),
    ("mute caller", {"event": "mute", "target": "caller"}),
    ("mute agent", {"event": "mute", "target": "agent"}),
    ("mute agent for at most 30 seconds", {"event": "mute", "target": "agent"}),
    ("unmute", {"event": "unmute", "target": "caller"}),
    ("unmute agent", {"event": "unmute", "target": "agent"}),
    ("hold", {"event": "hold"}),
    (
        'hold with music "https://cdn.example.com/wait.mp3"',
        {"event": "hold", "moh_url": "https://cdn.example.com/wait.mp3"},
    ),
    ("hold for at most 45 seconds", {"event": "hold"}),
    ("unhold", {"event": "unhold"}),
    ('send_dtmf "1234#"', {"event": "send_dtmf", "digits": "1234#"}),
    ("send_dtmf 0123", {"event": "send_dtmf", "digits": "0123"}),
    (
        'play_audio "https://cdn.example.com/hello.wav"',
        {"event": "play_audio", "audio_url": "https://cdn.example.com/hello.wav"},
    ),
    ('say "One moment, {lead.name}."', {"event": "play_audio", "tts_text": "One moment, Asha."}),
    (
        'say "Namaste" in voice "en-IN-Standard-A"',
        {"event": "play_audio", "tts_text": "Namaste", "voice": "en-IN-Standard-A"},
    ),
    ("set_disposition interested", {"event": "set_disposition", "disposition": "interested"}),
    (
        'set_disposition SALES_XFER note "{lead.name} asked for {intent}"',
        {"event": "set_disposition", "disposition": "SALES_XFER", "notes": "Asha asked for sales"},
    ),
    ("set_disposition", {"event": "set_disposition", "disposition": "sales"}),
    ("recording_pause", {"event": "recording_pause"}),
    ('recording_pause because "card number"', {"event": "recording_pause", "reason": "card number"}),
    ('recording_pause "card number"', {"event": "recording_pause", "reason": "card number"}),
    ("recording_pause for at most 3 minutes", {"event": "recording_pause"}),
    ("recording_resume", {"event": "recording_resume"}),
    ("get_call_state", {"event": "get_call_state"}),
    ("conference_start", {"event": "conference_start"}),
    (
        "conference_add agent a_1042",
        {"event": "conference_add", "participant_type": "agent", "destination": "a_1042"},
    ),
    (
        "conference_add supervisor lead_1 as helper",
        {"event": "conference_add", "participant_type": "supervisor", "destination": "lead_1"},
    ),
    (
        "conference_add number +911234567890",
        {"event": "conference_add", "participant_type": "e164", "destination": "+911234567890"},
    ),
    (
        'conference_add sip "sip:nurse@pbx.example.com" with reason "chest pain" as nurse',
        {
            "event": "conference_add",
            "participant_type": "sip_uri",
            "destination": "sip:nurse@pbx.example.com",
            "metadata": {"reason": "chest pain"},
        },
    ),
    ("conference_remove helper", {"event": "conference_remove", "member_id": "m_1"}),
    ("conference_leave", {"event": "conference_leave"}),
    (
        'request_supervisor because "refund of {amount}"',
        {"event": "request_supervisor", "reason": "refund of 250", "urgency": "low"},
    ),
    (
        'request_supervisor urgently because "in danger"',
        {"event": "request_supervisor", "reason": "in danger", "urgency": "high"},
    ),
    (
        'whisper to agent_call "offer the discount"',
        {"event": "whisper", "target_call_id": "call_agent", "tts_text": "offer the discount"},
    ),
    (
        'whisper to agent_call "slow down" in voice "en-IN-A"',
        {"event": "whisper", "target_call_id": "call_agent", "tts_text": "slow down", "voice": "en-IN-A"},
    ),
    ("barge into agent_call", {"event": "barge", "target_call_id": "call_agent"}),
    (
        "monitor_start agent_call",
        {"event": "monitor_start", "target_call_id": "call_agent", "mode": "listen"},
    ),
    (
        "monitor_start agent_call and whisper",
        {"event": "monitor_start", "target_call_id": "call_agent", "mode": "listen_and_whisper"},
    ),
    ("monitor_stop agent_call", {"event": "monitor_stop", "target_call_id": "call_agent"}),
    ("set_lead_field interest to sales", {"event": "set_lead_field", "field": "interest", "value": "sales"}),
    (
        'set_lead_field note to "{summary}"',
        {"event": "set_lead_field", "field": "note", "value": "wants a refund"},
    ),
    ("set_lead_field vip to yes", {"event": "set_lead_field", "field": "vip", "value": True}),
    ("set_lead_field tries to 3", {"event": "set_lead_field", "field": "tries", "value": 3}),
    ("set_lead_field pin to 0123", {"event": "set_lead_field", "field": "pin", "value": "0123"}),
    (
        "set_lead_field since to 2026-05-02",
        {"event": "set_lead_field", "field": "since", "value": "2026-05-02"},
    ),
    ("set_lead_field best_time to 9:30", {"event": "set_lead_field", "field": "best_time", "value": "09:30"}),
    ("set_lead_status dnd", {"event": "set_lead_status", "status": "dnd"}),
    (
        "schedule_callback in 2 hours",
        {"event": "schedule_callback", "scheduled_at": "2026-03-02T13:00:00+05:30"},
    ),
    (
        "schedule_callback today at 18:00",
        {"event": "schedule_callback", "scheduled_at": "2026-03-02T18:00:00+05:30"},
    ),
    (
        "schedule_callback tomorrow at 10:00",
        {"event": "schedule_callback", "scheduled_at": "2026-03-03T10:00:00+05:30"},
    ),
    (
        "schedule_callback next monday at 10:00",
        {"event": "schedule_callback", "scheduled_at": "2026-03-09T10:00:00+05:30"},
    ),
    (
        "schedule_callback at 2026-05-02 10:00",
        {"event": "schedule_callback", "scheduled_at": "2026-05-02T10:00:00+05:30"},
    ),
    (
        "schedule_callback at callback_time",
        {"event": "schedule_callback", "scheduled_at": "2026-03-03T10:00:00+05:30"},
    ),
    (
        "schedule_callback next office",
        {"event": "schedule_callback", "scheduled_at": "2026-03-03T09:00:00+05:30"},
    ),
    (
        'schedule_callback in 12 hours within office because "asked to be called later"',
        {
            "event": "schedule_callback",
            "scheduled_at": "2026-03-03T09:00:00+05:30",
            "reason": "asked to be called later",
        },
    ),
    ("verb future_verb", {"event": "future_verb"}),
    (
        'verb Future_Verb with Key "{intent}", count 2, on yes',
        {"event": "Future_Verb", "Key": "sales", "count": 2, "on": True},
    ),
]


@pytest.mark.parametrize(("step", "body"), FORMS, ids=[step for step, _ in FORMS])
def test_a_step_becomes_its_exact_body(plan_for: Any, step: str, body: dict[str, Any]) -> None:
    planned = plan_for(f"{DECLARED}\non intent=sales {step}", {"intent": "sales"}, known=KNOWN)
    assert planned.bodies == [body]
    assert next(iter(planned.bodies[0])) == "event"


@pytest.mark.parametrize("step", [example for spec in CATALOGUE for example in spec.examples])
def test_the_catalogues_own_examples_can_be_planned(plan_for: Any, step: str) -> None:
    planned = plan_for(f"{DECLARED}\non intent=sales {step}", {"intent": "sales"}, known=KNOWN)
    (body,) = planned.bodies
    spec = BY_NAME[body["event"]]
    assert spec.model.model_validate(body).body() == body


def test_every_verb_of_the_catalogue_stands_in_the_table() -> None:
    assert {body["event"] for _, body in FORMS} >= BY_NAME.keys()


def test_how_a_verb_is_sent(plan_for: Any) -> None:
    planned = plan_for(
        f'{DECLARED}\non go log "x" then get_call_state then hold for at most 45 seconds then hangup'
    )
    log, state, hold, unhold, hangup = planned.verbs
    assert [verb.keyed for verb in (log, state, hold, unhold, hangup)] == [False, False, True, True, True]
    assert [verb.effect for verb in planned.verbs] == [
        Effect.RECORD, Effect.READ, Effect.LIVE, Effect.LIVE, Effect.ENDING,
    ]  # fmt: skip
    assert [verb.wait_for_speech for verb in planned.verbs] == [False, False, False, True, True]
    assert [verb.path for verb in planned.verbs] == ["1", "2", "3", "4.close1", "4"]


def test_an_agent_may_be_a_queue_to_the_platform(plan_for: Any) -> None:
    text = "destination d is agent a_2\non go transfer agent a_1\non stay transfer to d\non add conference_add agent a_3"
    assert plan_for(text, "go", agent_type="agent_queue").bodies[0]["destination_type"] == "agent_queue"
    assert plan_for(text, "stay", agent_type="agent_queue").bodies[0]["destination_type"] == "agent_queue"
    assert plan_for(text, "add", agent_type="agent_queue").bodies[0]["participant_type"] == "agent"


@pytest.mark.parametrize(
    ("step", "seconds", "closing"),
    [
        ("hold for at most 45 seconds", 45, {"event": "unhold"}),
        ("mute for at most 1 minute 30 seconds", 90, {"event": "unmute", "target": "caller"}),
        ("mute agent for at most 30 seconds", 30, {"event": "unmute", "target": "agent"}),
        ("recording_pause for at most 3 minutes", 180, {"event": "recording_resume"}),
    ],
)
def test_a_cap_carries_what_closes_it(
    plan_for: Any, step: str, seconds: int, closing: dict[str, str]
) -> None:
    cap = plan_for(f"on go {step}").verbs[0].cap
    assert (cap.seconds, cap.verb, cap.body) == (seconds, closing["event"], closing)


def test_a_member_added_in_the_same_plan_is_filled_in_later(plan_for: Any) -> None:
    planned = plan_for(
        "on go conference_add supervisor lead_1 as Helper then conference_remove helper",
        known={"helper": "m_old"},
    )
    add, remove = planned.verbs
    assert add.keep_as == "helper"
    assert remove.late == {"member_id": "helper"}
    assert remove.body == {"event": "conference_remove", "member_id": "{helper}"}
    text = f"{DECLARED}on go conference_remove helper"
    assert plan_for(text, known={"helper": "m_old"}).verbs[0].late is None


@pytest.mark.parametrize(
    "verb", ['whisper to other "hello"', "barge into other", "monitor_start other", "monitor_stop other"]
)
@pytest.mark.parametrize("source", list(Source))
def test_a_call_id_comes_from_the_platform_or_the_host_only(plan_for: Any, verb: str, source: Source) -> None:
    planned = plan_for(f"on go {verb}", known={"other": "call_7"}, sources={"other": source})
    if source <= Source.HOST:
        assert planned.bodies[0]["target_call_id"] == "call_7"
    else:
        assert planned.failed.reason == "refused"
        assert source.name.lower() in planned.failed.message


def test_a_call_id_in_the_event_itself_has_the_events_source(plan_for: Any) -> None:
    text = "on go barge into other"
    event = make_event("go", facts={"other": "call_7"}, source=Source.MODEL)
    assert plan_for(text, event).failed.reason == "refused"
    event = make_event("go", facts={"other": "call_7"})
    assert plan_for(text, event).bodies == [{"event": "barge", "target_call_id": "call_7"}]


def test_an_unknown_id_is_refused_before_sending(plan_for: Any) -> None:
    assert "agent_call is unknown" in plan_for("on go barge into agent_call").failed.message
    assert "helper is unknown" in plan_for(f"{DECLARED}on go conference_remove helper").failed.message


def test_a_text_that_came_out_empty_is_refused_where_it_is_needed_and_left_out_where_not(
    plan_for: Any,
) -> None:
    step = plan_for('on go say "{nobody}" if it fails then hold').steps[0]
    assert isinstance(step, FailedStep)
    assert (step.verb, step.reason) == ("play_audio", "refused")
    assert isinstance(step.branches[0].steps[0], PlannedVerb)
    planned = plan_for('on go set_disposition x note "{nobody}"')
    assert planned.bodies == [{"event": "set_disposition", "disposition": "x"}]
    assert "{nobody} is unknown and printed nothing" in planned.notes
