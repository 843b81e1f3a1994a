"""`flowrules demo`: the platform, an agent and a shipped rule set in one process, on real sockets."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import typer
from pydantic import SecretStr

from flowrules.call.outcome import EventOutcome
from flowrules.cli.options.files import fail
from flowrules.cli.terminal.logs import log_to_stderr
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.http.server import AgentServer
from flowrules.runtime.journal.checking import verify
from flowrules.runtime.journal.reader import read_journal
from flowrules.runtime.loop.stopping import run_until_stopped
from flowrules.runtime.rules.rulebook import LoadOutcome, LoadStatus
from flowrules.runtime.settings import Settings
from flowrules.sandbox import Clock, OpenedCall, Sandbox
from flowrules.sandbox import Settings as SandboxSettings

FRONT_DESK = Path(__file__).parent / "front_desk"
"""The rules that the demonstration runs, and edits in a copy."""

EXPECTED = (
    "play_audio",
    "set_lead_field",
    "request_supervisor",
    "log",
    "log",
    "set_disposition",
    "set_lead_field",
    "set_disposition",
    "transfer",
)
"""The verbs that must have acted, in order, and no other."""

PATIENCE = 60.0
"""Seconds that any one thing may take before the demonstration gives up."""

REFUND = 'on intent=refund log "refund asked for"'
BETTER_REFUND = f"{REFUND} then set_disposition REFUND"

Say = Callable[[str], None]
T = TypeVar("T")


def demo() -> None:
    """Watch the rules work on a call: the platform, an agent and a caller, all on this machine.

    Ends by itself in a few seconds: with 0 only if the platform's ledger shows exactly the expected verbs.
    """
    log_to_stderr("error")
    with tempfile.TemporaryDirectory(prefix="flowrules-demo-") as folder:
        try:
            acted = run_until_stopped(play(Path(folder), typer.echo))
        except TimeoutError:
            fail(f"The demonstration gives up: this machine has not got on with it for {PATIENCE:g} seconds.")
    if acted != EXPECTED:
        typer.echo(f"\nThe ledger shows something else than expected:\n  {', '.join(acted)}", err=True)
        raise typer.Exit(1)
    typer.echo(
        f"\nThe ledger shows exactly the {len(EXPECTED)} verbs that the rules asked for. Nothing twice, nothing else."
    )


async def play(folder: Path, say: Say) -> tuple[str, ...]:
    """Play the call and tell about it; the verbs that acted, by the platform's ledger."""
    rules = folder / "rules"
    shutil.copytree(FRONT_DESK, rules)
    bearer = SecretStr("demo-agent-bearer")
    clock = Clock(running=False)
    async with Sandbox(SandboxSettings(auth_token=bearer), clock=clock) as sandbox:
        settings = Settings(base_url=sandbox.base_url, journal=folder / "journal")
        say(f"The platform's double listens on {sandbox.base_url}")
        async with (
            Engine(rules, settings=settings) as engine,
            AgentServer(engine, agent_token=bearer) as server,
        ):
            say(f"The agent's WebSocket is {server.ws_url}, its rules have revision {engine.rules.revision}")
            opened = await sandbox.open_call(
                ws_url=server.ws_url, lead={"name": "Asha"}, caller={"number": "+919812345678"}
            )
            call = await _until(lambda: engine.calls.get(opened.call_id))
            say(f"\nThe platform dials the agent: call {opened.call_id} from Asha")
            await _Script(sandbox, engine, call, opened, rules, say).play()
            await _until(lambda: not engine.calls or None)
        _tell_journal(settings, say)
        return tuple(sandbox.acted(opened.call_id))


class _Script:
    def __init__(
        self, sandbox: Sandbox, engine: Engine, call: CallSession, opened: OpenedCall, rules: Path, say: Say
    ) -> None:
        self.sandbox, self.engine, self.call, self.opened = sandbox, engine, call, opened
        self.rules, self.say = rules, say

    async def play(self) -> None:
        await self._a_refresh_between_two_verbs()
        await self._a_refused_verb()
        await self._an_edit_in_mid_call()
        await self._the_transfer()

    async def _a_refresh_between_two_verbs(self) -> None:
        self.say('\n1. Asha: "What is on my bill?"              event intent=billing')
        waiting = asyncio.ensure_future(self.call.event(intent="billing"))
        await _until(lambda: len(self.sandbox.acted(self.opened.call_id)) == 1 or None)
        self.call.bot_finished()
        self.sandbox.advance(25 * 60)
        self.say("   … 25 minutes pass while the plan waits: the platform sends a new token")
        await _until(lambda: self.engine.counters.snapshot().get("tokens_renewed"))
        self.sandbox.advance(6 * 60)
        self.say("   … and 6 more: the first token has run out")
        self._tell(await waiting)
        self.say(f"   the second verb went out with token number {self._last_token()}")

    async def _a_refused_verb(self) -> None:
        self.say('\n2. Asha: "I want to complain!"               event intent=complaint')
        self._tell(await self.call.event(intent="complaint", agent_call="leg-7"))

    async def _an_edit_in_mid_call(self) -> None:
        self.say('\n3. Asha: "I want my money back."             event intent=refund')
        self._tell(await self.call.event(intent="refund"))
        self.say("   … somebody edits the rule file and slips; the call goes on with the rules it had")
        await self._save(f"{REFUND} then set_dispositoin REFUND", LoadStatus.REFUSED)
        self.say("   … and mends it")
        await self._save(BETTER_REFUND, LoadStatus.LIVE)
        self.say('   Asha: "My money, please."                   event intent=refund')
        self._tell(await self.call.event(intent="refund"))

    async def _the_transfer(self) -> None:
        self.say('\n4. Asha: "And I would buy a second one."     event intent=sales')
        self._tell(await self.call.event(intent="sales"))

    async def _save(self, line: str, status: LoadStatus) -> None:
        """Write the rule file anew, with another line for refunds, and wait for what becomes of it."""
        loaded: asyncio.Future[LoadOutcome] = asyncio.get_running_loop().create_future()

        def note(outcome: LoadOutcome) -> None:
            if outcome.status is status and not loaded.done():
                loaded.set_result(outcome)

        stop = self.engine.rules.subscribe(note)
        file = self.rules / "front_desk.rules"
        lines = [line if old.startswith(REFUND) else old for old in file.read_text("utf-8").splitlines()]
        file.write_text("\n".join(lines) + "\n", "utf-8")
        async with asyncio.timeout(PATIENCE):
            outcome = await loaded
        stop()
        self.say(f"     {outcome.status}: {outcome.message or 'revision ' + outcome.revision}")

    def _tell(self, outcome: EventOutcome) -> None:
        for rule, how in outcome.rules:
            self.say(f"   rule {rule.label!r} {how}")
        for step in outcome.steps:
            self.say(f"     {step}")

    def _last_token(self) -> int | None:
        return self.sandbox.ledger(self.opened.call_id)[-1].token_number


def _tell_journal(settings: Settings, say: Say) -> None:
    assert settings.journal is not None
    entries = sum(1 for _ in read_journal(settings.journal))
    sound = "whole" if not verify(settings.journal) else "damaged"
    say(
        f"\nThe journal is {sound}: {entries} entries of what was decided, sent under which key, and answered."
    )


async def _until(look: Callable[[], T | None]) -> T:
    """Wait for something to be there."""
    async with asyncio.timeout(PATIENCE):
        while (found := look()) is None:  # noqa: ASYNC110  (what is looked for has no event of its own)
            await asyncio.sleep(0.01)
        return found
