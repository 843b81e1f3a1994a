"""A conversation on trial as a `test` block, which says what happened in it and expects what the rules did."""

from collections.abc import Iterator, Sequence
from math import ceil

from flowrules.editor.index import Index
from flowrules.editor.names import Kind
from flowrules.engine.planning.plan import FailedStep, PlannedVerb
from flowrules.exploration.telling.test_lines import event_line, given_line, step_pattern, verb_word
from flowrules.exploration.telling.told import clock
from flowrules.language.names import fold
from flowrules.language.nodes import Test
from flowrules.language.parse import parse
from flowrules.language.printer.words import duration, quoted
from flowrules.scenarios.cases import run_case
from flowrules.scenarios.happenings import Happening
from flowrules.source import source_from_text
from flowrules.trying.conversation import Conversation, Fails, Given, Happens, Waits

DEFAULT_NAME = "A conversation that was tried"


class NoTest(Exception):
    """The conversation can't be said as a test; the message says why."""


def as_test(conversation: Conversation, name: str, index: Index) -> str:
    """The block, under a name that no other test has. It was played, and passes under the rules of the conversation.

    Raises NoTest."""
    lines = list(_lines(conversation))
    if not any(line.startswith("on ") for line in lines):
        raise NoTest("Nothing has happened yet that a test could play.")
    label = _free(name or DEFAULT_NAME, index)
    text = "\n".join([f"test {quoted(label)}", *(f"  {line}" for line in lines), "end"]) + "\n"
    file, findings = parse(source_from_text(text, "tried.rules"))
    blocks = [block for block in file.blocks if isinstance(block.item, Test)]
    if findings or len(blocks) != 1:
        raise NoTest("A test has no words for something in this conversation.")
    result = run_case(conversation.ruleset, blocks[0])
    if not result.passed:
        raise NoTest(f"Played as a test, the conversation goes another way: {result.shortfalls[0]}")
    return text


def _free(name: str, index: Index) -> str:
    known = index.spelled(Kind.TEST)
    if fold(name) not in known:
        return name
    return next(one for number in range(2, len(known) + 3) if fold(one := f"{name} ({number})") not in known)


def _lines(conversation: Conversation) -> Iterator[str]:
    ruleset = conversation.ruleset
    if ruleset.checked.zone is not None:
        yield f"given time is {clock(conversation.start, ruleset.zone)}"
    yield from (given_line(name, value) for name, value in conversation.known.items())
    now = conversation.start
    for move, happened in conversation.story:
        match move:
            case Happens(event, meanwhile):
                beside = f" meanwhile {event_line(meanwhile)}" if meanwhile is not None else ""
                yield f"on {event_line(event)}{beside}"
                yield _expected(happened)
            case Waits(length):
                now += length
                yield f"after {duration(ceil((now - conversation.start).total_seconds()))}"
                yield _expected(happened)
            case Given(facts):
                yield from (given_line(name, value) for name, value in facts.items())
            case Fails(verb, reason) if reason is not None:
                yield f"given {verb_word(verb)} fails because {reason}"
            case Fails(verb, _):
                raise NoTest(f"A test can't say that {verb} works again.")


def _expected(happened: Sequence[Happening]) -> str:
    done = [
        step_pattern(one.step)
        for part in happened
        for one in part.done
        if one.sent or not isinstance(one.step, PlannedVerb | FailedStep)
    ]
    return f"expect {' then '.join(done)}" if done else "expect nothing"
