"""What a run is made of: how many calls, which platform it meets, and what goes wrong."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from pydantic import SecretStr

from flowrules.control.credentials import TokenLifetime
from flowrules.control.wires import WireChoice
from flowrules.runtime.settings import Settings
from flowrules.sandbox.faults import Fault, FaultRate
from flowrules.sandbox.limits import Counting

COUNTINGS: tuple[Counting, ...] = ("fixed_window", "sliding_window", "token_bucket")

MIX = (
    Fault(kind="rate_limited", retry_after=1),
    Fault(kind="rate_limited"),
    Fault(kind="max_concurrent", retry_after=1),
    Fault(kind="no_voice_agent"),
    Fault(kind="refused"),
    Fault(kind="server_error"),
    Fault(kind="server_error", when="after"),
    Fault(kind="timeout"),
    Fault(kind="timeout", when="after"),
    Fault(kind="reset"),
    Fault(kind="reset", when="after"),
    Fault(kind="slow", seconds=0.3),
    Fault(kind="truncated"),
    Fault(kind="malformed"),
    Fault(kind="close_websocket", when="after", how="abort"),
    Fault(kind="clock_jump", seconds=45),
)


@dataclass(frozen=True, slots=True)
class Setup:
    """A run, down to its dice. `fault_rate` is the share of requests that go wrong, in one of the ways of the `mix`.

    `keys_enforced`, `counting`, `fallback` (the tenant key may step in for a token), `lifetime` and `frame_keys` say
    which platform it is; `wire`, what the host speaks HTTP with.
    """

    seed: int
    calls: int
    fault_rate: float = 0.2
    events: int = 8
    keys_enforced: bool = True
    counting: Counting = "fixed_window"
    fallback: bool = False
    lifetime: TokenLifetime = TokenLifetime.REFRESHED
    frame_keys: str = "snake"
    wire: WireChoice = WireChoice.AUTO
    mix: tuple[Fault, ...] = MIX

    @classmethod
    def drawn(
        cls,
        seed: int,
        calls: int,
        *,
        keys_enforced: bool | None = None,
        counting: Counting | None = None,
        **rest: Any,
    ) -> Self:
        """The platform that a seed stands for: six seeds in a row meet both kinds of keys and every counting."""
        return cls(
            seed,
            calls,
            keys_enforced=seed % 2 == 0 if keys_enforced is None else keys_enforced,
            counting=counting or COUNTINGS[seed % 3],
            fallback=seed % 5 == 0,
            lifetime=TokenLifetime.WS_SESSION if seed % 4 == 3 else TokenLifetime.REFRESHED,
            frame_keys="camel" if seed % 7 < 3 else "snake",
            **rest,
        )

    @property
    def pause(self) -> float:
        """Seconds between two things in a call, on average: many calls take their time, as on a real line."""
        return self.calls / 250

    @property
    def answer_within(self) -> float:
        """Seconds after which no answer is no answer."""
        return max(0.4, self.calls / 250)

    @property
    def faults(self) -> FaultRate | None:
        return FaultRate(rate=self.fault_rate, seed=self.seed, faults=self.mix) if self.fault_rate else None

    @property
    def platform(self) -> dict[str, Any]:
        """For `POST /sandbox/settings`."""
        return {
            "audio": "none",
            "enforce_keys": self.keys_enforced,
            "rate_counting": self.counting,
            "token_lifetime": self.lifetime.value,
            "frame_keys": self.frame_keys,
            "send_retry_after": self.seed % 3 != 0,
            "conference_leave_ends": self.seed % 2 == 0,
        }


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a run takes place: a running sandbox, and a folder for all that is written."""

    base_url: str
    tenant_key: SecretStr = field(repr=False)
    folder: Path

    @property
    def rules(self) -> Path:
        return self.folder / "rules"

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.json"

    @property
    def reported(self) -> Path:
        return self.folder / "reported.json"


def host_settings(setup: Setup, ground: Ground) -> Settings:
    """How the host is set, so that a run of many calls takes a minute and not ten."""
    return Settings(
        tune_gc=True,
        base_url=ground.base_url,
        tenant_key=ground.tenant_key,
        tenant_key_fallback=setup.fallback,
        token_lifetime=setup.lifetime,
        keys_enforced=setup.keys_enforced,
        connections=300,
        connect_timeout=setup.answer_within,
        read_timeout=setup.answer_within,
        request_timeout=2 * setup.answer_within,
        plan_deadline=max(2.0, 4 * setup.answer_within),
        speech_wait=2,
        queue_size=8,
        journal=ground.journal,
        journal_max_bytes=4 * 1024 * 1024,
        hold_shrunken=False,
        wire=setup.wire,
    )
