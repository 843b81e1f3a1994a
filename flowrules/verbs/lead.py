"""Verbs that write about the lead: a field, a status, a callback."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from flowrules.verbs.model import NonEmpty, Verb


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a date and time in ISO 8601, such as 2026-05-18T10:00:00+05:30") from None
    if moment.tzinfo is None:
        raise ValueError("must carry a UTC offset, such as +05:30 or Z")
    return text


class SetLeadField(Verb):
    event: Literal["set_lead_field"] = "set_lead_field"
    field: NonEmpty
    value: Any

    def body(self) -> dict[str, Any]:
        """`value` is any JSON, null included, so nothing is left out here."""
        return self.model_dump()


class SetLeadStatus(Verb):
    event: Literal["set_lead_status"] = "set_lead_status"
    status: NonEmpty


class ScheduleCallback(Verb):
    event: Literal["schedule_callback"] = "schedule_callback"
    scheduled_at: Annotated[str, AfterValidator(_moment)]
    reason: NonEmpty | None = None
    voice_agent_id: NonEmpty | None = None
