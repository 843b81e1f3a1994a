"""The OpenAI Realtime event shape: rules beside a speech-to-speech model. Needs no extra.

    call = engine.call_from(first_text_frame)
    async with websockets.connect(url, additional_headers=headers) as connection:
        agent = RealtimeRules(call, ReportTool(engine.rules), connection, session={"instructions": "…"})
        async for event in agent:
            if event["type"] == "response.output_audio.delta":
                ...  # the voice, to the caller

The server detects the caller's turns and transcribes them; the model is asked by the adapter, once the rules have had
the words. `connection` is a WebSocket of the library websockets, a connection of OpenAI's own client, or anything else
with `async send(text)` and `async recv()`.

Event names and fields are those of OpenAI's reference of the Realtime API (GA):
https://platform.openai.com/docs/api-reference/realtime-server-events
"""

from flowrules.agents.realtime.agent import RealtimeRules
from flowrules.agents.realtime.connection import Connection, Event

__all__ = ["Connection", "Event", "RealtimeRules"]
