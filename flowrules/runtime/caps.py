"""`for at most …`: what a verb opened is closed by a timer, unless something else closes it first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flowrules.compiler.refs import RuleRef
from flowrules.engine.plan import PlannedVerb
from flowrules.runtime.alarms import Alarm, Alarms


@dataclass(frozen=True, slots=True)
class OpenCap:
    """A closing step to come, kept as the rules had it when the pair was opened. `path` is the opening step's."""

    rule: RuleRef
    event_id: str
    path: str
    verb: str
    body: Mapping[str, Any]


class Caps:
    """The open caps of one call. `ring` is called with each that is due; its session sets it."""

    __slots__ = ("_alarms", "_open", "ring")

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms
        self.ring: Callable[[OpenCap], None] = lambda cap: None
        self._open: dict[tuple[str, str], tuple[OpenCap, Alarm]] = {}

    def opened(self, rule: RuleRef, event_id: str, step: PlannedVerb) -> None:
        """A verb with a cap was accepted, or may have been."""
        if step.cap is None:
            return
        cap = OpenCap(rule, event_id, step.path, step.cap.verb, step.cap.body)
        key = _key(cap.verb, cap.body)
        self._cancel(key)
        self._open[key] = cap, self._alarms.after(step.cap.seconds, lambda: self._due(key))

    def accepted(self, verb: str, body: Mapping[str, Any]) -> None:
        """A verb was accepted: where it closes a pair, its cap has nothing left to do."""
        if self._open:
            self._cancel(_key(verb, body))

    def cancel_all(self) -> None:
        for key in list(self._open):
            self._cancel(key)

    def _cancel(self, key: tuple[str, str]) -> None:
        if (found := self._open.pop(key, None)) is not None:
            found[1].cancel()

    def take(self, cap: OpenCap) -> bool:
        """Whether a cap that was due is still open, now that its turn has come: what it was to close may have been
        closed meanwhile, or opened anew for longer. It is closed from now on."""
        key = _key(cap.verb, cap.body)
        found = self._open.get(key)
        if found is None or found[0] is not cap:
            return False
        del self._open[key]
        return True

    def ring_due(self) -> bool:
        """Ring the first cap whose time has come, before its alarm does; whether there is one. What sets off a timer at
        the same moment asks this first: what ends, ends before anything begins."""
        due = [key for key, (_, alarm) in self._open.items() if alarm.is_due]
        if due:
            key = min(due, key=lambda one: self._open[one][1].at)
            self._open[key][1].cancel()
            self._due(key)
        return bool(due)

    def _due(self, key: tuple[str, str]) -> None:
        self.ring(self._open[key][0])


def _key(verb: str, body: Mapping[str, Any]) -> tuple[str, str]:
    return verb, str(body.get("target", ""))
