"""What a fleet's chaos run is made of."""

from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from flowrules.chaos.setup import Ground, Setup, host_settings
from flowrules.runtime.settings import PREFIX


@dataclass(frozen=True, slots=True)
class FleetSetup:
    """`calls` is as for one host. `hosts` processes share `url`, an SQLite file or a PostgreSQL. So many `kills` and
    `partitions` come at random in the `seconds` in which calls begin; SQLite has no way to be cut. `per_minute` is the
    tenant key's budget."""

    run: Setup
    url: str
    hosts: int = 3
    kills: int = 4
    partitions: int = 6
    seconds: float = 60.0
    per_minute: int = 120

    @property
    def of_a_host(self) -> Setup:
        """The tenant key steps in for tokens, so that its budget is used."""
        return replace(self.run, fallback=True)

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite:") or "://" not in self.url


def environment(setup: FleetSetup, ground: Ground, name: str, url: str, events_key: str) -> dict[str, str]:
    """The settings of a host, as its environment has them."""
    settings = host_settings(setup.of_a_host, ground)
    told: dict[str, object] = {
        field: getattr(settings, field) for field in settings.model_fields_set if field != "journal"
    }
    told |= {
        "journal": ground.folder / f"journal-{name}",
        "tenant_requests_per_minute": setup.per_minute,
        "check_apart": False,
        "listen_port": 0,
        "drain": 0,
        "log_level": "error",
        "events_key": events_key,
        "fleet": url,
        "fleet_name": name,
        "fleet_beat": 0.5,
        "fleet_dead_after": 4,
        "fleet_patience": 2,
    }
    return {f"{PREFIX}{field.upper()}": _text(value) for field, value in told.items()}


def _text(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case bool():
            return "true" if value else "false"
        case Path():
            return str(value)
    return str(getattr(value, "value", value))
