"""The fence of the host that a command runs on, as far as the environment tells of it."""

import os

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.cli.options.files import fail

_NAMES = ("FLOWRULES_ALLOW_", "FLOWRULES_DENY_")


def host_fence() -> DestinationPolicy:
    """What FLOWRULES_ALLOW_… and FLOWRULES_DENY_… say; ends the command with 2 where they can't be read."""
    if not any(name.upper().startswith(_NAMES) for name in os.environ):
        return DestinationPolicy()
    # Imported when needed: most machines on which rules are checked run no calls.
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from flowrules.runtime.settings import Settings

    try:
        return Settings().fence
    except (ValidationError, SettingsError) as error:
        fail(f"The settings can't be used: {settings_problem(error)}")


def settings_problem(error: Exception) -> str:
    """What is wrong with settings, in words and without their values."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    details = error.errors(include_input=False, include_url=False)
    return "; ".join(
        f"{detail['loc'][0]}: {detail['msg'].removeprefix('Value error, ')}" for detail in details
    )
