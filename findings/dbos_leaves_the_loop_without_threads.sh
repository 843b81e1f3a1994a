#!/usr/bin/env bash
# dbos 3.4.0: whoever has started one workflow from an event loop can't use asyncio.to_thread there once DBOS is destroyed.
#
# A good guess: DBOS runs its blocking calls in threads of its own, and DBOS.destroy() takes those away; asyncio.to_thread of the
#   program's own loop has asyncio's executor, as before.
# What happens: DBOS.start_workflow_async (and every other async method) makes DBOS's executor the default one of the loop that it is
#   called from, and destroy() shuts it down. From then on asyncio.to_thread and loop.run_in_executor(None, …) raise "cannot schedule
#   new futures after shutdown", in code that knows nothing of DBOS: what closes files, flushes logs and resolves names.
# Why it matters for call flows: a program destroys DBOS while it shuts down, and what comes after that is the last of its calls. A
#   journal whose last lines are written in a thread is not closed in order.
# What helps: use DBOS from an event loop in a thread of its own, or set_default_executor anew after destroy().
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check dbos==3.4.0
cat > threads.py <<'PYTHON'
import asyncio
from importlib.metadata import version

from dbos import DBOS


@DBOS.workflow()
async def hello() -> str:
    return "hello"


async def main() -> int:
    print(f"dbos {version('dbos')}")
    config = {"name": "threads", "system_database_url": "sqlite:///threads.sqlite", "log_level": "ERROR"}
    DBOS(config=config)
    DBOS.launch()
    print("before:", await asyncio.to_thread(str, "a thread"))
    handle = await DBOS.start_workflow_async(hello)
    print("the workflow says:", await handle.get_result())
    DBOS.destroy()
    try:
        print("after:", await asyncio.to_thread(str, "a thread"))
    except RuntimeError as error:
        print("after:", error)
        return 0
    return 1


raise SystemExit(asyncio.run(main()))
PYTHON
venv/bin/python threads.py
