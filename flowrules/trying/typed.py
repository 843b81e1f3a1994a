"""What somebody types of a conversation, and what is meant by it."""

import re
import shlex
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from flowrules.compiler.times.instants import at_clock, to_instant
from flowrules.diagnostics.guess import NO_GUESS, nearest
from flowrules.engine.event import Event, Source, flatten, make_event
from flowrules.engine.raised import RAISED, as_raised
from flowrules.language.literals import minutes, seconds
from flowrules.language.names import fold
from flowrules.trying.conversation import Conversation, Fails, Given, Happens, Waits
from flowrules.trying.pairs import read_pairs
from flowrules.verbs import BY_NAME, WORDS
from flowrules.verbs.reasons import REASONS

_PAIR = re.compile(r"[^\s=\"']+=")
_LENGTH = re.compile(r"=((?:\d+\s*(?:second|minute|hour|day)s?\b\s*)+)(?=\s|$)", re.IGNORECASE)
"""A length of time that was typed without quotes."""
_DURATION = re.compile(r"(?:\d+\s*(?:second|minute|hour|day)s?\s*)+", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:[0-5]\d")
_MEANWHILE = re.compile(r"\s+meanwhile\s+", re.IGNORECASE)


NOTHING = make_event()
"""An event that carries nothing."""


class Unclear(ValueError):
    """A text that can't be acted on; the message says why."""


def happens(line: str, events: AbstractSet[str]) -> tuple[Happens, list[str]]:
    """What a line stands for, and remarks on how it was taken. `events` are the names that the rules wait for.
    "meanwhile" stands between two events; in what somebody says it is a word.

    Raises Unclear, BadPair, BadEvent."""
    first, *others = _MEANWHILE.split(line, maxsplit=1)
    if others and _is_whole(first):
        event, remark = _event(first, events)
        if not remark:
            meanwhile, remark = _event(others[0], events)
            return Happens(event, meanwhile), [remark] if remark else []
    event, remark = _event(line, events)
    return Happens(event), [remark] if remark else []


def said(text: str) -> Happens:
    """The caller says it, whatever it looks like."""
    return Happens(make_event(facts={"said": text}, source=Source.CALLER))


def given(text: str, command: str = "") -> Given:
    """`balance=900`: what is known. `command`: what stands before it where it was typed.

    Raises Unclear, BadPair, BadEvent."""
    bare, facts = read_pairs(_split(_LENGTH.sub(r'="\1"', text)))
    if bare or not facts:
        raise Unclear(f"Write what is known as {command}balance=900")
    return Given({fold(name): value for name, value in flatten(facts)})


def waits(text: str, command: str = "") -> Waits:
    """`2 minutes`. Raises Unclear."""
    if not _DURATION.fullmatch(text):
        raise Unclear(f"Write how long as {command}2 minutes, or {command}10 seconds")
    return Waits(timedelta(seconds=seconds(text)))


def fails(text: str) -> Fails:
    """`transfer unavailable`, `transfer`: a verb, and why it fails from now on. Raises Unclear."""
    word, _, reason = text.partition(" ")
    reason = reason.strip().removeprefix("because").strip() or "refused"
    if reason not in REASONS:
        raise Unclear(f"A verb fails because it is one of: {', '.join(REASONS)}")
    return Fails(verb(word), reason)


def verb(word: str) -> str:
    """The platform's name of a verb that was typed. Raises Unclear."""
    key = fold(word)
    if key not in WORDS and key not in BY_NAME:
        guess = nearest(key, [*BY_NAME, *WORDS])
        raise Unclear(
            f"There is no verb {word or '…'}"
            + (f"; did you mean {' or '.join(guess.names)}?" if guess else "")
        )
    return WORDS[key].name if key in WORDS else key


def clock(conversation: Conversation, text: str, command: str = "") -> datetime:
    """`18:30` of the day that it is in the conversation, or `2026-03-02 11:00`. Raises Unclear."""
    zone = conversation.ruleset.zone
    now = conversation.call.now.astimezone(zone)
    try:
        if _CLOCK.fullmatch(text):
            hours, rest = divmod(minutes(text), 60)
            if hours >= 24:
                raise ValueError(text)
            return at_clock(now.date(), hours * 60 + rest, zone)
        return to_instant(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        raise Unclear(f"Write the time as {command}18:30, or {command}2026-03-02 11:00") from None


def clock_told(conversation: Conversation) -> str:
    """`It is Monday 2026-03-02 11:00:00 (Asia/Kolkata), 8:00 into the call. office is open.`"""
    call, ruleset = conversation.call, conversation.ruleset
    passed = int((call.now - call.state.started_at).total_seconds())
    now = call.now.astimezone(ruleset.zone)
    hours = [
        f" {calendar.name} is {'open' if here.open_at(call.now) else 'closed'}."
        for calendar in ruleset.calendars.values()
        if (here := calendar.of_call(call.state.facts.get)) is not None
    ]
    return (
        f"It is {now:%A %Y-%m-%d %H:%M:%S} ({ruleset.zone}), {passed // 60}:{passed % 60:02} into the call."
        + "".join(hours)
    )


def _event(line: str, events: AbstractSet[str]) -> tuple[Event, str]:
    """The event that a line stands for, and a remark on how it was taken."""
    if _PAIR.match(line):
        bare, facts = read_pairs(_split(line))
        return as_raised(make_event(*bare, facts=facts)), ""
    words = [fold(word) for word in line.split()]
    if all(word in events or word in RAISED for word in words):
        return as_raised(make_event(*words)), ""
    guess = nearest(line, sorted(events)) if len(words) == 1 else NO_GUESS
    hint = f" (Or was the event meant: {' or '.join(guess.names)}?)" if guess else ""
    return said(line).event, f'The caller says "{line}".{hint}'


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise Unclear("A quotation mark is open") from None


def _is_whole(text: str) -> bool:
    """Whether no quotation mark is open."""
    try:
        return bool(_split(text))
    except Unclear:
        return False
