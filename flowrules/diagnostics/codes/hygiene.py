"""FR6xx: what works, and will mislead somebody one day."""

from flowrules.diagnostics.diagnostic import Code, Severity

_W = Severity.WARNING

UNUSED = Code(
    "FR601", "unused", _W, "This is declared and never used",
    "Either a rule forgot it, or it is left over and will be kept up for nothing.",
    "list vip is gold, silver\non intent=sales transfer queue sales",
    "list vip is gold, silver\non intent=sales when campaign is in vip transfer queue sales",
)  # fmt: skip
UNTESTED = Code(
    "FR602", "untested", _W, "No test lets this rule take part",
    "In a file with tests, a rule without one is the one that breaks unseen.",
    "on intent=sales transfer queue sales\non intent=billing transfer queue billing\n"
    'test "sales"\n  on intent=sales\n  expect transfer queue sales\nend',
    "on intent=sales transfer queue sales\non intent=billing transfer queue billing\n"
    'test "sales"\n  on intent=sales\n  expect transfer queue sales\nend\n'
    'test "billing"\n  on intent=billing\n  expect transfer queue billing\nend',
)  # fmt: skip
LOOK_ALIKE = Code(
    "FR603", "look-alike", _W, "This name holds a letter of another alphabet",
    "Letters of other alphabets look the same on the page and are never equal to each other.",
    "on intent=s\N{CYRILLIC SMALL LETTER A}les transfer queue sales",
    "on intent=sales transfer queue sales",
)  # fmt: skip
INVISIBLE = Code(
    "FR604", "invisible", _W, "This text holds a character that can't be seen",
    "Pasted text may hold invisible characters; the platform is sent them as they stand, and knows no such name.",
    'on intent="new\N{ZERO WIDTH SPACE} plan" transfer queue sales',
    'on intent="new plan" transfer queue sales',
)  # fmt: skip
DOUBLE_NEGATIVE = Code(
    "FR605", "double-negative", _W, "Two negatives make it hard to read",
    "\"unless … not\" is read wrongly by half of all readers.",
    "on intent=sales unless vip is not yes transfer queue vip",
    "on intent=sales when vip is yes transfer queue vip",
)  # fmt: skip
UNCHECKED_VERB = Code(
    "FR606", "unchecked-verb", _W, "This verb is sent unchecked",
    "\"verb\" sends whatever is written; a slip shows only when the platform refuses it on a live call.",
    "on intent=sales verb future_verb with level 2",
    "on intent=sales transfer queue sales",
)  # fmt: skip
WORD_IS_FACT = Code(
    "FR607", "word-is-fact", _W, "A fact's name stands here as plain text",
    "A bare word on the right is text. It is not replaced by what the fact of that name holds.",
    "fact limit is number\nfact plan is text\non intent=sales when plan is limit transfer queue gold",
    'fact limit is number\nfact plan is text\non intent=sales when plan is "limit" transfer queue gold',
)  # fmt: skip
UNKNOWN_LEAD_STATUS = Code(
    "FR608", "unknown-lead-status", _W, "The platform's pages name no such lead status",
    "The platform may know statuses of your own; one that it does not know is refused on a live call.",
    "on intent=later set_lead_status calback",
    "on intent=later set_lead_status callback",
)  # fmt: skip
NEAR_MISS = Code(
    "FR609", "near-miss", _W, "This is nearly a name that the engine knows",
    "An event or a fact that nobody reports passes every check, and its rule never runs.",
    "on payment_strated transfer queue payments",
    "on payment_started transfer queue payments",
)  # fmt: skip
TARGET_IN_RAIL = Code(
    "FR610", "target-in-rail", _W, "This guard rail asks a fact for the target of the verb",
    "A rail is about a verb, wherever it goes. No fact holds its target, so the rail never holds anything back.",
    "never transfer when queue is tiffin_team and call.on_hold is yes\n"
    "on intent=lunch hold then transfer queue tiffin_team",
    "steps to_tiffin\n  if call.on_hold is yes then say \"One moment.\" otherwise transfer queue tiffin_team\nend\n"
    "on intent=lunch do to_tiffin",
)  # fmt: skip
FIXED_ZONE = Code(
    "FR611", "fixed-zone", _W, "This time zone knows no summer time",
    "Some zones stay the same all the year: hours kept in them are an hour off in summer where clocks change.",
    "timezone GMT\nat 21:00 hangup",
    "timezone Europe/London\nat 21:00 hangup",
)  # fmt: skip
SHORT_PHRASE = Code(
    "FR612", "short-phrase", _W, "This phrase is too short to be told apart",
    "Where no spaces stand between words, a single character is found in many words; where words have endings, it is "
    "found only as a word of its own. What holds no word, such as \"?\" or a picture, is found nowhere.",
    "on said contains 款 transfer queue refunds",
    "on said contains 退款 transfer queue refunds",
)  # fmt: skip
PAST_MIDNIGHT = Code(
    "FR613", "past-midnight", _W, "These hours run from the morning past midnight",
    "An end before the start is an end on the next day: a place that closes at 6:30 in the evening is open all night.",
    "timezone Asia/Kolkata\nhours office\n  mon to fri 9:00 to 6:30\nend\n"
    "on intent=sales during office transfer queue sales",
    "timezone Asia/Kolkata\nhours office\n  mon to fri 09:00 to 18:30\nend\n"
    "on intent=sales during office transfer queue sales",
)  # fmt: skip
NEARLY_YES = Code(
    "FR614", "nearly-yes", _W, "This is neither yes nor no, but a text",
    "A fact that is yes or no never equals it, so the condition never holds, nor does the guard rail that asks it.",
    "never hangup when vip is yess\non intent=bye hangup",
    "never hangup when vip is yes\non intent=bye hangup",
)  # fmt: skip
NEVER_NO = Code(
    "FR615", "never-no", _W, "This is only ever remembered as yes, and asked for as no",
    "A fact that nobody has told is unknown, and neither yes nor no, so a condition that wants no never holds.",
    'on intent=offer remember offered is yes then say "We have a plan for you."\n'
    'on intent=price unless offered is yes say "May I make you an offer?"',
    'on intent=offer remember offered is yes then say "We have a plan for you."\n'
    'on intent=price when offered is unknown say "May I make you an offer?"',
)  # fmt: skip
DATES_DIFFER = Code(
    "FR616", "dates-differ", _W, "The same holidays stand in two places, and differ",
    "Who keeps the same dates in two places forgets one of them one day, and the caller hears two answers.",
    "timezone Asia/Kolkata\n"
    "list holidays is 2026-01-26, 2026-08-15, 2026-10-02\n"
    "hours office\n"
    "  mon to fri 09:00 to 18:00\n"
    "  closed on 2026-01-26, 2026-08-15\n"
    "end\n"
    'on call_started when date is in holidays say "We are closed today."\n'
    "on intent=human during office transfer queue people",
    "timezone Asia/Kolkata\n"
    "list holidays is 2026-01-26, 2026-08-15, 2026-10-02\n"
    "hours office\n"
    "  mon to fri 09:00 to 18:00\n"
    "  closed on 2026-01-26, 2026-08-15, 2026-10-02\n"
    "end\n"
    'on call_started when date is in holidays say "We are closed today."\n'
    "on intent=human during office transfer queue people",
)  # fmt: skip
HOLIDAYS_IN_PART = Code(
    "FR617", "holidays-in-part", _W, "A country without its part leaves holidays out",
    "Many holidays are kept by a part of a country only: the office would count as open on them.",
    "hours office in Europe/London\n  mon to fri 09:00 to 17:00\n  holidays GB\nend\n"
    "on intent=sales during office transfer queue sales",
    "hours office in Europe/London\n  mon to fri 09:00 to 17:00\n  holidays GB-ENG\nend\n"
    "on intent=sales during office transfer queue sales",
)  # fmt: skip
ANY_DEGREE = Code(
    "FR618", "any-degree", _W, "A rule takes every value of a fact, one that means \"hardly\" too",
    "Behind \"on\" a fact without a value takes whatever is told of it but no and none: a mild abuse as well as a "
    "severe one.",
    'fact abuse is one of none, mild, severe\non abuse say "I am ending this call." then hangup',
    'fact abuse is one of none, mild, severe\non abuse=severe say "I am ending this call." then hangup',
)  # fmt: skip
TEST_PROVES_NOTHING = Code(
    "FR620", "test-proves-nothing", _W, "This test passes without the rule that it tests, too",
    "Such a test stays green when somebody breaks the rule. It is found by playing it again with the rule taken out.",
    'on intent=refund say "Let me look at your order."\n'
    'on anything say "How can I help?"\n'
    'test "refund"\n  on intent=refund\n  expect say\nend',
    'on intent=refund say "Let me look at your order."\n'
    'on anything say "How can I help?"\n'
    'test "refund"\n  on intent=refund\n  expect say "Let me look at your order."\nend\n'
    'test "anything else"\n  on hello\n  expect say "How can I help?"\nend',
)  # fmt: skip

PLAYED_TESTS = (TEST_PROVES_NOTHING,)
"""What is found by playing tests, and not by reading rules."""
HYGIENE = (
    UNUSED, UNTESTED, LOOK_ALIKE, INVISIBLE, DOUBLE_NEGATIVE, UNCHECKED_VERB, WORD_IS_FACT, UNKNOWN_LEAD_STATUS,
    NEAR_MISS, TARGET_IN_RAIL, FIXED_ZONE, SHORT_PHRASE, PAST_MIDNIGHT,
    NEARLY_YES,
    NEVER_NO,
    DATES_DIFFER,
    HOLIDAYS_IN_PART,
    ANY_DEGREE,
    TEST_PROVES_NOTHING,
)  # fmt: skip
