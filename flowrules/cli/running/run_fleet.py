"""`flowrules run --fleet`: the fleet that the engine joins."""

from typing import TYPE_CHECKING

from flowrules.cli.options.files import fail
from flowrules.cli.running.run_settings import RunSettings
from flowrules.runtime.fleet_member import FleetMember

if TYPE_CHECKING:
    from flowrules.fleet import FleetOptions


def fleet_of(own: RunSettings, worker: int = 0) -> FleetMember | None:
    """What the engine joins; None where nobody asks for it. Each of several workers is a host of the fleet."""
    options = options_of(own, worker)
    if options is None:
        return None
    from flowrules.fleet import Fleet

    return Fleet(options)


def options_of(own: RunSettings, worker: int = 0) -> "FleetOptions | None":
    """Ends the command where nothing can be made of them."""
    if own.fleet is None:
        return None
    try:
        from flowrules.fleet import FleetError, FleetOptions
        from flowrules.fleet.options import database_url
    except ImportError:
        fail("The setting fleet takes the extra fleet: pip install 'flowrules[fleet]'")
    try:
        database_url(own.fleet.get_secret_value())
        return FleetOptions(
            own.fleet,
            f"{own.fleet_name}-{worker}" if worker else own.fleet_name,
            beat=own.fleet_beat,
            dead_after=own.fleet_dead_after,
            patience=own.fleet_patience,
            keep=own.fleet_keep,
        )
    except FleetError as error:
        fail(f"{error}")
