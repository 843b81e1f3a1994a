"""A loudspeaker for LiveKit's sessions."""

import asyncio
import time
from collections.abc import AsyncIterator

from livekit import rtc
from livekit.agents.voice.io import AudioOutput, AudioOutputCapabilities

RATE = 16_000


class Speaker(AudioOutput):
    """Plays in real time, to nobody."""

    def __init__(self) -> None:
        super().__init__(label="speaker", capabilities=AudioOutputCapabilities(pause=False), sample_rate=RATE)
        self._seconds = self._begun = 0.0
        self._playing: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if self._seconds == 0.0:
            self._begun = time.time()
            self.on_playback_started(created_at=self._begun)
        self._seconds += frame.duration

    def flush(self) -> None:
        super().flush()
        if self._seconds:
            self._playing = asyncio.create_task(self._play(self._seconds))
            self._seconds = 0.0

    def clear_buffer(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None
            self.on_playback_finished(playback_position=time.time() - self._begun, interrupted=True)

    async def _play(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._playing = None
        self.on_playback_finished(playback_position=seconds, interrupted=False)


async def tone(seconds: float) -> AsyncIterator[rtc.AudioFrame]:
    for _ in range(int(seconds * 50)):
        yield rtc.AudioFrame(b"\x10\x10" * (RATE // 50), RATE, 1, RATE // 50)
