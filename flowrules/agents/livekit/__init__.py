"""LiveKit Agents: an agent under rules. Needs the extra `flowrules[livekit]`.

    call = engine.call(call_id, token=token, facts=facts)
    session = AgentSession(stt=…, llm=…, tts=…)
    await session.start(RulesAgent(call, ReportTool(engine.rules), instructions="…"), room=ctx.room)

LiveKit speaks rooms and SIP, not the platform's audio fork: the call's id and token come to the host by its own way
(a SIP header, the dispatch metadata), and only verbs go to the platform.
"""

from flowrules.agents.extras import missing

try:
    from flowrules.agents.livekit.agent import RulesAgent
except ImportError as error:
    raise missing("livekit", error) from None

__all__ = ["RulesAgent"]
