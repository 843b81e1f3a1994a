"""Small random rule sets, and things that may happen to a call in any order."""

from hypothesis import strategies as st

CONDITIONS = (
    "f1 is yes",
    "f1 is unknown",
    "call.on_hold is yes",
    "call.disposition is known",
    "turn is at least 2",
)
STEPS = (
    'log "l"', 'say "One moment, please."', "hold", "unhold", "mute caller", "unmute caller",
    "hold for at most 2 seconds", "recording_pause for at most 4 seconds", "recording_resume",
    "set_disposition d1", "remember f1 is yes", "forget f1", 'advise "Be kind."', "wait 2 seconds",
    "conference_add supervisor s as helper\n  conference_remove helper", "get_call_state",
    "set_lead_field x to y within 3 seconds",
)  # fmt: skip
REASONS = ("refused", "timeout", "unavailable", "limited", "ended", "late", "forbidden", "not_found")
FAILING = (
    "hold\n    if it fails then go on",
    'mute caller\n    if it fails because timeout then (say "Sorry." then go on)\n    if it fails then log "no"',
    'get_call_state\n    if it fails then (hold for at most 9 seconds then go on)',
    "recording_pause for at most 5 seconds\n    if it fails then transfer queue other",
    'log "x"\n    if it fails because refused then (set_disposition d4 then hangup)',
)  # fmt: skip
ENDINGS = (
    "hangup", "hangup now", "transfer queue q", "transfer queue q within 4 seconds",
    "transfer queue q\n    if it fails then hangup",
    'transfer queue q\n    if it fails then (say "I am sorry." then wait 1 second then hangup)',
    'hangup\n    if it fails because limited then (wait 2 seconds then transfer queue q)',
)  # fmt: skip
BEHIND = (
    "set_disposition d3",
    "set_disposition d6",
    'log "after"',
    "set_lead_status callback",
    "remember f2 is yes",
)
PLAIN = ("on intent=i1", "on intent=i2", "on intent=i3")
OTHERS = (
    "on intent=i1 2 times", "on said", "on said contains stop", "on hearing contains stop or said contains stop", "on dtmf=1",
    "on anything", "after 3 seconds", "after 7 seconds", "after 4 seconds of silence", "after 5 seconds of f1", "on f2=yes",
)  # fmt: skip
RAISED = ("on step_failed", "on hangup_interrupted", "on call_ended")
LIMITS = ("", "", "", "once per call", "at most 2 times per call", "not again for 5 seconds")
VERBS = ("hold", "unhold", "mute", "recording_pause", "recording_resume", "log", "transfer", "hangup", "say")
RAILS = (
    *(f"never {verb} when {condition}" for verb in VERBS for condition in CONDITIONS),
    *(f'never {verb} when {condition} instead log "instead"' for verb in VERBS for condition in CONDITIONS),
    *(f"before {verb} when {condition} then {step}" for verb in VERBS for condition in CONDITIONS for step in ('log "b"', "unhold", "hold for at most 3 seconds", "set_disposition d5")),
    "order as written",
)  # fmt: skip


@st.composite
def _steps(draw: st.DrawFn, *, may_end: bool) -> list[str]:
    found = draw(st.lists(st.sampled_from(STEPS + FAILING), min_size=int(not may_end), max_size=4))
    if may_end and draw(st.integers(0, 2)):
        if draw(st.booleans()):
            found.append('say "Goodbye, and thank you."')
        found.append(draw(st.sampled_from(ENDINGS)))
        found += draw(st.lists(st.sampled_from(BEHIND), max_size=3))
    if not may_end:
        found = [step for step in found if "transfer" not in step and "hangup" not in step]
    return found or ['log "l"']


@st.composite
def _rule(draw: st.DrawFn, number: int, trigger: str) -> str:
    rank = ""
    if trigger.startswith("on ") and trigger not in RAISED:
        rank = draw(st.sampled_from(("", "", "", "also ", "urgent ", "urgent ")))
    lines = [f'rule "r{number}"', f"  {rank}{trigger}"]
    if draw(st.integers(0, 3)) == 3:
        lines.append(f"  when {draw(st.sampled_from(CONDITIONS))}")
    lines.append(f"  {draw(st.sampled_from(LIMITS))}")
    lines += [f"  {step}" for step in draw(_steps(may_end=rank != "also "))]
    return "\n".join([*filter(str.strip, lines), "end"])


@st.composite
def rules(draw: st.DrawFn) -> str:
    triggers = [
        *draw(st.lists(st.sampled_from(PLAIN), min_size=2, max_size=3, unique=True)),
        *draw(st.lists(st.sampled_from(OTHERS), max_size=3, unique=True)),
        *draw(st.lists(st.sampled_from(RAISED), max_size=2, unique=True)),
    ]
    rails = draw(st.lists(st.sampled_from(RAILS), max_size=2, unique=True))
    items = sorted(rails, key=lambda rail: not rail.startswith("order"))
    items += [draw(_rule(number, trigger)) for number, trigger in enumerate(triggers)]
    return "\n".join(items) + "\n"


OTHER_RULES = (
    "",
    'on intent=i1 say "Other rules." then hangup\nafter 5 seconds log "late"\n',
    "urgent on intent=i2 hangup now\nnever hold when f1 is yes\non intent=i1 hold for at most 4 seconds\n",
)
"""What may go live in mid-call."""

EVENTS: tuple[dict[str, object], ...] = (
    {"intent": "i1"}, {"intent": "i2"}, {"intent": "i3"}, {"intent": "i1", "f1": True}, {"intent": "i2", "f1": False}, {"said": "stop it"},
    {"said": "hello"}, {"hearing": "stop"}, {"dtmf": "1"}, {"f2": True}, {"machine_answered": True}, {},
)  # fmt: skip
others = st.sampled_from(OTHER_RULES)

_REPORTS = tuple(
    ("report", number, event_id)
    for number in (0, 0, 0, 1, 1, 1, 2, 2, *range(len(EVENTS)))
    for event_id in ("", "", "", "id-1", "id-2")
)
_ANSWERS = tuple(("answer", why) for why in (*[""] * 14, *REASONS, *["timeout"] * 4, "refused"))
_TIME = (
    *(("pass", seconds) for seconds in (-2.0, 0.0, 0.4, 1.0, 2.5, 6.0, 31.0)),
    *(("wake", seconds) for seconds in (-3.0, *[0.0] * 12, 2.0)),
)
_OTHER = (
    *[("sit",)] * 6, *[("continue",)] * 3, *[("about",)] * 3, ("bot", True), ("bot", False), ("played",), ("caller", True),
    ("caller", False), ("learned",), ("rules",), ("stray answer",), ("stray about",), ("repeated answer",),
    ("unasked answer",), *[("ending", "timeout")] * 6, ("ending", "refused"), ("ending", "late"),
    *[("rest",)] * 5,
)  # fmt: skip
_RARE = (("close",), ("close",), ("stop",), ("fail",), ("broken answer",))
_ALL = (*_REPORTS, *_ANSWERS * 6, *_TIME * 3, *_OTHER, *_RARE[1:], *_RARE[2:])
happenings = st.lists(st.sampled_from(_ALL), min_size=10, max_size=30)
