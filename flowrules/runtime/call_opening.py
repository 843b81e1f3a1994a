"""How an engine opens a call: which rules decide it, who carries out its verbs, what an earlier session has left."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import SecretStr

from flowrules.call.deduplication import plain_fingerprint
from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventOutcome
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.client import ControlClient, Revoked
from flowrules.control.credentials import CallbackToken, CallCredentials, TenantKey
from flowrules.engine.state import start_call
from flowrules.runtime.calls.call_setup import call_setup
from flowrules.runtime.calls.event_limits import without_tokens
from flowrules.runtime.calls.live_calls import LiveCalls
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.candidates.beside import RecorderBeside, play_beside
from flowrules.runtime.candidates.candidate import Candidate
from flowrules.runtime.engine_context import EngineContext
from flowrules.runtime.fleet_member import FleetMember
from flowrules.runtime.journal.writing.writer import Journal
from flowrules.runtime.observer import ObservedRecorder, Observer, observe
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.rules.sharing import Side
from flowrules.runtime.sending.line import HeldSender, Line
from flowrules.runtime.sending.senders import LiveSender, Sender, Withholder
from flowrules.runtime.sending.serving import HostSender, VerbHandler, Voice, Voices
from flowrules.runtime.settings import Mode, SayBy


class CallOpener:
    """Of an engine that runs. `control` is None where nothing is sent, `journal` where none is kept."""

    def __init__(
        self,
        context: EngineContext,
        rules: RuleBook,
        calls: LiveCalls,
        *,
        journal: Journal | None,
        control: ControlClient | None,
        key: TenantKey | None,
        verbs: Mapping[str, VerbHandler],
        voice: Voice | None,
        telemetry: Observer | None,
        fleet: FleetMember | None,
        on_outcome: Callable[[CallSession, EventOutcome], None],
    ) -> None:
        self._context = context
        self._rules = rules
        self._calls = calls
        self._journal = journal
        self._control = control
        self._key = key
        self._verbs = verbs
        self._voice = voice
        self._telemetry = telemetry
        self._fleet = fleet
        self._on_outcome = on_outcome

    def open(
        self,
        call_id: str,
        token: SecretStr | None,
        facts: Mapping[str, object],
        candidate: Candidate | None,
    ) -> CallSession:
        """A session for a call that begins. `candidate` are the rules beside the live ones, where there are any."""
        context, started_at, settings = (
            self._context,
            self._calls.history.start_of(call_id),
            self._context.settings,
        )
        rules = self._side(call_id, candidate)
        ruleset = rules()
        credentials, voices = self._credentials(call_id, token), Voices(self._voice)
        line = Line(settings.reconnect_within, context.scheduler)
        state = start_call(call_id, started_at, facts)
        state = state._replace(facts=without_tokens(state.facts))
        played = candidate is not None and not isinstance(rules, Side)
        beside = RecorderBeside(self._journal, state) if played else None
        recorder = beside or Recorder(self._journal, call_id, started_at)
        left = self._journal.left.get(call_id) if self._journal is not None else None
        unknown_ending, unknown_to_host = self._calls.history.unknown_ending(call_id, left)
        decided_before = left.decided if left is not None else ()
        setup = call_setup(settings, context.fence, recorder, self._verbs)
        recorder.opened(
            state,
            settings.mode.value,
            ruleset.revision,
            setup,
            agent_type=ruleset.agent_type,
            unknown_ending=unknown_ending,
            unknown_to_host=unknown_to_host,
            decided_before=decided_before,
        )
        observed: Recorder = recorder
        watched = setup
        if self._telemetry is not None:
            observed, watched = observe(self._telemetry, recorder, setup, state, context.note_broken)
        if self._fleet is not None:
            observed = ObservedRecorder(observed, self._fleet.watch(state, setup), context.note_broken, state)
        machine = CallMachine(
            state,
            ruleset,
            watched,
            unknown_ending=unknown_ending,
            unknown_to_host=unknown_to_host,
            decided_before=decided_before,
        )
        if beside is not None and candidate is not None:
            beside.beside = play_beside(candidate, machine, setup, context)
        return CallSession(
            machine,
            credentials,
            rules,
            self._sender(credentials, voices, line),
            observed,
            context,
            fingerprint=plain_fingerprint if self._journal is None else self._journal.masker.fingerprint,
            revoke=self._revoker(credentials),
            voices=voices,
            line=line,
            on_outcome=self._on_outcome,
            on_closed=self._calls.closed,
        )

    def _side(self, call_id: str, candidate: Candidate | None) -> Callable[[], RuleSet]:
        """Which rules decide a call that begins."""
        if candidate is not None:
            side = candidate.share.side(call_id, self._rules, candidate.rules)
            if side is not None:
                self._context.counters.add("calls_by_candidate")
                return side
        return lambda: self._rules.current

    def _sender(self, credentials: CallCredentials | None, voices: Voices, line: Line) -> Sender:
        sender: Sender = Withholder()
        if self._control is not None and credentials is not None:
            sender = LiveSender(self._control, credentials)
            if self._fleet is not None:
                sender = self._fleet.sender(sender)
            speaks = self._context.settings.say is SayBy.HOST
            if self._verbs or speaks:
                sender = HostSender(self._verbs, voices if speaks else None, sender, self._context.clock)
        return HeldSender(sender, line) if line.may_come_again else sender

    def _credentials(self, call_id: str, token: SecretStr | None) -> CallCredentials | None:
        settings, clock = self._context.settings, self._context.clock
        if settings.mode is not Mode.LIVE:
            return None
        lifetime = settings.token_lifetime
        first = None if token is None else CallbackToken.received(call_id, token, clock.monotonic(), lifetime)
        fallback = self._key if settings.tenant_key_fallback else None
        return CallCredentials(call_id, clock, first, fallback, lifetime)

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
