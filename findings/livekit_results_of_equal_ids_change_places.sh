#!/usr/bin/env bash
# LiveKit Agents 1.8.9: where a model numbers its tool calls anew in each answer, an earlier call is lost, and its result
# stands under a later one.
#
# A good guess: a tool call and its output stand side by side in the chat context, so that the provider is told them as they
#   came, whatever their ids: many servers of open models number their calls `call_1`, `call_2` in each answer.
# What happens: `to_provider_format` groups by id through the whole context. The first call is dropped ("function call missing
#   the corresponding function output, ignoring"), and both outputs stand behind the second call.
# Why it matters for call flows: in its second turn the model reads that its first look-up was the answer to its second: the
#   balance of the wrong account, or "the transfer failed" of a transfer that has not been tried.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check livekit-agents==1.8.9
cat > talk.py <<'PYTHON'
from importlib.metadata import version

from livekit.agents import llm

context = llm.ChatContext.empty()
for turn in ("first", "second"):
    context.add_message(role="user", content=turn)
    context.items.append(llm.FunctionCall(call_id="call_1", name="look_up", arguments="{}"))
    context.items.append(
        llm.FunctionCallOutput(call_id="call_1", name="look_up", output=turn, is_error=False)
    )
messages, _ = context.to_provider_format("openai")
print(f"livekit-agents {version('livekit-agents')}")
for message in messages:
    print(message["role"], message.get("content") or [call["id"] for call in message["tool_calls"]])
calls = [message for message in messages if message.get("tool_calls")]
results = [message["content"] for message in messages[-2:]]
raise SystemExit(0 if len(calls) == 1 and results == ["first", "second"] else 1)
PYTHON
venv/bin/python talk.py
