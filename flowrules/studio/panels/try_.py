"""A conversation to try: what happens is typed or pressed, and the rules answer at once. Nothing is sent.

It is the conversation of `flowrules try`: the whole of it is played anew whenever the rules are edited.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from flowrules.compiler.explain import shown
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Edit
from flowrules.engine.event import BadEvent, Event, Source
from flowrules.engine.planning.plan import FailedStep, PlannedVerb
from flowrules.engine.planning.receipts import spoken
from flowrules.engine.preview import Preview
from flowrules.engine.raised import RAISED
from flowrules.engine.trace import trace_lines
from flowrules.language.nodes import On, Rule
from flowrules.language.printer import print_trigger
from flowrules.language.printer.words import duration
from flowrules.scenarios.happenings import Closed, Done, Happening, Turn
from flowrules.scenarios.words import describe, describe_step
from flowrules.source import Location
from flowrules.studio.panels.blocks import (
    Block,
    Bubble,
    Button,
    Buttons,
    Card,
    Code,
    Field,
    Form,
    Group,
    Lead,
    Lines,
    Mark,
    Note,
    Tone,
)
from flowrules.studio.panels.panel import Refused, Room
from flowrules.trying import typed
from flowrules.trying.as_test import NoTest, as_test
from flowrules.trying.conversation import Conversation, Fails, Given, Happens, Move, Waits
from flowrules.trying.pairs import BadPair
from flowrules.trying.told import why_lines
from flowrules.trying.typed import Unclear
from flowrules.trying.unknown_names import event_names, remarks
from flowrules.verbs import BY_NAME
from flowrules.verbs.reasons import REASONS

KEYS = "1 2 3 4 5 6 7 8 9 * 0 #".split()
MOST_SUGGESTED = 300
"""Events that are suggested."""


class Try:
    """`_remarks` stand beneath the moves that they are about, by the number of each."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._conversation: Conversation | None = None
        self._remarks: dict[int, tuple[str, ...]] = {}
        self._acts: dict[str, Callable[[Conversation, Mapping[str, str]], None]] = {
            "speak": lambda talk, fields: self._happen(talk, typed.said(_wanted(fields, "text"))),
            "happen": self._type,
            "key": lambda talk, fields: self._type(talk, {"event": f'dtmf="{fields["key"]}"'}),
            "wait": lambda talk, fields: self._play(talk, typed.waits(_wanted(fields, "length"))),
            "clock": lambda talk, fields: talk.set_clock(typed.clock(talk, _wanted(fields, "time"))),
            "given": lambda talk, fields: self._play(talk, typed.given(_wanted(fields, "fact"))),
            "fail": lambda talk, fields: self._play(
                talk, Fails(typed.verb(fields["verb"]), fields["reason"])
            ),
            "mend": lambda talk, fields: self._play(talk, Fails(typed.verb(fields["verb"]), None)),
            "undo": lambda talk, fields: self._undo(talk),
            "again": lambda talk, fields: self._again(talk),
            "new": lambda talk, fields: talk.begin_anew(),
            "test": lambda talk, fields: self._test(talk, fields.get("name", "")),
        }

    async def show(self) -> Sequence[Block]:
        talk = self._current()
        if talk is None:
            return self._room.remark
        return tuple(self._blocks(talk))

    async def act(self, act: str, fields: Mapping[str, str]) -> None:
        talk, carry_out = self._current(), self._acts.get(act)
        if talk is None or carry_out is None:
            return
        try:
            carry_out(talk, fields)
        except (Unclear, BadPair, BadEvent, KeyError) as error:
            raise Refused(f"{str(error).rstrip('.')}.") from None

    # --- what is done ---

    def _current(self) -> Conversation | None:
        ruleset = self._room.ruleset
        if ruleset is None:
            return None
        if self._conversation is None:
            self._conversation = Conversation(ruleset, datetime.now(UTC).replace(second=0, microsecond=0), {})
        elif self._conversation.ruleset is not ruleset:
            self._conversation.follow(ruleset)
        return self._conversation

    def _type(self, talk: Conversation, fields: Mapping[str, str]) -> None:
        happens, told = typed.happens(_wanted(fields, "event"), event_names(talk.ruleset))
        self._happen(talk, happens, told)

    def _happen(self, talk: Conversation, happens: Happens, told: Sequence[str] = ()) -> None:
        if talk.call.ended and "call_ended" not in happens.event.keys:
            raise Refused(self._room.texts("try.over"))
        some = [
            one
            for event in (happens.event, happens.meanwhile)
            if event
            for one in remarks(talk.ruleset, event, {})
        ]
        self._remarks[len(talk.story)] = (*told, *some)
        talk.play(happens)

    def _play(self, talk: Conversation, move: Move) -> None:
        known = move.facts if isinstance(move, Given) else {}
        self._remarks[len(talk.story)] = tuple(remarks(talk.ruleset, typed.NOTHING, known)) if known else ()
        talk.play(move)

    def _undo(self, talk: Conversation) -> None:
        if not talk.undo():
            raise Refused(self._room.texts("try.nothing"))

    def _again(self, talk: Conversation) -> None:
        if not talk.again():
            raise Refused(self._room.texts("try.nothing"))

    def _test(self, talk: Conversation, name: str) -> None:
        """Write the conversation as a test at the end of the file with the rule that answered last."""
        workspace = self._room.workspace
        try:
            text = as_test(talk, name.strip(), workspace.index)
        except NoTest as error:
            raise Refused(str(error)) from None
        rules = [part.rule.file for one in talk.happened if isinstance(one, Turn) for part in one.plan.parts]
        path = next((one for one in reversed(rules) if one in workspace.documents), None) or next(
            iter(workspace.documents)
        )
        source = workspace.documents[path].source
        end = len(source.text)
        gap = "" if not end else "\n" if source.text.endswith("\n") else "\n\n"
        self._room.edit((Edit(Location(source, end, end), f"{gap}{text}"),), self._room.texts("try.written"))

    # --- what is shown ---

    def _blocks(self, talk: Conversation) -> Iterator[Block]:
        t = self._room.texts
        yield from self._room.remark
        yield Note((typed.clock_told(talk),), Tone.SOFT)
        said = [block for number, one in enumerate(talk.story) for block in self._move(talk, number, *one)]
        if talk.call.ended:
            said.append(Bubble("call", "", t("try.ended")))
        yield Group(
            tuple(said) or (Note((t("try.begin"),), Tone.SOFT),), t("try.conversation"), scrolls_to_end=True
        )
        yield Form(
            "speak",
            (Field("text", t("try.says"), placeholder=t("try.says.example")),),
            t("try.say"),
            empties=True,
        )
        happens = Field(
            "event", t("try.happens"), placeholder="intent=sales", suggestions=_suggested(talk.ruleset)
        )
        yield Form("happen", (happens,), t("try.happen"), empties=True)
        yield Buttons(
            (
                Button(t("try.undo"), "undo", disabled=not talk.story),
                Button(t("try.again"), "again"),
                Button(t("try.new"), "new", disabled=not talk.story),
            ),
            t("try.buttons"),
        )
        yield Card((), opens=t("try.more"), more=tuple(self._more(talk)), key="more")
        if talk.story:
            name = Field("name", t("try.test.name"), placeholder=t("try.test.example"))
            yield Form("test", (name,), t("try.test"), empties=True)

    def _more(self, talk: Conversation) -> Iterator[Block]:
        t = self._room.texts
        yield Note((t("try.keys"),), Tone.SOFT)
        yield Buttons(tuple(Button(key, "key", {"key": key}) for key in KEYS), t("try.keys"))
        verbs = tuple((name, name) for name in BY_NAME)
        why = tuple((reason, reason) for reason in REASONS)
        yield Form(
            "wait", (Field("length", t("try.wait"), placeholder="2 minutes"),), t("try.wait.do"), empties=True
        )
        yield Form(
            "clock", (Field("time", t("try.clock"), placeholder="18:30"),), t("try.clock.do"), empties=True
        )
        yield Form(
            "given",
            (Field("fact", t("try.given"), placeholder="balance=900"),),
            t("try.given.do"),
            empties=True,
        )
        fails = (Field("verb", t("try.fail"), options=verbs), Field("reason", t("try.fail.why"), options=why))
        yield Form("fail", fails, t("try.fail.do"))
        if talk.call.fails:
            undone = (Button(t("try.mend", verb=verb), "mend", {"verb": verb}) for verb in talk.call.fails)
            yield Buttons(tuple(undone))

    def _move(
        self, talk: Conversation, number: int, move: Move, happened: Sequence[Happening]
    ) -> Iterator[Block]:
        t = self._room.texts
        match move:
            case Happens(event, meanwhile):
                yield self._event(event)
                if meanwhile is not None:
                    yield self._event(meanwhile)
            case Waits(length):
                yield Bubble("call", "", t("try.passes", length=duration(int(length.total_seconds()))))
            case Given(facts):
                known = ", ".join(f"{name} = {shown(value)}" for name, value in facts.items())
                yield Bubble("call", "", t("try.known", facts=known))
            case Fails(verb, reason):
                yield Bubble(
                    "call",
                    "",
                    t("try.fails", verb=verb, reason=reason) if reason else t("try.works", verb=verb),
                )
        for remark in self._remarks.get(number, ()):
            yield Note((remark,), Tone.SOFT)
        for place, one in enumerate(happened):
            if isinstance(one, Closed):
                yield from self._done(one.done)
            else:
                yield from self._turn(talk, one, f"{number}.{place}")

    def _event(self, event: Event) -> Bubble:
        t = self._room.texts
        said, pressed = event.keys.get("said"), event.keys.get("dtmf")
        if isinstance(said, str) and event.source is Source.CALLER:
            return Bubble("caller", t("try.caller"), said)
        if pressed is not None and len(event.keys) == 1:
            return Bubble("caller", t("try.caller"), t("try.pressed", keys=shown(pressed)))
        return Bubble("call", t("try.event"), _words(event))

    def _turn(self, talk: Conversation, turn: Turn, key: str) -> Iterator[Block]:
        t = self._room.texts
        if turn.event.timer:
            at = turn.decision.now.astimezone(talk.ruleset.zone)
            yield Bubble("call", "", t("try.timer", time=f"{at:%H:%M:%S}"))
        elif not turn.event.reported:
            yield Bubble("call", t("try.event"), _words(turn.event))
        yield from self._done(turn.done)
        lines = {line.rule.id: line for line in trace_lines(turn.decision)}
        taken = [lines[part.rule.id] for part in turn.plan.parts]
        leads: list[str | Lead | Mark] = []
        for line in taken:
            leads += [Lead(line.rule.label, line.rule.file, line=line.rule.line), f" {line.reason}. "]
        why = tuple(why_lines(Preview(turn.decision, turn.plan)))
        head: Block = Note(tuple(leads) or (t("try.nobody"),), Tone.SOFT)
        notes = tuple(Note((note,), Tone.SOFT) for note in turn.notes)
        yield Card((), (head, *notes), t("why.button"), (Lines(_paired(why)),), key=f"why {key}")

    def _done(self, done: Sequence[Done]) -> Iterator[Block]:
        t = self._room.texts
        for one in done:
            step = one.step
            heard = (
                spoken(step.verb, step.body) if isinstance(step, PlannedVerb) and one.reason is None else None
            )
            if heard is not None:
                yield Bubble("bot", t("try.bot"), heard)
                continue
            exactly: tuple[Block, ...] = ()
            if isinstance(step, PlannedVerb):
                exactly = (Code(json.dumps(dict(step.body), ensure_ascii=False, indent=2)),)
            if one.reason is not None or isinstance(step, FailedStep):
                mark = Mark(t("try.failed", why=one.reason or ""), Tone.BAD)
            elif one.sent:
                mark = Mark(t("try.sent"), Tone.GOOD)
            else:
                mark = Mark(t("try.done"), Tone.SOFT)
            words = describe_step(step) if one.reason else describe(one)
            tone = Tone.BAD if mark.tone is Tone.BAD else Tone.PLAIN
            yield Card(
                (words, mark), opens=t("try.exactly"), more=exactly, tone=tone, key=f"step {one.place}"
            )


def _paired(lines: Sequence[str]) -> tuple[str, ...]:
    """Two lines a rule, as the command line prints them, as one."""
    made: list[str] = []
    for line in lines:
        if line.startswith("    ") and made:
            made[-1] = f"{made[-1]}: {line.strip()}"
        else:
            made.append(" ".join(line.split()))
    return tuple(made)


def _words(event: Event) -> str:
    return " ".join(
        name if value is True and (name in event.passing or name in RAISED) else f"{name}={shown(value)}"
        for name, value in event.keys.items()
    )


def _wanted(fields: Mapping[str, str], name: str) -> str:
    text = fields.get(name, "").strip()
    if not text:
        raise Unclear("Nothing was typed")
    return text


@lru_cache(maxsize=4)
def _suggested(ruleset: RuleSet) -> tuple[str, ...]:
    """What the rules wait for, as it is typed."""
    triggers = (rule.rule for rule in ruleset.rules)
    found = (_trigger(rule) for rule in triggers if isinstance(rule.trigger, On))
    return tuple(dict.fromkeys(found))[:MOST_SUGGESTED]


def _trigger(rule: Rule) -> str:
    return print_trigger(rule.trigger).removeprefix("on ")
