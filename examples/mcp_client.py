"""An MCP client that asks about rules: `python examples/mcp_client.py`.

The server is started as any MCP client would start it: `python -m flowrules.agents.mcp RULES`.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from mcp import StdioServerParameters
from mcp.client import Client

RULES = Path(__file__).parent / "rules"


async def main() -> list[str]:
    """Check the rules, then see what they would send for somebody who wants to buy. Returns the verbs."""
    server = StdioServerParameters(command=sys.executable, args=["-m", "flowrules.agents.mcp", str(RULES)])
    async with Client(server) as client:
        tools = await client.list_tools()
        print("tools:", ", ".join(tool.name for tool in tools.tools))
        print("findings:", (await _ask(client, "check", {}))["findings"] or "none")
        shown = await _ask(client, "preview", {"facts": {"intent": "sales"}})
        why = await _ask(client, "why", {"facts": {"intent": "sales"}})
        for rule in why["rules"]:
            print(f"  {rule['label']}: {rule['reason']}")
        return [body["event"] for body in shown["requests"]]


async def _ask(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    answer = result.structured_content
    assert isinstance(answer, dict), json.dumps(answer)
    return answer


if __name__ == "__main__":
    print(*asyncio.run(main()), sep="\n")
