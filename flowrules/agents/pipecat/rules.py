"""The processor that stands between speech recognition and the user's aggregator."""

import re

from pipecat.adapters.llm.schemas.direct_function import DirectFunction
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    CancelFrame,
    EagerEndOfTurnCancelFrame,
    EagerTranscriptionFrame,
    EndFrame,
    Frame,
    InputDTMFFrame,
    InterimTranscriptionFrame,
    LLMSetToolsFrame,
    ProposedUserStartedSpeakingFrame,
    TranscriptionFrame,
    UserSpeakingFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.processors.frameworks.rtvi import RTVISendTextFrame

from flowrules.agents.call_end import close_after_ending
from flowrules.agents.pipecat.context import ModelContext
from flowrules.agents.pipecat.model import Held, ModelGate
from flowrules.agents.pipecat.voice import VOICE_WAIT, VoiceWatch
from flowrules.agents.tool import ReportTool
from flowrules.agents.turn_taking import PATIENCE
from flowrules.agents.utterance import Utterances
from flowrules.call.said import Said
from flowrules.engine.event import Source
from flowrules.runtime.calls.session import CallSession

_KEYS = re.compile(r"DTMF: [0-9*#]+")
"""What Pipecat's DTMFAggregator tells the model of keys, in the shape of a transcript."""


class RulesProcessor(FrameProcessor):
    """Stands between speech recognition and the user's aggregator, and tells the call what the caller does.

    Final transcripts are `said`, those of one turn of the caller's as one text that grows; interim ones are `hearing`
    where a rule asks for it; keys are `dtmf`; the caller's speech interrupts a hangup. The call is closed when the
    pipeline has ended: a transfer or hangup that waits for the bot's last word goes out before. Of a pipeline that is
    stopped with a StopFrame, which leaves the connections open, the host closes the call.

    `patience`: seconds that the model waits for a rule that leaves the turn to it. `voice_wait`: seconds from the
    model's words to their first sound, after which no voice is expected any more.
    """

    def __init__(
        self,
        call: CallSession,
        tool: ReportTool | None = None,
        *,
        patience: float = PATIENCE,
        voice_wait: float = VOICE_WAIT,
    ) -> None:
        super().__init__()
        self._call = call
        self._caller = Utterances(call, patience=patience)
        self._context = ModelContext(call, tool)
        self._voice_wait = voice_wait
        self._stop = call.on_said(self._said)
        self._speculating = False
        """The model may be answering words that the caller has not finished."""

    def around(self, *steps: FrameProcessor) -> tuple[FrameProcessor, ...]:
        """This processor, these steps, and with them those that watch the model. The model is the last of the steps,
        the user's aggregator one of those before it. What the rules are to have first comes in between, as a
        `DTMFAggregator`; what hears the caller before the rules comes before all of them, what voices the model behind.
        """
        *before_model, llm = steps
        for step in before_model:
            if isinstance(context := getattr(step, "context", None), LLMContext):
                self._context.begins_with(context)
        held = Held()
        before, behind = (
            ModelGate(side, self._caller, self._context, held)
            for side in (FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM)
        )
        watch = VoiceWatch(self._call, self._context.reports, self._voice_wait)
        self._call.speak_with(watch.speak)
        return (
            self,
            *before_model,
            before,
            llm,
            behind,
            watch,
        )

    def tools(self, *others: FunctionSchema | DirectFunction) -> ToolsSchema:
        """The tools that an LLMContext begins with: `report`, and the host's own. Whatever the context has later,
        the model's turn has `report` among them, under the rules of that moment; the others stay as they are."""
        return self._context.schema(others)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case VADUserStartedSpeakingFrame() | ProposedUserStartedSpeakingFrame():
                if not self._caller.goes_on:
                    self._context.write_said()
                self._caller.speaks()
            case UserStartedSpeakingFrame():
                self._caller.began()
            case UserSpeakingFrame() | VADUserStoppedSpeakingFrame():
                self._call.caller_heard()
            case UserStoppedSpeakingFrame():
                self._call.caller_heard()
                self._caller.ended(perhaps_late=True)
                self._speculating = False
            case InputDTMFFrame(button=button):
                self._call.post(dtmf=button.value, source=Source.CALLER)
            case LLMSetToolsFrame(tools=tools):
                # Both aggregators write these into the context, the assistant's when the model may be asked already.
                frame.tools = self._context.with_report(tools)
            case InterimTranscriptionFrame(text=text):
                self._caller.interim(text)
            case RTVISendTextFrame(text=text):
                self._caller.typed(text)
            case EagerTranscriptionFrame(text=text):
                self._caller.interim(text)
                if self._has_work() or self._caller.would_act(text):
                    return  # The model is asked once the turn has ended, as without eager turns.
                self._speculating = True
            case TranscriptionFrame(text=text) if _KEYS.fullmatch(text):
                pass  # Nobody has said it: the keys have come one by one, as `dtmf`.
            case TranscriptionFrame(text=text) if direction is FrameDirection.DOWNSTREAM:
                acts = self._caller.final(text)
                if self._speculating and (acts or self._has_work()):
                    # What the model has answered is not to be spoken: it is asked anew, with what the rules have done.
                    self._speculating = False
                    await self.push_frame(EagerEndOfTurnCancelFrame())
            case EndFrame():
                await self._call.ending_settled()
            case CancelFrame() if self._call.ending:
                self._call.bot_finished()
        await self.push_frame(frame, direction)

    async def cleanup(self) -> None:
        """The pipeline has ended, and nothing is played out any more."""
        await super().cleanup()  # type: ignore[no-untyped-call]
        self._stop()
        await close_after_ending(self._call, "the pipeline has ended")

    def _said(self, said: Said) -> None:
        self._context.said(said.text, in_turn=self._caller.goes_on)

    def _has_work(self) -> bool:
        """Whether the model's next turn has to wait for the rules, or has something to learn from them."""
        has_spoken = bool(self._call.over) or self._call.stays_silent
        waits = self._context.advice_waits or self._context.report_waits
        return has_spoken or waits or not self._caller.settled
