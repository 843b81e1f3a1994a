"""What an engine is made of, as its settings say: the rule book, the control client, the journal."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from flowrules.control.client import ControlClient
from flowrules.control.clock import Clock
from flowrules.control.pacing import Pacer
from flowrules.control.wire import Timeouts
from flowrules.runtime.candidates.candidate import Candidate
from flowrules.runtime.fleet_member import FleetMember
from flowrules.runtime.journal.writing.writer import Journal
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.rules.sharing import Share
from flowrules.runtime.rules.story_gate import stories_and_tests
from flowrules.runtime.sending.cleanup import undisturbed
from flowrules.runtime.settings import Settings
from flowrules.verbs import BY_NAME


async def open_journal(settings: Settings, clock: Clock) -> Journal:
    """Open the journal in a thread. A thread can't be stopped: where this is cancelled, the journal is closed once it
    is open. Raises JournalError."""
    opening = asyncio.get_running_loop().run_in_executor(None, Journal, settings, clock)
    try:
        await undisturbed(opening)
    except asyncio.CancelledError:
        if opening.exception() is None:
            await opening.result().aclose()
        raise
    return opening.result()


def build_verbs() -> None:
    """Build the verbs' models now, so that the first call does not wait for it."""
    for verb in BY_NAME.values():
        verb.model.model_rebuild()


def live_rules(rules: RuleBook | Path | str, settings: Settings) -> RuleBook:
    """The rules that decide; of a path as they are loaded at the start. Where nobody watches the files, what is held
    would never settle."""
    if isinstance(rules, RuleBook):
        return rules
    last_good = settings.journal if settings.last_good else None
    return rule_book(
        rules, settings, partial(RuleBook.load, last_good=last_good, holds_at_start=settings.watch)
    )


def rule_book(path: Path | str, settings: Settings, read: Callable[..., RuleBook]) -> RuleBook:
    """The rule book of a path, read by `read`, with the gate that reloads have to pass."""
    return read(
        path,
        agent_type=settings.agent_type,
        gate=partial(stories_and_tests, seconds=settings.story_seconds) if settings.test_gate else None,
        hold_shrunken=settings.hold_shrunken,
        settle_time=settings.settle_time,
        time_limit=settings.load_time_limit,
        apart=settings.check_apart,
        fence=settings.fence,
    )


def control_client(settings: Settings, clock: Clock, fleet: FleetMember | None) -> ControlClient:
    """The client for verbs. In a fleet, the tenant's requests per minute are shared with its other hosts."""
    per_minute = settings.tenant_requests_per_minute
    tenant = fleet.tenant_window(clock, per_minute) if fleet is not None else None
    return ControlClient(
        settings.base_url,
        clock=clock,
        keys_enforced=settings.keys_enforced,
        timeouts=Timeouts(settings.connect_timeout, settings.read_timeout, settings.request_timeout),
        connections=settings.connections,
        pacer=Pacer(clock, settings.requests_per_second, per_minute, settings.connections, tenant),
        wire=settings.wire,
        ca_file=settings.ca_file,
    )


def beside(rules: RuleBook | Path | str, settings: Settings, share: Share | None = None) -> Candidate:
    """Candidate rules; of a path they are loaded as the live ones are, and wait where they have errors."""
    load = partial(rule_book, settings=settings, read=RuleBook.load_or_wait)
    return Candidate(rules, load, share)
