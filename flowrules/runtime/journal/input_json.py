"""What happened to a call, as JSON: the inputs of its machine, so that the call can be replayed.

An input is an object with `input` (its kind), `us` (the call's own time when it came, in microseconds since the session
began), and what it carried. What an entry may not show of the caller is masked here, too.

How long the program itself took follows from no rule, so it is on record: `since` when the call wanted what comes now
(a request to be sent, to go on), and `overdue`, the moment to which an alarm was set that has not rung when this comes.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple, assert_never

from flowrules.call.inputs import (
    AboutToSend,
    Answered,
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    Closed,
    Continued,
    Failed,
    Input,
    Learned,
    PlayedOut,
    Reported,
    RulesChanged,
    Stopped,
    Woken,
)
from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event, Source, Turn
from flowrules.engine.planning.receipts import telling
from flowrules.language.values import Value
from flowrules.runtime.journal.masking import as_json

_MICROSECOND = timedelta(microseconds=1)
_SOURCES = {source: source.name.lower() for source in Source}
_SOURCE_BYTES = {source: name.encode() for source, name in _SOURCES.items()}
_BY_NAME = {name: source for source, name in _SOURCES.items()}
_PLAIN_BY_NAME: Mapping[str, Input] = {
    "continued": Continued(),
    "bot_speaking": BotSpeaking(),
    "bot_finished": BotFinished(),
    "played_out": PlayedOut(),
    "caller_speaking": CallerSpeaking(),
    "caller_heard": CallerHeard(),
    "failed": Failed(),
}
"""Those that say nothing but that it happened."""
_PLAIN = {type(received): name.encode() for name, received in _PLAIN_BY_NAME.items()}

NOTHING: Mapping[str, Any] = {}


class Timing(NamedTuple):
    """How the program kept up when an input came. `since`: when the call wanted it. `overdue`: for when an alarm was
    set that is still to ring."""

    since: datetime | None = None
    overdue: datetime | None = None


IN_TIME = Timing()
Json = dict[str, Any]
Mask = Callable[[Any], Any]
"""Masks what may quote somebody."""
Facts = Callable[[Event], Json | None]
"""An event's facts, as they may be shown; None: the entry that takes the input along says them, for it is about that
event."""


def input_json(
    received: Input,
    now: datetime,
    began: datetime,
    facts: Facts,
    mask: Mask,
    objection: str = "",
    timing: Timing = IN_TIME,
) -> bytes:
    """An input that came at `now`, in a session that began then, as JSON. `objection`: what the host had against it."""
    us = microseconds(now, began)
    written = _input_json(received, us, began, facts, mask, objection)
    since, overdue = timing
    if since is not None:
        written = b'%b,"since":%d}' % (written[:-1], microseconds(since, began))
    if overdue is not None:
        written = b'%b,"overdue":%d}' % (written[:-1], microseconds(overdue, began))
    return written


def microseconds(moment: datetime, began: datetime) -> int:
    return (moment - began) // _MICROSECOND


def moment_of(us: int, began: datetime) -> datetime:
    return began + us * _MICROSECOND


def input_of(
    told: Mapping[str, Any],
    began: datetime,
    rules: Callable[[str], RuleSet],
    entry: Mapping[str, Any] = NOTHING,
) -> Input:
    """An input as it was taken, its masks aside. `rules` are those of a revision, `entry` is what took it along. Raises
    KeyError, ValueError and TypeError for what is none, and what `rules` raises."""
    kind = told["input"]
    if (plain := _PLAIN_BY_NAME.get(kind)) is not None:
        return plain
    match kind:
        case "reported":
            keys = told["keys"] if "keys" in told else entry["keys"]
            return Reported(told["ticket"], _event(told, keys), told.get("digest", ""))
        case "about_to_send":
            return AboutToSend(told["step"])
        case "answered":
            return Answered(told["step"], _receipt(told), told.get("broken", False))
        case "woken":
            return Woken(moment_of(told["when"], began))
        case "learned":
            facts = {name: value_of(value) for name, value in told["facts"].items()}
            return Learned(facts, _BY_NAME[told["source"]])
        case "rules_changed":
            return RulesChanged(rules(told["revision"]))
        case "closed":
            return Closed(told["ticket"], told["why"])
        case "stopped":
            return Stopped(told["why"])
    raise ValueError(f"{kind!r} is no kind of input")


# --- inside ---


def _input_json(received: Input, us: int, began: datetime, facts: Facts, mask: Mask, objection: str) -> bytes:
    # Every verb of every call comes through here: what most inputs are is written out.
    if (plain := _PLAIN.get(type(received))) is not None:
        return b'{"input":"%b","us":%d}' % (plain, us)
    if isinstance(received, AboutToSend) and not objection:
        return b'{"input":"about_to_send","step":%d,"us":%d}' % (received.step, us)
    if isinstance(received, Reported):
        return _reported(received, us, facts(received.event))
    if isinstance(received, Answered):
        return _answered(received, us, mask)
    told = {**_told(received, began, facts), "us": us}
    if objection:
        told["objection"] = objection
    return as_json(told)


def _told(received: Input, began: datetime, facts: Facts) -> Json:
    match received:
        case AboutToSend(step):
            return {"input": "about_to_send", "step": step}
        case Woken(when):
            return {"input": "woken", "when": microseconds(when, began)}
        case Learned(known, source):
            masked = facts(Event(known, source=source))
            return {"input": "learned", "facts": masked, "source": _SOURCES[source]}
        case RulesChanged(ruleset):
            return {"input": "rules_changed", "revision": ruleset.revision}
        case Closed(ticket, why):
            return {"input": "closed", "ticket": ticket, "why": why}
        case Stopped(why):
            return {"input": "stopped", "why": why}
        case (
            Continued()
            | BotSpeaking()
            | BotFinished()
            | PlayedOut()
            | CallerSpeaking()
            | CallerHeard()
            | Failed()
            | Reported()
            | Answered()
        ):
            raise AssertionError("it is written elsewhere")
        case _:
            assert_never(received)


def _reported(received: Reported, us: int, facts: Json | None) -> bytes:
    event = received.event
    source, name = _SOURCE_BYTES[event.source], quoted(event.event_id).encode()
    head = b'{"input":"reported","us":%d,"ticket":%d,"event":%b,"source":"%b"' % (
        us,
        received.ticket,
        name,
        source,
    )
    more: Json = {}
    if facts is not None:
        more["keys"] = facts
    if event.passing:
        more["passing"] = sorted(event.passing)
    if event.sources:
        more["sources"] = {key: _SOURCES[source] for key, source in event.sources.items()}
    if event.turn_id:
        head += b',"turn_id":' + quoted(event.turn_id).encode()
    if not event.reported:
        more["reported"] = False
    if event.timer:
        more["timer"] = event.timer
    if event.identity:
        more["identity"] = event.identity
    if received.digest:
        more["digest"] = received.digest
    if event.turn is not None:
        head += b',"turn":[%d,%d]' % event.turn
    return _with(head, more)


def _answered(received: Answered, us: int, mask: Mask) -> bytes:
    receipt = received.receipt
    head = b'{"input":"answered","us":%d,"step":%d,"status":"%b","attempts":%d' % (
        us,
        received.step,
        receipt.status.value.encode(),
        receipt.attempts,
    )
    more: Json = {}
    if receipt.http_status is not None:
        head += b',"http_status":%d' % receipt.http_status
    if receipt.reason is not None:
        more["reason"] = receipt.reason.value
    if receipt.code:
        more["code"] = receipt.code
    if receipt.message:
        more["message"] = mask(receipt.message)
    # The rest of a reply may tell anything of anybody, and changes nothing in the call.
    if receipt.result and (result := telling(receipt.result)):
        more["result"] = mask(result)
    if receipt.may_have_acted:
        more["may_have_acted"] = True
    if received.broken:
        more["broken"] = True
    return _with(head, more)


def _with(head: bytes, more: Json) -> bytes:
    return b"%b,%b" % (head, as_json(more)[1:]) if more else head + b"}"


def _event(told: Mapping[str, Any], keys: Mapping[str, Any]) -> Event:
    sources = told.get("sources")
    turn = told.get("turn")
    return Event(
        {key: value_of(value) for key, value in keys.items()},
        frozenset(told.get("passing", ())),
        _BY_NAME[told["source"]],
        None if sources is None else {key: _BY_NAME[source] for key, source in sources.items()},
        told["event"],
        told.get("turn_id", ""),
        told.get("reported", True),
        told.get("timer", ""),
        told.get("identity", ""),
        None if turn is None else Turn(*turn),
    )


def value_of(written: Any) -> Value:
    """A fact's value, as it was before it was written down."""
    return tuple(written) if isinstance(written, list) else written


def _receipt(told: Mapping[str, Any]) -> Receipt:
    reason = told.get("reason")
    return Receipt(
        Status(told["status"]),
        None if reason is None else Reason(reason),
        told.get("http_status"),
        told.get("code", ""),
        told.get("message", ""),
        told.get("result", {}),
        told.get("attempts", 0),
        told.get("may_have_acted", False),
    )
