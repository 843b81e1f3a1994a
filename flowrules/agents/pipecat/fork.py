"""The platform's audio fork as a Pipecat serializer."""

import json
from typing import Any, Literal

from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.audio.utils import alaw_to_pcm, create_stream_resampler, pcm_to_alaw
from pipecat.frames.frames import (
    AudioRawFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
)
from pipecat.processors.frame_processor import FrameProcessorSetup
from pipecat.serializers.base_serializer import FrameSerializer

from flowrules.runtime.calls.frames import Dtmf, read_frame
from flowrules.runtime.calls.session import CallSession

Encoding = Literal["pcma", "pcm_s16le"]
RATES: dict[Encoding, int] = {"pcma": 8_000, "pcm_s16le": 16_000}
"""Samples a second of each encoding, as the platform's pages give them."""


class ForkSerializer(FrameSerializer):
    """The platform's audio fork: binary frames are audio, one encoding both ways; text frames go to the call (tokens
    are swapped before anything else reads them), keys go into the pipeline too.

    `encoding` is what the voice agent is set to on the platform; one page says G.711 A-law at 8,000 Hz, another
    16-bit PCM at 16,000 Hz. `clear` is sent when the caller interrupts, so that what is buffered on the far side is
    not played: `killAudio` is the command of both servers whose subprotocols the platform names (drachtio's audio
    fork and jambonz). None sends nothing.
    """

    def __init__(
        self,
        call: CallSession,
        *,
        encoding: Encoding = "pcma",
        sample_rate: int | None = None,
        clear: dict[str, Any] | None = {"type": "killAudio"},  # noqa: B006  (never changed)
    ) -> None:
        super().__init__()
        self._call = call
        self._encoding = encoding
        self._rate = sample_rate or RATES[encoding]
        self._clear = clear
        self._pipeline_rate = self._rate
        self._incoming = create_stream_resampler()
        self._outgoing = create_stream_resampler()

    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]  # as its base class does
        self._pipeline_rate = setup.audio_in_sample_rate

    async def serialize(self, frame: Frame) -> str | bytes | None:
        match frame:
            case InterruptionFrame() if self._clear is not None:
                return json.dumps(self._clear)
            case AudioRawFrame(audio=audio, sample_rate=rate):
                if self._encoding == "pcma":
                    encoded = await pcm_to_alaw(audio, rate, self._rate, self._outgoing)
                else:
                    encoded = await self._outgoing.resample(audio, rate, self._rate)
                return encoded or None
            case OutputTransportMessageFrame() | OutputTransportMessageUrgentFrame():
                return None if self.should_ignore_frame(frame) else json.dumps(frame.message)
        return None

    async def deserialize(self, data: str | bytes) -> Frame | None:
        if isinstance(data, str):
            return self._text(data)
        if self._encoding == "pcma":
            audio = await alaw_to_pcm(data, self._rate, self._pipeline_rate, self._incoming)
        else:
            audio = await self._incoming.resample(data, self._rate, self._pipeline_rate)
        if not audio:
            return None
        return InputAudioRawFrame(audio=audio, sample_rate=self._pipeline_rate, num_channels=1)

    def _text(self, text: str) -> Frame | None:
        """A key goes through the pipeline to the RulesProcessor; keys A to D, which Pipecat has no name for, and
        everything else go straight to the call."""
        match read_frame(text):
            case Dtmf(digit) if digit in set(KeypadEntry):
                return InputDTMFFrame(KeypadEntry(digit))
        self._call.frame(text)
        return None
