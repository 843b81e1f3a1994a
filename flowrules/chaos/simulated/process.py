"""One process of the host in a simulated world. It may die at any point, and with it everything that it had in mind."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import SecretStr

from flowrules.call.setup import Setup as CallSetup
from flowrules.chaos.setup import Setup
from flowrules.chaos.simulated.fates import Fates
from flowrules.chaos.simulated.journal import KeptJournal
from flowrules.chaos.simulated.line import Line
from flowrules.chaos.simulated.world import Happening, World
from flowrules.control.chance import Chance
from flowrules.control.credentials import TenantKey
from flowrules.control.pace import Pace
from flowrules.control.retry import Backoff


class Process:
    """`left` is what it leaves in its journal once it is dead. `on_death` is told of that. `replayable`: what happens
    to its calls is on record, too."""

    def __init__(
        self,
        world: World,
        line: Line,
        fates: Fates,
        setup: Setup,
        call_setup: CallSetup,
        chance: Chance,
        written: Sequence[bytes],
        *,
        replayable: bool,
    ) -> None:
        self.world, self.line, self.fates = world, line, fates
        self.setup, self.call_setup = setup, call_setup
        self.keys_enforced = setup.keys_enforced
        self.pace = Pace(world)
        self.backoff = Backoff(chance=chance)
        self.fallback = TenantKey(SecretStr(line.tenant_key)) if setup.fallback else None
        self.journal = KeptJournal(world, written)
        self.replayable = replayable
        self.dead = False
        self.left: list[bytes] = []
        self.on_death: Callable[[float], None] = lambda luck: None

    def monotonic(self) -> float:
        return self.world.monotonic()

    def after(self, seconds: float, do: Callable[[], None], lot: float | None = None) -> Happening:
        """Have something done in so many seconds, if the process still lives then."""
        return self.world.after(seconds, lambda: None if self.dead else do(), lot)

    def at(self, when: datetime, do: Callable[[], None]) -> Happening:
        return self.world.at(when, lambda: None if self.dead else do())

    def may_die(self, point: str, *, ends: bool = False) -> bool:
        """Whether the process has died at this point, or before. `ends` as in Fates.dies."""
        if self.dead:
            return True
        luck = self.fates.dies(point, ends=ends)
        if luck is None:
            return False
        self.dead = True
        self.left = self.journal.after_death(luck)
        self.on_death(luck)
        return True
