"""A host that carries verbs out itself and speaks with its own voice: `python examples/host_transfer.py`.

No platform is asked. The rules drive an exchange of the host's own, which here only notes what it is asked for; in its
place goes whatever moves your calls: Asterisk, a room's API, a trunk.
"""

import asyncio

from flowrules import (
    CallSession,
    Engine,
    HostSay,
    HostVerb,
    RuleBook,
    SayBy,
    Settings,
    VerbAnswer,
    VoiceAnswer,
)
from flowrules.agents.turn_taking import report_speech

RULES = """
# The caller wants a person.
rule "A person"
  on said contains any of person, human, somebody
  say "One moment, I connect you."
  transfer sip "sip:desk@pbx.example.com" within 20 seconds
    if it fails because at_capacity then say "Everybody is speaking at the moment."
end

on said contains goodbye say "Goodbye." then hangup
"""


class Exchange:
    """Moves calls. The desk is busy the first time; `did` is what happened."""

    def __init__(self) -> None:
        self.busy = True
        self.did: list[str] = []

    async def refer(self, call_id: str, address: str) -> bool:
        """Whether the other side has taken the call."""
        taken, self.busy = not self.busy, False
        self.did.append(f"{call_id} is at {address}" if taken else f"{address} is busy")
        return taken


class Host:
    """What it serves, and what the caller hears."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    async def transfer(self, verb: HostVerb) -> VerbAnswer:
        """Answers what became of it. If this raises, nobody knows, and no other ending is tried."""
        if verb.body["destination_type"] != "sip_uri":
            return VerbAnswer.refused("not_configured", "this exchange knows SIP addresses only")
        if await self.exchange.refer(verb.call_id, verb.body["destination"]):
            return VerbAnswer.accepted()
        return VerbAnswer.refused("at_capacity", "the desk is busy")

    async def hangup(self, verb: HostVerb) -> VerbAnswer:
        self.exchange.did.append(f"{verb.call_id} is over")
        return VerbAnswer.accepted()

    async def speak(self, say: HostSay) -> VoiceAnswer:
        """Your voice goes here. It answers when the sentence has been played out."""
        print(f"bot: {say.text}")
        await asyncio.sleep(len(say.text) / 200)
        return VoiceAnswer.spoken()


async def listen(call: CallSession, words: str) -> None:
    print(f"caller: {words}")
    await report_speech(call, words)


async def main() -> list[str]:
    """A caller asks for a person twice. Returns what the exchange did."""
    exchange = Exchange()
    host = Host(exchange)
    verbs = {"transfer": host.transfer, "hangup": host.hangup}
    settings = Settings(say=SayBy.HOST, plan_deadline=60)
    async with Engine(RuleBook.from_text(RULES), settings=settings, verbs=verbs, voice=host.speak) as engine:
        call = engine.call("call-1")
        history: list[str] = []  # of the conversation, for the model: what the rules said is part of it
        call.on_said(lambda said: history.append(said.text))
        await listen(call, "I want to speak to somebody.")
        await listen(call, "Please, a human.")
        print(f"the model knows: {history}")
    return exchange.did


if __name__ == "__main__":
    print(*asyncio.run(main()), sep="\n")
