"""A journal of calls whose numbers are known: two edits, of which one is refused, waits, an unknown fact, and a rule that
never takes an event."""

from pathlib import Path

from flowrules.runtime.engine import Engine
from flowrules.runtime.rulebook import RuleBook
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


async def write(root: Path) -> Path:
    """Four calls under the first rules, two under the second ones, each with two events; of the first caller nobody knows
    whether it is a VIP."""
    path, folder = root / "desk.rules", root / "journal"
    path.write_text(FIRST)
    settings = Settings(
        mode=Mode.DRY_RUN, journal=folder, journal_fsync="never", watch=False, test_gate=False
    )
    async with Engine(RuleBook.load(path, settle_time=None), settings=settings) as engine:
        for number in range(6):
            if number == 4:
                for text in ("on intent=x hodl\n", SECOND):
                    path.write_text(text)
                    await engine.rules.reload()
            call = engine.call(f"c{number}", facts={"lead": {"vip": True, "name": HOSTILE}} if number else {})
            await call.event(intent="x", mood=HOSTILE)
            await call.event(intent="sales")
            await call.close()
    return folder
