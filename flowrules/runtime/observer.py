"""Who looks on while calls run: told of what happens to a call and of what goes on record, and asked for nothing.

Without one a call is not looked at: nothing of this stands in its way.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

from flowrules.call.entries import Entry, Sending
from flowrules.call.inputs import Input
from flowrules.call.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.planning.plan import Plan
from flowrules.engine.state import CallState
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.journal.input_json import IN_TIME, Timing
from flowrules.runtime.log import Log
from flowrules.runtime.loop.listeners import shielded
from flowrules.runtime.rules.loads import LoadStatus

if TYPE_CHECKING:
    from flowrules.runtime.engine import Engine

_log = Log(__name__)


class EntryObserver(Protocol):
    """Of one call: what happens to it, and what goes on record. What it raises is logged and counted, and changes
    nothing of the call."""

    def took(self, received: Input) -> None:
        """Something has happened to the call; in the task of whoever reports it."""

    def wrote(self, entry: Entry) -> None:
        """Something goes on record."""


class CallObserver(EntryObserver, Protocol):
    """Of one call, with a look at how long deciding and planning take."""

    def decided_in(self, seconds: float) -> None:
        """A decision has been made, in so much time."""

    def planned_in(self, seconds: float) -> None:
        """A plan has been made, in so much time."""


class Observer(Protocol):
    """Of an engine. All of it is called in the engine's event loop."""

    def started(self, engine: "Engine") -> None:
        """The engine takes calls from now on."""

    def call(self, call_id: str) -> CallObserver:
        """A call begins."""

    def loaded(self, status: LoadStatus) -> None:
        """A load of rules has ended."""

    async def stopped(self) -> None:
        """The engine has let all calls go."""

    async def metrics(self, accept: str = "") -> tuple[bytes, str]:
        """What `GET /metrics` answers, and its Content-Type, by the request's Accept header."""


def observe(
    observer: Observer, recorder: Recorder, setup: Setup, state: CallState, on_broken: Callable[[], None]
) -> tuple[Recorder, Setup]:
    """The recorder and the setup of a call that is looked at. `on_broken`: the observer has raised something."""
    try:
        of_call = observer.call(state.call_id)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # As for any listener (`shielded`).
        on_broken()
        _log.exception("observer.broken")
        return recorder, setup
    return ObservedRecorder(recorder, of_call, on_broken, state), _timed(setup, of_call, on_broken)


def _timed(setup: Setup, observer: CallObserver, on_broken: Callable[[], None]) -> Setup:
    decide, make_plan = setup.decide, setup.make_plan
    decided_in, planned_in = (
        shielded(observer.decided_in, on_broken),
        shielded(observer.planned_in, on_broken),
    )

    def timed_decide(
        ruleset: RuleSet, event: Event, state: CallState, now: datetime, trace: bool = False
    ) -> Decision:
        began = perf_counter()
        decision = decide(ruleset, event, state, now, trace)
        decided_in(perf_counter() - began)
        return decision

    def timed_make_plan(ruleset: RuleSet, decision: Decision, state: CallState) -> Plan:
        began = perf_counter()
        plan = make_plan(ruleset, decision, state)
        planned_in(perf_counter() - began)
        return plan

    return replace(setup, decide=timed_decide, make_plan=timed_make_plan)


class ObservedRecorder(Recorder):
    """A call's recorder with an observer beside it."""

    __slots__ = ("_inner", "_tell_took", "_tell_wrote")

    def __init__(
        self, inner: Recorder, observer: EntryObserver, on_broken: Callable[[], None], state: CallState
    ) -> None:
        super().__init__(None, state.call_id, state.started_at)
        self._inner = inner
        self._tell_took = shielded(observer.took, on_broken)
        self._tell_wrote = shielded(observer.wrote, on_broken)

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
        self._tell_took(received)

    def objected(self, why: str) -> None:
        self._inner.objected(why)

    def write(self, entry: Entry) -> None:
        self._inner.write(entry)
        self._tell_wrote(entry)

    async def commit(self, entry: Sending, at_most: float) -> None:
        self._tell_wrote(entry)
        await self._inner.commit(entry, at_most)

    def note(self, message: str) -> None:
        self._inner.note(message)
