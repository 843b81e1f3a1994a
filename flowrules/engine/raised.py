"""Events that the engine raises by itself. They match rules that name them, never `on anything`."""

from flowrules.engine.event import Event, Source

RAISED = frozenset({"step_failed", "hangup_interrupted", "call_ended"})


def step_failed(verb: str, reason: str, event_id: str = "") -> Event:
    """A step failed and its plan had nothing written for that. Rules may ask `failed_verb` and `failed_reason`."""
    return _raised("step_failed", event_id, {"failed_verb": verb, "failed_reason": reason})


def hangup_interrupted(event_id: str = "") -> Event:
    """The caller spoke while a hangup waited for the bot to finish, so the hangup was dropped."""
    return _raised("hangup_interrupted", event_id, {})


def call_ended(event_id: str = "") -> Event:
    """The call's WebSocket has closed."""
    return _raised("call_ended", event_id, {})


def as_raised(event: Event) -> Event:
    """An event that was told by its name as the engine raises it by itself, where it is one that the engine raises; any
    other as it is. Tests, previews and trials play what nobody reports."""
    if RAISED.isdisjoint(event.keys):
        return event
    return event._replace(passing=frozenset(event.keys), source=Source.PLATFORM, sources=None, reported=False)


def _raised(name: str, event_id: str, facts: dict[str, str]) -> Event:
    return Event(
        {name: True, **facts},
        frozenset({name, *facts}),
        Source.PLATFORM,
        event_id=event_id,
        reported=False,
    )
