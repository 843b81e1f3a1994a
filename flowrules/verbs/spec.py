"""What a row of the catalogue of verbs holds: all that the rest of the engine knows of a verb.

No module outside of this folder asks for a verb by its name: it reads the row, or looks for the rows that have what it
is about. So a new verb is a model and a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, assert_never

from flowrules.record import Record
from flowrules.verbs.form import Flag, Form, Group, Keyword, Part, Slot
from flowrules.verbs.sentence import Sentence

if TYPE_CHECKING:
    from flowrules.verbs.model import Verb


class Effect(StrEnum):
    """What a verb does to the call: `live` acts on it, `record` writes about it, `ending` ends the AI's
    session, `read` changes nothing."""

    LIVE = "live"
    RECORD = "record"
    ENDING = "ending"
    READ = "read"


TARGET_SLOTS = ("target", "participant")
"""The kinds of places that hold a target."""

SENT_NOW = "now"
"""The flag that sets no field: the verb does not wait until the bot has finished speaking."""


class Targets(Record, frozen=True):
    """How a target stands in a request: its name under `destination`, its kind under `type_field`. `kinds` has the
    API's word for each kind of target that the verb takes, by the rule language's word."""

    type_field: str
    kinds: Mapping[str, str]
    host_names_agents: bool = False
    """The host's settings say of what kind an agent is."""


class Holds(Record, frozen=True):
    """After the verb a fact has this value; where `party` is given only if the verb's target is that party."""

    fact: str
    value: str | bool
    party: str = ""


class Copies(Record, frozen=True):
    """After the verb a fact holds what was sent in this field."""

    fact: str
    field: str


class FillsLead(Record, frozen=True):
    """After the verb the lead's fact that one field names holds what was sent in another."""

    name_field: str
    value_field: str


class Reports(Record, frozen=True):
    """The reply may hold these facts of the call; which of them it does is in no public page."""

    names: tuple[str, ...]


Tells = Holds | Copies | FillsLead | Reports
"""What an accepted verb tells about the call."""


@cache
def _model(family: str, name: str) -> "type[Verb]":
    model: type[Verb] = getattr(import_module(f"flowrules.verbs.{family}"), name.title().replace("_", ""))
    return model


@dataclass(frozen=True, slots=True)
class VerbSpec:
    """A row of the catalogue."""

    name: str
    family: str
    effect: Effect
    forms: tuple[Form, ...]
    help: str
    examples: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    """What it does, in the words of `flowrules explain`: one for each of its forms."""
    closed_by: str | None = None
    """The verb that undoes this one, where the two are a pair (hold, unhold)."""
    keyed: bool = True
    """Whether a request carries an Idempotency-Key. Reads and `log` do not (platform's client, 0.2.1)."""
    targets: Targets | None = None
    flags: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By each flag of its forms but `now`: the field that it sets, and to what."""
    tells: tuple[Tells, ...] = ()
    closed_on_failure: bool = False
    """A plan that fails closes the pair by itself. Never a recording: it may have been paused for a card number."""
    heard_field: str | None = None
    """The field whose text the caller hears spoken."""
    hangs_up: bool = False
    """It ends the call itself, so a caller who speaks while it waits for the bot's last word calls it off."""
    calls_in: bool = False
    """It brings in somebody of the platform's choice."""
    awaited: bool = False
    """It is to bring something or somebody for the caller, who waits for it."""
    best_effort: bool = False
    """A failure of it does not stop a plan in which another verb, or a word for the model, follows: help is called
    though a log line before it was refused."""

    slots: tuple[Slot, ...] = field(init=False)
    """The places for arguments in all of its forms, those in optional groups included."""
    synonyms: tuple[tuple[str, frozenset[str]], ...] = field(init=False)
    """The other first words of its forms (`say`), with the fields that a request so written must hold."""

    def __post_init__(self) -> None:
        slots = tuple(slot for form in self.forms for part in form.parts for slot in _slots(part))
        synonyms = tuple(
            (form.word, frozenset(part.name for part in form.parts if isinstance(part, Slot)))
            for form in self.forms
            if form.word != self.name
        )
        object.__setattr__(self, "slots", slots)
        object.__setattr__(self, "synonyms", synonyms)
        flags = {part.name for form in self.forms for part in form.parts if isinstance(part, Flag)}
        if flags - {SENT_NOW} != self.flags.keys():
            raise ValueError(
                f"the row of {self.name} must say which field each of its flags sets, and to what"
            )
        if (self.targets is not None) != bool(self.slots_of(*TARGET_SLOTS)):
            raise ValueError(f"the row of {self.name} must say how its target is sent, where it has one")
        told = [one.argument_names for one in self.sentences]
        if told != [frozenset(form.argument_names) for form in self.forms]:
            raise ValueError(f"the row of {self.name} must tell all arguments of each form in its sentence")
        if self.slots_of("duration") and self.closed_by is None:
            raise ValueError(
                f"the row of {self.name} must say what closes it after the time that it may last"
            )

    @property
    def model(self) -> "type[Verb]":
        """Its pydantic model: the class that is named like the verb, in the module of its family. Imported when it is
        asked for: pydantic takes longer than most of a start, and rules are read and checked without it."""
        return _model(self.family, self.name)

    def slots_of(self, *kinds: str) -> tuple[str, ...]:
        """The names of its places of these kinds."""
        return tuple(slot.name for slot in self.slots if slot.kind in kinds)

    @property
    def keeps_member(self) -> bool:
        """Whether the member that the reply names can be kept under a name (`as helper`)."""
        return "keep_as" in self.slots_of("name")

    def copied_to(self, fact: str) -> str | None:
        """The field whose value becomes this fact, if the verb tells it."""
        return next(
            (told.field for told in self.tells if isinstance(told, Copies) and told.fact == fact), None
        )

    def words(self, body: Mapping[str, Any]) -> frozenset[str]:
        """The first words by which rules may have written this request: the verb's name, and `say` for a text."""
        return frozenset((self.name, *(word for word, fields in self.synonyms if fields <= body.keys())))


def _slots(part: Part) -> tuple[Slot, ...]:
    match part:
        case Slot():
            return (part,)
        case Group(parts):
            return tuple(inner for inner in parts if isinstance(inner, Slot))
        case Keyword() | Flag():
            return ()
        case _:
            assert_never(part)
