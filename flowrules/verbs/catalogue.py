"""The 25 verbs as data. The grammar, the checks, the printer, the engine, the sandbox and the guides read this table.

To add a verb: its model in this folder, then one row here (`spec.py` says what a row can hold).
"""

from typing import Any

from flowrules.verbs.form import form
from flowrules.verbs.sentence import sentence
from flowrules.verbs.spec import Copies, Effect, FillsLead, Holds, Reports, Targets, VerbSpec


def _spec(
    name: str,
    family: str,
    effect: Effect,
    forms: tuple[str, ...],
    help: str,
    examples: tuple[str, ...],
    sentences: tuple[str, ...],
    **more: Any,
) -> VerbSpec:
    told = tuple(sentence(text) for text in sentences)
    return VerbSpec(name, family, effect, tuple(form(f) for f in forms), help, examples, told, **more)


CATALOGUE: tuple[VerbSpec, ...] = (
    _spec(
        "transfer", "call", Effect.ENDING,
        ("transfer [now] <target:target> [because <reason:text>] [with <metadata:pairs>]",),
        "Hand the caller to an agent, a queue, a number or a SIP address. It ends the AI's session.",
        (
            "transfer agent a_1042",
            "transfer queue billing_q",
            "transfer number +911234567890",
            'transfer sip "sip:desk@pbx.example.com"',
            "transfer to sales_desk",
            'transfer queue retention because "wants to cancel"',
            'transfer now queue crisis with summary "{summary}", priority 1',
        ),
        targets=Targets(
            "destination_type",
            {"agent": "agent", "queue": "agent_queue", "number": "e164", "sip": "sip_uri"},
            host_names_agents=True,
        ),
        sentences=(
            "transfer the caller | Transfer the caller to <target>[now:, at once, without waiting for the "
            "bot's last word][, because <reason>][, with <metadata>]",
        ),
        awaited=True,
    ),
    _spec(
        "hangup", "call", Effect.ENDING,
        ("hangup [now] [because <reason:text>] [with <metadata:pairs>]",),
        "End the call, after the bot has finished speaking (`now` does not wait).",
        ("hangup", "hangup now", 'hangup because "wrong number"', "hangup with outcome voicemail"),
        hangs_up=True,
        sentences=(
            "hang up | Hang up[now:, at once, without waiting for the bot's last word][, because <reason>][,"
            " with <metadata>]",
        ),
    ),
    _spec(
        "log", "call", Effect.RECORD,
        ("log <message:text>", "log with <metadata:pairs>"),
        "Write a line into the platform's record of the call.",
        ('log "caller asked for {intent}"', 'log with step "greeting", tries 2'),
        keyed=False,
        best_effort=True,
        sentences=(
            "write into the record of the call | Write into the record of the call: <message>",
            "write into the record of the call | Write into the record of the call: <metadata>",
        ),
    ),
    _spec(
        "mute", "call", Effect.LIVE,
        ("mute [<target:party>] [for at most <cap:duration>]",),
        "Silence the caller (or the agent).",
        ("mute", "mute caller", "mute agent", "mute caller for at most 30 seconds"),
        closed_by="unmute",
        closed_on_failure=True,
        tells=(Holds("call.muted", True, party="caller"),),
        sentences=("mute anybody | Mute <target|the caller>[, for at most <cap>]",),
    ),
    _spec(
        "unmute", "call", Effect.LIVE,
        ("unmute [<target:party>]",),
        "Let the caller (or the agent) be heard again.",
        ("unmute", "unmute caller", "unmute agent"),
        tells=(Holds("call.muted", False, party="caller"),),
        sentences=("let anybody muted be heard again | Let <target|the caller> be heard again",),
    ),
    _spec(
        "hold", "call", Effect.LIVE,
        ("hold [with music <moh_url:url>] [for at most <cap:duration>]",),
        "Put the caller on hold, with music of your own if you like.",
        ("hold", 'hold with music "https://cdn.example.com/wait.mp3"', "hold for at most 45 seconds"),
        closed_by="unhold",
        closed_on_failure=True,
        tells=(Holds("call.on_hold", True),),
        sentences=(
            "put the caller on hold | Put the caller on hold[, with the music <moh_url>][, for at most "
            "<cap>]",
        ),
    ),
    _spec(
        "unhold", "call", Effect.LIVE, ("unhold",),
        "Take the caller off hold.", ("unhold",),
        tells=(Holds("call.on_hold", False),),
        sentences=("take the caller off hold | Take the caller off hold",),
    ),
    _spec(
        "send_dtmf", "call", Effect.LIVE, ("send_dtmf <digits:digits>",),
        "Press telephone keys.", ('send_dtmf "1234#"',),
        sentences=("press keys | Press the keys <digits>",),
    ),
    _spec(
        "play_audio", "call", Effect.LIVE,
        ("play_audio <audio_url:url>", "say <tts_text:text> [in voice <voice:text>]"),
        "Play a recording, or `say` a text aloud.",
        (
            'play_audio "https://cdn.example.com/hello.wav"',
            'say "One moment, {lead.name}."',
            'say "Namaste" in voice "en-IN-Standard-A"',
        ),
        heard_field="tts_text",
        best_effort=True,
        sentences=(
            "play a recording | Play the recording <audio_url>",
            "say anything | Say[, in the voice <voice>]: <tts_text>",
        ),
    ),
    _spec(
        "set_disposition", "call", Effect.RECORD,
        ("set_disposition [<disposition:label>] [note <notes:text>]",),
        "Record how the call went. Bare, it takes the disposition that the file gives to the situation.",
        (
            "set_disposition interested",
            'set_disposition SALES_XFER note "{lead.name} asked for {intent}"',
            "set_disposition",
        ),
        tells=(Copies("call.disposition", "disposition"),),
        best_effort=True,
        sentences=(
            "record a disposition | Record the disposition <disposition|that the rule has by default>[, with"
            " the note <notes>]",
        ),
    ),
    _spec(
        "recording_pause", "call", Effect.LIVE,
        ("recording_pause [because? <reason:text>] [for at most <cap:duration>]",),
        "Pause the recording of the call.",
        ("recording_pause", 'recording_pause because "card number"', "recording_pause for at most 3 minutes"),
        closed_by="recording_resume",
        tells=(Holds("call.recording", "paused"),),
        sentences=("pause the recording | Pause the recording[, because <reason>][, for at most <cap>]",),
    ),
    _spec(
        "recording_resume", "call", Effect.LIVE, ("recording_resume",),
        "Record again.", ("recording_resume",),
        tells=(Holds("call.recording", "on"),),
        sentences=("let the recording go on | Let the recording go on",),
    ),
    _spec(
        "get_call_state", "call", Effect.READ, ("get_call_state",),
        "Ask the platform how the call stands; what it tells refreshes the `call.` facts.",
        ("get_call_state",),
        keyed=False,
        tells=(
            Reports((
                "on_hold", "muted", "recording", "in_conference", "disposition", "lead_status", "callback",
            )),
        ),
        sentences=("ask the platform how the call stands | Ask the platform how the call stands",),
    ),
    _spec(
        "conference_start", "conference", Effect.LIVE, ("conference_start",),
        "Turn the call into a conference.", ("conference_start",),
        closed_by="conference_leave",
        tells=(Holds("call.in_conference", True),),
        sentences=("turn the call into a conference | Turn the call into a conference",),
    ),
    _spec(
        "conference_add", "conference", Effect.LIVE,
        ("conference_add <target:participant> [with <metadata:pairs>] [as <keep_as:name>]",),
        "Bring somebody into the conference; `as` keeps the member under a name.",
        (
            "conference_add agent a_1042",
            "conference_add supervisor lead_1 as helper",
            "conference_add number +911234567890",
            'conference_add sip "sip:nurse@pbx.example.com" with reason "chest pain"',
        ),
        targets=Targets(
            "participant_type",
            {"agent": "agent", "supervisor": "supervisor", "number": "e164", "sip": "sip_uri"},
        ),
        sentences=(
            "call anybody into the conference | Call <target> into the conference[, with <metadata>][, and "
            "keep this member as <keep_as>]",
        ),
        awaited=True,
    ),
    _spec(
        "conference_remove", "conference", Effect.LIVE,
        ("conference_remove <member_id:member>",),
        "Take out a member that was added under a name.", ("conference_remove helper",),
        sentences=(
            "take a member out of the conference | Take the member <member_id> out of the conference",
        ),
    ),
    _spec(
        "conference_leave", "conference", Effect.ENDING, ("conference_leave",),
        "Leave the conference to the others. It ends the AI's part of the call.", ("conference_leave",),
        tells=(Holds("call.in_conference", False),),
        sentences=("leave the conference to the others | Leave the conference to the others",),
    ),
    _spec(
        "request_supervisor", "conference", Effect.LIVE,
        ("request_supervisor [urgently] because? <reason:text>",),
        "Call for a supervisor.",
        (
            'request_supervisor because "refund of {amount}"',
            'request_supervisor urgently because "the caller is in danger"',
        ),
        flags={"urgently": ("urgency", "high")},
        calls_in=True,
        sentences=("call for a supervisor | Call for a supervisor[urgently: urgently], because <reason>",),
        awaited=True,
    ),
    _spec(
        "whisper", "conference", Effect.LIVE,
        ("whisper to <target_call_id:call_fact> <tts_text:text> [in voice <voice:text>]",),
        "Speak into an agent's ear only. Needs `monitor_start` first.",
        ('whisper to agent_call "offer the discount"', 'whisper to agent_call "slow down" in voice "en-IN-A"'),
        sentences=(
            "whisper to an agent | Whisper to the agent in the call <target_call_id>[, in the voice "
            "<voice>]: <tts_text>",
        ),
    ),
    _spec(
        "barge", "conference", Effect.LIVE, ("barge into <target_call_id:call_fact>",),
        "Join another call so that both sides hear.", ("barge into agent_call",),
        sentences=("join another call | Join the call <target_call_id>, so that both sides hear",),
    ),
    _spec(
        "monitor_start", "conference", Effect.LIVE,
        ("monitor_start <target_call_id:call_fact> [and whisper]",),
        "Listen in on another call, and be able to whisper if you say so.",
        ("monitor_start agent_call", "monitor_start agent_call and whisper"),
        closed_by="monitor_stop",
        flags={"and_whisper": ("mode", "listen_and_whisper")},
        sentences=(
            "listen in on another call | Listen in on the call <target_call_id>[and_whisper:, and be able to"
            " whisper]",
        ),
    ),
    _spec(
        "monitor_stop", "conference", Effect.LIVE,
        ("monitor_stop <target_call_id:call_fact>",),
        "Stop listening in.", ("monitor_stop agent_call",),
        sentences=("stop listening in on another call | Stop listening in on the call <target_call_id>",),
    ),
    _spec(
        "set_lead_field", "lead", Effect.RECORD,
        ("set_lead_field <field:label> to <value:value>",),
        "Write one field of the lead.",
        (
            "set_lead_field interest to sales",
            'set_lead_field note to "{summary}"',
            "set_lead_field vip to yes",
        ),
        tells=(FillsLead("field", "value"),),
        sentences=("write into a field of the lead | Write into the lead's field <field>: <value>",),
    ),
    _spec(
        "set_lead_status", "lead", Effect.RECORD,
        ("set_lead_status <status:label>",),
        "Set where the lead stands.", ("set_lead_status callback", "set_lead_status dnd"),
        tells=(Copies("call.lead_status", "status"),),
        sentences=("set the lead's status | Set the lead's status to <status>",),
    ),
    _spec(
        "schedule_callback", "lead", Effect.RECORD,
        ("schedule_callback <scheduled_at:callback_time> [within <within:name>] [because? <reason:text>]",),
        "Book a call back. A time in the past is refused.",
        (
            "schedule_callback in 2 hours",
            "schedule_callback today at 18:00",
            "schedule_callback tomorrow at 10:00",
            "schedule_callback next monday at 10:00",
            "schedule_callback at 2026-05-02 10:00",
            "schedule_callback at callback_time",
            "schedule_callback next office",
            'schedule_callback in 2 hours within office because "asked to be called later"',
        ),
        tells=(Copies("call.callback", "scheduled_at"),),
        sentences=(
            "book a callback | Book a callback <scheduled_at>[, moved into <within>][, because <reason>]",
        ),
        awaited=True,
    ),
)  # fmt: skip

BY_NAME: dict[str, VerbSpec] = {spec.name: spec for spec in CATALOGUE}

WORDS: dict[str, VerbSpec] = {form.word: spec for spec in CATALOGUE for form in spec.forms}
"""Every first word a writer may use: the verbs' own names, and `say`."""

TYPE_FIELDS: tuple[str, ...] = tuple(
    dict.fromkeys(spec.targets.type_field for spec in CATALOGUE if spec.targets is not None)
)
"""The fields of requests that say of what kind a destination is."""

AUDIO_FIELDS: tuple[str, ...] = tuple(
    dict.fromkeys(name for spec in CATALOGUE for name in spec.slots_of("url"))
)
"""The fields of requests that hold the address of something to be played."""

CALL_FIELDS: tuple[str, ...] = tuple(
    dict.fromkeys(name for spec in CATALOGUE for name in spec.slots_of("call_fact"))
)
"""The fields of requests that name another call."""

BEST_EFFORT = frozenset(spec.name for spec in CATALOGUE if spec.best_effort)
"""The verbs that do not stop a plan on its way to an ending by failing."""
LOOK: VerbSpec = next(spec for spec in CATALOGUE if spec.effect is Effect.READ)
"""The verb that asks the platform how the call stands."""


def words_under(word: str) -> frozenset[str]:
    """What a guard rail over this word stands over: the verb in all of its forms. Who forbids `say` forbids a recording
    (`play_audio`), too: the caller hears both."""
    return frozenset({word, verb_named(word)})


def verb_named(word: str) -> str:
    """The name of the verb that a word stands for (`play_audio` for `say`); the word itself where it is none."""
    spec = WORDS.get(word)
    return word if spec is None else spec.name


def taking_target(kind: str) -> VerbSpec | None:
    """The first verb that takes a target of this kind."""
    return next((spec for spec in CATALOGUE if spec.targets and kind in spec.targets.kinds), None)
