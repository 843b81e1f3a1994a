"""Steps, from the forms in the catalogue of verbs, and what is done where one fails."""

from collections.abc import Iterator, Mapping

from flowrules.decoding.names import Names, Place
from flowrules.decoding.notation import Expr, Ref, Repeat, Written, alt, optional, seq, several, words
from flowrules.language.nodes import TargetKind
from flowrules.language.parser.grammar import FORMS, OPEN_FORMS, TARGET_PATTERN, open_forms
from flowrules.language.printer.words import FULL_DAYS
from flowrules.verbs import BY_NAME, Effect, Flag, Form, Group, Keyword, Part, Slot
from flowrules.verbs.reasons import REASONS

MOST_PAIRS = 6
MOST_IN_LINE = 4
"""Steps in a row on one line."""
MOST_LINES = 12
MOST_FAILURES = 6
NESTED = 3
"""Failures of steps that stand in a failure, with the outermost."""
_TARGETS = tuple(kind for kind in TargetKind if kind is not TargetKind.TO)


def step_rules(names: Names) -> dict[str, Expr]:
    """`step_line` is a step of a block with its failures, `sequence` steps on one line behind which words may follow,
    `open_sequence` steps that end their line."""
    unit, then = Ref(f"unit_{NESTED}"), " then "
    return {
        **_verb_rules(names),
        **_slot_rules(names),
        **_failure_rules(),
        "other_verb": seq("verb ", words(names.at[Place.OTHER_VERB]), optional(" with ", Ref("pairs"))),
        "within_time": optional(" within ", Ref("patience")),
        "going": seq(alt(Ref("going_verb"), Ref("other_verb")), Ref("within_time")),
        "ending": seq(Ref("ending_verb"), Ref("within_time")),
        "engine_step": alt(
            seq("wait ", Ref("short_time")),
            seq("do ", words(names.at[Place.STEPS])),
            "stop",
            seq("remember ", Ref("kept")),
            seq("forget ", Ref("kept_fact")),
            seq("advise ", Ref("text")),
            "stay silent",
        ),
        "alone": alt(Ref("going"), Ref("ending"), Ref("engine_step")),
        "unit": unit,
        "sequence": Ref(f"sequence_{NESTED}"),
        "open_sequence": seq(
            Repeat(seq(unit, then), 0, MOST_IN_LINE - 1), alt(Ref("alone"), _failing(" ", 1, 1))
        ),
        "if_then": seq("if ", Ref("condition"), then, Ref("sequence")),
        "if_otherwise": seq(Ref("if_then"), " otherwise ", Ref("sequence")),
        "fails_once": _failing("\n    ", 1, 1),
        "fails_often": _failing("\n    ", 2, MOST_FAILURES),
        "step_line": alt(Ref("alone"), Ref("fails_once"), Ref("fails_often")),
        "any_line": alt(Ref("step_line"), Ref("if_then"), Ref("if_otherwise")),
        "body": Repeat(seq("\n  ", Ref("any_line")), 1, MOST_LINES),
        # An `otherwise` below a line with `if` alone would be of either.
        "body_before_otherwise": seq(
            Repeat(seq("\n  ", Ref("any_line")), 0, MOST_LINES - 1),
            "\n  ",
            alt(Ref("step_line"), Ref("if_otherwise")),
        ),
    }


def _failing(joint: str, least: int, most: int) -> Expr:
    """A verb with failures that end their lines. Behind one that ends the bot's part nothing can go on."""
    return alt(
        seq(Ref("going"), Repeat(seq(joint, Ref("failure")), least, most)),
        seq(Ref("ending"), Repeat(seq(joint, Ref("last_failure")), least, most)),
    )


def _failure_rules() -> dict[str, Expr]:
    """What is done where a verb fails: `unit_2` is a step on a line in whose failure another may stand, `unit_0` one
    without a failure."""
    fails, then, on = Ref("if_it_fails"), " then ", " then go on"
    rules: dict[str, Expr] = {
        "because": seq(" because ", several(words(REASONS), ", ", 3)),
        "if_it_fails": seq("if it fails", optional(Ref("because")), then),
        "unit_0": Ref("alone"),
        "sequence_0": several(Ref("unit_0"), then, MOST_IN_LINE),
    }
    for depth in range(1, NESTED + 1):
        inside = Ref(f"sequence_{depth - 1}")
        # Behind a failure on a line there may be more: brackets stand around what it does.
        rules |= {
            f"failing_{depth}": alt(
                seq(Ref("going"), " ", fails, alt("go on", seq("(", inside, optional(on), ")"))),
                seq(Ref("ending"), " ", fails, "(", inside, ")"),
            ),
            f"unit_{depth}": alt(Ref("alone"), Ref(f"failing_{depth}")),
            f"sequence_{depth}": several(Ref(f"unit_{depth}"), then, MOST_IN_LINE),
        }
    # A failure that ends its line needs brackets for several steps only.
    unit, failing = Ref(f"unit_{NESTED - 1}"), Ref(f"failing_{NESTED - 1}")
    more = seq("(", alt(seq(unit, Repeat(seq(then, unit), 1, MOST_IN_LINE - 1)), failing), ")")
    going_on = seq("(", Ref(f"sequence_{NESTED - 1}"), on, ")")
    return {
        **rules,
        "failure": seq(fails, alt("go on", Ref("alone"), more, going_on)),
        "last_failure": seq(fails, alt(Ref("alone"), more)),
    }


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
        "going_verb": alt(*(Ref(name) for name, (verb, _) in FORMS.items() if not _ends(verb))),
        "ending_verb": alt(*(Ref(name) for name, (verb, _) in FORMS.items() if _ends(verb))),
        "open_verb": alt(*map(Ref, opened)),
    }


def _ends(verb: str) -> bool:
    return BY_NAME[verb].effect is Effect.ENDING


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
        TARGET_PATTERN: alt(_target(verb), words(_kinds(verb))),
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


def _kinds(verb: str) -> tuple[TargetKind, ...]:
    """The kinds of targets that a verb takes; of a verb without a target none."""
    targets = BY_NAME[verb].targets
    return () if targets is None else tuple(map(TargetKind, targets.kinds))


def _target(verb: str) -> Expr:
    return alt(*(Ref(f"target_{kind}") for kind in _kinds(verb)), Ref(f"target_to_of_{verb}"))


def _slot_rules(names: Names) -> dict[str, Expr]:
    at = seq(" at ", Ref("time"))
    clock: list[Written] = [seq("today", at), seq("tomorrow", at), seq("next ", words(FULL_DAYS), at)]
    return {
        **{f"target_{kind}": seq(f"{kind} ", words(names.targets[kind])) for kind in _TARGETS},
        **{f"target_to_of_{verb}": seq("to ", words(_leading(verb, names))) for verb in BY_NAME},
        "pair": seq(words(names.at[Place.PAIR]), " ", alt(Ref("text"), Ref("number"), Ref("yes_no"))),
        "pairs": several(Ref("pair"), ", ", MOST_PAIRS),
        "callback_time": alt(
            seq("in ", Ref("duration")), *clock, seq("next ", Ref("hours")),
            seq("at ", Ref("date"), " ", Ref("time")), seq("at ", Ref("event_fact")),
        ),
    }  # fmt: skip


def _leading(verb: str, names: Names) -> Iterator[str]:
    """The declared destinations that lead to targets which a verb takes."""
    return (name for name, kinds in names.destinations.items() if kinds <= set(_kinds(verb)))


def pattern() -> Expr:
    """What a test expects: any step, each of its places left open or not."""
    sent = seq(alt(Ref("open_verb"), Ref("other_verb")), Ref("within_time"))
    bare = alt("wait", seq("remember", optional(" ", Ref("kept_fact"))), "forget", "advise")
    return alt(sent, Ref("engine_step"), bare)
