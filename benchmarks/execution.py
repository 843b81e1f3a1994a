"""What an event costs from `call.event(...)` to its outcome, and what a verb costs beside bare httpx.

Everything that production does is on: trace, journal, pacing, credentials, the look at the guard rails before each
send. Events are measured without the network: the control client is the real one, but for the wire, which answers at
once. Verbs are measured on loopback, by both wires, beside one `httpx.AsyncClient` that posts a ready body to the same
server over as many connections, and beside the engine of the day on which the targets were set (`peer.py`).
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from itertools import count, cycle
from pathlib import Path

import httpx
from pydantic import SecretStr

from benchmarks.answering import answer_about, answering_process
from benchmarks.peer import COMMIT, peers_tree, peers_verbs
from benchmarks.results import Results, Spread, Table, Target
from flowrules.call.request import VerbRequest
from flowrules.control.client import ControlClient
from flowrules.control.credentials import Bearer
from flowrules.control.wire import Exchange, Prepared, Timeouts, Wire
from flowrules.control.wires import WireChoice, open_wire
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Fsync, Mode, Settings
from flowrules.telemetry.telemetry import Telemetry

CALLS = 1_000
"""So many that no call's pace (10 requests a second) is what is measured."""
EVENT_ALLOWED = 100.0
"""Microseconds of CPU for an event, the disk and the network left out."""
RATE_WANTED = 10.0
"""Verbs a second, in units of what bare httpx gets through."""
OVER_THE_PEER = 4.0
"""Verbs a second, in units of the peer's."""
CPU_OF_THE_PEER = 1 / 3
"""CPU of a verb, in units of the peer's."""
AT_ONCE = 16
VERBS = 5
"""Of one event, where verbs are counted."""

_VERB = 'set_lead_field wish to "{intent}"'
RULES = "\n".join(
    f"on intent={intent} when vip is yes and balance is at least 0 {steps}"
    for intent, steps in {
        "told": 'remember wish is "sales" then advise "Ask for the name."',
        "sent": _VERB,
        "many": " then ".join([_VERB] * VERBS),
    }.items()
)
NOTHING = "no rule takes it"
TOLD = "a rule remembers and advises"
SENT = "a rule sends a verb, answered at once"
SYNCED = f"{SENT}; on the disk before it goes out"
EVENTS: Mapping[str, tuple[str, Fsync]] = {
    NOTHING: ("none", Fsync.ALWAYS),
    TOLD: ("told", Fsync.ALWAYS),
    SENT: ("sent", Fsync.INTERVAL),
    SYNCED: ("sent", Fsync.ALWAYS),
}
RAW = "bare httpx, a ready body"
PEER = f"the engine at {COMMIT}, journal on"
WIRES = (WireChoice.HTTPX, WireChoice.PYREQWEST)
ALONE = {wire: f"the {wire} wire alone, a ready body" for wire in WIRES}
ENGINE = {wire: f"the engine on {wire}" for wire in WIRES}
KEPT = {wire: f"the engine on {wire}, journal on" for wire in WIRES}
FAST = KEPT[WireChoice.PYREQWEST]

Work = Callable[[int], Awaitable[object]]
"""Do so many of what is measured. Where it was done in another process: the seconds that it took there, and of CPU."""


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        base_url, tree = stack.enter_context(answering_process()), stack.enter_context(peers_tree())
        return asyncio.run(_results(folder, base_url, tree, rounds, 200 if quick else 1_000))


async def _results(folder: Path, base_url: str, tree: Path | None, rounds: int, amount: int) -> Results:
    async with AsyncExitStack() as stack:
        known = {
            name: events(await _calls(stack, base_url, folder / intent / fsync, fsync, answered=True), intent)
            for name, (intent, fsync) in EVENTS.items()
        }
        cost = await _measured(known, rounds, amount)
        one, several = await _ways(stack, base_url, folder, tree)
        latency = await _measured(one, rounds, amount // 5)
        rate = await _measured(several, rounds, amount)
    return Results("execution", _tables(cost, latency, rate), _targets(cost, latency, rate))


# --- what is measured -----------------------------------------------------------------------------------------


class _AnsweredAtOnce(ControlClient):
    async def _prepare(self, request: VerbRequest) -> Prepared:
        return Prepared(None)

    async def _exchange(
        self, request: VerbRequest, prepared: Prepared, bearer: Bearer, at_most: float
    ) -> Exchange:
        body = answer_about(request.call_id.encode()).partition(b"\r\n\r\n")[2]
        return Exchange(bearer, left=True, status=200, body=body)


async def _calls(
    stack: AsyncExitStack,
    base_url: str,
    journal: Path | None,
    fsync: Fsync,
    *,
    answered: bool = False,
    wire: WireChoice = WireChoice.AUTO,
    telemetry: Telemetry | None = None,
) -> list[CallSession]:
    settings = Settings(
        tune_gc=True,
        mode=Mode.LIVE,
        base_url=base_url,
        journal=journal,
        journal_fsync=fsync,
        wire=wire,
        verbs_per_call=1_000_000_000,
    )
    control = await stack.enter_async_context(_AnsweredAtOnce(base_url)) if answered else None
    engine = await stack.enter_async_context(
        Engine(RuleBook.from_text(RULES), settings=settings, control=control, telemetry=telemetry)
    )
    return [
        engine.call(
            f"call-{number}",
            token=SecretStr(f"yt_cb_01HZX3V9Q8W7E6R5T4Y3{number:06}"),
            facts={"caller": "+911234567890", "lead": {"name": "Asha", "plan": "gold", "owner": "priya"}},
        )
        for number in range(CALLS)
    ]


async def answered_calls(
    stack: AsyncExitStack, base_url: str, journal: Path, fsync: Fsync, telemetry: Telemetry | None
) -> list[CallSession]:
    """Calls whose verbs are answered at once, with telemetry."""
    return await _calls(stack, base_url, journal, fsync, answered=True, telemetry=telemetry)


def events(calls: Sequence[CallSession], intent: str) -> Work:
    """One event after the other, each in the next call."""
    turns, sessions = count(), cycle(calls)

    async def work(amount: int) -> None:
        for _ in range(amount):
            turn = next(turns)
            facts = {"intent": intent, "balance": turn, "vip": True}
            await next(sessions).event(facts=facts, turn_id=f"t{turn}")

    return work


async def _ways(
    stack: AsyncExitStack, base_url: str, folder: Path, tree: Path | None
) -> tuple[Mapping[str, Work], Mapping[str, Work]]:
    """Ways to send verbs: one at a time, and many at once."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    http = await stack.enter_async_context(httpx.AsyncClient(limits=limits, trust_env=False))
    calls = await _calls(stack, base_url, None, Fsync.NEVER)
    kept = await _calls(stack, base_url, folder / "kept", Fsync.INTERVAL)
    synced = await _calls(stack, base_url, folder / "synced", Fsync.ALWAYS)
    one = {
        RAW: _posts(http, base_url),
        "the engine": events(calls, "sent"),
        "the engine, journal on": events(kept, "sent"),
        "the engine, journal on the disk before each verb": events(synced, "sent"),
    }
    several = {RAW: _at_once([_posts(http, base_url) for _ in range(AT_ONCE)])}
    for wire in WIRES:
        alone, _ = open_wire(base_url, Timeouts(), wire)
        stack.push_async_callback(alone.aclose)
        several[ALONE[wire]] = _at_once([_performs(alone) for _ in range(AT_ONCE)])
        plain = await _calls(stack, base_url, None, Fsync.NEVER, wire=wire)
        noted = await _calls(stack, base_url, folder / f"several-{wire}", Fsync.INTERVAL, wire=wire)
        for name, calls in ((ENGINE[wire], plain), (KEPT[wire], noted)):
            several[name] = _at_once([_plans(calls[start::AT_ONCE]) for start in range(AT_ONCE)])
    if tree is not None:
        several[PEER] = await stack.enter_async_context(peers_verbs(tree, base_url, folder / "peer"))
    return one, several


_PATH = "/api/v1/ai-sessions/call-1/control"
_BODY = b'{"event":"set_lead_field","field":"wish","value":"sent"}'
_BEARER = "Bearer yt_cb_01HZX3V9Q8W7E6R5T4Y3U2T1S0"
_KEY = "6f1d8a52-5f0e-5c1b-9a0e-0b2f6a4c7d31"


def _posts(http: httpx.AsyncClient, base_url: str) -> Work:
    headers = {"Authorization": _BEARER, "Content-Type": "application/json", "Idempotency-Key": _KEY}

    async def work(amount: int) -> None:
        for _ in range(amount):
            reply = await http.post(base_url + _PATH, content=_BODY, headers=headers)
            assert reply.status_code == 200, reply

    return work


def _performs(wire: Wire) -> Work:
    async def work(amount: int) -> None:
        for _ in range(amount):
            prepared = await wire.prepare("POST", _PATH, key=_KEY, content=lambda: _BODY)
            exchange = await wire.perform(prepared, lambda: _BEARER)
            assert exchange.status == 200, exchange

    return work


def _plans(calls: Sequence[CallSession]) -> Work:
    plans = events(calls, "many")
    return lambda amount: plans(amount // VERBS)


def _at_once(works: Sequence[Work]) -> Work:
    async def work(amount: int) -> None:
        await asyncio.gather(*(one(amount // len(works)) for one in works))

    return work


# --- measuring ------------------------------------------------------------------------------------------------

Costs = Mapping[str, list[tuple[float, float]]]
"""For each name and round: microseconds on the clock and of CPU, for one of what is measured."""


async def _measured(works: Mapping[str, Work], rounds: int, amount: int) -> Costs:
    """Round after round in turns, the first one not counted."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            wall, cpu = time.perf_counter(), time.process_time()
            elsewhere = await work(amount)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            if isinstance(elsewhere, tuple):
                wall, cpu = elsewhere
            if number:
                found[name].append((wall / amount * 1e6, cpu / amount * 1e6))
    return found


def _walls(costs: Costs, name: str) -> list[float]:
    return [wall for wall, _ in costs[name]]


def _cpus(costs: Costs, name: str) -> list[float]:
    return [cpu for _, cpu in costs[name]]


def _over(values: Sequence[float], base: Sequence[float]) -> Spread:
    return Spread.of([one - other for one, other in zip(values, base, strict=True)])


def _ratio(values: Sequence[float], base: Sequence[float]) -> Spread:
    return Spread.of([one / other for one, other in zip(values, base, strict=True)])


def _tables(cost: Costs, latency: Costs, rate: Costs) -> tuple[Table, ...]:
    raw_latency, raw_rate, raw_cpu = _walls(latency, RAW), _walls(rate, RAW), _cpus(rate, RAW)
    return (
        Table(
            "One event, without the network",
            ("CPU", "on the clock"),
            {name: (Spread.of(_cpus(cost, name)), Spread.of(_walls(cost, name))) for name in cost},
            "Microseconds from the report to the outcome, trace and journal on, the journal's thread included.",
        ),
        Table(
            "One verb at a time, on loopback",
            ("from event to outcome", "over bare httpx"),
            {
                name: (Spread.of(walls := _walls(latency, name)), _over(walls, raw_latency))
                for name in latency
            },
            "Microseconds on the clock.",
        ),
        Table(
            f"Verbs, {AT_ONCE} at once, on loopback",
            ("verbs a second", "× bare httpx", "CPU a verb", "× bare httpx "),
            {
                name: (
                    Spread.of([1e6 / wall for wall in _walls(rate, name)]),
                    _ratio(raw_rate, _walls(rate, name)),
                    Spread.of(_cpus(rate, name)),
                    _ratio(_cpus(rate, name), raw_cpu),
                )
                for name in rate
            },
            f"{VERBS} verbs an event. CPU in microseconds, of the client's process. {CALLS:,} calls; the server is the "
            "same process for all.",
        ),
    )


def _targets(cost: Costs, latency: Costs, rate: Costs) -> tuple[Target, ...]:
    allowed = tuple(
        Target(f"CPU of an event: {name}", EVENT_ALLOWED, Spread.of(_cpus(cost, name)).median, unit="us")
        for name in (NOTHING, TOLD, SENT)
    )
    rate_of_raw = _ratio(_walls(rate, RAW), _walls(rate, FAST)).median
    found = [Target("verbs a second, of bare httpx", RATE_WANTED, rate_of_raw, at_least=True)]
    if PEER in rate:
        over = _ratio(_walls(rate, PEER), _walls(rate, FAST)).median
        found.append(Target(f"verbs a second, of the engine at {COMMIT}", OVER_THE_PEER, over, at_least=True))
        cpu = _ratio(_cpus(rate, FAST), _cpus(rate, PEER)).median
        found.append(Target(f"CPU of a verb, of the engine at {COMMIT}", CPU_OF_THE_PEER, cpu))
    return *allowed, *found
