"""FR5xx: what can never be, always is, or is claimed twice."""

from flowrules.diagnostics.diagnostic import Code, Severity

_E = Severity.ERROR
_W = Severity.WARNING

IMPOSSIBLE_GUARD = Code(
    "FR501", "impossible-guard", _E, "This can never be true",
    "A condition that contradicts itself keeps its rule from ever running.",
    "on intent=sales when balance is more than 500 and balance is less than 100 transfer queue gold",
    "on intent=sales when balance is more than 500 or balance is less than 100 transfer queue gold",
)  # fmt: skip
NEVER_FIRES = Code(
    "FR502", "never-fires", _E, "This rule can never fire",
    "The first rule that matches takes the event, and earlier rules take all of these.",
    "on intent=sales transfer queue sales\n"
    "on intent=sales when balance is at least 500 transfer queue gold",
    "on intent=sales when balance is at least 500 transfer queue gold\n"
    "on intent=sales transfer queue sales",
)  # fmt: skip
DUPLICATE_RULE = Code(
    "FR503", "duplicate-rule", _E, "The same rule stands here twice",
    "One of the two will be forgotten at the next change.",
    "on intent=sales transfer queue sales\non intent=sales transfer queue sales",
    "on intent=sales transfer queue sales",
)  # fmt: skip
OVERLAP = Code(
    "FR504", "overlap", _W, "Two rules can take the same event",
    "Which of them runs depends on which is written first; neither is a special case of the other.",
    "on intent=sales when balance is at least 500 transfer queue gold\n"
    "on intent=sales when language is hi transfer queue hindi_sales",
    "on intent=sales when balance is at least 500 transfer queue gold\n"
    "on intent=sales when language is hi and balance is less than 500 transfer queue hindi_sales",
)  # fmt: skip
BOUNDARY_GAP = Code(
    "FR505", "boundary-gap", _W, "One value falls between two rules",
    "\"less than 18\" beside \"more than 18\" leaves out 18 itself.",
    "on intent=loan when age is less than 18 say \"Please come with a parent.\"\n"
    "on intent=loan when age is more than 18 transfer queue loans",
    "on intent=loan when age is less than 18 say \"Please come with a parent.\"\n"
    "on intent=loan when age is at least 18 transfer queue loans",
)  # fmt: skip
ALWAYS_TRUE = Code(
    "FR506", "always-true", _W, "This condition never keeps the rule back",
    "A condition that no value can fail looks like a check and is none.",
    "on intent=sales when balance is at least 500 or balance is less than 1000 transfer queue gold",
    "on intent=sales when balance is at least 500 and balance is less than 1000 transfer queue gold",
)  # fmt: skip
BOTH_AT_ONCE = Code(
    "FR507", "both-at-once", _W, "One fact is asked to be two things at once",
    "\"a and b\" asks for both. A fact has one value, unless the caller meant two things in one sentence.",
    "on call_started when campaign is gold and campaign is silver transfer queue vip",
    "on call_started when campaign is one of gold, silver transfer queue vip",
)  # fmt: skip
NET_NOT_LAST = Code(
    "FR508", "net-not-last", _W, "\"on anything\" stands before other rules",
    "It takes every event, so the rules below it get none.",
    "on anything say \"Sorry, I did not get that.\"\non intent=sales transfer queue sales",
    "on intent=sales transfer queue sales\non anything say \"Sorry, I did not get that.\"",
)  # fmt: skip
COUNTED_TOGETHER = Code(
    "FR509", "counted-together", _W, "Different values count together",
    "The count goes by the event and not by its value: three different values count as three times the same.",
    "on asked_for 3 times transfer queue people\n"
    'on asked_for=leg say "The leg is in the small box."',
    "on asked_for=leg 3 times transfer queue people\n"
    'on asked_for=leg say "The leg is in the small box."',
)  # fmt: skip
NOT_OF_UNKNOWN = Code(
    "FR510", "not-of-unknown", _W, "Nothing happens here while a fact is unknown",
    "Of a fact that nobody has told, \"is not\" is unknown too, so no guard rail holds and no timer acts.",
    "never transfer when verified is not yes\n"
    "on intent=human transfer queue people",
    "never transfer unless verified is yes\n"
    "on intent=human transfer queue people",
)  # fmt: skip
CUT_SHORT = Code(
    "FR511", "cut-short", _W, "This wait is never over",
    "The time starts anew whenever the fact becomes yes again, and another rule ends it sooner each time.",
    "on intent=wait remember waiting is yes\n"
    'after 1 minute of waiting forget waiting then say "Please stay with us." then remember waiting is yes\n'
    'after 5 minutes of waiting say "We will call you back." then hangup',
    "on intent=wait remember waiting is yes\n"
    'after 1 minute of waiting forget waiting then say "Please stay with us." then remember waiting is yes\n'
    'after 5 minutes of waiting in all say "We will call you back." then hangup',
)  # fmt: skip
KEY_OF_AN_ENTRY = Code(
    "FR513", "key-of-an-entry", _W, "This key may belong to an entry of several keys",
    "Each key of an entry comes by itself first: whoever presses 1234 sets off the rule for the key 1 on the way.",
    "on dtmf=1 transfer queue sales\n"
    "on keys is 4 digits remember pin_given is yes",
    "on dtmf=1 when pin_asked is unknown transfer queue sales\n"
    "on keys is 4 digits remember pin_given is yes",
)  # fmt: skip
EITHER_OF_TWO = Code(
    "FR514", "either-of-two", _W, "An \"if\" chooses between two wishes that may come in one sentence",
    "Who says both is told of with both values, and of several values any one that fits is enough: who has lost "
    "somebody shortly before a wedding is congratulated.",
    'rule "To be left alone"\n  on intent is one of bereavement, wedding\n'
    '  if intent is wedding then say "Congratulations." otherwise say "I am very sorry."\nend',
    'on intent=bereavement say "I am very sorry."\non intent=wedding say "Congratulations."',
)  # fmt: skip

LOGIC = (
    IMPOSSIBLE_GUARD, NEVER_FIRES, DUPLICATE_RULE, OVERLAP, BOUNDARY_GAP, ALWAYS_TRUE, BOTH_AT_ONCE, NET_NOT_LAST,
    COUNTED_TOGETHER,
    NOT_OF_UNKNOWN,
    CUT_SHORT,
    KEY_OF_AN_ENTRY,
    EITHER_OF_TWO,
)  # fmt: skip
