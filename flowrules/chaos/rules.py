"""A rule set drawn from a seed: every verb, branches, waits, endings, records, caps, timers, rails, urgent rules."""

import random
from collections.abc import Sequence

INTENTS = 24
"""Rules that the events of the calls speak of: `intent=i0` and so on."""

_HEAD = """\
fact n is number from host
fact agent_call is text from host
fact paying is yes/no from host
timezone Asia/Kolkata
allow numbers +91
default disposition is no_outcome

steps close_the_record
  set_disposition no_outcome note "{n}"
  log "closed {n}"
end

never whisper, barge when paying is yes
never transfer when refused is yes instead say "Not now."
before transfer when call.recording is paused then recording_resume
before hangup unless call.disposition is known then set_disposition no_outcome

also on said contains "complain" at most 2 times per call log "complaint {n}"
urgent on intent=crisis
  then transfer now queue crisis because "risk" if it fails because unavailable, timeout then hangup now
urgent on intent=stop_calling set_lead_status dnd then remember refused is yes
on step_failed log "failed {failed_verb} {failed_reason} {n}"
on hangup_interrupted advise "Go on." then log "interrupted {n}"
after 2 seconds log "two seconds"
after 4 seconds when call.on_hold is yes unhold
after 2 seconds of silence say "Still there?" then log "silence {n}"
after 1 second of call.on_hold log "on hold"
"""
_AT_THE_END = (
    'log "ended" then set_disposition no_outcome then set_lead_field last_call to "ended"',
    "set_disposition no_outcome",
)

_NET = 'on anything log "nothing matched {n}"\n'

_RECORDS = (
    "set_disposition d{k}",
    'set_disposition d{k} note "{{lead.name}} {{n}}"',
    'set_lead_field f{k} to "{{n}}"',
    "set_lead_status callback",
    "schedule_callback in 2 hours",
    'log "r{k} {{n}}"',
    'log with rule {k}, n "{{n}}"',
)
_LIVE = (
    "hold for at most 1 second",
    "hold then unhold",
    "mute for at most 1 second",
    "mute agent then wait 1 second then unmute agent",
    'say "One moment."',
    'play_audio "https://cdn.example.com/a.wav"',
    'send_dtmf "12#"',
    'recording_pause because "card" for at most 1 second',
    "recording_pause then recording_resume",
    "get_call_state",
    "conference_start",
    "conference_add supervisor lead_1 as helper then conference_remove helper",
    'request_supervisor because "asked {{n}}"',
    'monitor_start agent_call then whisper to agent_call "offer {{n}}" then monitor_stop agent_call',
    "barge into agent_call",
    'wait 1 second then log "waited r{k} {{n}}"',
)
_ENDINGS = (
    "transfer queue sales then set_disposition sold",
    'transfer agent a_1 because "asked" if it fails because timeout, unavailable then hangup',
    'transfer number +911234567890 if it fails then (say "Busy." then schedule_callback in 2 hours)',
    "transfer now queue billing if it fails because timeout then transfer now queue sales",
    "hangup if it fails because timeout then hangup now",
    "hangup now",
    'say "Goodbye." then hangup then do close_the_record',
    "conference_leave",
)
_FAILING = (
    "",
    "",
    ' if it fails then (log "f{k} {{n}}" then set_lead_field failed to f{k})',
    ' if it fails because unavailable, timeout then (say "Sorry." then set_disposition failed)',
    ' if it fails because limited, at_capacity then (wait 1 second then log "again {{n}}")',
)


def rules(seed: int, edition: int = 0, *, at_the_end: int = 0, steps: int = 3) -> str:
    """The text of a rule file. Another edition is the same file after an edit: some rules differ, none goes away.
    `at_the_end`: 0, every call ends with three records; 1, with one. `steps`: so many are in a rule, at most."""
    drawn = [_rule(random.Random(f"{seed}:{number}"), number, steps) for number in range(INTENTS)]  # noqa: S311 (dice)
    edited = random.Random(f"{seed}:edition:{edition}")  # noqa: S311
    for number in edited.sample(range(INTENTS), INTENTS // 4) if edition else ():
        drawn[number] = _rule(edited, number, steps)
    order = ["order as written"] if seed % 2 else []
    ended = f"on call_ended then {_AT_THE_END[at_the_end]}\n"
    return "\n".join([_HEAD, ended, *order, *drawn, _NET])


def broken_rules(seed: int) -> str:
    """The same file after a slip: it must not go live."""
    return rules(seed) + "on intent=i0 transfr queue sales\n"


def _rule(chance: random.Random, number: int, most: int) -> str:
    """One rule in three ends the call."""

    def draw(forms: Sequence[str]) -> str:
        return chance.choice(forms).format(k=number)

    steps = [draw(_RECORDS + _LIVE) for _ in range(chance.randint(1, most))]
    lines = [step if " then " in step else step + draw(_FAILING) for step in steps]
    if number % 3 == 0:
        lines.append(draw(_ENDINGS))
    rank = "also " if number % 8 == 7 and number % 3 else ""
    limit = chance.choice(("", "", "", " at most 3 times per call", " not again for 1 second"))
    body = "\n".join(f"  {line}" for line in lines)
    return f'rule "r{number}"\n  {rank}on intent=i{number}{limit}\n{body}\nend\n'
