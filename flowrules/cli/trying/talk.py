"""What is typed in a conversation that is tried out, line by line, and what is said to it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from flowrules.call.outcome import EventStatus
from flowrules.compiler.explain import shown as shown_value
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.guess import nearest
from flowrules.engine.event import BadEvent, Source, make_event
from flowrules.engine.preview import Preview
from flowrules.language.values import Value
from flowrules.trying import typed
from flowrules.trying.conversation import Conversation, Fails, answer_lines
from flowrules.trying.pairs import BadPair
from flowrules.trying.told import preview_lines, why_lines
from flowrules.trying.typed import Unclear
from flowrules.trying.unknown_names import event_names, remarks

Lines = Iterator[str]


class Quit(Exception):
    """The conversation is over."""


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
        happens, told = typed.happens(line, self._events)
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
        move = typed.given(rest, ":given ")
        self.conversation.play(move)
        yield from remarks(self.conversation.ruleset, make_event(), move.facts)

    def _at(self, rest: str) -> Lines:
        self.conversation.set_clock(typed.clock(self.conversation, rest, ":at "))
        yield self.clock()
        yield from self._last()

    def _wait(self, rest: str) -> Lines:
        happened = self.conversation.play(typed.waits(rest, ":wait "))
        yield self.clock()
        yield from answer_lines(happened, self.conversation.call)

    def _fail(self, rest: str) -> Lines:
        move = typed.fails(rest)
        self.conversation.play(move)
        yield f"{move.verb} is refused from now on: {move.reason}."

    def _mend(self, rest: str) -> Lines:
        name = typed.verb(rest)
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
        return typed.clock_told(self.conversation)
