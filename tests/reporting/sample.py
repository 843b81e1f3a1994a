"""A journal of calls whose numbers are known: two edits, of which one is refused, waits, an unknown fact, and a rule that
never takes an event."""

from contextlib import AsyncExitStack
from pathlib import Path

from flowrules.runtime.engine import Engine
from flowrules.runtime.journal.folders import journal_folder
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings

FIRST = """timezone Asia/Kolkata
rule "Sales"
  on intent=sales when lead.vip is yes
  say "One moment, please."
  wait 2 seconds
  transfer queue sales
end
rule "Never"
  on intent=nobody_says_this
  hangup
end
on intent=x hold then unhold
"""
SECOND = FIRST.replace("on intent=x hold", "on intent=y hold").replace("2 seconds", "1 second")
HOSTILE = "<script>alert(1)</script>"


async def write(root: Path, workers: int = 0) -> Path:
    """Four calls under the first rules, two under the second ones, each with two events; of the first caller nobody knows
    whether it is a VIP. So many workers take turns with them, each with a journal of its own, of small files; none: one
    process has one journal."""
    path, folder = root / "desk.rules", root / ("workers" if workers else "journal")
    path.write_text(FIRST)
    folders = [journal_folder(folder, worker) for worker in range(1, workers + 1)] or [folder]
    async with AsyncExitStack() as stack:
        engines = []
        for own in folders:
            settings = Settings(
                mode=Mode.DRY_RUN,
                journal=own,
                journal_fsync="never",
                journal_max_bytes=4096 if workers else Settings().journal_max_bytes,
                watch=False,
                test_gate=False,
            )
            engine = Engine(RuleBook.load(path, settle_time=None), settings=settings)
            engines.append(await stack.enter_async_context(engine))
        for number in range(6):
            if number == 4:
                for text in ("on intent=x hodl\n", SECOND):
                    path.write_text(text)
                    for engine in engines:
                        await engine.rules.reload()
            known = {"lead": {"vip": True, "name": HOSTILE}} if number else {}
            call = engines[number % len(engines)].call(f"c{number}", facts=known)
            await call.event(intent="x", mood=HOSTILE)
            await call.event(intent="sales")
            await call.close()
    return folder
