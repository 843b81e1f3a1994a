"""What a live call's machine is set up with."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flowrules.analysis.host_fence import HostFence
from flowrules.call.setup import Limits, Setup
from flowrules.runtime.recorder import Recorder
from flowrules.runtime.settings import Mode, Settings


def call_setup(settings: Settings, fence: HostFence, recorder: Recorder) -> Setup:
    """By the settings; what the host's own lists have against a request is on record."""

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
    )
    return Setup(
        limits,
        sends=settings.mode is Mode.LIVE,
        waits=settings.mode is not Mode.DRY_RUN,
        trace=recorder.writes,
        steps=False,
        objection=objection,
    )
