"""What is noted of an event while it runs, for the span that is made of it afterwards."""

from typing import Any

from flowrules.call.receipt import Receipt


class VerbSpan:
    """Times in nanoseconds since the epoch, as in all of these."""

    __slots__ = ("began", "ended", "path", "receipt", "rule", "verb")

    def __init__(self, verb: str, rule: str, path: str, began: int, ended: int, receipt: Receipt) -> None:
        self.verb, self.rule, self.path = verb, rule, path
        self.began, self.ended, self.receipt = began, ended, receipt


class EventSpan:
    """`within` is the context in which the host has reported it; None where no host did. `planned`: when the making of
    its plan began, and how many nanoseconds it took."""

    __slots__ = (
        "began", "call_id", "ended", "event_id", "planned", "raised", "revision", "rules", "status", "verbs", "within",
    )  # fmt: skip

    def __init__(self, call_id: str, event_id: str, began: int, within: Any, revision: str) -> None:
        self.call_id, self.event_id, self.revision = call_id, event_id, revision
        self.began, self.ended, self.within = began, began, within
        self.planned: tuple[int, int] | None = None
        self.status = ""
        self.rules: tuple[tuple[str, str], ...] = ()
        self.verbs: list[VerbSpan] = []
        self.raised: list[EventSpan] = []
