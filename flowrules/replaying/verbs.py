"""How verbs are called in what a replay tells."""

from collections.abc import Mapping
from typing import Any

from flowrules.recordings.call import Sent
from flowrules.verbs import BY_NAME, Effect


def is_ending(verb: str) -> bool:
    """Whether a verb ends the AI's session."""
    spec = BY_NAME.get(verb)
    return spec is not None and spec.effect is Effect.ENDING


def word_of(sent: Sent) -> str:
    """The word by which rules write a verb: `say`, where it is play_audio with a text."""
    return word(sent.verb, sent.body)


def word(verb: str, body: Mapping[str, Any] | None) -> str:
    spec = BY_NAME.get(verb)
    if spec is None or body is None:
        return verb
    words = sorted(spec.words(body) - {verb})
    return words[0] if words else verb


def sends_a_time(verb: str) -> bool:
    """Whether a verb says a time, which follows from when it is sent."""
    spec = BY_NAME.get(verb)
    return spec is None or bool(spec.slots_of("callback_time"))
