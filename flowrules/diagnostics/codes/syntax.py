"""FR1xx: the text can't be read as a rule."""

from flowrules.diagnostics.diagnostic import Code, Severity

_E, _W = Severity.ERROR, Severity.WARNING

NOT_UTF8 = Code(
    "FR100", "not-utf8", _E, "The file is not UTF-8 text",
    "Names and texts would be misread, so nothing in the file is used.",
    "", "",
)  # fmt: skip
TOO_LARGE = Code(
    "FR101", "too-large", _E, "This is too large",
    "A rule file above 10 MB, or a rule above 250,000 characters, was not written by a person; reading it would "
    "stop calls.",
    "", "",
)  # fmt: skip
UNREADABLE = Code(
    "FR102", "unreadable", _E, "This can't be read as a rule",
    "What is not understood can't be run. The rules around it still are.",
    "on intent=sales 12 hangup",
    "on intent=sales 2 times hangup",
)  # fmt: skip
UNKNOWN_VERB = Code(
    "FR103", "unknown-verb", _E, "There is no such verb",
    "Only the platform's verbs can be sent, and a misspelt one would be refused in the middle of a call.",
    "on intent=sales tranfer agent sales_q",
    "on intent=sales transfer agent sales_q",
)  # fmt: skip
MISSING_THEN = Code(
    "FR104", "missing-then", _E, "A \"then\" is missing between two steps",
    "Steps on one line are joined by \"then\", so that it is plain where one ends.",
    "on intent=sales transfer agent sales_q set_disposition SALES",
    "on intent=sales transfer agent sales_q then set_disposition SALES",
)  # fmt: skip
MISSING_END = Code(
    "FR105", "missing-end", _E, "An \"end\" is missing",
    "A block runs until its \"end\"; without one, the next rule would become part of it.",
    'rule "sales"\n  on intent=sales\n  transfer agent sales_q',
    'rule "sales"\n  on intent=sales\n  transfer agent sales_q\nend',
)  # fmt: skip
STRAY_END = Code(
    "FR106", "stray-end", _E, "This \"end\" closes nothing",
    "One-line rules have no \"end\"; an extra one often means that a block was cut in two.",
    "on intent=sales transfer agent sales_q\nend",
    "on intent=sales transfer agent sales_q",
)  # fmt: skip
MISSING_QUOTE = Code(
    "FR107", "missing-quote", _E, "A quote is opened and not closed",
    "Text with spaces stands between two double quotes on one line.",
    'on intent=sales say "One moment',
    'on intent=sales say "One moment"',
)  # fmt: skip
FOREIGN_WORD = Code(
    "FR108", "foreign-word", _E, "This belongs to another language",
    "Signs and words of programs (&&, ||, ==, else, braces) have plain words here.",
    "on intent=sales when balance > 5 && vip=yes transfer agent sales_q",
    "on intent=sales when balance > 5 and vip=yes transfer agent sales_q",
)  # fmt: skip
RESERVED_WORD = Code(
    "FR109", "reserved-word", _E, "A word of the language stands as a value",
    "It could be read in two ways; in quotes it is always text.",
    "on intent=otherwise transfer agent sales_q",
    'on intent="otherwise" transfer agent sales_q',
)  # fmt: skip
VERB_AS_VALUE = Code(
    "FR110", "verb-as-value", _E, "A verb stands as a value",
    "Usually a \"then\" was forgotten, and the verb would silently not be sent.",
    "on intent=bye set_disposition hangup",
    "on intent=bye set_disposition done then hangup",
)  # fmt: skip
AMBIGUOUS_FAILURE = Code(
    "FR111", "ambiguous-failure", _E, "Which steps belong to the failure?",
    "\"A if it fails then B then C\": C could follow B, or follow A. Nobody should have to guess on a live call.",
    "on intent=sales transfer agent a_1 if it fails then say \"Sorry.\" then set_disposition CALLBACK",
    "on intent=sales transfer agent a_1 if it fails then (say \"Sorry.\" then set_disposition CALLBACK)",
)  # fmt: skip
AMBIGUOUS_OTHERWISE = Code(
    "FR112", "ambiguous-otherwise", _E, "Which \"if\" does this \"otherwise\" belong to?",
    "After a line with \"if\", an \"otherwise\" on the next line could belong to the line or to the rule.",
    'rule "r"\n  on intent=sales\n  if vip=yes then say "Welcome back."\notherwise\n  hangup\nend',
    'rule "r"\n  on intent=sales\n  if vip=yes then say "Welcome back." otherwise hangup\nend',
)  # fmt: skip
MIXED_AND_OR = Code(
    "FR113", "mixed-and-or", _E, "\"and\" and \"or\" are mixed without brackets",
    "\"a and b or c\" can be read in two ways; brackets say which.",
    "on intent=sales when vip=yes and balance > 5 or trusted=yes transfer agent sales_q",
    "on intent=sales when (vip=yes and balance > 5) or trusted=yes transfer agent sales_q",
)  # fmt: skip
IS_A_OR_B = Code(
    "FR114", "is-a-or-b", _E, "\"is a or b\" is written \"is one of a, b\"",
    "What stands after \"or\" must be a whole comparison; for several values of one fact there is \"is one of\".",
    "on intent=sales when language is hi or en transfer agent sales_q",
    "on intent=sales when language is one of hi, en transfer agent sales_q",
)  # fmt: skip
JOINED_EVENTS = Code(
    "FR115", "joined-events", _E, "Two events are joined by \"and\"",
    "A rule starts from one event; what else must be true goes behind \"when\".",
    "on intent=sales and language=hi transfer queue hindi_sales",
    "on intent=sales when language=hi transfer queue hindi_sales",
)  # fmt: skip
MISSING_ON = Code(
    "FR116", "missing-on", _E, "A rule begins with \"on\"",
    "\"on\" names what happened; \"when\" and \"if\" only add conditions.",
    "when intent=sales transfer agent sales_q",
    "on intent=sales transfer agent sales_q",
)  # fmt: skip
MISSING_COMPARISON = Code(
    "FR117", "missing-comparison", _E, "A comparison is missing",
    "A fact is compared with something: \"=\", \"is at least\", \"is known\".",
    "on intent=sales when balance 500 transfer agent sales_q",
    "on intent=sales when balance is at least 500 transfer agent sales_q",
)  # fmt: skip
MISSING_STEPS = Code(
    "FR118", "missing-steps", _E, "The rule does nothing",
    "After what happened comes what to do about it.",
    "on intent=sales",
    "on intent=sales transfer agent sales_q",
)  # fmt: skip
MISSING_KIND = Code(
    "FR119", "missing-kind", _E, "The kind of target is missing",
    "The same name can be an agent and a queue, so a transfer says which.",
    "on intent=sales transfer sales_q",
    "on intent=sales transfer queue sales_q",
)  # fmt: skip
UNQUOTED_TEXT = Code(
    "FR120", "unquoted-text", _E, "Text needs quotes",
    "Without quotes nobody can tell where a text ends and the next word of the rule begins.",
    "on intent=sales say One moment please",
    'on intent=sales say "One moment please"',
)  # fmt: skip
BAD_NUMBER = Code(
    "FR121", "bad-number", _E, "A number is written in digits only",
    "Commas, currency and percent signs mean different things to different people.",
    "on intent=sales when balance is at least 1,00,000 transfer agent sales_q",
    "on intent=sales when balance is at least 100000 transfer agent sales_q",
)  # fmt: skip
BAD_TIME = Code(
    "FR122", "bad-time", _E, "A time of day is written as 09:00",
    "The 24-hour clock can't be misread: 21:00 is nine in the evening.",
    'timezone Asia/Kolkata\nhours office\n  mon to fri 9am to 18:00\nend\non intent=a when during office hangup',
    'timezone Asia/Kolkata\nhours office\n  mon to fri 09:00 to 18:00\nend\non intent=a when during office hangup',
)  # fmt: skip
BAD_DATE = Code(
    "FR123", "bad-date", _E, "A date is written as 2026-01-26",
    "Year, month, day: the one order that is read the same everywhere.",
    "on intent=a schedule_callback at 2026-02-30 10:00",
    "timezone UTC\non intent=a schedule_callback at 2026-02-27 10:00",
)  # fmt: skip
BAD_DURATION = Code(
    "FR124", "bad-duration", _E, "A length of time needs its unit",
    "5 could be seconds or minutes: write 5 seconds.",
    "on intent=sales wait 5 then hangup",
    "on intent=sales wait 5 seconds then hangup",
)  # fmt: skip
BAD_PHONE = Code(
    "FR125", "bad-phone", _E, "A telephone number is + and digits",
    "Spaces and dashes are for people; the platform dials +919812345678.",
    "on intent=sales transfer number +91 98123 45678",
    "on intent=sales transfer number +919812345678",
)  # fmt: skip
MISSING_TIME = Code(
    "FR126", "missing-time", _E, "The callback's day or time is missing",
    "A callback is booked for a day and a time, so that nobody is called at midnight.",
    "timezone UTC\non intent=later schedule_callback tomorrow",
    "timezone UTC\non intent=later schedule_callback tomorrow at 10:00",
)  # fmt: skip
END_OF_SENTENCE = Code(
    "FR127", "end-of-sentence", _E, "A rule line ends without a sign",
    "Full stops, commas and semicolons at the end of a line are not part of the language.",
    "on intent=sales transfer agent sales_q.",
    "on intent=sales transfer agent sales_q",
)  # fmt: skip
STEPS_JOINED_BY_AND = Code(
    "FR128", "steps-joined", _E, "Steps are joined by \"then\"",
    "\"then\" says the order in which they are sent; \"and\" and commas don't.",
    "on intent=wait hold and say \"One moment.\"",
    "on intent=wait hold then say \"One moment.\" then unhold",
)  # fmt: skip
FACT_IN_TARGET = Code(
    "FR129", "fact-in-target", _E, "A target can't hold a fact",
    "What a caller said must never choose who is dialled. A destination with \"by\" is a closed list.",
    "on intent=sales transfer agent {owner}",
    "destination owner_desk by owner\n  priya is agent a_1042\n  otherwise is queue sales\nend\n"
    "on intent=sales transfer to owner_desk",
)  # fmt: skip
UNKNOWN_FACT_TYPE = Code(
    "FR130", "unknown-fact-type", _E, "There is no such kind of fact",
    "The kind says what can be compared with it.",
    "fact balance is money",
    "fact balance is number",
)  # fmt: skip
UNKNOWN_SOURCE = Code(
    "FR131", "unknown-source", _E, "Facts come from platform, host, model or caller",
    "The source says who is trusted to set it.",
    "fact verified is yes/no from agent",
    "fact verified is yes/no from host",
)  # fmt: skip
FAILURE_WITHOUT_VERB = Code(
    "FR132", "failure-without-verb", _E, "Only a verb can fail",
    "A failure line belongs to the step above it, and that step is not sent to the platform.",
    'rule "r"\n  on intent=sales\n  wait 2 seconds\n    if it fails then hangup\nend',
    'rule "r"\n  on intent=sales\n  transfer agent a_1\n    if it fails then hangup\nend',
)  # fmt: skip
SAID_TWICE = Code(
    "FR133", "said-twice", _E, "This stands here twice",
    "Only one of the two can hold.",
    "destination d by owner\n  otherwise is queue a\n  otherwise is queue b\nend\non intent=a transfer to d",
    "destination d by owner\n  x is queue b\n  otherwise is queue a\nend\non intent=a transfer to d",
)  # fmt: skip
DATE_AND_TIME = Code(
    "FR134", "date-and-time", _E, "Only \"time\" takes a date and a time",
    "A test sets the clock with: given time is 2026-03-02 11:00",
    'on intent=a hangup\ntest "t"\n  given balance is 2026-03-02 11:00\n  on intent=a\n  expect hangup\nend',
    'timezone UTC\non intent=a hangup\ntest "t"\n  given time is 2026-03-02 11:00\n  on intent=a\n  expect hangup\nend',
)  # fmt: skip
TOO_DEEP = Code(
    "FR135", "too-deep", _E, "Too many brackets inside each other",
    "Nobody can follow brackets 20 deep; name a part with \"steps\" or a rule of its own.",
    "", "",
)  # fmt: skip
UNKNOWN_ITEM = Code(
    "FR136", "unknown-item", _E, "A line begins with a word that begins nothing",
    "A line starts a rule (on, rule, never, before), declares something (list, hours, …) or goes on with a block.",
    "onn intent=sales transfer agent sales_q",
    "on intent=sales transfer agent sales_q",
)  # fmt: skip
TOO_MANY = Code(
    "FR137", "too-many", _E, "Too many mistakes to show",
    "After so many, the rest is likely to follow from the first ones.",
    "", "",
)  # fmt: skip
OTHER_WORDING = Code(
    "FR138", "other-wording", _E, "The language says this in other words",
    "There is one spelling for each thing, so that everybody reads it alike.",
    "on intent=sales when balance is greater than 500 transfer agent sales_q",
    "on intent=sales when balance is more than 500 transfer agent sales_q",
)  # fmt: skip
MISSING_BRACKET = Code(
    "FR139", "missing-bracket", _E, "A bracket is opened and not closed, or closed and not opened",
    "Brackets come in pairs, on the same rule.",
    "on intent=sales when (vip=yes or trusted=yes transfer agent sales_q",
    "on intent=sales when (vip=yes or trusted=yes) transfer agent sales_q",
)  # fmt: skip

MISSPELT_WORD = Code(
    "FR140", "misspelt-word", _E, "A word of the language is misspelt",
    "A misspelt word would be read as a name, and the rule would say something else.",
    "on intent=sales transfer qeue sales_q",
    "on intent=sales transfer queue sales_q",
)  # fmt: skip
MISSING_WORD = Code(
    "FR141", "missing-word", _E, "A joining word is missing",
    "The small words say what belongs to what.",
    "on intent=sales set_lead_field interest sales",
    "on intent=sales set_lead_field interest to sales",
)  # fmt: skip
EXTRA_WORD = Code(
    "FR142", "extra-word", _E, "A word or a sign is one too many",
    "Every word of a rule means something, so polite and joining words that mean nothing are left out.",
    "on intent=sales wait for 2 seconds then hangup",
    "on intent=sales wait 2 seconds then hangup",
)  # fmt: skip
INCOMPLETE_LINE = Code(
    "FR143", "incomplete-line", _E, "The line ends too early",
    "What the last word needs behind it is missing.",
    "on intent=sales remember vip",
    "on intent=sales remember vip is yes",
)  # fmt: skip
MISSING_VALUE = Code(
    "FR144", "missing-value", _E, "A value is missing",
    "A word of the language would be taken for the value that is not there.",
    "on intent=sales when vip is not transfer queue sales_q",
    "on intent=sales when vip is not yes transfer queue sales_q",
)  # fmt: skip
INVISIBLE_SIGN = Code(
    "FR145", "invisible-sign", _E, "A character that can't be seen stands here",
    "Chats and documents put such characters between words; nobody can find them by looking.",
    "on intent=sales \N{ZERO WIDTH SPACE}transfer queue sales_q",
    "on intent=sales transfer queue sales_q",
)  # fmt: skip
LIST_MARK = Code(
    "FR146", "list-mark", _E, "A mark of a list stands before the line",
    "Bullets, numbers and the names of a chat come along with pasted text and are no part of a rule.",
    "• on intent=sales transfer queue sales_q",
    "on intent=sales transfer queue sales_q",
)  # fmt: skip
ONE_LINE_RULE = Code(
    "FR147", "one-line-rule", _E, "A rule with a name takes several lines",
    "A name belongs to a block: its first line, what starts it, the steps, and \"end\".",
    'rule "sales" on intent=sales transfer queue sales_q',
    'rule "sales"\n  on intent=sales\n  transfer queue sales_q\nend',
)  # fmt: skip
QUOTE_INSIDE = Code(
    "FR148", "quote-inside", _E, "A quote stands inside a text",
    "The first quote inside a text would end it. Written twice, it is one quote of the text.",
    'on intent=sales say "Press "one" now."',
    'on intent=sales say "Press ""one"" now."',
)  # fmt: skip
SEVERAL_TARGETS = Code(
    "FR149", "several-targets", _E, "A transfer goes to one target",
    "A second target is tried only when the first fails, and the rule says so.",
    "on intent=sales transfer queue sales or queue backup",
    "on intent=sales transfer queue sales if it fails then transfer queue backup",
)  # fmt: skip
LOOSE_LINES = Code(
    "FR150", "loose-lines", _E, "These lines belong together, and do not stand so",
    "A rule without a name, an \"if\" and a list end with their line; what goes on below needs a block or a joint.",
    "on intent=sales\n  transfer queue sales_q\n  set_disposition SALES",
    'rule "sales"\n  on intent=sales\n  transfer queue sales_q\n  set_disposition SALES\nend',
)  # fmt: skip
NOT_READ = Code(
    "FR160", "not-read", _E, "A file or folder can't be read",
    "Rules without a part of them are other rules: a guard rail that stands in that part would be gone.",
    "", "",
)  # fmt: skip
PASSED_OVER = Code(
    "FR161", "passed-over", _W, "This looks like a rule file and is not read",
    'Only files whose names end in ".rules" are. Whoever wrote into this one believes that it counts.',
    "", "",
)  # fmt: skip
NO_LINE_END = Code(
    "FR162", "no-line-end", _W, "This character looks like the end of a line, and is none",
    "Word and web pages put it where somebody pressed Shift and Enter. What stands behind it belongs to the line "
    "before, and is no rule where that is a comment.",
    "# sales\N{LINE SEPARATOR}on intent=sales transfer queue sales_q",
    "# sales\non intent=sales transfer queue sales_q",
)  # fmt: skip
EMPTY_FILE = Code(
    "FR163", "empty-file", _W, "A rule file is empty",
    "A save or a copy that broke off leaves an empty file behind, and the guard rails that stood in it are gone.",
    "", "",
)  # fmt: skip

SYNTAX = (
    NOT_UTF8, TOO_LARGE, UNREADABLE, UNKNOWN_VERB, MISSING_THEN, MISSING_END, STRAY_END, MISSING_QUOTE,
    FOREIGN_WORD, RESERVED_WORD, VERB_AS_VALUE, AMBIGUOUS_FAILURE, AMBIGUOUS_OTHERWISE, MIXED_AND_OR,
    IS_A_OR_B, JOINED_EVENTS, MISSING_ON, MISSING_COMPARISON, MISSING_STEPS, MISSING_KIND, UNQUOTED_TEXT,
    BAD_NUMBER, BAD_TIME, BAD_DATE, BAD_DURATION, BAD_PHONE, MISSING_TIME, END_OF_SENTENCE,
    STEPS_JOINED_BY_AND, FACT_IN_TARGET, UNKNOWN_FACT_TYPE, UNKNOWN_SOURCE, FAILURE_WITHOUT_VERB, SAID_TWICE,
    DATE_AND_TIME, TOO_DEEP, UNKNOWN_ITEM, TOO_MANY,
    OTHER_WORDING, MISSING_BRACKET, MISSPELT_WORD, MISSING_WORD, EXTRA_WORD, INCOMPLETE_LINE, MISSING_VALUE,
    INVISIBLE_SIGN, LIST_MARK, ONE_LINE_RULE, QUOTE_INSIDE, SEVERAL_TARGETS, LOOSE_LINES,
    NOT_READ, PASSED_OVER, NO_LINE_END, EMPTY_FILE,
)  # fmt: skip
