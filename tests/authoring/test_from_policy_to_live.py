"""From three sentences to rules that are live: an MCP client with a scripted model, over standard input and output, beside
a running engine. The model sees what the tools answer, and nothing else."""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client

from flowrules import Engine, Mode, Settings

POLICY = """\
When the caller asks for a person, hand the call to the people queue, and note it as handed over.
If nobody takes it, say so and book a callback in two hours.
While a caller reads out a card number, the recording is paused; nobody is handed over on a paused recording."""

HOUSE = 'on dtmf=0 transfer queue people if it fails then say "Nobody is free."\n'

FIRST = """\
event paying, paid
fact intent is one of human

# When the caller asks for a person, hand the call to the people queue, and note it as handed over.
# If nobody takes it, say so and book a callback in two hours.
rule "To a person"
  on intent=human
  transfer queue people
    if it fails then (say "Nobody is free." then schedule_callback in 2 hours)
  set_disposition HANDED_OVER
end

# While a caller reads out a card number, the recording is paused.
rule "Card number begins"
  on paying
  recording_pause because "card number"
end

rule "Card number ends"
  on paid
  recording_resume
end

promise "Nobody is handed over on a paused recording"
  before transfer
  call.recording is not paused
end

test "a person is asked for"
  on intent=human
  expect transfer queue people
  expect set_disposition HANDED_OVER
end

test "nobody takes it"
  given transfer fails because unavailable
  on intent=human
  expect say then schedule_callback in 2 hours
end

test "a card number is not recorded"
  on paying
  expect recording_pause
  on paid
  expect recording_resume
end
"""

GUARD_RAIL = """\
# Nobody is handed over on a paused recording.
before transfer when call.recording is paused then recording_resume

"""
BUSY = '    if it fails then (set_disposition NOBODY_FREE then say "Nobody is free." then schedule_callback in 2 hours)'


class ScriptedModel:
    """Drafts, and mends what it is told of: each reason that it knows leads to one edit."""

    def __init__(self) -> None:
        self.text = FIRST
        self.told: list[str] = []

    def mend(self, review: Mapping[str, Any]) -> bool:
        """Whether it had an idea."""
        before = self.text
        names = {finding["name"] for finding in review["findings"]}
        self.told += sorted(names)
        if "broken-promise" in names or "stays-paused" in names:
            self.text = self.text.replace('promise "Nobody', f'{GUARD_RAIL}promise "Nobody', 1)
        if "false-disposition" in names:
            self.text = re.sub(r"    if it fails then \(.*\)", BUSY, self.text)
        if "untested" in names:
            self.text += (
                '\ntest "a paused recording comes back before the handover"\n  on paying\n  on intent=human\n'
                "  expect recording_resume then transfer\nend\n"
            )
        return self.text != before


async def test_three_sentences_become_live_rules_through_the_tools_alone(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "house.rules").write_text(HOUSE)
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "flowrules", "mcp", str(folder), "--allow-save"],
        env={**os.environ, "FLOWRULES_CACHE": "off"},
    )
    model = ScriptedModel()
    async with Engine(folder, settings=Settings(mode=Mode.DRY_RUN, watch=False)) as engine:
        async with Client(stdio_client(parameters)) as client:

            async def ask(tool: str, **arguments: Any) -> Any:
                result = await client.call_tool(tool, arguments)
                return result.structured_content

            prompt = await client.get_prompt("policy-to-rules", {"policy": POLICY, "file": "people.rules"})
            assert "> When the caller asks for a person" in prompt.messages[0].content.text  # type: ignore[union-attr]
            (language,) = (await client.read_resource("flowrules://language")).contents
            assert "## Promises" in language.text  # type: ignore[union-attr]

            refused = await ask("save", texts={"people.rules": model.text})
            assert "Nobody is handed over on a paused recording" in refused["problems"][0]
            assert not (folder / "people.rules").exists()

            verdicts = []
            for _ in range(6):
                review = await ask("review", texts={"people.rules": model.text}, seconds=20)
                verdicts.append(review["verdict"])
                if review["verdict"] == "ready" or not model.mend(review):
                    break
            assert verdicts[0] == "not ready"
            assert {"broken-promise", "stays-paused", "false-disposition"} <= set(model.told)
            assert verdicts[-1] == "ready", json.dumps(review["reasons"])
            assert (review["tests"] >= 3, review["promises"]) == (True, 1)
            assert "Transfer the caller to the queue “people”." in review["explanation"]

            texts = (await ask("format", texts={"people.rules": model.text}))["texts"]
            saved = await ask("save", texts=texts, based_on=review["based_on"])
            assert saved["saved"] == ["people.rules"], saved
        outcome = await engine.rules.reload()
        assert (str(outcome.status), outcome.revision) == ("live", saved["live"])
        call = engine.call("c1")
        done = await call.event(intent="human")
        assert [step.verb for step in done.steps] == ["set_disposition", "transfer"]
