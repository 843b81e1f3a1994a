"""`flowrules run --fleet`: the fleet that the engine joins."""

from flowrules.cli.files import fail
from flowrules.cli.run_settings import RunSettings
from flowrules.runtime.fleet_member import FleetMember


def fleet_of(own: RunSettings) -> FleetMember | None:
    """What the engine joins; None where nobody asks for it."""
    if own.fleet is None:
        return None
    try:
        from flowrules.fleet import Fleet, FleetError, FleetOptions
    except ImportError:
        fail("The setting fleet takes the extra fleet: pip install 'flowrules[fleet]'")
    try:
        return Fleet(
            FleetOptions(
                own.fleet,
                own.fleet_name,
                beat=own.fleet_beat,
                dead_after=own.fleet_dead_after,
                patience=own.fleet_patience,
                keep=own.fleet_keep,
            )
        )
    except FleetError as error:
        fail(f"{error}")
