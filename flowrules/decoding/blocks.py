"""Rules, guard rails and promises as the formatter lays them out."""

from flowrules.decoding.names import Names, Place
from flowrules.decoding.notation import Expr, Noted, Ref, Repeat, alt, optional, seq, several, words
from flowrules.language.printer.layout import WIDTH
from flowrules.verbs import WORDS

MOST_TESTS = 4
MOST_GUARDS = 4
MOST_VERBS = 6
_JOINTS = len("then ") + len("()")
"""What a rule in one line is shorter, or longer, by than the same with its steps on lines of their own."""


def is_one_line(text: str) -> bool:
    return len(text.rstrip("\n")) <= WIDTH


def is_too_wide(text: str) -> bool:
    """Whether lines are too long to be joined."""
    return len(" ".join(text.split())) - _JOINTS > WIDTH


def rule_rules(names: Names) -> dict[str, Expr]:
    guards = Repeat(seq("\n  ", Ref("guard")), 0, MOST_GUARDS)
    limits = Repeat(seq("\n  ", Ref("limit")), 0, 2)
    end = "\nend\n"
    zone, zone_fact = words(names.at[Place.ZONE]), words(names.at[Place.ZONE_FACT])
    times = seq(" ", alt("1 time", seq(Ref("count"), " times")), optional(" in a row"))
    otherwise = seq("\notherwise", Ref("body"))
    in_line = seq(
        Ref("head"), Repeat(seq(" ", Ref("guard")), 0, MOST_GUARDS), Repeat(seq(" ", Ref("limit")), 0, 2), " "
    )
    on_lines = seq(Ref("head"), guards, limits, Repeat(seq("\n  then ", Ref("unit")), 0, 3))
    both = seq(Ref("sequence"), " otherwise ", Ref("open_sequence"))
    else_line = optional("\n  otherwise ", Ref("open_sequence"))
    last = seq("\n  then ", alt(Ref("alone"), Ref("fails_once")))
    last_of_two = seq("\n  then ", Ref("fails_often"))
    return {
        "times": times,
        "occurrence": alt(
            seq(several(Ref("event_test"), " or ", MOST_TESTS), optional(Ref("times"))),
            seq("the same ", Ref("event_fact"), Ref("times")),
        ),
        "trigger": alt(
            seq("on ", Ref("occurrence")),
            "on anything",
            seq("after ", Ref("duration")),
            seq("after ", Ref("duration"), " of silence"),
            seq("after ", Ref("duration"), " of ", Ref("lasting_fact"), optional(" in all")),
            seq("at ", Ref("time"), optional(" in ", alt(zone, seq(zone_fact, optional(" or ", zone))))),
        ),
        "lasting_fact": words(name for name in names.event_facts() if name != "silence"),
        "head": seq(optional(alt("also ", "urgent ")), Ref("trigger")),
        "rule": seq(
            "rule ", Ref("label"), "\n  ", Ref("head"), guards, limits,
            alt(Ref("body"), seq(Ref("body_before_otherwise"), otherwise)), end,
        ),
        "one_liner": alt(
            Noted(
                seq(in_line, alt(Ref("open_sequence"), both), "\n"),
                is_one_line,
            ),
            Noted(seq(on_lines, last, else_line, "\n"), is_too_wide),
            seq(on_lines, last_of_two, else_line, "\n"),
        ),
        "label": Ref("plain_text"),
    }  # fmt: skip


def rail_rules() -> dict[str, Expr]:
    verbs = several(words(WORDS), ", ", MOST_VERBS)
    guard, end = Ref("guard"), "\nend\n"
    never, before = seq("never ", Ref("verb_words")), seq("before ", Ref("verb_words"))
    label = seq("rule ", Ref("label"), "\n  ")
    any_number = Repeat(seq("\n  ", guard), 0, MOST_GUARDS)
    one = Repeat(seq("\n  ", guard), 1, MOST_GUARDS)
    instead, then = seq("instead ", Ref("open_sequence")), seq("then ", Ref("open_sequence"))
    return {
        "verb_words": verbs,
        "named_rail": alt(
            seq(label, never, one, optional("\ninstead", Ref("body")), end),
            seq(label, before, any_number, Ref("body"), end),
        ),
        "rail": alt(
            Noted(seq(never, Repeat(seq(" ", guard), 1, MOST_GUARDS), optional(" ", instead), "\n"), is_one_line),
            Noted(seq(never, one, optional("\n  ", instead), "\n"), _is_wide_rail),
            Noted(seq(before, Repeat(seq(" ", guard), 0, MOST_GUARDS), " ", then, "\n"), is_one_line),
            Noted(seq(before, any_number, "\n  ", then, "\n"), _is_wide_rail),
        ),
    }  # fmt: skip


def _is_wide_rail(text: str) -> bool:
    return len(" ".join(line.strip() for line in text.splitlines())) > WIDTH


def promise_rules() -> dict[str, Expr]:
    """Each form in one line, and as a block with each part on a line of its own."""
    words_promised = several(words((*WORDS, "advise")), ", ", MOST_VERBS)
    return {
        "promised_words": words_promised,
        "promised_trigger": alt(Ref("occurrence"), Ref("promised_words")),
        "answers": several(words((*WORDS, "advise")), " or ", MOST_VERBS),
        "promise": alt(
            seq("promise ", Ref("plain_text"), " ", _promised(" "), "\n"),
            seq("promise ", Ref("plain_text"), "\n  ", _promised("\n  "), "\nend\n"),
        ),
    }


def _promised(joint: str) -> Expr:
    guards = Repeat(seq(joint, Ref("guard")), 0, MOST_GUARDS)
    ends = "the call ends"
    in_time = seq("within ", Ref("duration"), joint, alt(ends, seq(Ref("answers"), optional(" or ", ends))))
    return alt(
        seq("at the end ", Ref("condition")),
        seq("never ", Ref("promised_words"), guards),
        seq("before ", Ref("promised_words"), joint, Ref("condition")),
        seq("while ", Ref("inner"), joint, Ref("condition")),
        seq("after ", Ref("promised_trigger"), guards, joint,
            alt(in_time, seq("before the call ends", joint, Ref("answers")))),
    )  # fmt: skip
