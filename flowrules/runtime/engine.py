"""The engine that a host embeds: rules, a way to the platform, a journal, and all the calls that are live."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from enum import Enum, auto
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, assert_never

from pydantic import SecretStr

from flowrules.call.deduplication import plain_fingerprint
from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventOutcome
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.call_id import is_call_id
from flowrules.control.client import ControlClient, Revoked
from flowrules.control.clock import Clock, SystemClock
from flowrules.control.credentials import CallbackToken, CallCredentials, TenantKey
from flowrules.engine.state import start_call
from flowrules.runtime.calls.call_history import CallHistory
from flowrules.runtime.calls.call_setup import call_setup
from flowrules.runtime.calls.event_limits import without_tokens
from flowrules.runtime.calls.frames import Ignored, Metadata, read_frame
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.candidates.candidate import Candidate, RecorderBeside
from flowrules.runtime.counters import Counters
from flowrules.runtime.engine_context import EngineContext
from flowrules.runtime.errors import BadFrame, CallInUse, NotRunning
from flowrules.runtime.fleet_member import FleetMember, Means
from flowrules.runtime.from_settings import (
    build_verbs,
    control_client,
    load_at_start,
    open_journal,
    rule_book,
)
from flowrules.runtime.health import OK, CandidateHealth, Health
from flowrules.runtime.journal.open_calls import LeftCall
from flowrules.runtime.journal.rules import texts_of
from flowrules.runtime.journal.writer import Journal
from flowrules.runtime.log import Log
from flowrules.runtime.loop.gc_tuning import reduce_full_collections
from flowrules.runtime.loop.listeners import Listeners, shielded
from flowrules.runtime.loop.loop_budget import LoopBudget
from flowrules.runtime.loop.timer_scheduler import TimerScheduler
from flowrules.runtime.observer import ObservedRecorder, Observer, observe
from flowrules.runtime.rules.reload import watch
from flowrules.runtime.rules.rule_keeper import RuleKeeper
from flowrules.runtime.rules.rulebook import LoadOutcome, LoadStatus, RuleBook
from flowrules.runtime.rules.sharing import Share, Side
from flowrules.runtime.sending.cleanup import CleanUp
from flowrules.runtime.sending.line import HeldSender, Line
from flowrules.runtime.sending.senders import LiveSender, Sender, Withholder
from flowrules.runtime.sending.serving import (
    HostSender,
    VerbHandler,
    Voice,
    Voices,
    checked_handler,
    checked_handlers,
)
from flowrules.runtime.settings import Mode, SayBy, Settings

Listener = Callable[[CallSession, EventOutcome], None]
_log = Log(__name__)


class Phase(Enum):
    """Where an engine is in its life."""

    NEW = auto()
    STARTING = auto()
    RUNNING = auto()
    DRAINING = auto()
    CLOSING = auto()
    CLOSED = auto()


_NOT_STARTED = (
    "the engine was not started, so nothing would be sent: "
    "make calls inside `async with Engine(…) as engine:`"
)
_SHUTTING_DOWN = "the engine is shutting down: it takes no new calls"
_WHY_NO_CALL = {
    Phase.NEW: _NOT_STARTED,
    Phase.STARTING: "the engine is still starting: make calls when `async with` has begun",
    Phase.DRAINING: _SHUTTING_DOWN,
    Phase.CLOSING: _SHUTTING_DOWN,
    Phase.CLOSED: "the engine is closed: nothing would be sent",
}


def _is_secret(token: object) -> bool:
    return token is None or isinstance(token, SecretStr)


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
        self.rules = (
            rules if isinstance(rules, RuleBook) else rule_book(rules, settings, load_at_start(settings))
        )
        if control is not None and settings.mode is not Mode.LIVE:
            raise ValueError(f"the mode {settings.mode} sends nothing: it takes no control client")
        load = partial(rule_book, settings=settings, read=RuleBook.load_or_wait)
        share = Share(settings.share, holds=settings.hold_shrunken)
        self.candidate = Candidate(candidate, load, share) if candidate is not None else None
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
        loop_share = LoopBudget(self.clock)
        scheduler = TimerScheduler(self.clock, loop_share)
        self._context = EngineContext(
            self.clock, settings, loop_share, scheduler, settings.fence, self.counters
        )
        self._key = TenantKey(settings.tenant_key) if settings.tenant_key is not None else None
        self._journal: Journal | None = None
        self._keeper: RuleKeeper | None = None
        self._calls: dict[str, CallSession] = {}
        self._inherited: Mapping[str, LeftCall] = {}
        self._history = CallHistory(self.clock)
        self._listeners: Listeners[[CallSession, EventOutcome]] = Listeners()
        self._watcher: asyncio.Task[None] | None = None
        self._candidate_watcher: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._end_of_loads: Callable[[], None] = lambda: None
        self._collect_as_before: Callable[[], None] = lambda: None
        self._phase = Phase.NEW
        self._settled = asyncio.Event()
        """It is neither starting nor closing."""
        self._call_ended = asyncio.Event()

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
        await asyncio.to_thread(build_verbs)
        if settings.mode is Mode.LIVE:
            await asyncio.to_thread(self._context.fence.prepare)
            self._control = self._control or control_client(settings, self.clock, self.fleet)
            _log.info("wire.chosen", wire=self._control.wire, not_pyreqwest=self._control.not_the_fast_wire)
        if settings.journal is not None:
            self._journal = await open_journal(settings, self.clock)
            self._journal.inherit(self._inherited)
            self._note_first_load(self._journal)
            if settings.last_good and self._owns_rules and self.rules.path is not None:
                self._keeper = RuleKeeper(self.rules, settings.journal)
                if not self.rules.fallback:
                    self._keeper.keep()
        if settings.tune_gc:
            self._collect_as_before = reduce_full_collections()
        self._context.scheduler.start()
        self._end_of_loads = self.rules.subscribe(self._loaded)
        if settings.watch and self.rules.path is not None:
            self._watcher = asyncio.create_task(watch(self.rules), name="flowrules-watch")
        if self.telemetry is not None:
            self.telemetry.started(self)
        if self.fleet is not None:
            await self.fleet.start(Means(self, self._journal, self._control, self._key, self.clock))
        if (candidate := self.candidate) is not None:
            self._play(candidate)
            if settings.watch and candidate.rules.path is not None:
                self._candidate_watcher = asyncio.create_task(
                    watch(candidate.rules), name="flowrules-watch-candidate"
                )

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def change_candidate(self, path: Path | None, share: Share | None = None) -> None:
        """Play the rules at a path beside the live ones from now on, in place of those that were; None: no rules. They
        are not watched for edits. Calls that the candidate before decides go on by its rules."""
        candidate = None
        if path is not None:
            load = partial(rule_book, settings=self.settings, read=RuleBook.load_or_wait)
            candidate = await asyncio.to_thread(Candidate, path, load, share)
        before, self.candidate = self.candidate, candidate
        if before is not None:
            await before.let_go()
        if candidate is not None:
            self._play(candidate)

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
        for session in tuple(self._calls.values()):
            session.comes_no_more()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._calls:
                    self._call_ended.clear()
                    await self._call_ended.wait()
        return not self._calls

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
        await clean_up.do(lambda: _ended(self._watcher))
        await clean_up.do(lambda: _ended(self._candidate_watcher))
        await clean_up.do(lambda: _called(self._end_of_loads))
        await clean_up.do(lambda: _ended(self._telling))
        self._watcher = self._candidate_watcher = self._telling = None
        if self._keeper is not None:
            await clean_up.do(self._keeper.aclose)
            self._keeper = None
        if self._owns_rules:
            await clean_up.do(lambda: _called(self.rules.close))
        if self.candidate is not None:
            await clean_up.do(self.candidate.let_go)
        await clean_up.do(lambda: _called(self._collect_as_before))
        self._collect_as_before = lambda: None
        await clean_up.do(self._close_calls)
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

    async def _close_calls(self) -> None:
        """Close all of them, those included that an error keeps from being closed in order."""
        errors: list[Exception] = []
        while self._calls:
            sessions = tuple(self._calls.values())
            for session in sessions:
                session.comes_no_more()
            ends = await asyncio.gather(
                *(session.close("the engine was shut down") for session in sessions), return_exceptions=True
            )
            for session, end in zip(sessions, ends, strict=True):
                if isinstance(end, Exception):
                    self._calls.pop(session.call_id, None)
                    errors.append(end)
        if errors:
            raise ExceptionGroup("calls could not be closed in order", errors)

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
            raise NotRunning(_WHY_NO_CALL[self._phase])
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
        session = self._session(call_id, token, facts or {})
        self._calls[call_id] = session
        self.counters.add("calls")
        revision = session.ruleset.revision
        _log.info("call.opened", call=call_id, mode=self.settings.mode.value, revision=revision)
        return session

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Be told of every outcome of every call, those of timers included. Returns what ends it."""
        return self._listeners.add(listener)

    def health(self) -> Health:
        journal, warnings = self._journal, [*self.rules.problems]
        broken = self._listeners.broken + self.rules.listeners_broken + self.counters["listeners_broken"]
        problems = [] if self._phase is Phase.RUNNING else [_WHY_NO_CALL[self._phase]]
        if self._context.scheduler.problem:
            problems.append(f"timers do not ring: {self._context.scheduler.problem}")
        if self.candidate is not None:
            warnings += self._of_candidate(self.candidate)
        for told in self.also_told:
            warnings += told()
        if journal is not None:
            problems += [journal.problem] if journal.problem else []
            warnings += [journal.warning] if journal.warning else []
        if self._keeper is not None and self._keeper.problem:
            warnings.append(f"the last good rules are not kept for a restart: {self._keeper.problem}")
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
            None if self.candidate is None else self._candidate_health(self.candidate),
        )

    # --- inside ---

    def _play(self, candidate: Candidate) -> None:
        candidate.keep(self._journal)

        def loaded(outcome: LoadOutcome | None = None) -> None:
            if candidate.rules.is_live and (outcome is None or outcome.status is LoadStatus.LIVE):
                if self._journal is not None:
                    self._journal.keep_rules(texts_of(candidate.rules.current, "candidate"))
                if outcome is not None:
                    self._rules_have_changed()

        loaded()
        candidate.rules.subscribe(loaded)

    def _of_candidate(self, candidate: Candidate) -> tuple[str, ...]:
        found, share = candidate.problems, candidate.share
        if candidate.rules.is_live and share.percent:
            lost = share.lost(self.rules, candidate.rules)
            if lost:
                said = "the candidate decides no calls, since this would be lost"
                found = (*found, f"{said}: {lost}. Say that you are sure of it, or mend it")
        return found

    def _candidate_health(self, candidate: Candidate) -> CandidateHealth:
        rules = candidate.rules
        calls = sum(call.is_candidates for call in self._calls.values())
        revision = rules.revision if rules.is_live else ""
        return CandidateHealth(revision, candidate.share.now(self.rules, rules), calls)

    def _side(self, call_id: str) -> Callable[[], RuleSet]:
        """Which rules decide a call that begins."""
        if (candidate := self.candidate) is not None:
            side = candidate.share.side(call_id, self.rules, candidate.rules)
            if side is not None:
                self.counters.add("calls_by_candidate")
                return side
        return lambda: self.rules.current

    def _session(self, call_id: str, token: SecretStr | None, facts: Mapping[str, object]) -> CallSession:
        context, started_at = self._context, self._history.start_of(call_id)
        rules = self._side(call_id)
        by_candidate = isinstance(rules, Side)
        ruleset = rules()
        credentials = self._credentials(call_id, token)
        sender: Sender = Withholder()
        voices = Voices(self._voice)
        if self._control is not None and credentials is not None:
            sender = LiveSender(self._control, credentials)
            if self.fleet is not None:
                sender = self.fleet.sender(sender)
            if self._verbs or self.settings.say is SayBy.HOST:
                speaks = self.settings.say is SayBy.HOST
                sender = HostSender(self._verbs, voices if speaks else None, sender, self.clock)
        line = Line(self.settings.reconnect_within, context.scheduler)
        if line.may_come_again:
            sender = HeldSender(sender, line)
        state = start_call(call_id, started_at, facts)
        state = state._replace(facts=without_tokens(state.facts))
        played = self.candidate is not None and not by_candidate
        beside = RecorderBeside(self._journal, state) if played else None
        recorder = beside or Recorder(self._journal, call_id, started_at)
        left = self._journal.left.get(call_id) if self._journal is not None else None
        unknown_ending, unknown_to_host = self._history.unknown_ending(call_id, left)
        decided_before = left.decided if left is not None else ()
        setup = call_setup(self.settings, self._context.fence, recorder, self._verbs)
        recorder.opened(
            state,
            self.settings.mode.value,
            ruleset.revision,
            setup,
            agent_type=ruleset.agent_type,
            unknown_ending=unknown_ending,
            unknown_to_host=unknown_to_host,
            decided_before=decided_before,
        )
        observed: Recorder = recorder
        watched = setup
        if self.telemetry is not None:
            observed, watched = observe(self.telemetry, recorder, setup, state, self._note_broken)
        if self.fleet is not None:
            observed = ObservedRecorder(observed, self.fleet.watch(state, setup), self._note_broken, state)
        machine = CallMachine(
            state,
            ruleset,
            watched,
            unknown_ending=unknown_ending,
            unknown_to_host=unknown_to_host,
            decided_before=decided_before,
        )
        if beside is not None and self.candidate is not None:
            beside.beside = self.candidate.beside(machine, setup, context)
        return CallSession(
            machine,
            credentials,
            rules,
            sender,
            observed,
            context,
            fingerprint=plain_fingerprint if self._journal is None else self._journal.masker.fingerprint,
            revoke=self._revoker(credentials),
            voices=voices,
            line=line,
            on_outcome=self._outcome,
            on_closed=self._closed,
        )

    def _credentials(self, call_id: str, token: SecretStr | None) -> CallCredentials | None:
        if self.settings.mode is not Mode.LIVE:
            return None
        lifetime = self.settings.token_lifetime
        first = (
            None
            if token is None
            else CallbackToken.received(call_id, token, self.clock.monotonic(), lifetime)
        )
        fallback = self._key if self.settings.tenant_key_fallback else None
        return CallCredentials(call_id, self.clock, first, fallback, lifetime)

    def _revoker(self, credentials: CallCredentials | None) -> Any:
        control, key = self._control, self._key
        if credentials is None or control is None or key is None:
            return None

        async def revoke() -> Revoked:
            token = credentials.token
            if token is None:
                raise RuntimeError("the call has no token")
            return await control.revoke_token(credentials.call_id, token.secret, key)

        return revoke

    def _note_broken(self) -> None:
        self.counters.add("listeners_broken")

    def _outcome(self, session: CallSession, outcome: EventOutcome) -> None:
        self._listeners.tell(session, outcome)

    def _closed(self, session: CallSession) -> None:
        self._calls.pop(session.call_id, None)
        self._call_ended.set()
        self._history.closed(
            session.call_id, may_have_ended=session.may_have_ended, by_host=session.may_have_ended_by_host
        )

    def _loaded(self, outcome: LoadOutcome) -> None:
        if self.telemetry is not None:
            shielded(self.telemetry.loaded, self._note_broken)(outcome.status)
        match outcome.status:
            case LoadStatus.LIVE:
                self.counters.add("reloads")
                # The calls first: what is written down about it may fail.
                self._rules_have_changed()
            case LoadStatus.HELD:
                self.counters.add("reloads_held")
            case LoadStatus.REFUSED:
                self.counters.add("reloads_refused")
            case LoadStatus.UNCHANGED:
                pass
            case _:
                assert_never(outcome.status)
        if self._journal is not None:
            if outcome.status is LoadStatus.LIVE:
                self._journal.keep_rules(texts_of(self.rules.current))
                if self._keeper is not None:
                    self._keeper.keep()
            self._journal.note(
                "rules", status=outcome.status.value, revision=outcome.revision, message=outcome.message
            )

    def _note_first_load(self, journal: Journal) -> None:
        """The rules that are live from the start; and those on disk, where they are not."""
        rules, fallback = self.rules, self.rules.fallback
        journal.keep_rules(texts_of(rules.current))
        said = {"message": fallback} if fallback else {}
        journal.note("rules", status=LoadStatus.LIVE.value, revision=rules.revision, **said)
        if fallback and (last := rules.last) is not None:
            journal.note("rules", status=last.status.value, revision=last.revision, message=last.message)

    def _rules_have_changed(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
        self._telling = asyncio.create_task(self._tell_calls(), name="flowrules-tell-calls")

    async def _tell_calls(self) -> None:
        """Tell them that the rules have changed."""
        for session in tuple(self._calls.values()):
            try:
                await self._context.loop_budget.call(session.rules_changed)
            except Exception:  # One call's trouble keeps no other call under the old rules.
                _log.exception("call.not_told", call=session.call_id)


async def _called(step: Callable[[], object]) -> None:
    step()


async def _ended(task: asyncio.Task[None] | None) -> None:
    """Have a task end, where there is one."""
    if task is not None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
