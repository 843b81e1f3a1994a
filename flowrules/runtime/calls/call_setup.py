"""What a live call's machine is set up with."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.call.setup import Limits, Setup
from flowrules.runtime.calls.recorder import Recorder
from flowrules.runtime.settings import Mode, SayBy, Settings


def call_setup(
    settings: Settings, fence: DestinationPolicy, recorder: Recorder, served: Collection[str] = ()
) -> Setup:
    """By the settings; what the host's own lists have against a request is on record. `served`: the verbs that the host
    carries out itself."""

    def objection(body: Mapping[str, Any]) -> str:
        why = fence.objection(body)
        if why:
            recorder.objected(why)
        return why

    limits = Limits(
        timedelta(seconds=settings.plan_deadline),
        timedelta(seconds=settings.step_patience),
        timedelta(seconds=settings.speech_wait),
        settings.queue_size,
        settings.verbs_per_event,
        settings.verbs_per_call,
        timedelta(seconds=settings.key_pause),
    )
    live = settings.mode is Mode.LIVE
    return Setup(
        limits,
        sends=live,
        waits=settings.mode is not Mode.DRY_RUN,
        trace=recorder.writes,
        steps=False,
        objection=objection,
        served=frozenset(served) if live else frozenset(),
        host_voice=live and settings.say is SayBy.HOST,
    )
