"""Who looks on while calls run: told of what happens to a call and of what goes on record, and asked for nothing.

Without one a call is not looked at: nothing of this stands in its way.
"""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from flowrules.call.entries import Entry, Sending
from flowrules.call.inputs import Input
from flowrules.call.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.plan import Plan
from flowrules.engine.state import CallState
from flowrules.runtime.journal.input_json import IN_TIME, Timing
from flowrules.runtime.loads import LoadStatus
from flowrules.runtime.recorder import Recorder

if TYPE_CHECKING:
    from flowrules.runtime.engine import Engine


class EntryObserver(Protocol):
    """Of one call: what happens to it, and what goes on record. What it raises is a bug of ours, and is counted as
    one."""

    def took(self, received: Input) -> None:
        """Something has happened to the call; in the task of whoever reports it."""

    def wrote(self, entry: Entry) -> None:
        """Something goes on record."""


class CallObserver(EntryObserver, Protocol):
    """Of one call, with a look at how long deciding and planning take."""

    def decide(
        self, ruleset: RuleSet, event: Event, state: CallState, now: datetime, trace: bool = False
    ) -> Decision:
        """The engine's `decide`, with a look at how long it takes."""

    def make_plan(self, ruleset: RuleSet, decision: Decision, state: CallState, /) -> Plan:
        """The engine's `make_plan`, as `decide`."""


class Observer(Protocol):
    """Of an engine. All of it is called in the engine's event loop."""

    def started(self, engine: "Engine") -> None:
        """The engine takes calls from now on."""

    def call(self, call_id: str, setup: Setup) -> CallObserver:
        """A call begins."""

    def loaded(self, status: LoadStatus) -> None:
        """A load of rules has ended."""

    async def stopped(self) -> None:
        """The engine has let all calls go."""

    async def metrics(self, accept: str = "") -> tuple[bytes, str]:
        """What `GET /metrics` answers, and its Content-Type, by the request's Accept header."""


class ObservedRecorder(Recorder):
    """A call's recorder with an observer beside it."""

    __slots__ = ("_inner", "_observer")

    def __init__(self, inner: Recorder, observer: EntryObserver, state: CallState) -> None:
        super().__init__(None, state.call_id, state.started_at)
        self._inner = inner
        self._observer = observer

    @property
    def writes(self) -> bool:
        return self._inner.writes

    def opened(
        self,
        state: CallState,
        mode: str,
        revision: str,
        setup: Setup | None = None,
        *,
        agent_type: str = "agent",
        unknown_ending: bool = False,
        unknown_to_host: bool = False,
        decided_before: Collection[str] = (),
    ) -> None:
        self._inner.opened(
            state,
            mode,
            revision,
            setup,
            agent_type=agent_type,
            unknown_ending=unknown_ending,
            unknown_to_host=unknown_to_host,
            decided_before=decided_before,
        )

    def took(self, received: Input, now: datetime, timing: Timing = IN_TIME) -> None:
        self._inner.took(received, now, timing)
        self._observer.took(received)

    def objected(self, why: str) -> None:
        self._inner.objected(why)

    def write(self, entry: Entry) -> None:
        self._inner.write(entry)
        self._observer.wrote(entry)

    async def commit(self, entry: Sending, at_most: float) -> None:
        self._observer.wrote(entry)
        await self._inner.commit(entry, at_most)

    def note(self, message: str) -> None:
        self._inner.note(message)
