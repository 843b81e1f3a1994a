"""Small random rule sets, of all the forms that rules have. They are sound by construction, but for rules that can never
fire, or stand twice, which do no harm here; a test of their own holds them to that."""

from hypothesis import strategies as st

from .platform import REASONS

FLAGS = ("f1", "f2")
INTENTS = ("i1", "i2")

conditions = st.sampled_from(
    [
        "f1 is yes",
        "f2 is yes",
        "f1 is unknown",
        "f2 is no",
        "not f1 is yes",
        "call.on_hold is yes",
        "call.muted is yes",
        "call.disposition is known",
        "call.lead_status is known",
        "call.recording is paused",
        "call.in_conference is yes",
        "helper is known",
        "turn is at least 2",
        "turn is 1",
        "lead.tier is gold",
        "intent is i2",
        'failed_verb is "hold"',
        "failed_reason is timeout",
        "call.elapsed is at least 8",
        "(f1 is yes or f2 is yes) and turn is at least 1",
    ]
)
guards = st.one_of(
    st.just(""),
    st.just(""),
    st.just(""),
    conditions.map("when {}".format),
    conditions.map("unless {}".format),
)
RECORDS = (
    "set_disposition d1",
    'set_disposition d2 note "{turn} {intent}"',
    "set_lead_field x to y",
    "set_lead_status hot",
    'log "l"',
    'log "{f1} {lead.tier} {helper}"',
    "log with level 3",
    "schedule_callback in 2 hours",
    "schedule_callback at callback_time",
)
MEMORY = (
    "remember f1 is yes",
    "remember f2 is no",
    "remember f2 is yes",
    'remember seen is "{intent}"',
    "forget f1",
    "forget intent",
)
LIVE = (
    'say "One moment, please."',
    'say "Ok."',
    'say "A rather long sentence, which takes some seconds to be spoken."',
    "hold",
    "hold for at most 23 seconds",
    "hold for at most 4 seconds",
    "unhold",
    "mute caller",
    "mute agent",
    "mute caller for at most 14 seconds",
    "unmute caller",
    "recording_pause for at most 6 seconds",
    'recording_pause because "card"',
    "recording_resume",
    "conference_start",
    "conference_add supervisor s as helper",
    "conference_remove helper",
    'request_supervisor because "help"',
    "monitor_start agent_call",
    'whisper to agent_call "hello"',
    "get_call_state",
    'send_dtmf "1"',
    "hold within 3 seconds",
)
OTHERS = (
    "wait 3 seconds",
    "stay silent",
    'advise "Be kind."',
    'advise "{intent}"',
    "wait 2 seconds",
    "wait 7 seconds",
)
NO_VERB = ("remember", "forget", "advise", "stay", "wait", "do", "if")
ENDINGS = (
    "hangup",
    "hangup",
    "hangup now",
    'hangup because "done"',
    "transfer queue q",
    "transfer queue q",
    "transfer queue q within 5 seconds",
    "transfer now queue q",
    "transfer to desk",
    "transfer to map",
    "conference_leave",
)
VERBS = (
    "play_audio", "hold", "unhold", "mute", "unmute", "recording_pause", "recording_resume", "set_disposition", "log",
    "transfer", "hangup", "conference_start", "conference_add", "conference_remove", "conference_leave",
    "get_call_state", "send_dtmf", "set_lead_field", "set_lead_status", "schedule_callback", "request_supervisor",
    "monitor_start", "whisper",
)  # fmt: skip
SPOKEN = ('say "Goodbye, and thank you."', 'say "Goodbye, and thank you."', 'say "Bye."', "")
"""Last words, or none."""

simple = st.one_of(*(st.sampled_from(kind) for kind in (RECORDS, MEMORY, LIVE, LIVE, OTHERS)))
reasons = st.sampled_from(REASONS)
HEAD = (
    "timezone Asia/Kolkata\n"
    "destination desk is queue q2\n"
    "destination map by lead.tier\n  gold is agent a_1\nend\n"
    'steps calm\n  say "Please stay on the line."\n  remember f1 is yes\nend\n'
    "steps note_it\n  set_disposition d4\n  do calm\nend\n"
)
_FENCED = (
    "fact f1 is yes/no from host\nfact f2 is yes/no\nfact intent is text\nevent paid\n"
    "fact callback_time is text\nfact agent_call is text\nfact seen is text\nfact helper is text\n"
)
options = st.sampled_from(["", "", "", "order as written\n", _FENCED, "default disposition is other\n"])


@st.composite
def failing(draw: st.DrawFn, *, verb: str, may_end: bool) -> str:
    """A verb and what is done where it fails: up to two branches, each for some reasons or all."""
    lines = [verb]
    for number in range(draw(st.sampled_from([1, 1, 1, 2]))):
        because = ", ".join(draw(st.lists(reasons, max_size=2, unique=True)))
        inner = draw(st.lists(simple, min_size=1, max_size=2))
        how = draw(st.integers(0, 5))
        if how == 0 and may_end:
            inner.append(draw(st.sampled_from(ENDINGS)))
        elif how < 3 and verb not in ENDINGS:
            inner = [*inner[1:], "go on"]
        lines.append(
            f"    if it fails{' because ' + because if because else ''} then ({' then '.join(inner)})"
        )
        if not because and number == 0:
            break  # Nothing is left for a second branch.
    return "\n".join(lines)


@st.composite
def step(draw: st.DrawFn, *, may_end: bool) -> str:
    kind = draw(st.integers(0, 11))
    if kind == 0:
        then, otherwise = draw(simple), draw(simple)
        return f"if {draw(conditions)} then {then} otherwise {otherwise}"
    if kind == 1:
        return draw(st.sampled_from(["do calm", "do note_it"]))
    said = draw(simple)
    if kind < 5 and said.split()[0] not in NO_VERB:
        return draw(failing(verb=said, may_end=may_end))
    return said


@st.composite
def steps(draw: st.DrawFn, *, may_end: bool = True) -> list[str]:
    found = draw(st.lists(step(may_end=may_end), min_size=1, max_size=4))
    if may_end and draw(st.integers(0, 2)) == 0:
        words = draw(st.sampled_from(SPOKEN))
        ending = draw(st.sampled_from(ENDINGS))
        if draw(st.integers(0, 2)) == 0:
            ending = draw(failing(verb=ending, may_end=False))
        found += [words] if words else []
        found.append(ending)
        found += draw(
            st.lists(st.sampled_from(["set_disposition d3", 'log "after"', "remember f2 is yes"]), max_size=2)
        )
    return found


PLAIN = tuple(f"on intent={intent}" for intent in INTENTS)
OTHER_TRIGGERS = (
    "on the same intent 2 times",
    "on the same f1 2 times in a row",
    "on intent=i1 2 times",
    "on intent=i2 2 times",
    "on intent=i1 2 times in a row",
    "on intent=i2 3 times in a row",
    "on intent=i1 or dtmf=1",
    "on said contains stop",
    "on hearing contains stop or said contains stop",
    "on said",
    "on said 2 times",
    "on paid",
    "on paid 2 times",
    "on dtmf=1",
    "on dtmf 2 times",
    "on keys is 2 digits",
    'on keys ends with "#"',
    "on anything",
    "on f2=yes",
    "on f1",
)
RAISED = ("on step_failed", "on step_failed", "on hangup_interrupted", "on call_ended")
TIMED = (
    "after 3 seconds",
    "after 9 seconds",
    "after 21 seconds",
    "after 4 seconds of silence",
    "after 10 seconds of silence",
    "after 5 seconds of f1",
    "after 3 seconds of f2",
    "after 6 seconds of call.on_hold",
    "at 16:30",
    "at 16:31",
)
triggers = st.one_of(
    st.sampled_from(PLAIN),
    st.sampled_from(PLAIN),
    st.sampled_from(OTHER_TRIGGERS),
    st.sampled_from(RAISED),
    st.sampled_from(TIMED),
)
limits = st.sampled_from(
    ["", "", "", "", "once per call", "at most 2 times per call", "not again for 5 seconds"]
)


RANKS = ("", "", "also ", "urgent ")


@st.composite
def farewell(draw: st.DrawFn, number: int) -> str:
    """A rule whose ending waits for the bot's last words: time for something to come between."""
    lines = [f'rule "r{number}"', "  on intent=i1", f"  {SPOKEN[0]}", f"  {draw(st.sampled_from(ENDINGS))}"]
    return "\n".join([*lines, *draw(st.sampled_from([[], ["  set_disposition d3"]])), "end"])


@st.composite
def rule(
    draw: st.DrawFn,
    number: int,
    triggers: st.SearchStrategy[str] = triggers,
    *,
    ranks: tuple[str, ...] = RANKS,
) -> str:
    trigger = draw(triggers)
    rank = ""
    if trigger.startswith("on ") and trigger not in RAISED:
        rank = draw(st.sampled_from(ranks))
    may_end = rank != "also " and trigger != "on call_ended"
    guard, limit = draw(guards), draw(limits)
    lines = [f'rule "r{number}"', f"  {rank}{trigger}", *(f"  {line}" for line in (guard, limit) if line)]
    lines += [f"  {line}" for line in draw(steps(may_end=may_end))]
    if guard and draw(st.booleans()):
        lines += ["otherwise", *(f"  {line}" for line in draw(steps(may_end=may_end)))]
    return "\n".join([*lines, "end"])


@st.composite
def rail(draw: st.DrawFn, number: int) -> str:
    verbs = ", ".join(draw(st.lists(st.sampled_from(VERBS), min_size=1, max_size=2, unique=True)))
    if draw(st.booleans()):
        instead = draw(st.one_of(st.just(""), simple.map(" instead {}".format)))
        return named(draw, number, f"never {verbs} when {draw(conditions)}", instead)
    guard = draw(st.sampled_from(["when", "unless"]))
    return named(draw, number, f"before {verbs} {guard} {draw(conditions)}", f" then {draw(simple)}")


def named(draw: st.DrawFn, number: int, head: str, steps: str) -> str:
    """A guard rail on one line, or with a name that no other has."""
    name = draw(st.sampled_from(("", "", f"g{number}", f"other{number}")))
    return f'rule "{name}"\n  {head}\n  {steps}\nend' if name else head + steps


@st.composite
def rule_sets(draw: st.DrawFn) -> tuple[str, ...]:
    """One rule set, or two: the second is an edit of the first."""
    rules = [draw(rule(number)) for number in range(draw(st.integers(2, 5)))]
    if draw(st.integers(0, 2)) == 0:
        urgent = rule(
            1, st.sampled_from(("on intent=i2", "on paid", "on said", "on dtmf=1")), ranks=("urgent ",)
        )
        rules[:2] = [draw(farewell(0)), draw(urgent)]
    rails = [draw(rail(number)) for number in range(draw(st.sampled_from([0, 0, 1, 2])))]
    option = draw(options)
    first = HEAD + option + "\n".join([*rails, *rules]) + "\n"
    if draw(st.booleans()):
        return (first,)
    another = st.one_of(triggers, st.sampled_from(TIMED))
    changed = draw(st.integers(0, len(rules) - 1))
    kept = rules[:changed] + rules[changed + 1 :]
    kept.insert(draw(st.integers(0, len(kept))), draw(rule(draw(st.sampled_from([changed, 9])), another)))
    return first, HEAD + option + "\n".join([*rails[1:], *kept]) + "\n"
