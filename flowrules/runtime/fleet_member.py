"""What an engine has to do with a fleet: other engines, in other processes and on other machines, that share a
database.

`flowrules.fleet` is one (extra `fleet`). An engine without it is as if it were not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from flowrules.call.setup import Setup
from flowrules.control.client import ControlClient
from flowrules.control.clock import Clock
from flowrules.control.credentials import TenantKey
from flowrules.control.pace import Window
from flowrules.engine.state import CallState
from flowrules.runtime.journal.writing.writer import Journal
from flowrules.runtime.observer import EntryObserver
from flowrules.runtime.reports import Report
from flowrules.runtime.sending.senders import Sender

if TYPE_CHECKING:
    from flowrules.runtime.engine import Engine


@dataclass(frozen=True, slots=True)
class Means:
    """What a member works with. `control` and `key` are None where nothing may be sent with a tenant key."""

    engine: "Engine"
    journal: Journal | None
    control: ControlClient | None
    key: TenantKey | None
    clock: Clock


class FleetMember(Protocol):
    """One engine's. All of it is called in the engine's event loop."""

    def tenant_window(self, clock: Clock, per_minute: int) -> Window:
        """What requests with the tenant key must find a place in: so many a minute in the whole fleet."""

    async def start(self, means: Means) -> None:
        """The engine takes calls from now on. Raises RunError where the fleet can't be joined."""

    def watch(self, state: CallState, setup: Setup) -> EntryObserver:
        """A call begins: what goes on record in it is told to this."""

    def sender(self, inner: Sender) -> Sender:
        """Sends what `inner` would, unless another host has taken it over."""

    async def take(self, report: Report) -> Mapping[str, Any]:
        """Pass on a report that may be for a call of another host; what it is answered, as JSON data. Raises
        BadReport and FleetUnavailable."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the fleet, as sentences, while this host's own calls are served."""

    async def stop(self) -> None:
        """The engine has let its calls go."""
