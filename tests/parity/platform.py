"""The platform of a story, without a network: it accepts every verb but those that are to fail."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from flowrules.call.receipt import Reason, Receipt, dropped, no_answer, not_sent
from flowrules.call.request import VerbRequest
from flowrules.control.client import ControlClient
from flowrules.control.clock import Clock
from flowrules.control.outcomes import answered

from .account import of_request
from .story import CALL, Script

ADDRESS = "http://127.0.0.1:9"
NO = {"detail": "no"}
STATUS: Mapping[str, tuple[int, Mapping[str, Any]]] = {
    "refused": (422, NO),
    "unauthorised": (401, NO),
    "not_allowed": (403, NO),
    "not_found": (404, NO),
    "ended": (409, NO),
    "not_configured": (424, NO),
    "at_capacity": (429, {"detail": {"code": "max_concurrent_exceeded", "message": "full"}}),
    "limited": (429, NO),
}
"""What the platform answers where a verb fails for a reason."""
NEVER_LEFT = ("unavailable", "late")
"""Reasons of a verb for which no request went out."""
REASONS = (*STATUS, *NEVER_LEFT, "timeout")


class ScriptedPlatform(ControlClient):
    """Answers at once, by a script."""

    def __init__(self, clock: Clock, script: Script) -> None:
        super().__init__(ADDRESS, clock=clock)
        self.requests: list[str] = []
        self._script = script
        self._members = 0
        self._over = False
        """The AI's session has ended: nothing more of it is taken."""

    async def send(self, request: VerbRequest, credentials: Any, **how: Any) -> Receipt:
        before: Callable[[], Awaitable[bool]] = how["before"]
        if how["called_off"].is_set() or not await before():
            return dropped("it was called off before it went out")
        self.requests.append(of_request(request))
        reason = self._script.answer(request.verb)
        if self._over:
            reason = "ended"
        if reason == "timeout":
            return no_answer("no answer came", 1)
        if reason in NEVER_LEFT:
            return not_sent(Reason(reason), "the platform is out of reach")
        if reason:
            self._over = self._over or reason == "ended"
            status, body = STATUS[reason]
            return answered(status, json.dumps(body).encode(), 1, CALL)
        self._over = request.ends
        result = {}
        if request.verb == "conference_add":
            self._members += 1
            result["member_id"] = f"member-{self._members}"
        envelope = {"ok": True, "event": request.verb, "call_id": CALL, "result": result}
        return answered(200, json.dumps(envelope).encode(), 1, CALL)
