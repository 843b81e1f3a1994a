"""Natural phrases of declarations, rails and tests, read as those of `phrases.py` are."""

from flowrules.language.mistakes.wording.phrases import CLOCK, DAY, Phrases, Unsure
from flowrules.verbs import WORDS

HOURS: Phrases = (
    (rf"({DAY})\s*(?:-|–|—|till|until|through|thru|upto)\s*({DAY})", r"\1 to \2"),
    (rf"({DAY}(?:\s+to\s+{DAY})?)\s*(?::|from|between|=|is|at)\s*(?=\d)", r"\1 "),
    (r"(?:every\s*day|daily|all\s+days|all\s+week|7\s+days)(?:\s*:)?", "mon to sun"),
    (r"week\s*days?(?:\s*:)?", "mon to fri"),
    (r"week\s*ends?(?:\s*:)?", "sat, sun"),
    (r"(?:24x7|24/7|24\s+hours|always(?:\s+open)?|round\s+the\s+clock|open\s+always)", "mon to sun 00:00 to 24:00"),
    (rf"({DAY})\s+and\s+(?={DAY})", r"\1, "),
    (rf"({CLOCK})\s*(?:-|–|—|till|until|through|upto|and)\s*(?={CLOCK})", r"\1 to "),
    (rf"({CLOCK}\s+to\s+{CLOCK})\s+(?:and|&|;|\+)\s+(?={CLOCK})", r"\1, "),
    (r"(?:closed|holidays?|leave|off)\s*(?:on|:|-|=|is|are)?\s*(?=\d{4}-)", "closed on "),
    (r"(\d{4}-\d\d-\d\d)\s+and\s+(?=\d{4}-)", r"\1, "),
    (r"(\d{4}-\d\d-\d\d)\s*:?\s*(?=\d{1,2}:)", r"on \1 "),
    (r"closed\s+on\s+(?:all\s+)?(?:public|national|bank|gazetted)\s+holidays?", Unsure("holidays IN-MH")),
    (r"(hours\s+\S+)\s+(?:is|=|:|are|at|for)\s*$", r"\1"),
)  # fmt: skip
DESTINATION: Phrases = (
    (r"(destination\s+\S+?)\s*(?:=|:|->|→|=>|to)\s*", r"\1 is "),
    (r"(destination\s+\S+)\s+(?:depends\s+on|from|per|using|on|based\s+on)\s+", r"\1 by "),
    (r"(?:otherwise|else|default|others?|anything\s+else|rest)\s*(?:is|->|→|=>|=|:|to)?\s*"
     r"(?=(?:agent|queue|number|sip)\b)", "otherwise is "),
    (r"(\S+?)\s*(?:->|→|=>|=|:|to|goes\s+to)\s*(?=(?:agent|queue|number|sip)\b)", r"\1 is "),
)  # fmt: skip
DECLARED: Phrases = (
    (r"((?:list|fact)\s+\S+?)\s*(?:=|:|:=|are|contains|has|includes)\s*", r"\1 is "),
    (r"default\s+disposition\s+for\s+([\p{L}_]\w*)\s+(\S+)\s+is", r"default disposition for \1=\2 is"),
    (r"default\s+disposition\s+for\s+([\p{L}_]\w*)\s+is\s+(\S+)$", r"default disposition for intent=\1 is \2"),
    (r"(?:set\s+)?by\s+(?:the\s+)?(?=(?:host|model|caller|platform)\b)", "from "),
    (r"(default\s+disposition(?:\s+for\s+\S+)?)\s*(?:=|:|to|as)\s*", r"\1 is "),
    (r"default\s+disposition\s+(?=[\p{L}_][\w-]*\s*$)", "default disposition is "),
    (r"is\s+(?:a\s+|an\s+)?(?:numeric|integer|int|float|amount|decimal)\b", "is number"),
    (r"is\s+(?:a\s+|an\s+)?(?:string|word|words)\b", "is text"),
    (r"is\s+(?:a\s+|an\s+)?(?:bool|boolean|flag|true\s*/\s*false|y\s*/\s*n|yes\s+or\s+no|yes-no|yes\s*\|\s*no)\b",
     "is yes/no"),
    (r"is\s+an?\s+(?=(?:number|text|yes/no|duration|time|date)\b)", "is "),
    (r"allow\s+(?:the\s+)?(?:phone\s+|telephone\s+)?numbers?\s*(?:is|are|=|:|from|in)?\s*(?=[+\d])", "allow numbers "),
    (r"allow\s+(?:audio|sound|play_audio)\s*(?:is|=|:)?\s*(?=[\"“])", "allow audio from "),
)  # fmt: skip
"""Lists, facts, dispositions and what is allowed."""
RAILS: Phrases = (
    (r"never\s+(?:do|allow|use|run|send)\s+(?:an?\s+|the\s+)?([a-z_]+)\b", r"never \1"),
    (r"never\s+((?:when|unless|during|outside)\s+.+?)\s+([a-z_]+)\s*$", r"never \2 \1"),
    (r"(never|before)\s+([a-z_]+)\s+(?:or|and|,\s*and|,\s*or|/|&)\s+(?=[a-z_]+)", r"\1 \2, "),
    (r"before\s+(?:any\s+|every\s+|each\s+|a\s+|the\s+)(?=[a-z_]+\b)", "before "),
)  # fmt: skip
_VERBS = "|".join(sorted(WORDS))
_CALL = r"(?:(?:the|every|each|a|this)\s+)?call"
_ENDED = r"(?:end|ends|ended|over|closed|closes|finished)"
_OVER = rf"(?:{_CALL}(?:\s+(?:is|has|was))?\s+{_ENDED}|(?:the\s+)?end(?:\s+of\s+{_CALL})?)"
PROMISES: Phrases = (
    (rf"while\s+(.+?)\s*,?\s+(?:no|never|not|do\s+not)\s+((?:{_VERBS})(?:\s*,\s*(?:{_VERBS}))*)\s*$",
     r"never \2 when \1"),
    (r"(?:eventually|sometime|at\s+some\s+point|at\s+any\s+time|some\s*day)", "before the call ends"),
    (rf"(?:at|in|by|until)\s+(?:the\s+)?(?:end|close|finish)(?:\s+of\s+{_CALL})?(?:\s*,)?(?:\s+that)?", "at the end"),
    (rf"(?:when|once|after|if)\s+{_CALL}\s+(?:is\s+over|ends|ended|has\s+ended|closes)(?:\s*,)?", "at the end"),
    (r"(?:finally|eventually)(?:\s*,)?\s+(?=\S+\s+is\b)", "at the end "),
    (r"(?:as\s+long\s+as|whenever|so\s+long\s+as|when|if)\s+(?=\S+\s+(?:is|=|contains)\b)", "while "),
    (r"within\s+(?:a|an|one)\s+(?=(?:second|minute|hour|day)\b)", "within 1 "),
    (r"(?:in|inside|withing|no\s+later\s+than|not\s+later\s+than|before|by)\s+(?=\d+\s*(?:second|minute|hour|day))",
     "within "),
    (rf"(?:before|until|by|within)\s+(?:{_OVER})", "before the call ends"),
    (rf"(?:or|unless|or\s+until)\s+(?:{_OVER})", "or the call ends"),
    (rf"(?:,|and|or\s*,)\s+(?=(?:{_VERBS})\b)", " or "),
    (rf"({_VERBS})\s+(?:or|and)\s+(?=(?:{_VERBS})\b)", r"\1, "),
    *RAILS,
)  # fmt: skip
TEST: Phrases = (
    (r"(?:the\s+|a\s+)?(?:caller|customer|client|user)\s+(?:says?|said)\s+([\"“][^\"”]*[\"”])", r"on said=\1"),
    (r"on\s+(?:the\s+)?(said|hearing)\s+(?:contains\s+|is\s+|says\s+)?([\"“][^\"”]*[\"”])", r"on \1=\2"),
    (r"(on\s+\S+)\s+(?:when|if|where)\s+(?=\S+\s*(?:=|is\b))", r"\1 with "),
    (r"expect\s+(?:that\s+)?([\p{L}_][\w.]*)\s*(?:is|=)\s*(\S+)", Unsure(r"expect remember \1 is \2")),
    (r"(?:when|if)\s+(?=\S+\s*(?:=|is\b))", "on "),
    (r"(?:then|so|must|will)\s+(?=[a-z_]+)", "expect "),
    (r"given\s+(?:the\s+|that\s+)+", "given "),
    (r"given\s+([\p{L}_][\w.]*)\s*(?::|to|as|equals)\s*", r"given \1 is "),
    (r"given\s+(?:it\s+is|now\s+is|clock\s+is|the\s+time\s+is|date\s+is|today\s+is)\s+(?=\d{4}-)", "given time is "),
    (r"(given\s+[a-z_]+)\s+(?:to\s+|agent\s+|queue\s+|number\s+|supervisor\s+)+\S+\s+(?:fails?|failed)\b", r"\1 fails"),
    (r"expect\s+([a-z_]+)\s+(?:(?:only|just|exactly)\s+)?once\b", r"expect exactly once \1"),
    (r"expect\s+([a-z_]+)\s+(?:(?:only|just|exactly)\s+)?twice\b", r"expect exactly 2 times \1"),
    (r"expect\s+([a-z_]+)\s+(?:(?:only|just|exactly)\s+)?(\d+\s+times?)\b", r"expect exactly \2 \1"),
    (r"expect\s+(?:(?:only|just|exactly)\s+)?twice\b", "expect exactly 2 times"),
    (r"expect\s+(?:only\s+|just\s+)?(?=(?:once|\d+\s+times?)\b)", "expect exactly "),
    (r"expect\s+(?:only|just)\s+(?=[a-z_]+)", "expect exactly once "),
    (r"expect\s+rule\s+not\s+", "expect not rule "),
    (r"(given\s+[a-z_]+\s+fails)\s+(?:only\s+|just\s+|exactly\s+)?(?:one\s+time|(?:the\s+)?first(?:\s+time)?|1x)\b",
     r"\1 once"),
    (r"(given\s+[a-z_]+\s+fails)\s+(?:only\s+|just\s+|exactly\s+)?twice\b", r"\1 2 times"),
    (r"(given\s+[a-z_]+\s+fails)\s+(because\s+[a-z_, ]+?)\s+(once|\d+\s+times?)\b", r"\1 \3 \2"),
    (r"and\s+(?:in|within|during)\s+(?:the\s+)?(?:same|one)\s+(?:turn|breath|sentence|moment|time)\s+",
     "and in the same turn "),
    (r"(?:by|said\s+by|told\s+by|reported\s+by)\s+(?:the\s+)?(?=(?:host|model|caller|platform)\b)", "from "),
    (r"from\s+the\s+(?=(?:host|model|caller|platform)\b)", "from "),
    (r"(given\s+[a-z_]+)\s+(?:fail|failed|failing|failure|is\s+failing|does\s+not\s+work)\b", r"\1 fails"),
    (r"(given\s+[a-z_]+\s+fails)\s+(?:with|due\s+to|because\s+of|for|as)\s+", r"\1 because "),
    (r"(?:expects|expected|should|assert|check|verify|then\s+expect)\s+", "expect "),
    (r"expect\s+(?:no|never|don['’]?t|do\s+not|without)\s+", "expect not "),
    (r"expect\s+(?:no\s*thing|none|no\s+steps?|no\s+action)\b", "expect nothing"),
    (r"(expect\s+.*?)\s*(?:,|and|&)\s+(?=[a-z_]+\b)", r"\1 then "),
    (r"(on\s+\S+)\s+and\s+(?=\S+\s*=)", r"\1 with "),
)  # fmt: skip
BEGINNINGS: Phrases = (
    (r"(?:set\s+|use\s+|the\s+)+time\s*-?\s*zone\s*(?:is|to|=|:)?\s*", "timezone "),
    (r"time\s*-?\s*zone\s*(?:is|=|:)?\s*", "timezone "),
    (r"order\s+(?:is\s+)?(?:as\s+)?(?:is|written|given)", "order as written"),
)  # fmt: skip
"""First words of a line in two words, or two in one."""
