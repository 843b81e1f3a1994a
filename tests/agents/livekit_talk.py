"""What LiveKit's sessions listen to: a quiet microphone, and a recogniser that hears what it is told."""

import asyncio
from typing import Any

from livekit import rtc
from livekit.agents import stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN
from livekit.agents.voice.io import AudioInput

Kind = stt.SpeechEventType


class Microphone(AudioInput):
    """A quiet room."""

    def __init__(self) -> None:
        super().__init__(label="microphone")

    async def __anext__(self) -> rtc.AudioFrame:
        await asyncio.sleep(0.02)
        return rtc.AudioFrame(b"\0\0" * 320, 16_000, 1, 320)


class Ears(stt.STT):
    """A recogniser that hears what it is told."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.hearing: list[stt.RecognizeStream] = []
        self.listens = asyncio.Event()

    async def _recognize_impl(self, *args: Any, **options: Any) -> stt.SpeechEvent:
        raise NotImplementedError

    def stream(
        self, *, language: Any = NOT_GIVEN, conn_options: Any = DEFAULT_API_CONNECT_OPTIONS
    ) -> stt.RecognizeStream:
        self.hearing.append(_Stream(stt=self, conn_options=conn_options))
        self.listens.set()
        return self.hearing[-1]

    def tell(self, kind: Kind, text: str = "") -> None:
        heard = [stt.SpeechData(language="en", text=text)] if text else []  # type: ignore[arg-type]
        self.hearing[-1]._event_ch.send_nowait(stt.SpeechEvent(type=kind, alternatives=heard))

    async def says(self, *pieces: str) -> None:
        """A turn of the caller's, in as many finals as there are pieces."""
        self.tell(Kind.START_OF_SPEECH)
        for piece in pieces:
            await asyncio.sleep(0.02)
            self.tell(Kind.INTERIM_TRANSCRIPT, piece[: len(piece) // 2])
            self.tell(Kind.FINAL_TRANSCRIPT, piece)
        await asyncio.sleep(0.02)
        self.tell(Kind.END_OF_SPEECH)


class _Stream(stt.RecognizeStream):
    async def _run(self) -> None:
        async for _ in self._input_ch:
            pass
