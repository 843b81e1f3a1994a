"""Verbs with more than two parties: conferences, supervisors, listening in."""

from typing import Literal, Self

from pydantic import model_validator

from flowrules.verbs.model import HttpUrl, Metadata, NonEmpty, Verb, check_destination, exactly_one


class ConferenceStart(Verb):
    event: Literal["conference_start"] = "conference_start"


class ConferenceAdd(Verb):
    event: Literal["conference_add"] = "conference_add"
    participant_type: Literal["e164", "sip_uri", "agent", "supervisor"]
    destination: NonEmpty
    metadata: Metadata | None = None

    @model_validator(mode="after")
    def _destination(self) -> Self:
        check_destination(self.participant_type, self.destination)
        return self


class ConferenceRemove(Verb):
    event: Literal["conference_remove"] = "conference_remove"
    member_id: NonEmpty


class ConferenceLeave(Verb):
    event: Literal["conference_leave"] = "conference_leave"


class RequestSupervisor(Verb):
    event: Literal["request_supervisor"] = "request_supervisor"
    reason: NonEmpty
    urgency: Literal["low", "high"] = "low"


class Whisper(Verb):
    event: Literal["whisper"] = "whisper"
    target_call_id: NonEmpty
    audio_url: HttpUrl | None = None
    tts_text: NonEmpty | None = None
    voice: NonEmpty | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        exactly_one(audio_url=self.audio_url, tts_text=self.tts_text)
        return self


class Barge(Verb):
    event: Literal["barge"] = "barge"
    target_call_id: NonEmpty


class MonitorStart(Verb):
    event: Literal["monitor_start"] = "monitor_start"
    target_call_id: NonEmpty
    mode: Literal["listen", "listen_and_whisper"] = "listen"


class MonitorStop(Verb):
    event: Literal["monitor_stop"] = "monitor_stop"
    target_call_id: NonEmpty
