"""A story that went wrong, in words."""

import shlex
from collections.abc import Iterable, Iterator

from flowrules.chaos.script import Close, Keys, Refresh, Report, Revoke, Speech
from flowrules.chaos.simulated.play import Played
from flowrules.chaos.simulated.story import Age, Edit, HangUp, Scene

_SHOWN = 3
"""Sentences against one claim that are told."""


def told(played: Played) -> Iterator[str]:
    """What happened, in order, and what speaks against it; a line each."""
    happened = [(scene.at, scene.lot, scene.name, _in_words(scene)) for scene in played.scenes]
    happened += [(met.at, 1.0, met.name, met.what) for met in played.met]
    width = max((len(name) for _, _, name, _ in happened), default=0)
    for at, _, name, words in sorted(happened):
        yield f"{at:>9.3f} s  {name:<{width}}  {words}"
    for claim, sentences in played.contradictions.items():
        yield ""
        yield f"{claim}:"
        yield from (f"  {sentence}" for sentence in sentences[:_SHOWN])


def command(options: Iterable[str], number: int, kept: Iterable[str]) -> str:
    """What plays it again."""
    only = ",".join(kept)
    words = ["flowrules", "chaos", "--simulated", *options, "--call", str(number), "--only", only]
    return shlex.join(words)


def _in_words(scene: Scene) -> str:
    whose = "" if scene.call == 0 else "the second call: "
    return whose + _act_in_words(scene)


def _act_in_words(scene: Scene) -> str:
    match scene.act:
        case Report(event_id, facts, source):
            said = ", ".join(f"{name}={value}" for name, value in facts.items())
            return f"{source.name.lower()} reports {event_id or 'without an id'}: {said}"
        case Speech(signal):
            return signal.replace("_", " ")
        case Refresh():
            return "the platform sends the next token"
        case Revoke():
            return "the host revokes the token"
        case Keys(digit):
            return f"the caller presses {digit}"
        case Close(how):
            return f"the WebSocket breaks off ({how})"
        case Edit(edition):
            return f"edition {edition} of the rules goes live"
        case Age():
            return "every token is past its end"
        case HangUp():
            return "the host closes the call"
    raise LookupError(f"no words for {scene.act}")
