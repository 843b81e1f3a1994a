"""Whether the bot speaks, as Pipecat's frames tell it behind the model."""

import asyncio

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EagerTranscriptionFrame,
    ErrorFrame,
    Frame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    TextFrame,
    TranscriptionFrame,
    TranslationFrame,
    TTSSpeakFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup

from flowrules.agents.pipecat.heard import WordsHeard
from flowrules.agents.pipecat.reports import CalledFrame, Reports
from flowrules.agents.turn_taking import holds_words
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.sending.answers import VoiceAnswer
from flowrules.runtime.sending.serving import HostSay

VOICE_WAIT = 3.0
"""Seconds within which a voice begins that is to come of a text."""

_NOT_THE_BOTS = (TranscriptionFrame, InterimTranscriptionFrame, EagerTranscriptionFrame, TranslationFrame)


class VoiceWatch(FrameProcessor):
    """Stands right behind the model. The bot speaks while its voice can be heard, and is about to speak from a text on
    that is to be voiced: a hangup in between would cut the goodbye off.

    A text that no voice follows keeps nothing waiting: where the synthesis failed, or `wait` seconds have passed
    without a sound, the bot is silent. So it is with an answer that the model is in the midst of: its next sentence is
    expected when the last has been played out.
    """

    def __init__(self, call: CallSession, reports: Reports | None = None, wait: float = VOICE_WAIT) -> None:
        super().__init__()
        self._call = call
        self._reports = reports
        if reports is not None:
            reports.marked = True
        self._wait = wait
        self._heard = False
        """Its voice can be heard."""
        self._expected = False
        """There is a text whose voice has not begun."""
        self._anew = True
        """What comes now is not part of what can be heard already."""
        self._asked = self._answering = False
        """The model is answering; and something of that was to be voiced."""
        self._paused = False
        """It is expected for no better reason than that."""
        self._told = False
        self._timer: asyncio.TimerHandle | None = None
        self._spoken: asyncio.Future[VoiceAnswer] | None = None
        """What becomes of the sentence of the rules that is to be spoken."""
        self._words = WordsHeard()

    async def speak(self, say: HostSay) -> VoiceAnswer:
        """Have a sentence of the rules spoken (`Settings.say` is `host`), and wait until it has been played out."""
        self._spoken = asyncio.get_running_loop().create_future()
        self._words.begins(say.text)
        self._anew = True
        self._expect()
        # The context has it by `CallSession.on_said`, as what the platform speaks.
        await self.push_frame(TTSSpeakFrame(say.text, append_to_context=False))
        return await self._spoken

    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]  # as its base class does
        await super().setup(setup)
        setup.pipeline_worker.add_observer(self._words)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case CalledFrame(calls=calls, shown=shown):
                # What the model has said before is expected by now: a hangup does not overtake it.
                if self._reports is not None:
                    await self._reports.called(calls, shown)
                return
            case LLMFullResponseStartFrame():
                self._anew = self._asked = True
            case LLMFullResponseEndFrame():
                self._asked = self._answering = False
                if self._paused:
                    self._paused = self._expected = False
                    self._look()
            case TTSSpeakFrame(text=text) if holds_words(text):
                self._anew = True
                self._expect()
            case TextFrame(text=text, skip_tts=skipped) if direction is FrameDirection.DOWNSTREAM:
                if holds_words(text) and not skipped and not isinstance(frame, _NOT_THE_BOTS):
                    self._answering = self._asked
                    self._expect()
            case BotStartedSpeakingFrame():
                self._heard, self._expected = True, False
                self._look()
            case BotStoppedSpeakingFrame():
                self._heard = False
                self._paused = self._answering and not self._expected
                self._expected = self._expected or self._paused
                self._look()
            case InterruptionFrame() | ErrorFrame():
                if isinstance(frame, InterruptionFrame):
                    self._answer(VoiceAnswer.interrupted(self._words.heard))
                else:
                    self._answer(VoiceAnswer.failed())
                # What is heard all the same ends with a BotStoppedSpeakingFrame, as it always does.
                self._expected = self._asked = self._answering = self._paused = False
                self._look()
        await self.push_frame(frame, direction)

    async def cleanup(self) -> None:
        await super().cleanup()  # type: ignore[no-untyped-call]
        self._expected = False
        self._stop_timer()

    def _expect(self) -> None:
        self._paused = False
        if self._anew or not self._heard:
            self._anew = False
            self._expected = True
            self._look()

    def _look(self) -> None:
        """Tell the call what has become of the bot's voice."""
        self._stop_timer()
        speaks = self._heard or self._expected
        if self._expected and not self._heard:
            self._timer = asyncio.get_running_loop().call_later(self._wait, self._given_up)
        if speaks and not self._told:
            self._call.bot_speaking()
        elif self._told and not speaks:
            self._call.bot_finished()
            self._answer(VoiceAnswer.spoken())
        self._told = speaks

    def _answer(self, answer: VoiceAnswer) -> None:
        if self._spoken is not None and not self._spoken.done():
            self._spoken.set_result(answer)

    def _given_up(self) -> None:
        self._answer(VoiceAnswer.failed(message="no sound came of it"))
        self._expected = False
        self._look()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
