"""How a page is to be read: what holds for all rules, as far as a rule set has it."""

from collections.abc import Iterator, Sequence

from flowrules.prose.page import RailText, RuleText, StepKind, Told

_ONE_RULE = (
    "An event is anything that happens in a call. It goes to one rule: the first, by its number, that waits for "
    "it and whose “if” holds. The rules after that one do not see it."
)
_URGENT = (
    "Urgent rules (U1, U2 …) are asked first. One that takes an event drops whatever was still to be sent in the "
    "call. An ending that is decided is dropped only by an urgent rule that ends the call itself."
)
_ALSO = (
    "Additional rules (A1, A2 …) run besides: all that fit, in their order, before the one rule that takes the "
    "event. If an urgent rule takes the event, they do not run."
)
_TIMED = (
    "Time sets off the rules T1, T2 …: nobody has to say or report anything. Each is set off once; after silence again "
    "when the caller has been heard, after something has been yes again when it has stopped being so. Silence does "
    "not count while the bot speaks or the caller is on hold."
)
_SPEAKING = "One sentence of the caller sets a rule off once, however often it is heard while it grows."
_KNOWN = "An “if” holds only where it is known to be true."
_OTHERWISE = "A rule with an “otherwise” takes its event in both cases."
_LIMITS = (
    "A rule that still counts, or has run as often as it may, is passed over, and so is its “otherwise”."
)
_STEPS = (
    "Steps run one after the other. If a step fails, what stands below it under “if this fails” is done, and the "
    "steps after it are left out, unless it says to go on. If nothing stands there, the steps after it are left "
    "out, a hold or a mute that these steps began is undone, and the bot stays with the caller. A sentence, a log line "
    "or a disposition that fails stops nothing on the way to an ending."
)
_ENDINGS = (
    "An ending is a transfer, a hang-up, or leaving a conference: the bot's part of the call is over, and no step"
    " follows. So records are sent before an ending. A record that fails does not stop the ending. If the ending "
    "does not come, these rules count as if the record had not been made.",
    "An ending waits until the bot has finished speaking, at most 10 seconds, unless it says “at once”. A hang-up that "
    "waits is dropped if the caller, not a machine, speaks or presses a key.",
)
_CAPS = "What is done “for at most” some time is undone when the time is up, or just before an ending."
_RAILS = (
    "Guard rails hold for every rule, for steps with a name, and for what is done when a step fails. A “when” "
    "counts only where it is known to be true, and so does an “except when”."
)
_PROMISES = (
    "Promises (P1, P2 …) change nothing in a call. They say what must hold, and are checked by playing calls before "
    "rules go live."
)
_BRACES = (
    "What stands in {braces} is filled in at that moment. If it is not known, nothing is put in its place."
)
_BRACES_WITH_WORDS = (
    "What stands in {braces} is filled in at that moment. If it is not known, the words that are given for it are put "
    "in its place; where none are given, nothing."
)


def reading(
    rules: Sequence[RuleText], rails: Sequence[RailText], promised: Sequence[object], told: Sequence[Told]
) -> Iterator[str]:
    """Sentences. `told` are all steps of the page, inner ones too."""
    letters = {rule.number[0] for rule in rules}
    yield _ONE_RULE
    if "U" in letters:
        yield _URGENT
    if "A" in letters:
        yield _ALSO
    if "T" in letters:
        yield _TIMED
    if any(rule.while_speaking for rule in rules):
        yield _SPEAKING
    if any(rule.condition for rule in rules) or any(one.kind is StepKind.CHOICE for one in told):
        yield _KNOWN
    if any(rule.otherwise is not None for rule in rules):
        yield _OTHERWISE
    if any(rule.limits or rule.counts for rule in rules):
        yield _LIMITS
    yield _STEPS
    if any(one.kind is StepKind.ENDING for one in told):
        yield from _ENDINGS
    if any("for at most" in one.text for one in told):
        yield _CAPS
    if rails:
        yield _RAILS
    if promised:
        yield _PROMISES
    if any("if it is not known}" in one.text for one in told):
        yield _BRACES_WITH_WORDS
    elif any("{" in one.text for one in told):
        yield _BRACES
