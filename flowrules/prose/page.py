"""What a page says, as data: sentences without mark-up, in the order in which they stand. `flowrules explain --json`
prints it, Markdown, HTML and the picture are made of it."""

from dataclasses import dataclass
from enum import StrEnum


class StepKind(StrEnum):
    """What a step is to the call, for those who draw it."""

    STEP = "step"
    RECORD = "record"
    ENDING = "ending"
    CHOICE = "choice"
    STEPS = "steps"
    """Named steps that are carried out here."""


@dataclass(frozen=True, slots=True)
class Told:
    """A step: `text` is a sentence without its full stop. A choice says its condition there, and has its steps in
    `steps`. `branches`: what happens where it fails; of a choice, its `otherwise`."""

    text: str
    kind: StepKind = StepKind.STEP
    steps: tuple["Told", ...] = ()
    branches: tuple["Branch", ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """Steps in another case. `when` is a clause: `if this fails`, `otherwise`."""

    when: str
    steps: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule. `number` says where it is asked: `3`, `U1` (urgent), `A2` (in addition), `T1` (set off by time).

    `event` is what it waits for, `counts` whether it waits for that several times,
    `while_speaking` whether a sentence that is not complete sets it off, `condition` a clause behind "if"
    (empty: always), `limits` and `notes` sentences. `otherwise` is None where the rule has none. `rails` and
    `promises` are the numbers of those that its steps can meet, and of those that speak of them.
    """

    number: str
    name: str
    event: str
    counts: bool
    while_speaking: bool
    condition: str
    limits: tuple[str, ...]
    steps: tuple[Told, ...]
    otherwise: Branch | None
    notes: tuple[str, ...]
    rails: tuple[str, ...]
    promises: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventText:
    """What may happen, and the rules that wait for it, in the order in which they are asked. A rule is told at the
    first event that it waits for; `known` are the numbers of those that are told above."""

    event: str
    rules: tuple[str, ...]
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RailText:
    """A guard rail: `text` is a sentence, `steps` what comes before, or instead; `name` is empty where it has none."""

    number: str
    text: str
    steps: tuple[Told, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class PromiseText:
    """A promise: its name, and what must hold in every call as a sentence."""

    number: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Named:
    """Something that is declared: its name, what it means in sentences, and steps where it is some."""

    name: str
    lines: tuple[str, ...] = ()
    steps: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A rule set in sentences. `digest` is that of all that follows it: pages that say the same have the same."""

    revision: str
    files: tuple[str, ...]
    digest: str
    reading: tuple[str, ...]
    events: tuple[EventText, ...]
    rules: tuple[RuleText, ...]
    steps: tuple[Named, ...]
    rails: tuple[RailText, ...]
    promises: tuple[PromiseText, ...]
    called: tuple[Named, ...]
    destinations: tuple[Named, ...]
    hours: tuple[Named, ...]
    lists: tuple[Named, ...]
    facts: tuple[Named, ...]
    settings: tuple[str, ...]
