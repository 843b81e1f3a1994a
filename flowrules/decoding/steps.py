"""Steps, from the forms in the catalogue of verbs, and what is done where one fails."""

from collections.abc import Mapping

from flowrules.decoding.names import Names, Place
from flowrules.decoding.notation import Expr, Ref, Repeat, Written, alt, optional, seq, several, words
from flowrules.language.grammar import FORMS, OPEN_FORMS, TARGET_PATTERN, open_forms
from flowrules.language.nodes import TargetKind
from flowrules.language.printer.words import FULL_DAYS
from flowrules.verbs import BY_NAME, WORDS, Flag, Form, Group, Keyword, Part, Slot
from flowrules.verbs.reasons import REASONS

MOST_PAIRS = 6
MOST_IN_LINE = 4
"""Steps in a row on one line."""
MOST_LINES = 12
MOST_FAILURES = 6
_TARGETS = tuple(TargetKind)


def step_rules(names: Names) -> dict[str, Expr]:
    """`step_line` is a step of a block with its failures, `sequence` steps on one line behind which words may follow,
    `open_sequence` steps that end their line."""
    sent = seq(alt(Ref("verb"), Ref("other_verb")), optional(" within ", Ref("duration")))
    then = " then "
    unit = Ref("unit")
    more = seq(unit, Repeat(seq(then, unit), 1, MOST_IN_LINE - 1))
    failing = seq(Ref("sent"), " ", Ref("inner_failure"))
    on = seq(then, "go on")
    return {
        **_verb_rules(names),
        **_slot_rules(names),
        "other_verb": seq("verb ", words(names.at[Place.OTHER_VERB]), optional(" with ", Ref("pairs"))),
        "sent": sent,
        "engine_step": alt(
            seq("wait ", Ref("duration")),
            seq("do ", words(names.at[Place.STEPS])),
            "stop",
            seq("remember ", Ref("kept")),
            seq("forget ", Ref("kept_fact")),
            seq("advise ", Ref("text")),
            "stay silent",
        ),
        "alone": alt(Ref("sent"), Ref("engine_step")),
        "because": seq(" because ", several(words(REASONS), ", ", 3)),
        "if_it_fails": seq("if it fails", optional(Ref("because")), " then "),
        "unit": alt(Ref("alone"), failing),
        "sequence": several(unit, then, MOST_IN_LINE),
        # Behind a failure on a line there may be more, so that brackets stand around what it does.
        "inner_failure": seq(
            Ref("if_it_fails"), alt("go on", seq("(", Ref("sequence"), optional(on), ")"))
        ),
        # One that ends its line needs brackets for several steps only.
        "failure": seq(
            Ref("if_it_fails"), alt("go on", Ref("alone"), seq("(", alt(more, failing), ")"),
                                    seq("(", Ref("sequence"), on, ")"))
        ),
        "open_sequence": seq(
            Repeat(seq(unit, then), 0, MOST_IN_LINE - 1), alt(Ref("alone"), seq(Ref("sent"), " ", Ref("failure")))
        ),
        "if_then": seq("if ", Ref("condition"), then, Ref("sequence")),
        "if_otherwise": seq(Ref("if_then"), " otherwise ", Ref("sequence")),
        "step_line": alt(
            seq(Ref("sent"), Repeat(seq("\n    ", Ref("failure")), 0, MOST_FAILURES)), Ref("engine_step")
        ),
        "any_line": alt(Ref("step_line"), Ref("if_then"), Ref("if_otherwise")),
        "whole_line": alt(Ref("step_line"), Ref("if_otherwise")),
        "body": Repeat(seq("\n  ", Ref("any_line")), 1, MOST_LINES),
        # An `otherwise` below a line with `if` alone would be of either.
        "body_before_otherwise": seq(
            Repeat(seq("\n  ", Ref("any_line")), 0, MOST_LINES - 1), "\n  ", Ref("whole_line")
        ),
    }  # fmt: skip


def _verb_rules(names: Names) -> dict[str, Expr]:
    """A rule a form, and one for each form as a test may leave its places open."""
    made = {name: _form(verb, form, names) for name, (verb, form) in FORMS.items()}
    opened = {
        name: _form(verb, form, names)
        for (name, (verb, _)), form in zip(OPEN_FORMS.items(), open_forms(), strict=True)
    }
    return {
        **made,
        **opened,
        "verb": alt(*map(Ref, made)),
        "open_verb": alt(*map(Ref, opened)),
        "verb_word": words(WORDS),
    }


def _form(verb: str, form: Form, names: Names) -> Expr:
    return seq(form.word, *(_part(verb, part, names) for part in form.parts))


def _part(verb: str, part: Part, names: Names) -> Expr:
    match part:
        case Keyword(words=fixed):
            return seq(*(f" {word}" for word in fixed))
        case Flag(words=fixed):
            return optional(*(f" {word}" for word in fixed))
        case Slot():
            return seq(" ", _slot(verb, part, names))
        case Group(parts):
            return optional(*(_part(verb, inner, names) for inner in parts))


def _slot(verb: str, slot: Slot, names: Names) -> Expr:
    """What may stand in a place of a verb."""
    known = words(names.slots[verb, slot.name])
    own: Mapping[str, Expr] = {
        "target": _target(verb),
        "participant": _target(verb),
        TARGET_PATTERN: alt(_target(verb), words(_kinds(verb) - {"to"})),
        "party": words(("caller", "agent")),
        "text": Ref("text"),
        "url": known,
        "digits": alt(Ref("key_text"), known),
        "label": known,
        "name": alt(known, Ref("hours")) if slot.name == "within" else known,
        "call_fact": known,
        "member": known,
        "value": alt(Ref("text"), Ref("number"), Ref("yes_no"), known),
        "pairs": Ref("pairs"),
        "duration": Ref("duration"),
        "callback_time": Ref("callback_time"),
    }
    return own[slot.kind]


def _kinds(verb: str) -> frozenset[str]:
    """The kinds of targets that a verb takes, `to` for a declared destination among them; of a verb without a target
    none."""
    targets = BY_NAME[verb].targets
    return frozenset() if targets is None else frozenset((*targets.kinds, "to"))


def _target(verb: str) -> Expr:
    return alt(*(Ref(f"target_{kind}") for kind in _TARGETS if kind in _kinds(verb)))


def _slot_rules(names: Names) -> dict[str, Expr]:
    at = seq(" at ", Ref("time"))
    clock: list[Written] = [seq("today", at), seq("tomorrow", at), seq("next ", words(FULL_DAYS), at)]
    return {
        **{f"target_{kind}": seq(f"{kind} ", words(names.targets[kind])) for kind in _TARGETS},
        "pair": seq(words(names.at[Place.PAIR]), " ", alt(Ref("text"), Ref("number"), Ref("yes_no"))),
        "pairs": several(Ref("pair"), ", ", MOST_PAIRS),
        "callback_time": alt(
            seq("in ", Ref("duration")), *clock, seq("next ", Ref("hours")),
            seq("at ", Ref("date"), " ", Ref("time")), seq("at ", Ref("event_fact")),
        ),
    }  # fmt: skip


def pattern() -> Expr:
    """What a test expects: any step, each of its places left open or not."""
    sent = seq(alt(Ref("open_verb"), Ref("other_verb")), optional(" within ", Ref("duration")))
    bare = alt("wait", seq("remember", optional(" ", Ref("kept_fact"))), "forget", "advise")
    return alt(sent, Ref("engine_step"), bare)
