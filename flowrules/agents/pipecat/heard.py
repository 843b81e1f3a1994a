"""What the caller hears of a sentence of the rules, where the synthesis tells its words."""

from pipecat.frames.frames import TTSTextFrame
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.processors.frame_processor import FrameDirection
from pipecat.transports.base_output import BaseOutputTransport

from flowrules.agents.utterance import joined


class WordsHeard(BaseObserver):
    """Follows one sentence at a time: the output lets each of its words go when it is played."""

    def __init__(self) -> None:
        super().__init__()
        self._sentence = self._heard = ""

    def begins(self, sentence: str) -> None:
        self._sentence, self._heard = sentence, ""

    @property
    def heard(self) -> str | None:
        """None where nobody knows: a synthesis that does not tell its words tells the whole text, behind its audio."""
        return self._heard or None

    async def on_push_frame(self, data: FramePushed) -> None:
        match data.frame:
            case TTSTextFrame(text=text, append_to_context=False, includes_inter_frame_spaces=spaced) if (
                data.direction is FrameDirection.DOWNSTREAM
                and isinstance(data.source, BaseOutputTransport)
                and text in self._sentence
            ):
                self._heard = self._heard + text if spaced else joined(self._heard, text)
