"""Tool calls: what a model wrote, read against the rules, and what it is answered."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules import Engine, EventOutcome, Mode, RuleBook, Settings, Source
from flowrules.agents import tool_forms
from flowrules.agents.tool import ReportTool
from flowrules.agents.tool_arguments import MAX_TEXT, read_arguments
from flowrules.agents.vocabulary import vocabulary

RULES = """timezone UTC
fact verified is yes/no from host
fact sum is number
fact due is date
fact at_what_time is time
fact angry is yes/no
fact note is text
event paid
list trade is buy, sell
on intent is one of sales, "नया प्लान" advise "Be quick." then hold
on intent is in trade when sum is at least 5 or due is known or angry is yes or at_what_time is known unhold
on paid log "{note}"
urgent on intent=stop hangup
on intent=wait wait 60 seconds then unhold
on intent=secret when verified is yes transfer queue vault
"""
BOOK = RuleBook.from_text(RULES)
WORDS = vocabulary(BOOK.current)


@pytest.mark.parametrize(
    ("arguments", "facts", "events"),
    [
        ({"intent": ["sales"]}, {"intent": ("sales",)}, ()),
        ({"intent": "SALES"}, {"intent": "sales"}, ()),
        ('{"intent": ["sales", "नया प्लान", "sales"]}', {"intent": ("sales", "नया प्लान")}, ()),
        ({"sum": 5, "angry": True}, {"sum": 5, "angry": True}, ()),
        ({"sum": "5.5", "angry": "no"}, {"sum": 5.5, "angry": False}, ()),
        ({"due": "2026-05-02", "at_what_time": "18:30"}, {"due": "2026-05-02", "at_what_time": "18:30"}, ()),
        ({"paid": True, "note": 12}, {"note": "12"}, ("paid",)),
        ({"paid": False, "note": None}, {}, ()),
        ({"sum": [7]}, {"sum": (7,)}, ()),
        ("", {}, ()),
        (b"{}", {}, ()),
    ],
)
def test_what_fits_is_taken(arguments: Any, facts: dict[str, Any], events: tuple[str, ...]) -> None:
    report = read_arguments(WORDS, arguments)
    assert (report.facts, report.events, report.notes) == (facts, events, ())


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        ({"intent": "refund"}, "intent was not taken: it is one of sales,"),
        ({"intent": []}, "it holds one value"),
        ({"sum": [1, 2]}, "it holds one value"),
        ({"sum": "₹20,000"}, "it is a number, without signs or units"),
        ({"sum": True}, "it is a number"),
        ({"sum": float("nan")}, "it is a number"),
        ({"sum": {"$gt": 1}}, "it is text, a number, or true or false"),
        ({"due": "next Tuesday"}, "it is a date such as"),
        ({"at_what_time": "half past"}, "it is a time of day such as"),
        ({"angry": "very"}, "it is true or false"),
        ({"paid": "sure"}, "it is true or false"),
        ({"note": "x" * (MAX_TEXT + 1)}, "it is longer than"),
        ({"verified": True}, '"verified" is nothing that can be reported'),
        ({"verb": "hangup"}, '"verb" is nothing that can be reported'),
        ({"destination": "+911234567890"}, "is nothing that can be reported"),
        ({"call.muted": True}, "is nothing that can be reported"),
        ({"lead.owner": "me"}, "is nothing that can be reported"),
        ({"said": "stop"}, "is nothing that can be reported"),
        ({"step_failed": True}, "is nothing that can be reported"),
        ({"\x1b[2J\n": 1}, '" [2J " is nothing'),
        ({5: 5}, '"5" is nothing'),
        ("[1]", "a report is a JSON object"),
        ("{", "a report is a JSON object"),
        ("[" * 100_000, "a report is a JSON object"),
        ('{"note": "' + "x" * 100_000 + '"}', "a report is a JSON object"),
        (None, "a report is a JSON object"),
    ],
)
def test_what_does_not_fit_is_answered_in_words(arguments: Any, note: str) -> None:
    report = read_arguments(WORDS, arguments)
    assert not report.facts
    assert not report.events
    assert note in report.notes[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = (
    st.sampled_from([*(item.name for item in WORDS.items), "said", "call.muted", "lead.x", "verified"])
    | st.text()
)


@given(st.dictionaries(NAMES, JSON, max_size=8) | JSON | st.text() | st.binary())
def test_nothing_that_a_model_writes_breaks_anything(arguments: Any) -> None:
    report = read_arguments(WORDS, arguments)
    allowed = {item.name for item in WORDS.items}
    assert {*report.facts, *report.events} <= allowed
    BOOK_EVENT = {"facts": report.facts, "source": Source.MODEL}
    from flowrules import make_event

    make_event(*report.events, **BOOK_EVENT)  # type: ignore[arg-type]  # it must not raise


async def test_a_report_is_an_event_of_the_model_s(call: Any) -> None:
    live = await call(RULES)
    tool = ReportTool(BOOK)
    answer = await tool.report(live, {"intent": ["sales"], "verb": "hangup"})
    assert json.loads(answer.text) == {
        "taken": ["intent"],
        "not_taken": ['"verb" is nothing that can be reported'],
        "advice": ["Be quick."],
        "done": ["hold"],
        "call": "goes on",
    }
    assert live.state.sources["intent"] is Source.MODEL
    assert live.take_advice() == ()


async def test_a_tool_call_that_comes_twice_counts_once(call: Any) -> None:
    live = await call("on intent=a 2 times hangup\n")
    tool = ReportTool(RuleBook.from_text("on intent=a 2 times hangup\n"))
    for _ in range(3):
        answer = await tool.report(live, {"intent": ["a"]}, event_id="call_1")
        assert json.loads(answer.text)["call"] == "goes on"
    answer = await tool.report(live, {"intent": ["a"]}, event_id="call_2")
    assert json.loads(answer.text)["call"] == "over: hangup ended the AI's session"


async def told(tool: ReportTool, live: Any, arguments: Any, **more: Any) -> Any:
    return json.loads((await tool.report(live, arguments, **more)).text)


async def test_a_true_repeat_is_told_as_one(call: Any) -> None:
    live = await call("on intent=a hold\n")
    tool = ReportTool(RuleBook.from_text("on intent=a hold\n"))
    await live.event(said="hello")
    first = await told(tool, live, {"intent": ["a"]}, event_id="call_1")
    again = await told(tool, live, {"intent": ["a"]}, event_id="call_1")
    assert first == {"taken": ["intent"], "done": ["hold"], "call": "goes on"}
    assert again == {"taken": [], "repeated": ["intent"], "done": ["hold"], "call": "goes on"}


async def test_a_repeat_is_told_as_one_while_the_first_is_under_way() -> None:
    async with Engine(BOOK, settings=Settings(mode=Mode.SHADOW)) as engine:
        live, tool = engine.call("c"), ReportTool(engine.rules)
        for expected in ({"taken": ["intent"]}, {"taken": [], "repeated": ["intent"]}):
            answer = await told(tool, live, {"intent": ["wait"]}, event_id="call_1", patience=0.01)
            assert answer == {**expected, "call": "goes on"}
        assert engine.counters["events"] == 1


TWO_WISHES = (
    "never transfer when opted_out is yes\non intent=human transfer queue people\n"
    'urgent on intent=never_again remember opted_out is yes then advise "Say goodbye."\n'
    'on intent is one of first, second log "{intent}"\n'
)


@pytest.mark.parametrize("wishes", [("human", "never_again"), ("never_again", "human")])
async def test_of_reports_side_by_side_the_urgent_one_is_taken_first(
    call: Any, wishes: tuple[str, str]
) -> None:
    live, tool = await call(TWO_WISHES), ReportTool(RuleBook.from_text(TWO_WISHES))
    await live.event(said="A person, and never call me again.")
    answers = await asyncio.gather(*(tool.report(live, {"intent": [wish]}, event_id=wish) for wish in wishes))
    assert live.state.facts["opted_out"] is True
    by_wish = dict(zip(wishes, answers, strict=True))
    assert [step.reason for step in by_wish["human"].outcome.refused] == ["forbidden"]


async def test_reports_side_by_side_that_are_not_urgent_keep_their_order(call: Any) -> None:
    live, tool = await call(TWO_WISHES), ReportTool(RuleBook.from_text(TWO_WISHES))
    await asyncio.gather(*(tool.report(live, {"intent": [wish]}) for wish in ("second", "first")))
    assert live.state.facts["intent"] == ("first",)


async def test_a_report_that_nobody_waits_for_any_more_is_taken_all_the_same(call: Any) -> None:
    live, tool = await call(TWO_WISHES), ReportTool(RuleBook.from_text(TWO_WISHES))
    asking = asyncio.create_task(tool.report(live, {"intent": ["never_again"]}))
    asyncio.get_running_loop().call_soon(asking.cancel)
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert live.state.facts["opted_out"] is True


async def test_an_id_that_comes_again_swallows_no_other_report(call: Any) -> None:
    rules = (
        'fact invoice is text from model\non intent is one of a, b log "{intent}"\non invoice is known hold\n'
    )
    live = await call(rules)
    tool = ReportTool(RuleBook.from_text(rules))
    for said, arguments in (
        ("one", {"intent": ["a"]}),
        ("two", {"invoice": "INV-7"}),
        ("three", {"intent": ["a"]}),
        ("four", {"intent": ["b"]}),
    ):
        await live.event(said=said)
        answer = await told(tool, live, arguments, event_id="report:0")
        assert (answer["taken"], "repeated" in answer) == (list(arguments), False)
        assert answer["done"]
    assert live.state.facts["invoice"] == "INV-7"


async def test_reports_of_one_answer_are_one_turn(call: Any) -> None:
    rules = "event lost\non lost 2 times in a row hangup\non intent=a 2 times hangup\n"
    live = await call(rules)
    tool = ReportTool(RuleBook.from_text(rules))
    await live.event(said="hello")
    for number in range(3):
        await tool.report(live, {"intent": ["a"]}, event_id=f"call_{number}")
        await tool.report(live, {"lost": True}, event_id=f"call_{number}b")
    assert live.over == ""
    await live.event(said="hello?")
    await tool.report(live, {"lost": True}, event_id="call_9")
    assert live.over == "hangup ended the AI's session"


async def test_nothing_is_taken_after_the_call_s_end(call: Any) -> None:
    live = await call(RULES)
    await live.close()
    answer = await told(ReportTool(BOOK), live, {"intent": ["sales"], "note": "x"})
    assert answer["taken"] == []
    assert answer["not_taken"] == ["intent, note: the call is over"]
    assert answer["call"].startswith("over: ")


async def test_a_tool_call_s_id_may_be_as_long_as_a_page(call: Any) -> None:
    live = await call(RULES)
    tool = ReportTool(BOOK)
    for number in range(2):
        answer = await told(tool, live, {"intent": ["sales"]}, event_id="x" * 5_000 + str(number))
        assert answer["taken"] == ["intent"]


async def test_the_model_waits_while_another_s_transfer_is_decided() -> None:
    settings = Settings(mode=Mode.SHADOW)
    rules = RuleBook.from_text("on dtmf=0 transfer queue q\non intent=a hold\n")
    async with Engine(rules, settings=settings) as engine:
        live = engine.call("c")
        live.bot_speaking()
        live.post(dtmf="0")
        await asyncio.sleep(0.05)
        assert live.ending
        reporting = asyncio.create_task(
            ReportTool(engine.rules).report(live, {"intent": ["a"]}, patience=0.01)
        )
        done, _ = await asyncio.wait((reporting,), timeout=0.3)
        assert not done
        live.bot_finished()
        assert (await reporting).over == "transfer ended the AI's session"
        assert not live.ending


async def test_nothing_taken_is_no_event(call: Any) -> None:
    live = await call("on anything hangup\n")
    answer = await ReportTool(BOOK).report(live, "what?")
    assert json.loads(answer.text) == {
        "taken": [],
        "not_taken": ["a report is a JSON object"],
        "call": "goes on",
    }
    assert live.state.turn == 0


async def test_the_model_does_not_wait_for_a_long_plan_but_for_one_that_ends_the_call() -> None:
    settings = Settings(mode=Mode.SHADOW)
    async with Engine(BOOK, settings=settings) as engine:
        live = engine.call("c")
        tool = ReportTool(engine.rules)
        live.bot_speaking()
        ending = asyncio.create_task(tool.report(live, {"intent": ["stop"]}, patience=0.01))
        done, _ = await asyncio.wait((ending,), timeout=0.3)
        assert not done
        live.bot_finished()
        assert (await ending).over == "hangup ended the AI's session"

        other = engine.call("d")
        answer = await tool.report(other, {"intent": ["wait"]}, patience=0.01)
        assert answer.outcome is None
        assert json.loads(answer.text) == {"taken": ["intent"], "call": "goes on"}
        assert other.busy


async def test_the_host_is_told_of_what_the_model_was_not() -> None:
    heard: list[EventOutcome] = []
    async with Engine(BOOK, settings=Settings(mode=Mode.DRY_RUN)) as engine:
        engine.subscribe(lambda call, outcome: heard.append(outcome))
        await ReportTool(engine.rules).report(engine.call("c"), {"intent": ["sales"]}, event_id="t1")
        assert [(outcome.event_id, outcome.status) for outcome in heard] == [("t1", "done")]


async def test_a_model_that_reports_what_is_the_host_s_is_not_believed(call: Any) -> None:
    live = await call(RULES)
    tool = ReportTool(BOOK)
    await tool.report(live, {"verified": True, "intent": ["secret"]})
    assert "verified" not in live.state.facts
    assert live.over == ""
    await live.event(verified=True)
    await tool.report(live, {"intent": ["secret"]})
    assert live.over == "transfer ended the AI's session"


async def test_the_tool_follows_the_rules() -> None:
    book = RuleBook.from_text("on intent=a hold\n")
    tool = ReportTool(book, name="tell", hide=("mood",))
    before = tool.openai()["function"]
    assert before["name"] == "tell"
    assert tool.openai()["function"] == before
    book._current = RuleBook.from_text("on intent=b when mood is bad hold\n").current
    after = tool.openai()["function"]
    assert (list(before["parameters"]["properties"]), list(after["parameters"]["properties"])) == (
        ["intent"],
        ["intent"],
    )
    assert after["parameters"]["properties"]["intent"]["items"]["enum"] == ["b"]
    assert after["description"] == before["description"]
    assert tool.vocabulary.digest in tool.json_schema()["$id"]
    assert tool.mcp()["_meta"] == {"flowrules/vocabulary": tool.vocabulary.digest}


async def test_a_schema_is_made_once_for_each_revision_and_is_whoever_s_who_asks_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    really = tool_forms.chat_completions_tool

    def noting(vocabulary: Any, name: str, *, strict: bool) -> dict[str, Any]:
        made.append(vocabulary.revision)
        return really(vocabulary, name, strict=strict)

    monkeypatch.setattr(tool_forms, "chat_completions_tool", noting)
    book = RuleBook.from_text("on intent=sales hold\n")
    tool = ReportTool(book)
    tool.openai()["function"].clear()
    assert "intent" in tool.openai()["function"]["parameters"]["properties"]
    assert made == [book.revision]
    before = book.revision
    book._current = RuleBook.from_text("on intent=returns hold\n").current
    assert "returns" in str(tool.openai())
    assert made == [before, book.revision]


async def test_the_model_is_told_to_stay_silent() -> None:
    rules = (
        'on intent=hours say "From nine to six." then stay silent\n'
        'on intent=wait wait 1 second then stay silent\non intent=other say "Yes."\n'
    )
    async with Engine(RuleBook.from_text(rules), settings=Settings(mode=Mode.DRY_RUN)) as engine:
        live, tool = engine.call("c"), ReportTool(engine.rules)
        for intent in ("hours", "wait"):
            answer = await tool.report(live, {"intent": [intent]}, turn_id=intent, patience=0)
            assert answer.stay_silent
            assert answer.outcome is not None
            assert answer.outcome.stay_silent
            assert json.loads(answer.text)["answer"] == "none: say nothing until the caller is heard again"
        answer = await tool.report(live, {"intent": ["other"]}, turn_id="other")
        assert not answer.stay_silent
        assert "answer" not in json.loads(answer.text)


@pytest.mark.parametrize("digits", [400, 1_000, 4_200])
async def test_a_number_beyond_all_bounds_takes_nothing_else_with_it(digits: int) -> None:
    async with Engine(BOOK, settings=Settings(mode=Mode.DRY_RUN)) as engine:
        call = engine.call("c1")
        answer = await ReportTool(BOOK).report(call, {"intent": "sales", "sum": 10**digits})
        assert call.state.facts["intent"] == "sales"
    assert json.loads(answer.text)["taken"] == ["intent"]
    assert answer.report.notes == ("sum was not taken: it is a number, without signs or units",)


def test_a_token_that_a_model_writes_for_a_name_is_not_told_again() -> None:
    token = "yt_cb_01HZX3V9Q8W7E6R5T4Y3U2T1S0"
    for name in (token, f"{'x' * 36}{token}"):
        [note] = read_arguments(WORDS, {name: 1}).notes
        assert "01HZ" not in note
