"""What a newcomer needs to know of a verb, drawn from its row in the catalogue and its model."""

from dataclasses import dataclass
from typing import Any

from flowrules.verbs.form import Flag, Form, Group, Keyword, Part, Slot
from flowrules.verbs.spec import TARGET_SLOTS, Effect, VerbSpec

PLACES: dict[str, tuple[str, str]] = {
    "target": ("TARGET", "or to DESTINATION"),
    "participant": ("WHO", "or to DESTINATION"),
    "party": ("PARTY", "caller or agent"),
    "text": ("TEXT", 'text in quotes, which may hold facts: "{lead.name} called"'),
    "url": ("URL", 'a web address in quotes: "https://…"'),
    "digits": ("DIGITS", 'telephone keys in quotes: 0-9, A-D, * and #: "1234#"'),
    "label": ("NAME", 'a name, or text in quotes if it holds spaces: interested, "not now"'),
    "value": ("VALUE", "a name, a number, yes or no, a date, or text in quotes"),
    "name": ("NAME", "a name of your own, such as office or helper"),
    "call_fact": ("CALL", "a fact that holds the id of another call, such as agent_call"),
    "member": ("MEMBER", 'the name that "conference_add … as" gave'),
    "pairs": ("KEY VALUE, …", 'pairs joined by commas: reason "refund", priority 1'),
    "duration": ("TIME", "45 seconds, 3 minutes, 1 hour 30 minutes"),
    "callback_time": (
        "WHEN",
        "in 2 hours, today at 18:00, tomorrow at 10:00, next monday at 10:00, at 2026-05-02 10:00, at FACT, "
        "or next HOURS",
    ),
}
"""For each kind of slot: the word that stands for it in a form, and what may be written there."""

TARGETS: dict[str, str] = {
    "agent": "agent NAME",
    "queue": "queue NAME",
    "supervisor": "supervisor NAME",
    "number": "number +DIGITS",
    "sip": 'sip "sip:…"',
}
"""How each kind of target is written; which of them a verb takes stands in its row."""

EFFECTS: dict[Effect, str] = {
    Effect.LIVE: "acts on the call",
    Effect.RECORD: "writes about the call",
    Effect.ENDING: "ends the AI's session",
    Effect.READ: "reads only",
}


@dataclass(frozen=True, slots=True)
class FieldHelp:
    """A field of the request's body."""

    name: str
    type: str
    required: bool
    default: Any = None


@dataclass(frozen=True, slots=True)
class VerbHelp:
    """`places` explains the capital words of `forms`, in the order in which they occur."""

    name: str
    family: str
    effect: str
    help: str
    forms: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    fields: tuple[FieldHelp, ...]
    examples: tuple[str, ...]
    closed_by: str | None


def describe(spec: VerbSpec) -> VerbHelp:
    return VerbHelp(
        spec.name,
        spec.family,
        EFFECTS[spec.effect],
        spec.help,
        tuple(_written(form) for form in spec.forms),
        _places(spec),
        _fields(spec),
        spec.examples,
        spec.closed_by,
    )


def _written(form: Form) -> str:
    return " ".join([form.word, *map(_part, form.parts)])


def _part(part: Part) -> str:
    match part:
        case Keyword():
            return " ".join(part.words)
        case Flag():
            return f"[{' '.join(part.words)}]"
        case Group():
            return f"[{' '.join(map(_part, part.parts))}]"
        case Slot():
            return PLACES[part.kind][0]


def _places(spec: VerbSpec) -> tuple[tuple[str, str], ...]:
    parts = [part for form in spec.forms for part in form.parts]
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Group) else (part,))]
    kinds = dict.fromkeys(part.kind for part in flat if not isinstance(part, Keyword | Flag))
    return tuple(_place(kind, spec) for kind in kinds)


def _place(kind: str, spec: VerbSpec) -> tuple[str, str]:
    word, meaning = PLACES[kind]
    if spec.targets is None or kind not in TARGET_SLOTS:
        return word, meaning
    return word, f"{', '.join(TARGETS[one] for one in spec.targets.kinds)}, {meaning}"


def _fields(spec: VerbSpec) -> tuple[FieldHelp, ...]:
    schema = spec.model.model_json_schema()
    required = set(schema.get("required", ()))
    return tuple(
        FieldHelp(name, _type(field), name in required, field.get("default"))
        for name, field in schema["properties"].items()
        if name != "event"
    )


def _type(field: dict[str, Any]) -> str:
    choices = [choice for choice in field.get("anyOf", [field]) if choice.get("type") != "null"]
    (only,) = choices
    if "enum" in only:
        return " | ".join(only["enum"])
    return {"string": "text", "object": "object"}.get(only.get("type", ""), "any JSON value")
