"""Single frames: the audio fork's serializer, and the processors around the model."""

import json
import math
from struct import pack
from typing import Any

import pytest
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.clocks.system_clock import SystemClock
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMTextFrame,
    OutputAudioRawFrame,
    OutputTransportMessageFrame,
    TextFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.filters.identity_filter import IdentityFilter
from pipecat.tests.utils import SleepFrame, run_test

from flowrules import CallSession
from flowrules.agents.pipecat import ForkSerializer, RulesProcessor

RULES = (
    'urgent on said contains lawyer hold then unhold then advise "Say nothing."\n'
    "on said contains bye hangup\n"
    "on hearing contains at least 6 digits recording_pause\n"
    "on dtmf=0 hold\n"
)
PAUSE = SleepFrame(0.1)
"""Between frames of which some overtake the others."""
TOKEN = "yt_cb_01HZX3V9Q8W7E6R5T4Y3U2I1O0"


def tone(rate: int, seconds: float = 0.5) -> bytes:
    count = int(rate * seconds)
    return b"".join(pack("<h", int(9_000 * math.sin(at * 440 * math.tau / rate))) for at in range(count))


def loudness(audio: bytes) -> float:
    samples = memoryview(audio).cast("h")
    return math.sqrt(sum(sample * sample for sample in samples) / max(1, len(samples)))


# --- the serializer -----------------------------------------------------------------------------------------


class Setup:
    """What Pipecat sets a serializer up with, as far as ours looks at it."""

    clock = SystemClock()

    def __init__(self, rate: int) -> None:
        self.audio_in_sample_rate = rate


@pytest.mark.parametrize(
    ("options", "rate", "frame"),
    [
        ({}, 8_000, b"\xd5" * 160),
        ({}, 16_000, b"\xd5" * 160),
        ({"encoding": "pcm_s16le"}, 16_000, b"\x00" * 640),
        ({"encoding": "pcm_s16le", "sample_rate": 8_000}, 24_000, b"\x00" * 320),
    ],
)
async def test_the_caller_s_audio_comes_at_the_pipeline_s_rate(
    call: Any, options: dict[str, Any], rate: int, frame: bytes
) -> None:
    serializer = ForkSerializer(await call(RULES), **options)
    await serializer.setup(Setup(rate))  # type: ignore[arg-type]
    seconds = 0.0
    for _ in range(50):
        heard = await serializer.deserialize(frame)
        if heard is not None:
            assert isinstance(heard, InputAudioRawFrame)
            assert (heard.sample_rate, heard.num_channels) == (rate, 1)
            assert max(abs(sample) for sample in memoryview(heard.audio).cast("h")) < 16
            seconds += heard.num_frames / rate
    assert seconds == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("encoding", "rate", "bytes_a_second"), [("pcma", 8_000, 8_000), ("pcm_s16le", 16_000, 32_000)]
)
async def test_a_tone_goes_there_and_back(call: Any, encoding: Any, rate: int, bytes_a_second: int) -> None:
    serializer = ForkSerializer(await call(RULES), encoding=encoding)
    await serializer.setup(Setup(rate))  # type: ignore[arg-type]
    sent = await serializer.serialize(OutputAudioRawFrame(tone(rate), rate, 1))
    assert isinstance(sent, bytes)
    assert len(sent) == bytes_a_second // 2
    back = await serializer.deserialize(sent)
    assert isinstance(back, InputAudioRawFrame)
    assert loudness(back.audio) == pytest.approx(loudness(tone(rate)), rel=0.05)


async def test_keys_go_through_the_pipeline_and_everything_else_to_the_call(call: Any) -> None:
    live = await call(RULES)
    serializer = ForkSerializer(live)
    key = await serializer.deserialize('{"event":"dtmf","dtmf":"#","duration":"1600"}')
    assert isinstance(key, InputDTMFFrame)
    assert key.button is KeypadEntry.POUND
    assert "dtmf" not in live.state.facts
    assert await serializer.deserialize('{"event":"dtmf","dtmf":"A"}') is None
    assert live.state.facts["dtmf"] == "A"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"event":"dtmf","dtmf":"12"}', '{"type":"hangup"}', "x" * 100_000]
)
async def test_text_that_makes_no_sense_is_passed_over(call: Any, text: str) -> None:
    live = await call("on anything hangup\n")
    assert await ForkSerializer(live).deserialize(text) is None
    assert live.over == ""


async def test_an_interruption_clears_what_is_buffered_on_the_far_side(call: Any) -> None:
    live = await call(RULES)
    assert await ForkSerializer(live).serialize(InterruptionFrame()) == '{"type": "killAudio"}'
    assert await ForkSerializer(live, clear=None).serialize(InterruptionFrame()) is None
    assert await ForkSerializer(live).serialize(TextFrame("hello")) is None
    message: Any = {"type": "mark", "data": {"name": "m"}}
    sent = await ForkSerializer(live).serialize(OutputTransportMessageFrame(message))
    assert json.loads(str(sent)) == message


# --- the processors -----------------------------------------------------------------------------------------


async def play(call: CallSession, *frames: Frame) -> list[Frame]:
    """Frames through the processors, with an empty user's aggregator and an empty model; what comes out."""
    from pipecat.pipeline.pipeline import Pipeline

    rules = RulesProcessor(call)
    down, _ = await run_test(
        Pipeline([*rules.around(IdentityFilter(), IdentityFilter())]),
        frames_to_send=[*frames, SleepFrame(0.05)],
        start_timeout=30,
    )
    return list(down)


def said(text: str) -> TranscriptionFrame:
    return TranscriptionFrame(text, "caller", "")


async def test_what_the_caller_does_is_told(call: Any) -> None:
    live = await call(RULES)
    heard = await play(live, UserStartedSpeakingFrame(), said("Hello"), InputDTMFFrame(KeypadEntry.ZERO))
    assert [type(frame) for frame in heard] == [UserStartedSpeakingFrame, InputDTMFFrame, TranscriptionFrame]
    assert live.state.facts["dtmf"] == "0"
    assert live.state.facts["call.on_hold"] is True
    assert live.over == "the pipeline has ended"


async def test_digits_are_heard_before_the_sentence_ends(call: Any) -> None:
    live = await call(RULES)
    await play(live, *(InterimTranscriptionFrame(text, "caller", "") for text in ("it is", "it is 4111 11")))
    assert live.state.facts["call.recording"] == "paused"


async def test_a_turn_is_dropped_where_the_rules_ended_the_call(call: Any) -> None:
    live = await call(RULES)
    heard = await play(live, said("bye"), LLMContextFrame(LLMContext()))
    assert [type(frame) for frame in heard] == [TranscriptionFrame]


async def test_a_turn_that_an_urgent_rule_took_comes_after_it_with_its_advice(call: Any) -> None:
    live = await call(RULES)
    context = LLMContext()
    heard = await play(live, said("my lawyer"), LLMContextFrame(context))
    assert isinstance(heard[-1], LLMContextFrame)
    assert context.messages == [{"role": "developer", "content": "Say nothing."}]


@pytest.mark.parametrize(
    ("frames", "told"),
    [
        ((LLMTextFrame("Hi"), LLMTextFrame(" you"), BotStartedSpeakingFrame()), ["speaking"]),
        ((TTSSpeakFrame("Hi"),), ["speaking"]),
        (
            (LLMTextFrame("Hi"), PAUSE, BotStartedSpeakingFrame(), PAUSE, BotStoppedSpeakingFrame()),
            ["speaking", "finished"],
        ),
        ((LLMTextFrame("Hi"), PAUSE, InterruptionFrame()), ["speaking", "finished"]),
        ((InterruptionFrame(),), []),
    ],
)
async def test_the_bot_speaks_from_its_first_word_to_its_last_sound(
    call: Any, frames: tuple[Frame, ...], told: list[str]
) -> None:
    live = await call(RULES)
    heard: list[str] = []
    live.bot_speaking = lambda: heard.append("speaking")
    live.bot_finished = lambda: heard.append("finished")
    live.caller_speaking = lambda: heard.append("caller")
    await play(live, *frames)
    assert heard == told
