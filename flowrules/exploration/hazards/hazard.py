"""What a hazard looks at, and how it says what it found."""

import re
from collections.abc import Hashable, Iterator, Sequence
from typing import ClassVar

from flowrules.call.entries import Decided, NotSent, Received, Sending, Settled
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Code
from flowrules.exploration.coverage import Coverage
from flowrules.exploration.hazards.failure_lines import FailureLine, failure_line
from flowrules.exploration.hazards.written_steps import written_step
from flowrules.exploration.watching.watch import Breach, Breaches, Step, Times
from flowrules.language.nodes import Rule, VerbStep
from flowrules.source import Location
from flowrules.verbs import BY_NAME, Effect

_END_OF_STEP = re.compile(r"\s+(?:then|if it fails)\b|\s+#|\)")
Seen = tuple[Hashable, Breaches]
"""A hazard's memory after what it saw, and what is wrong by then."""


class Hazard:
    """One kind of hazard in one rule set. It overrides what it wants to see; `start` is its memory of a call that has
    just come up. `reads` as for a watcher."""

    code: ClassVar[Code]
    start: Hashable = None

    def __init__(self, ruleset: RuleSet) -> None:
        self.ruleset = ruleset
        self.reads: frozenset[str] = frozenset()

    def moves(self, memory: Hashable, step: Step) -> Seen:
        """A move is made; what it led to is seen next."""
        return memory, ()

    def decided(self, memory: Hashable, entry: Decided, step: Step) -> Seen:
        return memory, ()

    def sending(self, memory: Hashable, entry: Sending, step: Step) -> Seen:
        return memory, ()

    def received(self, memory: Hashable, entry: Received, step: Step) -> Seen:
        return memory, ()

    def not_sent(self, memory: Hashable, entry: NotSent, step: Step) -> Seen:
        return memory, ()

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        return memory, ()

    def end(self, memory: Hashable, step: Step) -> Breaches:
        """The call is closed and nothing more comes of it."""
        return ()

    def conclude(self, coverage: Coverage) -> Breaches:
        return ()

    def breach(
        self,
        place: Location,
        message: str,
        key: Hashable,
        cure: str,
        *related: tuple[Location, str],
        meant: str = "the reason in your words",
        expects: tuple[str | Times, ...] = (),
    ) -> Breach:
        """`cure` says what to write; that it may be meant is added. `expects` as in a Breach."""
        stop = "" if cure.endswith((".", "…")) else "."
        hint = f"{cure}{stop} If it is meant, write above the rule: # meant: {self.code.name}, {meant}"
        return Breach(self.code, place, message, (self.code.id, key), hint, related, expects)

    def place(self, rule: RuleRef, verb: str = "", path: str = "") -> Location:
        """A rule's step that sends this verb: the one with this path, or the first, where it stands in the rule itself;
        else the rule's first line."""
        block = self.ruleset.blocks[rule.id]
        if (
            path
            and isinstance(block.item, Rule)
            and (step := written_step(block.item, verb, path)) is not None
        ):
            return block.locate(step.word_span if isinstance(step, VerbStep) else step.name.span)
        lines = block.text.split("\n")
        at = 0
        for number, line in enumerate(lines):
            code = line.partition(" #")[0]
            for word in _words(verb):
                found = _word_at(code, word)
                if found >= 0 and (number > 0 or not block.text.lower().startswith("rule")):
                    return Location(
                        block.source, block.start + at + found, block.start + at + found + len(word)
                    )
            at += len(line) + 1
        return Location(block.source, block.start, block.start + len(lines[0].rstrip()))

    def failure_line(self, rule: RuleRef, verb: str, path: str) -> FailureLine:
        """Where to write what follows if a rule's step with this path fails."""
        return failure_line(self.ruleset, rule, verb, path)

    def step_as_written(self, rule: RuleRef, verb: str, behind: int = 0) -> str:
        """A rule's step that sends this verb, as it stands in the rule's own text, from the place `behind` of that text
        on; '' where it stands elsewhere."""
        found = re.search(
            rf"(?<![\w\"]){verb}\b[^\n]*", self.ruleset.blocks[rule.id].text[behind:], re.IGNORECASE
        )
        written = _END_OF_STEP.split(found[0], maxsplit=1)[0].rstrip() if found else ""
        return "" if written.count('"') % 2 else written


def _words(verb: str) -> Iterator[str]:
    """How a verb may be written."""
    spec = BY_NAME.get(verb)
    if spec is not None:
        yield from (spec.name, *(word for word, _ in spec.synonyms))


def _word_at(line: str, word: str) -> int:
    """Where a word stands in a line outside of texts in quotes; -1: nowhere."""
    inside, low = False, line.lower()
    for at, sign in enumerate(low):
        if sign in '"“”„':
            inside = not inside
        elif (
            not inside
            and low.startswith(word, at)
            and not (at and (low[at - 1].isalnum() or low[at - 1] in "_="))
            and not low[at + len(word) : at + len(word) + 1].isalnum()
        ):
            return at
    return -1


def ends_session(verb: str) -> bool:
    """Whether a verb ends the AI's part of the call."""
    spec = BY_NAME.get(verb)
    return spec is not None and spec.effect is Effect.ENDING


def hangs_up(verb: str) -> bool:
    """Whether a verb ends the call itself."""
    spec = BY_NAME.get(verb)
    return spec is not None and spec.hangs_up


HANGUP = next(name for name, spec in BY_NAME.items() if spec.hangs_up)


def word_of(verb: str) -> str:
    """How rules mostly write a verb: `say` for one that is heard."""
    spec = BY_NAME.get(verb)
    if spec is not None and spec.synonyms and spec.heard_field is not None:
        return spec.synonyms[0][0]
    return verb


def in_a_row(words: Sequence[str], last: str = "and") -> str:
    """As said in a sentence: `a, b and c`."""
    *before, final = words or ("",)
    return f"{', '.join(before)} {last} {final}" if before else final


def quoted(rule: RuleRef) -> str:
    """A rule's name, or its first line, for a message."""
    label = rule.label if len(rule.label) <= 60 else f"{rule.label[:57]}..."
    return f"'{label}'" if '"' in label else f'"{label}"'


def rule_words(rule: RuleRef) -> str:
    """A rule inside a sentence."""
    return f"the rule {quoted(rule)}"


def the_rule(rule: RuleRef) -> str:
    """A rule at a sentence's start."""
    return f"The rule {quoted(rule)}"
