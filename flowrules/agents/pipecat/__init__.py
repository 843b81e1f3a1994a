"""Pipecat: rules beside a pipeline. Needs the extra `flowrules[pipecat]`.

    call = engine.call_from(first_text_frame)
    rules = RulesProcessor(call, ReportTool(engine.rules))
    context = LLMContext(messages, tools=rules.tools())
    user, assistant = LLMContextAggregatorPair(context)
    transport = FastAPIWebsocketTransport(websocket, FastAPIWebsocketParams(
        serializer=ForkSerializer(call), audio_in_enabled=True, audio_out_enabled=True))
    Pipeline([transport.input(), stt, *rules.around(user, llm), tts, transport.output(), assistant])

Before the user's aggregator the rules hear the caller and the keys. Right before the model they hold a turn back that
a rule has taken over, and give the model the advice and the tool of the moment. Right behind it they see that the bot
is about to speak.
"""

from flowrules.agents.extras import missing

try:
    from flowrules.agents.pipecat.fork import Encoding, ForkSerializer
    from flowrules.agents.pipecat.rules import RulesProcessor
except ImportError as error:
    raise missing("pipecat", error) from None

__all__ = ["Encoding", "ForkSerializer", "RulesProcessor"]
