"""What a process that starts has to know of the ones before it: the calls that are live, and the verbs of which nobody
knows what became.

It is kept while the journal is written, and put down in it now and then, as a checkpoint: so a start reads what was
written since, and not all that was ever written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flowrules.verbs import BY_NAME, LOOK, Effect

Step = tuple[str, str, str, str, str]
"""Call, session, event, rule, path: which step of which plan."""

OF_A_STEP = ("call", "session", "event", "rule", "path", "verb", "key")
_NAMES_A_STEP = OF_A_STEP[:5]
TELL_WHAT_IS_OPEN = frozenset({"decided", "sending", "receipt", "ended"})
"""Kinds of entries after which something else is open than before; beside those that say all of it."""
TELL_OF_DECIDED = frozenset({"journal", "checkpoint", "decided", "receipt", "ended"})
"""Kinds of entries that change which calls are known, or what is known to have been decided in them."""
_ENDINGS = frozenset(name for name, verb in BY_NAME.items() if verb.effect is Effect.ENDING)
_TELL_OF_THE_END = _ENDINGS | {LOOK.name}
_REMEMBERED = timedelta(hours=24)
"""A call that nobody has ended is remembered so long: no token lives longer."""
_MAX_ENDED = 1_000
"""So many calls that have ended are remembered, those that ended last: the platform may dial one again."""


@dataclass(slots=True)
class LeftCall:
    """A call: which of its events were decided, and whether an ending verb of it may have acted; `unknown_to_host`:
    one that the host carried out itself. `at` is when it was last heard of, as the journal writes it. `ended`: it was
    closed. Its events are remembered, and what may have ended it: the platform may dial it again."""

    at: str
    decided: set[str] = field(default_factory=set)
    unknown_ending: bool = False
    ended: bool = False
    unknown_to_host: bool = False

    def merged(self, other: "LeftCall") -> "LeftCall":
        """What two journals know of the call: the one that heard of it last says how it stands."""
        first, last = sorted((self, other), key=lambda left: left.at)
        return LeftCall(
            last.at, first.decided | last.decided, last.unknown_ending, last.ended, last.unknown_to_host
        )

    def as_json(self) -> dict[str, Any]:
        more = {"ended": True} if self.ended else {}
        if self.unknown_to_host:
            more["unknown_to_host"] = True
        return {
            "at": self.at,
            "decided": sorted(self.decided),
            "unknown_ending": self.unknown_ending,
            **more,
        }


class OpenCalls:
    """`calls` by their ids, `intents` by their steps. `learn` is told of every entry, in order."""

    __slots__ = ("_ended", "calls", "intents")

    def __init__(self) -> None:
        self.calls: dict[str, LeftCall] = {}
        self.intents: dict[Step, dict[str, Any]] = {}
        self._ended: dict[str, None] = {}
        """Calls that have ended, oldest first."""

    def learn(self, kind: str, at: str, fields: Mapping[str, Any]) -> None:
        match kind:
            case "journal" | "checkpoint":
                self._begin(fields)
            case "decided":
                known_by = fields.get("identity") or fields.get("event", "")
                self.decided(str(fields.get("call", "")), str(known_by), at)
            case "sending":
                by_host = _is_the_hosts(fields)
                self.sending(step_of(fields), str(fields.get("verb", "")), fields.get("key"), by_host=by_host)
            case "receipt":
                if not self.receipt(step_of(fields), str(fields.get("verb", ""))):
                    self._learn_of_ending(fields)
            case "ended":
                self.ended(str(fields.get("call", "")))

    def decided(self, call_id: str, event_id: str, at: str) -> None:
        """`event_id`: what the event is known by when it comes again: the digest of its id and content, where it came
        with an id."""
        call = self.calls.get(call_id)
        if call is None:
            call = self.calls[call_id] = LeftCall(at)
        elif call.ended:
            call.ended = False
            self._ended.pop(call_id, None)
        call.at = at
        if not event_id.startswith("#"):  # The session's own numbers begin anew.
            call.decided.add(event_id)

    def sending(self, step: Step, verb: str, key: str | None, *, by_host: bool = False) -> None:
        intent = self.intents[step] = dict(zip(OF_A_STEP, (*step, verb, key), strict=True))
        if by_host:
            intent["by"] = "host"

    def receipt(self, step: Step, verb: str) -> bool:
        """Whether that is all: what became of some verbs tells of the call's end."""
        self.intents.pop(step, None)
        return verb not in _TELL_OF_THE_END

    def ended(self, call_id: str) -> None:
        call = self.calls.get(call_id)
        if call is None:
            return
        if not call.decided and not call.unknown_ending:
            del self.calls[call_id]
            return
        call.ended = True
        self._ended[call_id] = None
        if len(self._ended) > _MAX_ENDED:
            oldest = next(iter(self._ended))
            del self._ended[oldest], self.calls[oldest]

    def inherit(self, left: Mapping[str, LeftCall]) -> bool:
        """What another journal knows; whether that is news here."""
        news = False
        for name, other in left.items():
            here = self.calls.get(name)
            call = other if here is None else here.merged(other)
            if call != here:
                news, self.calls[name] = True, call
                self._ended.pop(name, None)
                if call.ended:
                    self._ended[name] = None
        return news

    def settle(self) -> None:
        """The process that sent what is open is gone: where that would have ended a call, it may have."""
        for intent in self.intents.values():
            if _ends(intent) and intent["call"] in self.calls:
                call = self.calls[intent["call"]]
                call.unknown_ending = True
                call.unknown_to_host |= _is_the_hosts(intent)

    def forget(self, calls: Iterable[str]) -> None:
        """Leave out calls that are erased, if they have ended."""
        for name in calls:
            if name in self._ended:
                del self.calls[name], self._ended[name]

    def forget_old(self, now: datetime) -> None:
        """Leave out the calls that nobody has heard of for a day."""
        oldest = (now - _REMEMBERED).isoformat()
        for name in [name for name, call in self.calls.items() if call.at < oldest]:
            del self.calls[name]
            self._ended.pop(name, None)

    def as_json(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "calls": {name: call.as_json() for name, call in self.calls.items()},
            "intents": list(self.intents.values()),
        }

    # --- inside ---

    def _begin(self, fields: Mapping[str, Any]) -> None:
        self.calls = dict(_calls(fields.get("calls") or {}))
        self.intents = dict(_intents(fields.get("intents") or ()))
        self._ended = dict.fromkeys(name for name, call in self.calls.items() if call.ended)

    def _learn_of_ending(self, receipt: Mapping[str, Any]) -> None:
        """What a receipt tells of whether the call has ended."""
        call = self.calls.get(str(receipt.get("call", "")))
        if call is None or call.ended:
            return
        status = receipt.get("status")
        if _ends(receipt) and status == "unknown":
            call.unknown_ending = True
            call.unknown_to_host |= _is_the_hosts(receipt)
        elif receipt.get("verb") == LOOK.name and status == "accepted":
            call.unknown_ending = call.unknown_to_host = False


def step_of(fields: Mapping[str, Any]) -> Step:
    call, session, event, rule, path = (str(fields.get(name, "")) for name in _NAMES_A_STEP)
    return call, session, event, rule, path


def _calls(written: Mapping[str, Any]) -> Iterator[tuple[str, LeftCall]]:
    for name, call in written.items():
        ended = call.get("ended") is True
        to_host = call.get("unknown_to_host") is True
        yield name, LeftCall(call["at"], set(call["decided"]), call["unknown_ending"], ended, to_host)


def _intents(written: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Step, dict[str, Any]]]:
    for intent in written:
        by = {"by": "host"} if _is_the_hosts(intent) else {}
        yield step_of(intent), {name: intent.get(name) for name in OF_A_STEP} | by


def _is_the_hosts(step: Mapping[str, Any]) -> bool:
    """Whether the host carries it out itself."""
    return step.get("by") == "host"


def _ends(step: Mapping[str, Any]) -> bool:
    return step.get("verb") in _ENDINGS
