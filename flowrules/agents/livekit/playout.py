"""What the caller hears of one speech."""

from typing import Any

from livekit.agents import AgentSession
from livekit.agents.voice import SpeechHandle
from livekit.agents.voice.io import PlaybackFinishedEvent, PlaybackStartedEvent


class Playout:
    """What is heard of one speech, as the session's output tells it."""

    def __init__(self, session: AgentSession[Any], speech: SpeechHandle) -> None:
        self._session, self._speech = session, speech
        self._output = session.output.audio
        self._begun = False
        self.heard: str | None = ""
        """None where the output does not tell: only one that is in step with the text does."""

    def __enter__(self) -> "Playout":
        if self._output is not None:
            self._output.on("playback_started", self._started)
            self._output.on("playback_finished", self._finished)
        return self

    def __exit__(self, *error: object) -> None:
        if self._output is not None:
            self._output.off("playback_started", self._started)
            self._output.off("playback_finished", self._finished)

    def _started(self, event: PlaybackStartedEvent) -> None:
        if self._session.current_speech is self._speech:
            self._begun, self.heard = True, None

    def _finished(self, event: PlaybackFinishedEvent) -> None:
        if self._begun:
            self.heard = event.synchronized_transcript
