"""What a verb that the platform accepted tells about the call."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from flowrules.engine.event import Source, is_refused
from flowrules.engine.state import CallState, forget, with_facts
from flowrules.language.names import fold
from flowrules.language.nodes import FactDef
from flowrules.language.values import Value
from flowrules.verbs import BY_NAME, Copies, FillsLead, Holds, Reports


def apply_receipt(
    state: CallState,
    verb: str,
    body: Mapping[str, Any],
    result: Mapping[str, Any],
    now: datetime,
    *,
    keep_as: str | None = None,
    source: Source = Source.PLATFORM,
    fact_sources: Mapping[str, FactDef] = {},
) -> CallState:
    """The call after an accepted verb. `body` is what was sent, `result` the reply's; `keep_as` names the fact
    that keeps the `member_id` of a reply.

    `source` is the weakest source among what the body quotes: what follows from the body has it too. A fact that
    its declaration (`fact_sources`) keeps for other sources is unknown after that. A reply that tells what was known
    already leaves its source as it was: the platform repeats what it was given.
    """
    written = told(verb, body, {})
    replied = {} if written else told(verb, body, result)
    for key in [key for key in written if is_refused(source, fact_sources.get(key))]:
        del written[key]
        state = forget(state, key)
    if keep_as is not None and isinstance(member := result.get("member_id"), str):
        replied[keep_as] = member
    sources = dict.fromkeys(written, source)
    for key, value in replied.items():
        repeated = key in state.facts and state.facts[key] == value
        sources[key] = state.sources.get(key, Source.HOST) if repeated else Source.PLATFORM
    facts = {**written, **replied}
    return with_facts(state, facts, now, sources) if facts else state


def told(verb: str, body: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Value]:
    """The facts that hold once a verb was accepted. A plan in the making asks this with an empty `result`."""
    facts: dict[str, Value] = {}
    for tells in BY_NAME[verb].tells if verb in BY_NAME else ():
        match tells:
            case Holds(fact, value, party):
                if not party or body.get("target", party) == party:
                    facts[fact] = value
            case Copies(fact, field):
                facts[fact] = body[field]
            case FillsLead(name, field):
                if isinstance(body[field], str | int | float):
                    facts[fold(f"lead.{body[name]}")] = body[field]
            case Reports(names):
                facts |= dict(filter(None, (_reported(name, result.get(name)) for name in names)))
            case _:
                assert_never(tells)
    return facts


_TELLING = frozenset(
    name
    for verb in BY_NAME.values()
    for tells in verb.tells
    if isinstance(tells, Reports)
    for name in tells.names
)


INTERRUPTED = "interrupted"
"""In what the host's own voice answers: the caller has interrupted it."""


def telling(result: Mapping[str, Any]) -> dict[str, Any]:
    """What of a reply can change anything in a call. All of it is text and numbers, a callback's time aside."""
    kept: dict[str, Any] = {}
    for name in _TELLING.intersection(result):
        value = result[name]
        if name == "callback" and isinstance(value, Mapping):
            kept[name] = {"scheduled_at": value.get("scheduled_at")}
        elif isinstance(value, str | int | float):
            kept[name] = value
    if isinstance(member := result.get("member_id"), str):
        kept["member_id"] = member
    if result.get(INTERRUPTED) is True:
        kept[INTERRUPTED] = True
    return kept


def spoken(verb: str, body: Mapping[str, Any]) -> str | None:
    """The text that the caller hears because of a verb."""
    spec = BY_NAME.get(verb)
    text = body.get(spec.heard_field) if spec is not None and spec.heard_field is not None else None
    return text if isinstance(text, str) else None


def held(verb: str, body: Mapping[str, Any]) -> bool | None:
    """Whether a verb puts the caller on hold (True) or takes them off it; None where it does neither."""
    value = told(verb, body, {}).get("call.on_hold")
    return value if isinstance(value, bool) else None


def names_member(verb: str) -> bool:
    """Whether the reply to a verb names somebody who joined the call."""
    return verb in BY_NAME and BY_NAME[verb].keeps_member


def _reported(name: str, value: object) -> tuple[str, Value] | None:
    if name == "callback" and isinstance(value, Mapping):
        value = value.get("scheduled_at")
    return (f"call.{name}", value) if isinstance(value, str | int | float) else None
