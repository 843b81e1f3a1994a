#!/usr/bin/env bash
# LiveKit Agents 1.8.9: what a caller says into a speech that can't be interrupted is known to nobody afterwards.
#
# A good guess: `allow_interruptions=False` keeps the speech from being cut off. What the caller says meanwhile is
#   transcribed, and at the end of the turn `on_user_turn_completed` runs, or at least the words stand in the chat
#   history, so that the next answer knows of them.
# What happens: the words are transcribed (`user_input_transcribed` fires, final), then the turn is skipped with a
#   warning in the log: `on_user_turn_completed` does not run, the model is not asked, no `conversation_item_added` comes
#   and the history does not have them, not even for the turns after.
# Why it matters for call flows: announcements that must be heard ("this call is recorded") are played just so, and "no, I
#   do not agree" or "get me a person" is said right into them. A flow that listens at the end of turns never hears it.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check livekit-agents==1.8.9
cat > talk.py <<'PYTHON'
import asyncio
import time
from importlib.metadata import version

from livekit import rtc
from livekit.agents import Agent, AgentSession, llm, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.voice.io import AudioInput, AudioOutput, AudioOutputCapabilities

RATE = 16_000


class Microphone(AudioInput):
    def __init__(self):
        super().__init__(label="microphone")

    async def __anext__(self):
        await asyncio.sleep(0.02)
        return rtc.AudioFrame(bytes(RATE // 25), RATE, 1, RATE // 50)


class Speaker(AudioOutput):
    """Plays in real time, to nobody."""

    def __init__(self):
        super().__init__(label="speaker", capabilities=AudioOutputCapabilities(pause=False), sample_rate=RATE)
        self.seconds = 0.0

    async def capture_frame(self, frame):
        await super().capture_frame(frame)
        if self.seconds == 0.0:
            self.on_playback_started(created_at=time.time())
        self.seconds += frame.duration

    def flush(self):
        super().flush()
        if self.seconds:
            self.playing = asyncio.create_task(self.play(self.seconds))
            self.seconds = 0.0

    def clear_buffer(self):
        pass

    async def play(self, seconds):
        await asyncio.sleep(seconds)
        self.on_playback_finished(playback_position=seconds, interrupted=False)


class Ears(stt.STT):
    def __init__(self):
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))

    async def _recognize_impl(self, *args, **options):
        raise NotImplementedError

    def stream(self, *, language=NOT_GIVEN, conn_options=DEFAULT_API_CONNECT_OPTIONS):
        self.hearing = Hearing(stt=self, conn_options=conn_options)
        return self.hearing

    def tell(self, kind, text=""):
        heard = [stt.SpeechData(language="en", text=text)] if text else []
        self.hearing._event_ch.send_nowait(stt.SpeechEvent(type=kind, alternatives=heard))

    async def says(self, text):
        self.tell(stt.SpeechEventType.START_OF_SPEECH)
        await asyncio.sleep(0.1)
        self.tell(stt.SpeechEventType.FINAL_TRANSCRIPT, text)
        self.tell(stt.SpeechEventType.END_OF_SPEECH)


class Hearing(stt.RecognizeStream):
    async def _run(self):
        async for _ in self._input_ch:
            pass


class Model(llm.LLM):
    def __init__(self):
        super().__init__()
        self.asked = []

    def chat(self, *, chat_ctx, tools=None, conn_options=DEFAULT_API_CONNECT_OPTIONS, **options):
        return Answer(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class Answer(llm.LLMStream):
    async def _run(self):
        self._llm.asked.append([message.text_content for message in self._chat_ctx.messages()])
        delta = llm.ChoiceDelta(role="assistant", content="Fine.")
        self._event_ch.send_nowait(llm.ChatChunk(id="1", delta=delta))


class Listener(Agent):
    def __init__(self):
        super().__init__(instructions="Be brief.")
        self.turns = []

    async def on_user_turn_completed(self, turn_ctx, new_message):
        self.turns.append(new_message.text_content)


async def tone(seconds):
    for _ in range(int(seconds * 50)):
        yield rtc.AudioFrame(b"\x10\x10" * (RATE // 50), RATE, 1, RATE // 50)


async def main():
    ears, model, agent, transcribed = Ears(), Model(), Listener(), []
    session = AgentSession(llm=model, stt=ears, turn_handling={"turn_detection": "stt"})
    session.on("user_input_transcribed", lambda event: transcribed.append(event.transcript))
    session.input.audio, session.output.audio = Microphone(), Speaker()
    await session.start(agent)
    await asyncio.sleep(0.3)
    speech = session.say("This call is recorded.", audio=tone(3.0), allow_interruptions=False)
    await asyncio.sleep(0.5)
    await ears.says("No, I do not agree.")
    await speech
    await asyncio.sleep(1.0)
    await ears.says("What now?")
    await asyncio.sleep(2.5)
    history = [message.text_content for message in session.history.messages()]
    await session.aclose()
    print(f"livekit-agents {version('livekit-agents')}")
    print(f"transcribed:                    {transcribed}")
    print(f"on_user_turn_completed had:     {agent.turns}")
    print(f"the model had, in its last turn: {model.asked[-1]}")
    print(f"the session's history:          {history}")
    lost = "No, I do not agree."
    gone = lost in transcribed and lost not in agent.turns and lost not in model.asked[-1] and lost not in history
    raise SystemExit(0 if gone and agent.turns == ["What now?"] else 1)


asyncio.run(main())
PYTHON
venv/bin/python talk.py 2> log || { cat log; exit 1; }
