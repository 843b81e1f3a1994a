"""Random conversations for random rules."""

from dataclasses import replace

from hypothesis import strategies as st

from .generated_rules import FLAGS, HEAD, INTENTS, VERBS, rule_sets
from .platform import REASONS
from .story import Answers, Ends, Happens, Hears, Move, Passes, Presses, Reloads, Rests, Signal, Story

SECONDS = st.sampled_from([0.073, 0.719, 1.327, 2.611, 5.237, 11.943, 31.459])
"""No few of them, nor a rule's own times, make the same moment: what comes first at one is nobody's promise."""

signals = st.sampled_from([*Signal, Signal.BOT_SPEAKING, Signal.CALLER_SPEAKING])
SHORT = st.sampled_from([0.073, 0.719, 1.327, 2.611])

KNOWN = (
    {},
    {},
    {"lead": {"tier": "gold"}, "agent_call": "call-9"},
    {"lead": {"tier": "silver"}, "callback_time": "tomorrow at 10:00"},
    {"answered_by_amd": "machine_start", "agent_call": "call-9"},
)
flags = st.dictionaries(st.sampled_from(FLAGS), st.sampled_from([True, False, "yes", "no", ""]), max_size=1)


MEETS = (
    ("on intent=i1", Happens({"intent": "i1"})),
    ("on intent=i2", Happens({"intent": "i2"})),
    ("on said contains stop", Happens({"said": "stop"})),
    ("on hearing", Happens({"hearing": "well stop"})),
    ("on said", Happens({"said": "hello"})),
    ("on paid", Happens({}, ("paid",))),
    ("on dtmf", Happens({"dtmf": "1"})),
    ("on keys is", Happens({"dtmf": "11"})),
    ("on keys ends", Happens({"dtmf": "1#"})),
    ("on f2", Happens({"f2": True})),
    ("on f1", Happens({"f1": "yes"})),
)
"""What sets off a rule whose trigger begins so."""


def meeting(rules: str) -> tuple[Happens, ...]:
    """Events that rules of a text wait for."""
    heads = [line.strip().removeprefix("also ").removeprefix("urgent ") for line in rules.splitlines()]
    return tuple(event for head in heads for begin, event in MEETS if head.startswith(begin))


ids = st.sampled_from(["", "", "", "e1", "e2"])
turn_ids = st.sampled_from(["", "", "", "t1", "t2"])


@st.composite
def happens(draw: st.DrawFn, likely: tuple[Happens, ...]) -> Happens:
    if likely and draw(st.booleans()):
        return replace(draw(st.sampled_from(likely)), event_id=draw(ids), turn_id=draw(turn_ids))
    match draw(st.integers(0, 15)):
        case 0 | 1:
            event = Happens({"said": draw(st.sampled_from(["stop it", "hello", "No", "...", "stop"]))})
        case 2:
            event = Happens({"dtmf": draw(st.sampled_from(["1", "0", " "]))})
        case 3:
            event = Happens({"hearing": draw(st.sampled_from(["stop", "stop it", "well", ""]))})
        case 4:
            event = Happens({"paid": draw(st.sampled_from([True, False, "no", 0, "", "yes"]))})
        case 5:
            event = Happens({}, (draw(st.sampled_from(["paid", "machine_answered", "person_answered"])),))
        case 6:
            event = Happens(
                {"said": "stop", "intent": draw(st.sampled_from(INTENTS)), **draw(flags)}, ("paid",)
            )
        case 7:
            event = Happens({"intent": list(INTENTS)})
        case 8:
            event = Happens(draw(flags))
        case _:
            event = Happens({"intent": draw(st.sampled_from(INTENTS)), **draw(flags)})
    source = draw(st.sampled_from(["host", "host", "host", "model", "caller", "platform"]))
    return replace(event, source=source, event_id=draw(ids), turn_id=draw(turn_ids))


@st.composite
def moves(draw: st.DrawFn, likely: tuple[Happens, ...], *, reloads: bool) -> tuple[Move, ...]:
    """Single events, each with all that it leads to; and several that come while what the first leads to waits."""
    # What rules count from the call's start and what they count from an event make no two equal moments.
    found: list[Move] = [Passes(0.307)]
    live = 0
    for _ in range(draw(st.integers(1, 5))):
        if draw(st.booleans()):
            found += [draw(happens(likely)), Rests()]
        else:
            found.append(draw(st.sampled_from(likely)) if likely else draw(happens(likely)))
            for _ in range(draw(st.integers(1, 3))):
                found.append(Passes(draw(SHORT)))
                match draw(st.integers(0, 9)):
                    case 0 | 1:
                        found.append(Hears(draw(signals)))
                    case 2:
                        found.append(Presses(draw(st.sampled_from(["1", "0", "#"]))))
                    case 3 | 4 if reloads:
                        live = 1 - live
                        found.append(Reloads(live))
                    case 5:
                        found.append(
                            draw(st.sampled_from([move for move in found if isinstance(move, Happens)]))
                        )
                    case _:
                        found.append(draw(happens(likely)))
            if draw(st.booleans()):
                found.append(Rests())
        match draw(st.integers(0, 7)):
            case 0 | 1 | 2 | 3:
                found.append(Passes(draw(SECONDS)))
            case 4:
                found.append(Hears(draw(signals)))
            case 5 if reloads and not isinstance(found[-1], Reloads):
                # Of two in one moment a live call hears the last.
                live = 1 - live
                found.append(Reloads(live))
            case _:
                pass
    if draw(st.integers(0, 2)):
        found.append(Rests())
    found.append(draw(st.sampled_from([Passes(40.907), Ends()])))
    return tuple(found)


reasons = st.sampled_from([*REASONS, "timeout", "timeout", "unavailable"])
answers = st.one_of(
    reasons.map(lambda reason: Answers((), reason)),
    reasons.map(lambda reason: Answers((reason,))),
    reasons.map(lambda reason: Answers(("", reason))),
    st.tuples(reasons, reasons).map(lambda pair: Answers((pair[0],), pair[1])),
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    rules = draw(rule_sets())
    text = "\n".join(rules).replace(HEAD, "")
    verbs = [verb for verb in VERBS if (verb if verb != "play_audio" else "say") in text] or VERBS
    fails = draw(st.dictionaries(st.sampled_from(verbs), answers, max_size=draw(st.sampled_from([0, 3, 6]))))
    return Story(
        rules, draw(moves(meeting(text), reloads=len(rules) > 1)), fails, draw(st.sampled_from(KNOWN))
    )
