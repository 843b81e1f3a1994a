"""Small random rule sets, and stories for them."""

from hypothesis import strategies as st

from .conftest import STATUS, Ends, Happens, Passes, Story

FLAGS = ("f1", "f2")
INTENTS = ("i1", "i2")
SECONDS = st.sampled_from([0.7, 1.3, 2.6, 5.2, 11.9, 31.4])
"""No two of them, nor a rule's own times, make the same moment: what comes first at one is nobody's promise."""

conditions = st.one_of(
    st.sampled_from(FLAGS).map(lambda flag: f"{flag} is yes"),
    st.sampled_from(FLAGS).map(lambda flag: f"{flag} is unknown"),
    st.sampled_from(
        ["call.on_hold is yes", "call.disposition is known", "call.recording is paused", "turn is at least 1"]
    ),
)
guards = st.one_of(
    st.just(""),
    st.just(""),
    st.just(""),
    conditions.map("when {}".format),
    conditions.map("unless {}".format),
)
simple = st.sampled_from(
    [
        'log "l"', 'log "m"', 'say "One moment, please."', 'say "Ok."', "hold", "unhold", "mute caller", "unmute caller",
        "hold for at most 23 seconds", "mute caller for at most 14 seconds", "recording_pause for at most 6 seconds",
        "recording_resume", "set_disposition d1", "set_disposition d2", "remember f1 is yes", "remember f2 is no",
        "forget f1", 'advise "Be kind."', "wait 2 seconds", "wait 7 seconds", "conference_add supervisor s as helper",
        "conference_remove helper", "get_call_state", 'send_dtmf "1"', "set_lead_field x to y",
    ]
)  # fmt: skip
VERBS = (
    "play_audio", "hold", "unhold", "mute", "unmute", "recording_pause", "recording_resume", "set_disposition", "log",
    "transfer", "hangup", "conference_add", "conference_remove", "get_call_state", "send_dtmf",
)  # fmt: skip
NO_VERB = ("remember", "forget", "advise", "wait")
reasons = st.sampled_from([*sorted(STATUS), "unavailable"])


@st.composite
def step(draw: st.DrawFn) -> str:
    said = draw(simple)
    if said.split()[0] in NO_VERB or draw(st.integers(0, 3)):
        return said
    because = draw(st.one_of(st.just(""), reasons.map(" because {}".format)))
    inner = draw(st.lists(simple, min_size=1, max_size=2))
    return f"{said}\n    if it fails{because} then ({' then '.join(inner)})"


@st.composite
def steps(draw: st.DrawFn, *, may_end: bool = True) -> list[str]:
    found = draw(st.lists(step(), min_size=1, max_size=4))
    if may_end and not draw(st.integers(0, 4)):
        # The bot speaks its last words first: without them nothing waits, and there is no time to come between.
        found += [
            'say "Goodbye, and thank you."',
            draw(st.sampled_from(["hangup", "hangup now", "transfer queue q"])),
        ]
        found += draw(st.lists(st.sampled_from(["set_disposition d3", 'log "after"']), max_size=1))
    return found


PLAIN = tuple(f"on intent={intent}" for intent in INTENTS)
others = st.one_of(
    st.sampled_from(INTENTS).map("on intent={} 2 times".format),
    st.sampled_from(INTENTS).map("on intent={} 2 times in a row".format),
    st.sampled_from(
        [
            "on said contains stop", "on hearing contains stop or said contains stop", "on said", "on paid", "on dtmf=1", "on anything", "on step_failed", "on hangup_interrupted",
            "on call_ended", "after 3 seconds", "after 9 seconds", "after 4 seconds of silence",
            "after 10 seconds of silence", "after 5 seconds of f1", "on f2=yes",
        ]
    ),
)  # fmt: skip
limits = st.sampled_from(
    ["", "", "", "", "once per call", "at most 2 times per call", "not again for 5 seconds"]
)


@st.composite
def rule(draw: st.DrawFn, number: int) -> str:
    trigger = draw(st.sampled_from(PLAIN)) if draw(st.integers(0, 9)) < 5 else draw(others)
    rank = draw(st.sampled_from(["", "", "", "also ", "urgent "])) if trigger.startswith("on ") else ""
    if "hangup_interrupted" in trigger or "call_ended" in trigger or "step_failed" in trigger:
        rank = ""
    may_end = rank != "also "
    lines = [f'rule "r{number}"', f"  {rank}{trigger}"]
    lines += [f"  {line}" for line in (draw(guards), draw(limits)) if line]
    lines += [f"  {line}" for line in draw(steps(may_end=may_end))]
    if any("when" in line or "unless" in line for line in lines[2:4]) and draw(st.booleans()):
        lines += ["otherwise", *(f"  {line}" for line in draw(steps(may_end=may_end)))]
    return "\n".join([*lines, "end"])


@st.composite
def rail(draw: st.DrawFn) -> str:
    verbs = draw(st.lists(st.sampled_from(VERBS), min_size=1, max_size=2, unique=True))
    if draw(st.booleans()):
        instead = draw(st.one_of(st.just(""), simple.map(" instead {}".format)))
        return f"never {', '.join(verbs)} when {draw(conditions)}{instead}"
    return f"before {', '.join(verbs)} when {draw(conditions)} then {draw(simple)}"


flags = st.dictionaries(st.sampled_from(FLAGS), st.booleans(), max_size=1)


@st.composite
def happens(draw: st.DrawFn) -> Happens:
    match draw(st.integers(0, 11)):
        case 0:
            return Happens({"said": draw(st.sampled_from(["stop it", "hello", "No", "..."]))})
        case 1:
            return Happens({"dtmf": draw(st.sampled_from(["1", "0", " "]))})
        case 2:
            return Happens({"hearing": draw(st.sampled_from(["stop", "stop it", ""]))})
        case 3:
            return Happens({"paid": draw(st.sampled_from([True, False, "no", 0, "", "yes"]))})
        case _:
            return Happens({"intent": draw(st.sampled_from(INTENTS)), **draw(flags)})


@st.composite
def moves(draw: st.DrawFn) -> tuple[Happens | Passes | Ends, ...]:
    # What rules count from the call's start and what they count from an event make no two equal moments.
    found: list[Happens | Passes | Ends] = [Passes(0.31)]
    for _ in range(draw(st.integers(2, 6))):
        match draw(st.integers(0, 9)):
            case 0 | 1 | 2:
                found.append(Passes(draw(SECONDS)))
            case 3:
                event = draw(happens())
                found.append(Happens(event.facts, event.bare, draw(happens())))
            case _:
                found.append(draw(happens()))
    found.append(draw(st.sampled_from([Passes(40.9), Ends()])))
    return tuple(found)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    count = draw(st.integers(2, 5))
    items = [draw(rail()) for _ in range(draw(st.integers(0, 1)))]
    items += [draw(rule(number)) for number in range(count)]
    fails = draw(
        st.dictionaries(
            st.sampled_from([v for v in VERBS if v != "play_audio"]),
            st.one_of(reasons, st.just("timeout")),
            max_size=2,
        )
    )
    return Story("\n".join(items) + "\n", draw(moves()), fails)
