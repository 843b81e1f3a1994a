"""The table of situations: what every framework has to get right, each told once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from flowrules import RuleBook
from flowrules.agents.turn_taking import PATIENCE
from flowrules.sandbox import Fault
from tests.conformance.turns.conversation import LOOK_UP, Answer, Conversation, Watch, report
from tests.held import held

RULES = """
urgent on said contains "police complaint" transfer now queue supervisors
on said contains human 2 times transfer queue people
on intent=human 2 times transfer queue people
on hearing contains at least 6 digits recording_pause
on said contains "one moment" stay silent
on intent=waiting stay silent
on said contains parcel say "Your parcel comes on Monday."
on intent=parcel say "Your parcel comes on Monday."
on dtmf=0 transfer queue reception if it fails then advise "Nobody is free."
on dtmf="#" log "pound"
on said contains "12" log "spelled out"
on intent=goodbye hangup
on intent=billing set_lead_field topic to billing then advise "Ask for the number."
on intent=refund set_lead_field topic to refund
"""
ADVICE = "Ask for the number."
LONG = "There are several things that I can do about that, and I shall tell you all of them now."
LONGER = 6 * f"{LONG} "
"""What the caller interrupts, however slow the machine is."""
SUMMARY = (
    5
    * "This call is recorded, and may be listened to by those who teach our people to do better at what they do. "
)


@dataclass(frozen=True, slots=True)
class Situation:
    name: str
    """Its row in `docs/embedding.md`."""
    play: Callable[[Conversation, Watch], Awaitable[None]]
    rules: str = RULES
    say: Literal["platform", "host"] = "platform"
    """Whose voice speaks what the rules say."""
    patience: float = PATIENCE
    """Seconds that the model waits for a rule."""


async def two_reports(talk: Conversation, watch: Watch) -> None:
    talk.script = [Answer(calls=[report(intent=["billing"]), report(intent=["refund"])])]
    await watch.says("It is about my bill, and I want my money back.")
    await watch.until(lambda: len(talk.asked) == 2)
    await watch.quiet()
    assert len(talk.asked) == 2
    assert watch.acted == ["set_lead_field", "set_lead_field"]
    assert talk.asked[1].text.count(ADVICE) == 1


async def beside_a_slow_tool(talk: Conversation, watch: Watch) -> None:
    talk.script = [Answer(calls=[(LOOK_UP, {}), report(intent=["billing"])])]
    talk.looked_up.clear()
    await watch.says("How much do I owe?")
    await watch.until(lambda: watch.acted == ["set_lead_field"])
    await watch.quiet(0.2)
    assert len(talk.asked) == 1
    talk.looked_up.set()
    await watch.until(lambda: len(talk.asked) == 2)
    await watch.quiet(1.0)
    assert len(talk.asked) == 2
    assert "42" in talk.asked[1].text
    assert talk.asked[1].text.count(ADVICE) == 1


async def transfer_interrupted(talk: Conversation, watch: Watch) -> None:
    talk.script = [Answer(LONGER)]
    await watch.says("Hello!")
    await watch.until(lambda: watch.speaks)
    await asyncio.sleep(0.3)
    waiting = talk.call.post(dtmf="0")
    await asyncio.sleep(0.1)
    assert watch.acted == []
    await watch.says("Wait a moment!")
    assert (await asyncio.wait_for(waiting, 45)).status == "ended"
    await watch.quiet()
    assert (watch.acted, len(talk.asked)) == (["transfer"], 1)


async def failed_transfer(talk: Conversation, watch: Watch) -> None:
    talk.sandbox.add_faults(Fault(kind="refused", verb="transfer"))
    talk.call.bot_speaking()
    waiting = talk.call.post(dtmf="0")
    await watch.says("Hello?")
    await watch.quiet()
    assert talk.asked == []
    talk.call.bot_finished()
    assert [step.status for step in (await waiting).steps] == ["refused"]
    await watch.until(lambda: talk.asked)
    assert "Nobody is free." in talk.asked[0].text


async def report_interrupted(talk: Conversation, watch: Watch) -> None:
    with held(talk.sandbox, "set_lead_field") as let_go:
        talk.script = [Answer("One moment.", [report(intent=["billing"])])]
        await watch.says("It is about my bill.")
        await watch.until(lambda: watch.acted)
        await asyncio.sleep(0.1)
        await watch.says("Are you still there?")
        await watch.quiet(0.3)
        let_go()
    await watch.until(lambda: [one for one in watch.outcomes if one.advise and one.status == "done"])
    if len(talk.asked) < 2 or ADVICE not in talk.asked[-1].text:
        await watch.says("Hello?")
    await watch.until(lambda: len(talk.asked) >= 2 and ADVICE in talk.asked[-1].text)
    await watch.quiet()
    assert talk.asked[-1].text.count(ADVICE) == 1
    assert "CANCELLED" not in talk.asked[-1].text
    assert watch.acted == ["set_lead_field"]


async def into_an_announcement(talk: Conversation, watch: Watch) -> None:
    await talk.announces(SUMMARY)
    await watch.says("I will file a police complaint.")
    await watch.until(lambda: watch.acted == ["transfer"])
    assert watch.finished == []


async def reload(talk: Conversation, watch: Watch) -> None:
    await watch.says("Hello.")
    await watch.until(lambda: len(talk.asked) == 1)
    await watch.answered()
    talk.engine.rules._current = RuleBook.from_text("on intent=returns transfer queue returns\n").current
    talk.script = [Answer(calls=[report(intent=["returns"])])]
    await watch.says("I have returns for you.")
    await watch.until(lambda: watch.acted == ["transfer"])
    assert [one.intents for one in talk.asked] == [
        ("human", "waiting", "parcel", "goodbye", "billing", "refund"),
        ("returns",),
    ]


async def behind_a_goodbye(talk: Conversation, watch: Watch) -> None:
    talk.script = [Answer(LONG, [report(intent=["goodbye"])])]
    await watch.says("That is all, thank you.")
    await watch.until(lambda: talk.call.over)
    assert watch.acted == ["hangup"]
    assert watch.finished[0] == []
    assert len(talk.asked) == 1


async def key_into_a_goodbye(talk: Conversation, watch: Watch) -> None:
    talk.script = [Answer(LONGER, [report(intent=["goodbye"])])]
    await watch.says("That is all, thank you.")
    await watch.until(lambda: talk.call.ending)
    await talk.presses("5")
    await watch.until(lambda: [one for one in watch.outcomes if one.status == "interrupted"])
    await watch.quiet()
    assert watch.acted == []
    assert not talk.call.over


async def repeated_ids(talk: Conversation, watch: Watch) -> None:
    talk.script = [Answer(calls=[report(intent=["human"])])] * 2
    await watch.says("I want to talk to somebody.")
    await watch.until(lambda: len(talk.asked) == 3)
    assert watch.acted == []
    await watch.answered()
    talk.script = [Answer(calls=[report(intent=["human"])])]
    await watch.says("To somebody who lives, I said.")
    await watch.until(lambda: watch.acted == ["transfer"])


async def repeated_ids_in_the_history(talk: Conversation, watch: Watch) -> None:
    talk.script = [Answer(calls=[(LOOK_UP, {})])]
    await watch.says("How much do I owe?")
    await watch.until(lambda: len(talk.asked) == 2)
    await watch.answered()
    talk.script = [Answer(calls=[report(intent=["billing"])])]
    await watch.says("It is about my bill.")
    await watch.until(lambda: len(talk.asked) == 4)
    told = talk.asked[3].text.replace("\\", "").replace("'", '"')
    assert [told.count(one) for one in (f'"{LOOK_UP}"', '"42"', '"report"', '"taken"')] == [1, 1, 1, 1], told
    assert told.index(LOOK_UP) < told.index('"42"') < told.index('"report"') < told.index('"taken"')


async def without_a_voice(talk: Conversation, watch: Watch) -> None:
    talk.mute = True
    talk.script = [Answer(LONG)]
    await watch.says("Hello!")
    await watch.until(lambda: len(talk.asked) == 1)
    assert (await asyncio.wait_for(talk.call.event(intent="goodbye"), 45)).status == "ended"


async def keys(talk: Conversation, watch: Watch) -> None:
    await talk.presses("12#")
    await watch.until(lambda: watch.acted == ["log"])
    await watch.quiet()
    pressed = [rule.label for outcome in watch.outcomes for rule, _ in outcome.rules]
    assert pressed == ['on dtmf="#" log "pound"']
    assert talk.call.state.turn == 1


async def pieces(talk: Conversation, watch: Watch) -> None:
    await watch.says("I want a human", "a human being please")
    await watch.until(lambda: len(talk.asked) == 1)
    assert (watch.acted, talk.call.state.turn) == ([], 1)
    await watch.answered()
    await watch.says("I will file a police", "complaint against you")
    await watch.until(lambda: watch.acted == ["transfer"])


async def early_words(talk: Conversation, watch: Watch) -> None:
    await talk.begins()
    await talk.hears("it is 4111 11")
    await watch.until(lambda: watch.acted == ["recording_pause"])
    await talk.ends("it is 4111 1111 1111 1111")
    await watch.until(lambda: len(talk.asked) == 1)
    assert watch.acted == ["recording_pause"]


async def early_answer(talk: Conversation, watch: Watch) -> None:
    # A speculation that wants a tool may be withdrawn: then the model is asked, and calls it, once more.
    talk.script = [Answer(calls=[report(intent=["human"])])] * 2
    await talk.begins()
    await talk.guesses("Can I talk to somebody")
    await watch.quiet()
    assert watch.outcomes == []
    await talk.ends("Can I talk to somebody?")
    await watch.until(lambda: any("taken" in one.text for one in talk.asked))
    await watch.quiet()
    assert watch.acted == []
    await watch.answered()
    talk.script = [Answer(calls=[report(intent=["human"])])]
    await watch.says("To somebody who lives, I said.")
    await watch.until(lambda: watch.acted == ["transfer"])


async def urgent_words(talk: Conversation, watch: Watch) -> None:
    await watch.says("I will file a police complaint.")
    await watch.until(lambda: watch.acted == ["transfer"])
    await watch.quiet()
    assert talk.asked == []


async def typed(talk: Conversation, watch: Watch) -> None:
    await watch.says("I want a human.")
    await watch.until(lambda: len(talk.asked) == 1)
    await talk.types("A human.")
    await watch.until(lambda: watch.acted == ["transfer"])
    await watch.quiet()
    assert len(talk.asked) == 1, [one.text for one in talk.asked]


async def other_tools(talk: Conversation, watch: Watch) -> None:
    await watch.says("Hello.")
    await watch.until(lambda: len(talk.asked) == 1)
    await watch.answered()
    await talk.changes_tools()
    talk.engine.rules._current = RuleBook.from_text("on intent=returns transfer queue returns\n").current
    talk.script = [Answer(calls=[report(intent=["returns"])])]
    await watch.says("I have returns for you.")
    await watch.until(lambda: watch.acted == ["transfer"])
    assert [one.tools for one in talk.asked] == [("look_up", "report"), ("confirm", "report")]
    assert talk.asked[1].intents == ("returns",)


async def silent_words(talk: Conversation, watch: Watch) -> None:
    await watch.says("One moment, please.")
    await watch.quiet()
    assert talk.asked == []
    await watch.says("Hello, I am back.")
    await watch.until(lambda: len(talk.asked) == 1)
    assert talk.call.state.turn == 2


async def silent_report(talk: Conversation, watch: Watch) -> None:
    talk.script = [Answer(calls=[(LOOK_UP, {}), report(intent=["waiting"])])]
    talk.looked_up.clear()
    await watch.says("I have to look for a pen.")
    await watch.until(lambda: [one for one in watch.outcomes if one.stay_silent])
    talk.looked_up.set()
    await watch.quiet(0.5)
    assert len(talk.asked) == 1
    await watch.says("Hello, I am back.")
    await watch.until(lambda: len(talk.asked) == 2)
    assert "42" in talk.asked[1].text


PARCEL = "Your parcel comes on Monday."


async def said_to_words(talk: Conversation, watch: Watch) -> None:
    talk.script = [Answer("Is there anything else?")]
    await watch.says("Where is my parcel?")
    await watch.until(lambda: len(talk.asked) == 1)
    told = talk.asked[0].text
    assert told.count(PARCEL) == 1, told
    assert told.index("Where is my parcel?") < told.index(PARCEL)
    await watch.answered()
    await watch.says("Thank you.")
    await watch.until(lambda: len(talk.asked) == 2)
    told = talk.asked[1].text
    assert told.count(PARCEL) == 1, told
    assert told.index("Where is my parcel?") < told.index(PARCEL) < told.index("Thank you.")


async def said_to_a_report(talk: Conversation, watch: Watch) -> None:
    talk.script = [Answer(calls=[report(intent=["parcel"])])]
    await watch.says("I wait for something.")
    await watch.until(lambda: len(talk.asked) == 2)
    assert f'said\\": [\\"{PARCEL}' in talk.asked[1].text.replace("\\\\", "\\")


async def said_by_a_timer(talk: Conversation, watch: Watch) -> None:
    await watch.says("Hello.")
    await watch.answered()
    await watch.until(lambda: [one for one in watch.outcomes if one.said])
    await watch.says("I am here.")
    await watch.until(lambda: len(talk.asked) == 2)
    told = talk.asked[1].text
    assert told.count("Are you still there?") == 1
    assert told.index("Fine.") < told.index("Are you still there?") < told.index("I am here.")


async def own_voice(talk: Conversation, watch: Watch) -> None:
    talk.has_a_voice()
    await talk.presses("7")
    await watch.until(lambda: watch.speaks)
    assert watch.acted == []
    await watch.until(lambda: talk.call.over)
    assert watch.acted == ["transfer"]
    assert watch.finished[0] == []


async def own_voice_interrupted(talk: Conversation, watch: Watch) -> None:
    talk.has_a_voice()
    await talk.presses("8")
    await watch.until(lambda: watch.speaks)
    await asyncio.sleep(0.3)
    await watch.says("Wait, one more thing!")
    await watch.until(lambda: [one for one in watch.outcomes if one.status == "interrupted"])
    await watch.until(lambda: len(talk.asked) == 1)
    assert watch.acted == []
    assert not talk.call.over


OWN_VOICE = f"""
on dtmf=7 say "{LONG}" then transfer queue people
on dtmf=8 say "{LONGER}" then hangup
"""
TIMER = 'after 3 seconds of silence say "Are you still there?"\n'
SITUATIONS = (
    Situation("what the caller is saying, before they have finished", early_words),
    Situation("an answer that is begun before the caller has finished reports once", early_answer),
    Situation("an urgent word acts before the model is asked", urgent_words, patience=30),
    Situation("two finals of one turn are one text, and count once", pieces),
    Situation("what is typed is heard before the model is asked", typed),
    Situation("two reports in one answer", two_reports),
    Situation("a report beside a slow tool of the host's", beside_a_slow_tool),
    Situation("the caller interrupts while a report is under way", report_interrupted),
    Situation("tool calls whose ids repeat", repeated_ids),
    Situation(
        "tool calls whose ids repeat, each with its own result in the model's history",
        repeated_ids_in_the_history,
    ),
    Situation("the caller speaks into a transfer that waits", transfer_interrupted),
    Situation("words that come while a transfer is decided, and fails", failed_transfer),
    Situation("what the rules say in answer to words is in the model's context", said_to_words, patience=30),
    Situation("what the rules say in answer to a report is in its result", said_to_a_report),
    Situation("what a timer says is in the model's context", said_by_a_timer, TIMER),
    Situation(
        "the agent's own voice speaks for the rules, and a transfer waits for it",
        own_voice,
        OWN_VOICE,
        "host",
    ),
    Situation(
        "the caller interrupts the agent's own voice, and a hangup", own_voice_interrupted, OWN_VOICE, "host"
    ),
    Situation("a rule that says `stay silent`, in answer to words", silent_words, patience=30),
    Situation("a rule that says `stay silent`, in answer to a report beside a slow tool", silent_report),
    Situation("a hangup behind a goodbye", behind_a_goodbye),
    Situation("a key that is pressed into a goodbye", key_into_a_goodbye),
    Situation("words into a sentence that can't be interrupted", into_an_announcement),
    Situation("a text that no voice follows", without_a_voice),
    Situation("keys, the pound key too, that are no words", keys),
    Situation("an edit of the rules in mid-call", reload),
    Situation("the host changes the model's tools, and the rules change", other_tools),
)
