"""What is typed in a conversation that is tried out, line by line, and what is said to it."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from flowrules.call.outcome import EventStatus
from flowrules.cli.conversation import Conversation, Fails, Given, Happens, Waits, answer_lines
from flowrules.cli.pairs import BadPair, read_pairs
from flowrules.cli.preview import preview_lines
from flowrules.cli.unknown_names import event_names, remarks
from flowrules.cli.why import why_lines
from flowrules.compiler.explain import shown as shown_value
from flowrules.compiler.instants import at_clock, to_instant
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.guess import NO_GUESS, nearest
from flowrules.engine.event import BadEvent, Event, Source, flatten, make_event
from flowrules.engine.preview import Preview
from flowrules.engine.raised import RAISED, as_raised
from flowrules.language.literals import minutes, seconds
from flowrules.language.names import fold
from flowrules.language.values import Value
from flowrules.verbs import BY_NAME, WORDS
from flowrules.verbs.reasons import REASONS

_PAIR = re.compile(r"[^\s=\"']+=")
_LENGTH = re.compile(r"=((?:\d+\s*(?:second|minute|hour|day)s?\b\s*)+)(?=\s|$)", re.IGNORECASE)
"""A length of time that was typed without quotes."""
_DURATION = re.compile(r"(?:\d+\s*(?:second|minute|hour|day)s?\s*)+", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:[0-5]\d")
_MEANWHILE = re.compile(r"\s+meanwhile\s+", re.IGNORECASE)

Lines = Iterator[str]


class Quit(Exception):
    """The conversation is over."""


class Unclear(ValueError):
    """A line that can't be acted on; the message says why."""


class Talk:
    """`take` acts on a line and gives the answer's lines."""

    def __init__(self, ruleset: RuleSet, start: datetime, known: Mapping[str, Value]) -> None:
        self.conversation = Conversation(ruleset, start, known)
        self._events = event_names(ruleset)
        self._commands: dict[str, tuple[Callable[[str], Lines], str, str]] = {
            "why": (self._why, "", "why every rule did, or did not, take the last event"),
            "plan": (self._plan, "", "the exact bodies that would be sent"),
            "facts": (self._facts, "", "what is known in the call, and who said it"),
            "given": (self._given, "balance=900", "let something be known without an event"),
            "at": (self._at, "18:30", "the last event again, at another time (or 2026-03-02 11:00)"),
            "wait": (self._wait, "2 minutes", "let time pass"),
            "fail": (self._fail, "transfer unavailable", "let the platform refuse a verb from now on"),
            "mend": (self._mend, "transfer", "let it take the verb again"),
            "undo": (self._undo, "", "take the last line back"),
            "again": (self._again, "", "what was taken back, or else the last event, once more"),
            "new": (self._new, "", "another call"),
            "help": (self._help, "", "this list"),
            "quit": (self._quit, "", "leave"),
        }

    def take(self, line: str) -> Lines:
        """Raises Quit where it was asked for."""
        line = line.strip()
        try:
            if line.startswith(":"):
                word, _, rest = line[1:].partition(" ")
                yield from self._command(word.lower(), rest.strip())
            elif line and not line.startswith("#"):
                yield from self._happens(line)
        except (Unclear, BadPair, BadEvent) as error:
            yield f"{error}."

    def follow(self, ruleset: RuleSet) -> Lines:
        """Other rules: the last answer as they give it."""
        self._events = event_names(ruleset)
        self.conversation.follow(ruleset)
        yield from self._last()

    # --- what happens ---

    def _happens(self, line: str) -> Lines:
        happens, told = self._read(line)
        yield from told
        for event in filter(None, (happens.event, happens.meanwhile)):
            yield from remarks(self.conversation.ruleset, event, {})
        if self.conversation.call.ended and "call_ended" not in happens.event.keys:
            yield "The AI's session has ended: nothing is decided any more. (:undo takes it back, :new is another call)"
            return
        call, known = self.conversation.call, len(self.conversation.call.outcomes)
        yield from answer_lines(self.conversation.play(happens), call)
        for outcome in call.outcomes[known:]:
            if happens.meanwhile is not None and outcome.status is EventStatus.CALL_OVER:
                yield f"What came meanwhile was not taken: {', '.join(outcome.notes)}."

    def _read(self, line: str) -> tuple[Happens, list[str]]:
        """What a line stands for, and remarks on how it was taken. "meanwhile" stands between two events; in what
        somebody says it is a word."""
        first, *others = _MEANWHILE.split(line, maxsplit=1)
        if others and _is_whole(first):
            event, remark = self._event(first)
            if not remark:
                meanwhile, remark = self._event(others[0])
                return Happens(event, meanwhile), [remark] if remark else []
        event, remark = self._event(line)
        return Happens(event), [remark] if remark else []

    def _event(self, line: str) -> tuple[Event, str]:
        """The event that a line stands for, and a remark on how it was taken."""
        if _PAIR.match(line):
            bare, facts = read_pairs(_split(line))
            return as_raised(make_event(*bare, facts=facts)), ""
        words = [fold(word) for word in line.split()]
        if all(word in self._events or word in RAISED for word in words):
            return as_raised(make_event(*words)), ""
        guess = nearest(line, sorted(self._events)) if len(words) == 1 else NO_GUESS
        hint = f" (Or was the event meant: {' or '.join(guess.names)}?)" if guess else ""
        return make_event(facts={"said": line}, source=Source.CALLER), f'The caller says "{line}".{hint}'

    def _last(self) -> Lines:
        conversation = self.conversation
        if conversation.last:
            yield from answer_lines(conversation.last, conversation.call)

    # --- commands ---

    def _command(self, word: str, rest: str) -> Lines:
        found = self._commands.get(word)
        if found is None:
            guess = nearest(word, self._commands)
            meant = " or ".join(f":{name}" for name in guess.names)
            raise Unclear(f"There is no :{word}" + (f"; did you mean {meant}?" if guess else ""))
        return found[0](rest)

    def _preview(self) -> Preview:
        turn = self.conversation.shown
        if turn is None:
            raise Unclear("Nothing has happened yet")
        return Preview(turn.decision, turn.plan)

    def _why(self, rest: str) -> Lines:
        yield from why_lines(self._preview())

    def _plan(self, rest: str) -> Lines:
        yield from preview_lines(self._preview())

    def _facts(self, rest: str) -> Lines:
        state = self.conversation.call.state
        for name, value in sorted(state.facts.items()):
            source = state.sources.get(name, Source.HOST).name.lower()
            yield f"{name} is {shown_value(value)}  ({source})"

    def _given(self, rest: str) -> Lines:
        bare, facts = read_pairs(_split(_LENGTH.sub(r'="\1"', rest)))
        if bare or not facts:
            raise Unclear("Write what is known as :given balance=900")
        known = {fold(name): value for name, value in flatten(facts)}
        self.conversation.play(Given(known))
        yield from remarks(self.conversation.ruleset, make_event(), known)

    def _at(self, rest: str) -> Lines:
        self.conversation.set_clock(self._moment(rest))
        yield self.clock()
        yield from self._last()

    def _wait(self, rest: str) -> Lines:
        if not _DURATION.fullmatch(rest):
            raise Unclear("Write how long as :wait 2 minutes, or :wait 10 seconds")
        happened = self.conversation.play(Waits(timedelta(seconds=seconds(rest))))
        yield self.clock()
        yield from answer_lines(happened, self.conversation.call)

    def _fail(self, rest: str) -> Lines:
        verb, _, reason = rest.partition(" ")
        reason = reason.strip().removeprefix("because").strip() or "refused"
        name = _verb(verb)
        if reason not in REASONS:
            raise Unclear(f"A verb fails because it is one of: {', '.join(REASONS)}")
        self.conversation.play(Fails(name, reason))
        yield f"{name} is refused from now on: {reason}."

    def _mend(self, rest: str) -> Lines:
        name = _verb(rest)
        self.conversation.play(Fails(name, None))
        yield f"{name} is taken again."

    def _undo(self, rest: str) -> Lines:
        if not self.conversation.undo():
            raise Unclear("There is nothing to take back")
        yield "Taken back."
        yield from self._last()

    def _again(self, rest: str) -> Lines:
        if not self.conversation.again():
            raise Unclear("Nothing has happened yet")
        yield from self._last()

    def _new(self, rest: str) -> Lines:
        self.conversation.begin_anew()
        yield f"Another call. {self.clock()}"

    def _help(self, rest: str) -> Lines:
        yield "intent=sales balance=900    an event that carries these"
        yield "payment_done                an event of the rules, by its name"
        yield "I want a person             anything else is what the caller says"
        yield "intent=bye meanwhile dtmf=1 the second while the first one's steps still wait"
        for name, (_, example, about) in self._commands.items():
            yield f"{f':{name} {example}':27} {about}"

    def _quit(self, rest: str) -> Lines:
        raise Quit

    # --- time ---

    def clock(self) -> str:
        """`It is Monday 2026-03-02 11:00:00 (Asia/Kolkata), 8:00 into the call.`"""
        call, ruleset = self.conversation.call, self.conversation.ruleset
        passed = int((call.now - call.state.started_at).total_seconds())
        now = call.now.astimezone(ruleset.zone)
        return f"It is {now:%A %Y-%m-%d %H:%M:%S} ({ruleset.zone}), {passed // 60}:{passed % 60:02} into the call."

    def _moment(self, text: str) -> datetime:
        zone = self.conversation.ruleset.zone
        now = self.conversation.call.now.astimezone(zone)
        try:
            if _CLOCK.fullmatch(text):
                hours, rest = divmod(minutes(text), 60)
                if hours >= 24:
                    raise ValueError(text)
                return at_clock(now.date(), hours * 60 + rest, zone)
            return to_instant(datetime.fromisoformat(text), zone)
        except (ValueError, OverflowError):
            raise Unclear("Write the time as :at 18:30, or :at 2026-03-02 11:00") from None


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


def _verb(word: str) -> str:
    key = fold(word)
    if key not in WORDS and key not in BY_NAME:
        guess = nearest(key, [*BY_NAME, *WORDS])
        raise Unclear(
            f"There is no verb {word or '…'}"
            + (f"; did you mean {' or '.join(guess.names)}?" if guess else "")
        )
    return WORDS[key].name if key in WORDS else key
