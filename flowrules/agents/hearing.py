"""The old name of `turn_taking`; it goes with the release after the next."""

import warnings

from flowrules.agents import turn_taking

_NEW = {"hear": "report_speech", "overhear": "report_interim"}


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)
    new = _NEW.get(name, name)
    warnings.warn(
        f"flowrules.agents.hearing.{name} is now flowrules.agents.turn_taking.{new}",
        DeprecationWarning,
        stacklevel=2,
    )
    return getattr(turn_taking, new)
