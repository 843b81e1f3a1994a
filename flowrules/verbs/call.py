"""Verbs on the call itself: moving it, holding it, speaking into it, recording it."""

from typing import Literal, Self

from pydantic import model_validator

from flowrules.verbs.model import (
    Digits,
    HttpUrl,
    Metadata,
    NonEmpty,
    Party,
    Verb,
    check_destination,
    exactly_one,
)


class Transfer(Verb):
    """`agent` is the API reference's own example; the other three are the platform's Python client's."""

    event: Literal["transfer"] = "transfer"
    destination_type: Literal["agent", "agent_queue", "e164", "sip_uri"]
    destination: NonEmpty
    metadata: Metadata | None = None

    @model_validator(mode="after")
    def _destination(self) -> Self:
        check_destination(self.destination_type, self.destination)
        return self


class Hangup(Verb):
    event: Literal["hangup"] = "hangup"
    metadata: Metadata | None = None


class Log(Verb):
    event: Literal["log"] = "log"
    metadata: Metadata


class Mute(Verb):
    event: Literal["mute"] = "mute"
    target: Party = "caller"


class Unmute(Verb):
    event: Literal["unmute"] = "unmute"
    target: Party = "caller"


class Hold(Verb):
    event: Literal["hold"] = "hold"
    moh_url: HttpUrl | None = None


class Unhold(Verb):
    event: Literal["unhold"] = "unhold"


class SendDtmf(Verb):
    event: Literal["send_dtmf"] = "send_dtmf"
    digits: Digits


class PlayAudio(Verb):
    event: Literal["play_audio"] = "play_audio"
    audio_url: HttpUrl | None = None
    tts_text: NonEmpty | None = None
    voice: NonEmpty | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        exactly_one(audio_url=self.audio_url, tts_text=self.tts_text)
        return self


class SetDisposition(Verb):
    event: Literal["set_disposition"] = "set_disposition"
    disposition: NonEmpty
    notes: NonEmpty | None = None


class RecordingPause(Verb):
    event: Literal["recording_pause"] = "recording_pause"
    reason: NonEmpty | None = None


class RecordingResume(Verb):
    event: Literal["recording_resume"] = "recording_resume"


class GetCallState(Verb):
    event: Literal["get_call_state"] = "get_call_state"
