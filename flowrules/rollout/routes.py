"""`GET /rollout` and `POST /rollout`: what has come of a rollout, and its next step, over HTTP."""

from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from flowrules.rollout.envelope import MAX_TEXT
from flowrules.rollout.rollout import BadStep, Move, Rollout
from flowrules.rollout.store import NotKept
from flowrules.runtime.http.web import HostRoute
from flowrules.runtime.log import Log

_Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
_log = Log(__name__)


class StepRequest(BaseModel):
    """The body of `POST /rollout`: `{"step": "share", "share": 10, "author": "…", "reason": "…"}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Move
    author: _Text
    reason: _Text
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,64}$")] = ""
    share: float | None = Field(default=None, ge=0, le=100)
    sure: bool = False


def routes(rollout: Rollout) -> tuple[HostRoute, ...]:
    """For an agent server: whoever has the metrics key may look, a step takes the events key."""

    async def show(body: bytes) -> tuple[int, Any]:
        return 200, as_json(rollout)

    async def step(body: bytes) -> tuple[int, Any]:
        try:
            asked = StepRequest.model_validate_json(body)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in found["loc"])
            return 422, {"detail": f"{where}: {found['msg']}" if where else str(found["msg"])}
        try:
            await rollout.step(
                asked.step,
                author=asked.author,
                reason=asked.reason,
                digest=asked.digest,
                share=asked.share,
                sure=asked.sure,
            )
        except (BadStep, NotKept) as error:
            return 409, {"detail": str(error)}
        except OSError as error:
            _log.exception("rollout.not_written")
            return 503, {"detail": f"the step can't be written: {error.strerror or error}"}
        return 200, as_json(rollout)

    return HostRoute("/rollout", "GET", show, only_tells=True), HostRoute("/rollout", "POST", step)


def as_json(rollout: Rollout) -> dict[str, Any]:
    """The state of a rollout as JSON data."""
    told = msgspec.to_builtins(rollout.state)
    del told["url"], told["etag"]  # An address may hold what opens a store.
    return {**told, "warnings": list(rollout.warnings)}
