"""The engine that a host embeds: rules, a way to the platform, a journal, and all the calls that are live."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr

from flowrules.call.outcome import EventOutcome
from flowrules.control.call_id import is_call_id
from flowrules.control.client import ControlClient
from flowrules.control.clock import Clock, SystemClock
from flowrules.control.credentials import TenantKey
from flowrules.runtime import from_settings
from flowrules.runtime.call_opening import CallOpener
from flowrules.runtime.calls.frames import Ignored, Metadata, read_frame
from flowrules.runtime.calls.live_calls import LiveCalls
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.counters import Counters
from flowrules.runtime.engine_context import make_context
from flowrules.runtime.errors import BadFrame, CallInUse, NotRunning
from flowrules.runtime.fleet_member import FleetMember, Means
from flowrules.runtime.health import OK, Health
from flowrules.runtime.journal.open_calls import LeftCall
from flowrules.runtime.journal.writing.writer import Journal
from flowrules.runtime.log import Log
from flowrules.runtime.loop.gc_tuning import reduce_full_collections
from flowrules.runtime.loop.listeners import Listeners
from flowrules.runtime.observer import Observer
from flowrules.runtime.phase import Phase
from flowrules.runtime.rule_changes import RuleChanges
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.rules.sharing import Share
from flowrules.runtime.sending.cleanup import CleanUp
from flowrules.runtime.sending.serving import VerbHandler, Voice, checked_handler, checked_handlers
from flowrules.runtime.settings import Mode, Settings

Listener = Callable[[CallSession, EventOutcome], None]
_log = Log(__name__)


class Engine:
    """Use as an async context manager; make calls inside it.

        async with Engine("rules/", settings=Settings(journal=Path("journal"))) as engine:
            call = engine.call_from(first_frame)
            outcome = await call.event(intent="sales")
            await call.close()

    `rules` is a path (watched for edits, unless the settings say no) or a RuleBook. `control` is made from the
    settings where none is given; only the mode `live` has one. `verbs` are those that the host carries out itself, by
    their names, all others go to the platform; `voice` speaks what rules `say`, where `Settings.say` is `host`. Raises
    RulesRefused, JournalError, UnsafeAddress and WireUnusable before anything is live, and ValueError for what is no
    verb, or no handler.

    `candidate` is a second rule set that decides beside the live one and sends nothing: `engine.candidate.report()`
    says where it would differ. With `Settings.share` it decides so many percent of the calls.

    `telemetry` is told how the calls go: `flowrules.telemetry.Telemetry`, for Prometheus and OpenTelemetry. `fleet`
    joins it to engines of other processes and machines: `flowrules.fleet.Fleet`.
    """

    def __init__(
        self,
        rules: RuleBook | Path | str,
        *,
        settings: Settings | None = None,
        control: ControlClient | None = None,
        clock: Clock | None = None,
        verbs: Mapping[str, VerbHandler] | None = None,
        voice: Voice | None = None,
        candidate: RuleBook | Path | str | None = None,
        telemetry: Observer | None = None,
        fleet: FleetMember | None = None,
    ) -> None:
        self.settings = settings = settings or Settings()
        self._verbs = checked_handlers(verbs or {})
        self._voice = checked_handler("voice", voice) if voice is not None else None
        self.clock = clock or SystemClock()
        self.rules = from_settings.live_rules(rules, settings)
        if control is not None and settings.mode is not Mode.LIVE:
            raise ValueError(f"the mode {settings.mode} sends nothing: it takes no control client")
        share = Share(settings.share, holds=settings.hold_shrunken)
        self.candidate = from_settings.beside(candidate, settings, share) if candidate is not None else None
        """Rules that decide beside the live ones (`runtime/candidates/candidate.py`)."""
        self.also_told: list[Callable[[], Iterable[str]]] = []
        """What else has warnings for the engine's health."""
        self.before_journal_closes: list[Callable[[], Awaitable[None]]] = []
        """What puts its last entries on record at the end."""
        self.counters = Counters()
        self.telemetry = telemetry
        self.fleet = fleet
        self._control = control
        self._owns_control = control is None
        self._owns_rules = not isinstance(rules, RuleBook)
        self._context = make_context(self.clock, settings, self.counters)
        self._key = TenantKey(settings.tenant_key) if settings.tenant_key is not None else None
        self._journal: Journal | None = None
        self._opener: CallOpener | None = None
        self._inherited: Mapping[str, LeftCall] = {}
        self._calls = LiveCalls(self.clock)
        self._changes = RuleChanges(self.rules, self._context, telemetry, lambda: self._journal, self._calls)
        self._listeners: Listeners[[CallSession, EventOutcome]] = Listeners()
        self._collect_as_before: Callable[[], None] = lambda: None
        self._phase = Phase.NEW
        self._settled = asyncio.Event()
        """It is neither starting nor closing."""

    async def __aenter__(self) -> Self:
        """Raises NotRunning where it runs already."""
        if self._phase not in (Phase.NEW, Phase.CLOSED):
            raise NotRunning("the engine runs already: an engine is started once, and serves all calls")
        self._phase = Phase.STARTING
        self._settled = asyncio.Event()
        try:
            await self._start()
            self._phase = Phase.RUNNING
        except BaseException:
            # Whoever starts it, and is cancelled or fails on the way, leaves nothing behind that holds the folder.
            with suppress(BaseException):
                await self._let_go()
            self._phase = Phase.CLOSED
            raise
        finally:
            self._settled.set()
        return self

    async def _start(self) -> None:
        settings = self.settings
        await asyncio.to_thread(from_settings.build_verbs)
        if settings.mode is Mode.LIVE:
            await asyncio.to_thread(self._context.fence.prepare)
            self._control = self._control or from_settings.control_client(settings, self.clock, self.fleet)
            _log.info("wire.chosen", wire=self._control.wire, not_pyreqwest=self._control.not_the_fast_wire)
        if settings.journal is not None:
            self._journal = await from_settings.open_journal(settings, self.clock)
            self._journal.inherit(self._inherited)
            self._changes.note_first_load(self._journal, keeps=settings.last_good and self._owns_rules)
        if settings.tune_gc:
            self._collect_as_before = reduce_full_collections()
        self._context.scheduler.start()
        self._changes.subscribe()
        self._changes.watch(self.rules, "flowrules-watch")
        self._opener = CallOpener(
            self._context,
            self.rules,
            self._calls,
            journal=self._journal,
            control=self._control,
            key=self._key,
            verbs=self._verbs,
            voice=self._voice,
            telemetry=self.telemetry,
            fleet=self.fleet,
            on_outcome=self._listeners.tell,
        )
        if self.telemetry is not None:
            self.telemetry.started(self)
        if self.fleet is not None:
            await self.fleet.start(Means(self, self._journal, self._control, self._key, self.clock))
        if self.candidate is not None:
            self._changes.play(self.candidate)
            self._changes.watch(self.candidate.rules, "flowrules-watch-candidate")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def change_candidate(self, path: Path | None, share: Share | None = None) -> None:
        """Play the rules at a path beside the live ones from now on, in place of those that were; None: no rules. They
        are not watched for edits. Calls that the candidate before decides go on by its rules."""
        candidate = None
        if path is not None:
            candidate = await asyncio.to_thread(from_settings.beside, path, self.settings, share)
        before, self.candidate = self.candidate, candidate
        if before is not None:
            await before.let_go()
        if candidate is not None:
            self._changes.play(candidate)

    def inherits(self, left: Mapping[str, LeftCall]) -> None:
        """Before the start: calls that an earlier run has left, and of which another journal tells."""
        self._inherited = left

    def put_on_record(self, kind: str, **fields: Any) -> None:
        """Write an entry of the engine's own into the journal, where one is kept."""
        if self._journal is not None:
            self._journal.note(kind, **fields)

    async def drain(self, seconds: float) -> bool:
        """Take no new calls, and wait so long at most for those that are live to end by themselves; whether they
        have. What is left then `aclose` ends."""
        if self._phase is Phase.RUNNING:
            self._phase = Phase.DRAINING
        return await self._calls.drain(seconds)

    async def aclose(self) -> None:
        """Close every call, write what is left, let everything go. It goes to its end whatever fails on the way, and
        though it is cancelled, once; then what failed is raised, all of it as a group where it is more than one.
        Closing an engine that was not started, or is closed, does nothing; one that starts is closed when it has."""
        while self._phase in (Phase.STARTING, Phase.CLOSING):
            await self._settled.wait()
        if self._phase in (Phase.NEW, Phase.CLOSED):
            self._phase = Phase.CLOSED
            if self._owns_rules:
                self.rules.close()
            return
        self._phase = Phase.CLOSING
        self._settled.clear()
        try:
            await self._let_go()
        finally:
            self._phase = Phase.CLOSED
            self._settled.set()

    async def _let_go(self) -> None:
        clean_up = CleanUp()
        await self._changes.let_go(clean_up)
        if self._owns_rules:
            await clean_up.do(lambda: _called(self.rules.close))
        if self.candidate is not None:
            await clean_up.do(self.candidate.let_go)
        await clean_up.do(lambda: _called(self._collect_as_before))
        self._collect_as_before = lambda: None
        await clean_up.do(self._calls.close)
        if self.fleet is not None:
            await clean_up.do(self.fleet.stop)
        if self.telemetry is not None:
            await clean_up.do(self.telemetry.stopped)
        await clean_up.do(self._context.scheduler.stop)
        control, self._control = self._control, None if self._owns_control else self._control
        if control is not None and self._owns_control:
            await clean_up.do(control.aclose)
        for last in self.before_journal_closes:
            await clean_up.do(last)
        if self._journal is not None:
            await clean_up.do(self._journal.aclose)
            self._journal = None
        clean_up.end("the engine could not be shut down in order")

    # --- calls ---

    @property
    def calls(self) -> Mapping[str, CallSession]:
        """The live calls by call id."""
        return dict(self._calls)

    def call_from(self, frame: str | bytes | Mapping[str, Any]) -> CallSession:
        """A call from the first text frame of its WebSocket. Raises BadFrame where it is no metadata frame, CallInUse
        where that call is live already."""
        read = read_frame(frame, first=True)
        del frame  # It holds a token: a logger that prints the variables of a traceback would print it.
        if not isinstance(read, Metadata):
            raise BadFrame(read.note if isinstance(read, Ignored) else "the first frame is no metadata frame")
        session = self.call(read.call_id, token=read.token, facts=read.facts)
        for note in read.notes:
            _log.warning("frame.note", call=read.call_id, note=note)
        return session

    def call(
        self,
        call_id: str,
        *,
        token: SecretStr | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> CallSession:
        """A call whose metadata the host has read itself. `facts` are the platform's: `{"lead": {…}, "caller": …}`;
        a token among them is cut out.
        Raises ValueError for an id or a token that can't be one, CallInUse where that call is live already, NotRunning
        where the engine was not started, or is shutting down.

        With `reconnect_within` in the settings a call that comes again within it, or while its old connection hangs,
        goes on: `facts` are those that it has, and the session of the old connection is taken over."""
        if self._phase is not Phase.RUNNING:
            raise NotRunning(self._phase.why_no_call)
        if not is_call_id(call_id):
            raise ValueError("a call id is 1 to 256 visible characters")
        before = self._calls.get(call_id)
        if before is not None and not before.may_come_again:
            raise CallInUse(f"call {call_id} is live already")
        if not _is_secret(token):
            del token  # A logger that prints the variables of a traceback would print it.
            raise ValueError("a token is pydantic's SecretStr, so that no log and no traceback shows it")
        if before is not None:
            session = self._calls[call_id] = before.take_over(token)
            self.counters.add("reconnects")
            _log.info("call.came_again", call=call_id)
            return session
        assert self._opener is not None, "an engine that runs opens calls"
        session = self._calls[call_id] = self._opener.open(call_id, token, facts or {}, self.candidate)
        self.counters.add("calls")
        _log.info(
            "call.opened", call=call_id, mode=self.settings.mode.value, revision=session.ruleset.revision
        )
        return session

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Be told of every outcome of every call, those of timers included. Returns what ends it."""
        return self._listeners.add(listener)

    def health(self) -> Health:
        journal, warnings = self._journal, [*self.rules.problems]
        broken = self._listeners.broken + self.rules.listeners_broken + self.counters["listeners_broken"]
        problems = [] if self._phase is Phase.RUNNING else [self._phase.why_no_call]
        if self._context.scheduler.problem:
            problems.append(f"timers do not ring: {self._context.scheduler.problem}")
        if self.candidate is not None:
            warnings += self.candidate.warnings(self.rules)
        for told in self.also_told:
            warnings += told()
        if journal is not None:
            problems += [journal.problem] if journal.problem else []
            warnings += [journal.warning] if journal.warning else []
        if self._changes.problem:
            warnings.append(f"the last good rules are not kept for a restart: {self._changes.problem}")
        if self._control is not None and self._control.problem:
            problems.append(self._control.problem)
        if self.fleet is not None and self._phase is Phase.RUNNING:
            warnings += self.fleet.problems
        return Health(
            self.settings.mode.value,
            self.rules.revision,
            str(self.rules.last or ""),
            len(self._calls),
            journal is not None,
            tuple(problems),
            self.counters.snapshot() | ({"listeners_broken": broken} if broken else {}),
            self._control.wire if self._control is not None else "",
            tuple(warnings),
            {
                "engine": OK if self._phase is Phase.RUNNING else self._phase.name.lower(),
                "rules": OK if self.rules.is_live else "missing",
                "journal": "failing" if journal is not None and journal.problem else OK,
                "timers": "failing" if self._context.scheduler.problem else OK,
            },
            None if self.candidate is None else self.candidate.health(self.rules, self._calls.values()),
        )


async def _called(step: Callable[[], object]) -> None:
    step()


def _is_secret(token: object) -> bool:
    return token is None or isinstance(token, SecretStr)
