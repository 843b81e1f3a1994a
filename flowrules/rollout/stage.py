"""Where a new bundle begins."""

from enum import StrEnum


class Stage(StrEnum):
    """Where a new bundle begins. `live`: it decides all calls. `candidate`: it is played beside the live rules, and
    decides the share of the calls that is set."""

    LIVE = "live"
    CANDIDATE = "candidate"
