"""What a host answers wrongly is the handler's mistake, told in its own line: never a bug of the engine's."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowrules import EventStatus, HostSay, HostVerb, Reason, Source, Status, VerbAnswer, VoiceAnswer
from flowrules.runtime.journal import verify
from flowrules.runtime.journal.replaying.replay import replay

RULES = (
    "on intent=desk transfer queue desk_q\n"
    "on intent=joins conference_add agent a_1 as expert\n"
    "on gone conference_remove expert\n"
    'on hello say "Good morning."\n'
)


def cyclic() -> dict[str, Any]:
    inside: dict[str, Any] = {}
    inside["inside"] = inside
    return inside


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("it has no words")


WRONG: dict[str, Callable[[], Any]] = {
    "a reply that is a list": lambda: VerbAnswer.accepted(["m-1"]),  # type: ignore[arg-type]
    "a reply with an object in it": lambda: VerbAnswer.accepted({"member_id": object()}),
    "a reply with a set in it": lambda: VerbAnswer.accepted({"member_id": {1, 2}}),
    "a reply with what is no number": lambda: VerbAnswer.accepted({"member_id": float("nan")}),
    "a reply that holds itself": lambda: VerbAnswer.accepted(cyclic()),
    "a reply as long as a book": lambda: VerbAnswer.accepted({"member_id": "m" * 300_000}),
    "a reason that is none": lambda: VerbAnswer.refused("nonsense"),
    "another reason that is none": lambda: VerbAnswer(Status.REFUSED, "nonsense"),  # type: ignore[arg-type]
    "a status that is none of a handler's": lambda: VerbAnswer(Status.WITHHELD),  # type: ignore[arg-type]
    "an exception without words": lambda: (_ for _ in ()).throw(Unspeakable()),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize(("intent", "reason"), [("desk", Reason.TIMEOUT), ("joins", Reason.UNAVAILABLE)])
async def test_a_wrong_answer_is_an_unknown_step(
    intent: str, reason: Reason, wrong: Callable[[], Any], seat: Any, tmp_path: Path
) -> None:
    async def serve(verb: HostVerb) -> VerbAnswer:
        answer: VerbAnswer = wrong()
        return answer

    table = await seat(RULES, verbs={"transfer": serve, "conference_add": serve})
    outcome = await table.call.event(intent=intent)
    assert outcome.status is EventStatus.FAILED
    assert [(step.status, step.reason) for step in outcome.steps] == [(Status.UNKNOWN, reason)]
    assert "plans_broken" not in table.engine.health().counters
    await table.call.close()
    await table.engine.aclose()
    assert verify(tmp_path / "journal") == ()
    assert [played.is_equal for played in replay(tmp_path / "journal")] == [True]


async def test_half_a_character_in_a_reply_is_mended(seat: Any, tmp_path: Path) -> None:
    async def serve(verb: HostVerb) -> VerbAnswer:
        return VerbAnswer.accepted({"member_id": "m\ud83d"})

    table = await seat(RULES, verbs={"conference_add": serve})
    await table.call.event(intent="joins")
    outcome = await table.call.event("gone")
    assert [step.body["member_id"] for step in outcome.steps] == ["m\ufffd"]
    await table.call.close()
    await table.engine.aclose()
    assert [played.is_equal for played in replay(tmp_path / "journal")] == [True]


async def test_an_answer_may_say_its_status_and_reason_as_text_and_its_message_as_an_exception(
    seat: Any,
) -> None:
    async def serve(verb: HostVerb) -> VerbAnswer:
        return VerbAnswer("refused", "at_capacity", OSError("all lines busy " * 1_000))  # type: ignore[arg-type]

    table = await seat(RULES, verbs={"transfer": serve})
    [step] = (await table.call.event(intent="desk")).steps
    assert (step.status, step.reason) == (Status.REFUSED, Reason.AT_CAPACITY)
    assert step.receipt.message.startswith("all lines busy")
    assert len(step.receipt.message) == 1_000


async def test_nobody_changes_a_reply_behind_our_back() -> None:
    given: dict[str, Any] = {"member_id": "m-1", "more": {"a": 1}}
    answer = VerbAnswer.accepted(given)
    given["more"]["a"] = object()
    assert json.dumps(answer.reply) == '{"member_id": "m-1", "more": {"a": 1}}'


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: VoiceAnswer.interrupted(3),  # type: ignore[arg-type]
        lambda: VoiceAnswer("sung"),  # type: ignore[arg-type]
        lambda: VoiceAnswer.failed("nonsense"),
        lambda: VoiceAnswer("failed", reason="nonsense"),  # type: ignore[arg-type]
    ],
)
async def test_a_voice_that_answers_wrongly_has_failed(
    wrong: Callable[[], Any], seat: Any, tmp_path: Path
) -> None:
    async def speak(say: HostSay) -> VoiceAnswer:
        answer: VoiceAnswer = wrong()
        return answer

    table = await seat(RULES, voice=speak, say="host")
    [step] = (await table.call.event("hello")).steps
    assert (step.status, step.reason) == (Status.UNKNOWN, Reason.UNAVAILABLE)
    assert "plans_broken" not in table.engine.health().counters
    await table.call.close()
    await table.engine.aclose()
    assert [played.is_equal for played in replay(tmp_path / "journal")] == [True]


async def test_a_number_that_an_exception_quotes_is_in_no_log(
    seat: Any, caplog: pytest.LogCaptureFixture, eventually: Any
) -> None:
    async def serve(verb: HostVerb) -> VerbAnswer:
        raise OSError(f"error 503 for {dict(verb.body)}")

    rules = 'on keys is 16 digits log "card {keys}"\n'
    table = await seat(rules, verbs={"log": serve})
    with caplog.at_level(logging.DEBUG):
        for key in "4539578763621486":
            await table.call.event(dtmf=key, source=Source.CALLER)
        await eventually(lambda: "[number]" in caplog.text)
    assert "error 503 for" in caplog.text
    assert "4539" not in caplog.text
