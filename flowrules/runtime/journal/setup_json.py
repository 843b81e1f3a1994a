"""What a call was set up with, as JSON."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any

from flowrules.call.setup import Limits, Objection, Setup


def setup_json(setup: Setup) -> dict[str, Any]:
    """Durations are in seconds. What the host has against a request is written where it says so."""
    limits = {field.name: _written(getattr(setup.limits, field.name)) for field in fields(Limits)}
    told = {"limits": limits, "sends": setup.sends, "waits": setup.waits, "trace": setup.trace}
    if setup.served:
        told["served"] = sorted(setup.served)
    if setup.host_voice:
        told["host_voice"] = True
    return told


def setup_of(told: Mapping[str, Any], objection: Objection) -> Setup:
    """As it was. A limit that an older version did not know is as it is by default. Raises KeyError, TypeError and
    ValueError for what is none."""
    usual = Limits()
    limits: dict[str, Any] = {
        field.name: _read(told["limits"][field.name], getattr(usual, field.name))
        for field in fields(Limits)
        if field.name in told["limits"]
    }
    return Setup(
        Limits(**limits),
        told["sends"],
        told["waits"],
        told["trace"],
        objection,
        served=frozenset(told.get("served", ())),
        host_voice=told.get("host_voice", False),
    )


def _written(limit: timedelta | int) -> float | int:
    return limit.total_seconds() if isinstance(limit, timedelta) else limit


def _read(written: float | int, like: timedelta | int) -> timedelta | int:
    return timedelta(seconds=written) if isinstance(like, timedelta) else int(written)
