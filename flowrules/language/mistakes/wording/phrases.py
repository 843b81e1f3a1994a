"""Natural phrases that the language has another spelling for, as data: what people write, and what it becomes.

A phrase speaks only where the rewritten line brings the parser further, so its pattern may be generous. Patterns
are matched from a word's beginning to a word's end, without regard to case.
"""

from flowrules.language.operators import FIRST_WORDS
from flowrules.verbs import BY_NAME, WORDS

Phrases = tuple[tuple[str, str], ...]


class Unsure(str):
    """A wording that adds what nobody wrote, or one of several that may be meant: it is shown, and never written."""

    __slots__ = ()


_TWELVE = r"\d{1,2}(?:[:.]\d\d)?\s*[ap]\.?m\.?"
_DATE = r"\d{4}-\d"
CLOCK = r"\d{1,2}:\d\d"
DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_WHO = r"(?:the\s+|this\s+|that\s+)?(?:caller|callers|call|customer|client|user|lead|person|line|him|her|them|it)"
_FIRST_WORDS = "|".join(sorted(FIRST_WORDS))
_PER_CALL = r"(?:\s+(?:per|a|in\s+a|in\s+one|each|every|in\s+the|during\s+the)\s+call)?"

_GO_ON = (
    r"(?:(?:just\s+)?(?:continue|carry\s+on|keep\s+(?:on\s+)?going|go\s+ahead|move\s+on|proceed)"
    r"|go\s+on(?=\s+(?:with|to)\b))"
    r"(?:\s+(?:with|to)(?:\s+(?:the|what))?(?:\s+(?:plan|rest|others?|next(?:\s+steps?)?|steps?|follows|call))?"
    r"|\s+anyway)?"
)

COMPARISONS: Phrases = (
    (rf"(?:is\s+)?(?:after|past)\s+(?={_DATE})|(?:is\s+)?later\s+than\s+", "is more than "),
    (rf"(?:is\s+)?(?:until|till|through|up\s*to)\s+(?={_DATE})", "is at most "),
    (r"(?:is\s+)?(-?[\d.:]+(?:\s+(?:second|minute|hour|day)s?)?)\s+or\s+(?:more|above|higher|over|greater|later|longer)",
     r"is at least \1"),
    (r"(?:is\s+)?(-?[\d.:]+(?:\s+(?:second|minute|hour|day)s?)?)\s+or\s+(?:less|below|lower|under|fewer|earlier|shorter)",
     r"is at most \1"),
    (r"is\s+in\s+between", "is between"),
    (r"(?:is\s+)?(?:between|from)\s+(\S+?)\s*(?:to|-|–|or|&|,|till|until)\s*(\S+)", r"is between \1 and \2"),
    (r"(?:is\s+)?(?:greater|bigger|larger|higher|more)\s+than\s+or\s+(?:is\s+)?equals?(?:\s+to)?", "is at least"),
    (r"(?:is\s+)?(?:less|smaller|lower|fewer)\s+than\s+or\s+(?:is\s+)?equals?(?:\s+to)?", "is at most"),
    (r"(?:is\s+)?(?:below|under|less|smaller|lower|fewer)\s+or\s+equals?(?:\s+to)?", "is at most"),
    (r"(?:is\s+)?(?:above|over|more|greater|bigger|larger|higher)\s+or\s+equals?(?:\s+to)?", "is at least"),
    (r"(?:is\s+)?(?:not|no)\s+(?:greater|bigger|larger|higher|more)\s+than", "is at most"),
    (r"(?:is\s+)?(?:not|no)\s+(?:less|smaller|lower|fewer)\s+than", "is at least"),
    (r"(?:is\s+)?(?:greater|bigger|larger|higher|more)\s+th[ae]n", "is more than"),
    (r"(?:is\s+)?(?:less|smaller|lower|fewer)\s+th[ae]n", "is less than"),
    (r"(?:is\s+)?(?:at[\s-]*least|min(?:imum)?|not\s+under|not\s+below)", "is at least"),
    (r"(?:is\s+)?(?:at[\s-]*most|max(?:imum)?|up\s*to|not\s+over|not\s+above)", "is at most"),
    (r"(?:is\s+)?(?:above|over|exceeds|exceeding|beyond)", "is more than"),
    (r"(?:is\s+)?(?:below|under|beneath)", "is less than"),
    (r"(?:is\s+)?(?:after|since|from)", "is at least"),
    (r"(?:is\s+)?(?:before|until|till|earlier\s+than)", "is less than"),
    (r"is\s*(>=|<=|!=|>|<|=)", r"\1"),
    (r"(?:is\s+)?equal(?:s|\s+to)?|is\s+the\s+same\s+as", "is"),
    (r"(?:does\s+not|doesn['’]?t|do\s+not|not)\s+equals?|is\s+other\s+than|is\s+different\s+from", "is not"),
    (r"(?:isnot|isn['’]?t|is\s*n['’]t|ain['’]?t|was\s+not|wasn['’]?t|are\s+not|aren['’]?t)", "is not"),
    (r"was|are|were|be|been|has\s+been|became|becomes", "is"),
    (r"exists?|is\s+there|has\s+a\s+value", "is known"),
    (r"(?:does\s+not|doesn['’]?t)\s+exist", "is unknown"),
    (r"(?:is\s+)?one\s*off|is\s+oneof|is\s+on\s+of", "is one of"),
    (r"(?:is\s+|are\s+)?(?:any\s+of|either\s+of|among)", "is one of"),
    (r"is\s+none\s+of|is\s+neither\s+of|not\s+one\s+of", "is not one of"),
    (r"(?:is\s+)?(?:in|on)\s+(?:the\s+)?list|belongs\s+to|is\s+(?:a\s+)?(?:part|member)\s+of"
     r"|is\s+on(?!\s+(?:a\s+)?(?:public\s+)?holiday)", "is in"),
    (r"(?:does\s+not|doesn['’]?t|is\s+not)\s+(?:in|on)\s+(?:the\s+)?list|not\s+in|(?:is\s+not|isn['’]?t)\s+(?:on|among)"
     r"|(?:does\s+not|doesn['’]?t)\s+belong\s+to|is\s+not\s+(?:a\s+)?(?:part|member)\s+of", "is not in"),
    (r"(?:is\s+)?in\s+between", "is between"),
    (r"contains?\s+(?:at\s+least\s+)?(\d+)(?:\s+or\s+more)?\s+digits?", r"contains at least \1 digits"),
    (r"(?:contains?|includes?|mentions?|has|says)\s+(?:any|anyof|oneof|one\s+of|either|anything\s+of|some\s+of)",
     "contains any of"),
    (r"(?:include[sd]?|mention(?:s|ed)?|has|have|had|containing|contain|like|matches|has\s+the\s+words?"
     r"|contains\s+the\s+words?)", "contains"),
    (r"(?:is\s+)?(?:begins|beginning|starting|start|begin|started)\s+(?:with|from|by)|startswith", "starts with"),
    (r"starts\s+by", "starts with"),
    (r"(?:is\s+)?(?:ending|end|ended|finish(?:es|ed|ing)?)\s+(?:with|in|by|on)|ends\s+(?:in|by|on)|endswith",
     "ends with"),
)  # fmt: skip
OTHER_WAY_ROUND: Phrases = (
    (r"(?:(?:the\s+)?(?:caller|customer|call|agent|they|he|she|it|we)\s+(?:is|are)\s+)?(?:already\s+)?"
     r"(?:in\s+(?:a\s+|the\s+)|in\s+)?conference(?:\s+call)?(?=\s+(?!is\b|=)|\s*$)", "call.in_conference is yes"),
    (r"([\p{L}_][\w.]*)\s+is\s+on\s+(?:a\s+)?(?:public\s+)?holiday", Unsure(r"today is a holiday of \1")),
    (r"(said|hearing)\s+(?:any\s+of|one\s+of)", r"\1 contains any of"),
    (r"(\d+(?:\.\d+)?)\s*<\s*([\p{L}_][\w.]*)\s*<\s*(\d+(?:\.\d+)?)", r"\2 > \1 and \2 < \3"),
    (r"(\d+(?:\.\d+)?)\s*<=\s*([\p{L}_][\w.]*)\s*<=\s*(\d+(?:\.\d+)?)", r"\2 is between \1 and \3"),
    (r"([\p{L}_][\w.]*)\s+(?:does\s+not|doesn['’]?t|do\s+not|is\s+not|not)\s+(?:contain|include|mention|have)s?"
     r"(?:ing)?", r"not \1 contains"),
    (r"([\p{L}_][\w.]*)\s+(?:does\s+not|doesn['’]?t|do\s+not|is\s+not|not)\s+(?:start|begin)s?(?:ing)?\s+with",
     r"not \1 starts with"),
    (r"([\p{L}_][\w.]*)\s+(?:does\s+not|doesn['’]?t|do\s+not|is\s+not|not)\s+(?:end|finish)(?:es|s)?(?:ing)?\s+with",
     r"not \1 ends with"),
    (r"((?:\d+(?:\.\d+)?))\s*<=\s*([\p{L}_][\w.]*)", r"\2 >= \1"),
    (r"((?:\d+(?:\.\d+)?))\s*>=\s*([\p{L}_][\w.]*)", r"\2 <= \1"),
    (r"((?:\d+(?:\.\d+)?))\s*<\s*([\p{L}_][\w.]*)", r"\2 > \1"),
    (r"((?:\d+(?:\.\d+)?))\s*>\s*([\p{L}_][\w.]*)", r"\2 < \1"),
    (r"((?:\d+(?:\.\d+)?))\s*=\s*([\p{L}_][\w.]*)", r"\2 = \1"),
    (r"is\s+(?!(?:yes|no|not|known|unknown|at|in|one|more|less)\b)([\p{L}_][\w.]*)(?=\s+(?:then|and|or|transfer|say|hangup|set_disposition)\b)",
     Unsure(r"\1 is yes")),
)  # fmt: skip
HEADS: Phrases = (
    (r"after\s+(?:a\s+total\s+of|altogether|in\s+(?:total|all))\s+(\d+\s*\w+)\s+of\s+([\p{L}_][\w.]*)",
     r"after \1 of \2 in all"),
    (r"after\s+(\d+\s*\w+)\s+in\s+(?:all|total)\s+of\s+([\p{L}_][\w.]*)", r"after \1 of \2 in all"),
    (r"after\s+(\d+\s*\w+)\s+of\s+([\p{L}_][\w.]*)\s+(?:in\s+total|altogether|in\s+sum|all\s+together|overall)",
     r"after \1 of \2 in all"),
    (r"on\s+([\p{L}_][\w.]*)\s+(?:is|are|was|stays?|comes?|being)\s+(?:the\s+)?same\s+(\d+)\s+times?\b",
     r"on the same \1 \2 times"),
    (r"on\s+(?:the\s+)?same\s+(?:value|answer)s?\s+(?:of|for|to)\s+(?:the\s+)?([\p{L}_][\w.]*)\s+(\d+)\s+times?\b",
     r"on the same \1 \2 times"),
    (r"on\s+(?:a\s+|an\s+)?same\s+", "on the same "),
    (r"on\s+the\s+same\s+([\p{L}_][\w.]*)\s*(?:=|is\b)", r"on \1="),
    (r"on\s+([\p{L}_][\w.]*)\s+(\d+)\s+times?\s+the\s+same\b", r"on the same \1 \2 times"),
    (r"(?:agar|jab|अगर|जब)\s+", "on "),
    (r"(?:no|do\s+not|don['’]?t|not|cannot|can['’]?t|must\s+not|block|forbid|disallow|prohibit)\s+(?=[a-z_]+)",
     "never "),
    (r"on\s+(also|urgent)(?:ly)?\b:?", r"\1 on"),
    (r"(also|urgent)(?:ly)?\s*[:,]?\s+(?=on\b|after\b|at\b)", r"\1 "),
    (r"urgently\b", "urgent"),
    (r"(also|urgent)\s+(?=[a-z_]+\b)(?!on\b|after\b|at\b)", Unsure(r"\1 on anything ")),
    (r"(?:always|everytime|every\s+time)\b", Unsure("also on anything")),
    (r"(?:on\s+)?(?:anything|everything|any|all)\s+else\b|(?:on\s+)?(?:default|else|otherwise|others?)\b|on\s+any\b"
     r"|on\s+any\s+other(?:\s+\w+)?|on\s+everything", "on anything"),
    (r"on\s+(?:the\s+)?(?:call\s+(?:start(?:s|ed)?|begins?|connect(?:s|ed)?)|start\s+of\s+(?:the\s+)?call|new\s+call)",
     "on call_started"),
    (r"on\s+(?:the\s+)?(?:call\s+(?:ends?|ended|finish(?:es|ed)?)|end\s+of\s+(?:the\s+)?call)", "on call_ended"),
    (r"on\s+(?:voice\s*mail|answering\s+machine|machine)\b", "on machine_answered"),
    (r"on\s+([\p{L}_][\w.]*)\s+(\d+)\s+times?\s+(?:in\s+a\s+row\s+)?(?:with\s+)?the\s+same(?:\s+value)?",
     r"on the same \1 \2 times"),
    (r"on\s+(\d+\s*\w+)\s+(?:of\s+)?(?:silence|no\s+(?:answer|response|reply|input|speech|sound))",
     r"after \1 of silence"),
    (r"on\s+(?:the\s+)?(\d+|twice|two|three|second|2nd|third|3rd|fourth|4th)(?:\s+times?)?\s+([\p{L}_][\w.]*\s*=\s*\S+)",
     r"on \2 \1 times"),
    (r"on\s+(?:the\s+)?(?:caller|customer|client|user)\s+(?:hangs?\s+up|hung\s+up|disconnects?|leaves?|drops?)\b",
     "on call_ended"),
    (r"on\s+(?:the\s+)?call\s+(?:is\s+)?(?:answered|picked\s+up)|on\s+(?:call\s+)?(?:pick\s*up|answer)\b",
     "on call_started"),
    (r"on\s+(?:the\s+)?(?:keyword|word|phrase)s?\s+(?==?\s*[\"“\w])(?:=\s*)?", "on said contains "),
    (r"(?:on|after)\s+(?:silence|no\s+(?:answer|response|reply|input|speech|sound))\s+(?:of|for)?\s*(\d+\s*\w+)",
     r"after \1 of silence"),
    (r"after\s+(\d+\s*\w+)\s+of\s+no\s+(?:answer|response|reply|input|speech|sound)", r"after \1 of silence"),
    (r"on\s+no\s+(?:answer|response|reply|input|speech|sound)", Unsure("after 10 seconds of silence")),
    (rf"(?:on|when|if|whenever)\s+{_WHO}\s+(?:says?|said|mentions?|speaks?|tells?)\s+", "on said contains "),
    (r"on\s+(?:(?:caller\s+)?(?:key|digit|press|presses|pressed|pressing|button|keypress|dtmf))(?:\s+(?:key|digit|button))?"
     r"\s+(\d+)\b", r"on dtmf=\1"),
    (r"on\s+(?:the\s+)?payment\s+(?:is\s+|has\s+)?(?:started|starts?|begins?|began)\b", "on payment_started"),
    (r"on\s+(?:a\s+|the\s+)?machine\s+(?:answered|answers|picks\s+up|picked\s+up)\b", "on machine_answered"),
    (r"on\s+(?:the\s+)?hangup\s+(?:is\s+|was\s+)?interrupted\b", "on hangup_interrupted"),
    (r"on\s+(?:a\s+|the\s+|any\s+)?step\s+(?:fails|failed|failure)\b", "on step_failed"),
    (r"on\s+(?:the\s+|a\s+)?say\s+(?:fails|failed|failure|failing)\b",
     'on step_failed when failed_verb is "play_audio"'),
    (rf"on\s+(?:the\s+|a\s+)?({'|'.join(sorted(BY_NAME))})\s+(?:fails|failed|failure|failing)\b",
     r'on step_failed when failed_verb is "\1"'),
    (r"on\s+([\p{L}_]\w*)\s+intent\b", r"on intent=\1"),
    (r"after\s+(?:the\s+)?(?:call(?:\s+is\s+over|\s+ends?|\s+ended)?|call_ended|hangup)", "on call_ended"),
    (r"at\s+(?:12\s+)?noon\b", "at 12:00"),
    (r"at\s+(?:12\s+)?midnight\b", "at 00:00"),
)  # fmt: skip
CLAUSES: Phrases = (
    (r"more\s+than\s+(?:once|1\s+times?|one\s+times?)", "2 times"),
    (r"more\s+than\s+(?:twice|(?:2|two)\s+times)", "3 times"),
    (r"more\s+than\s+(?:thrice|(?:3|three)\s+times)", "4 times"),
    (r"(?:and\s+|but\s+)?not\s+again(?!\s+(?:for|in|within|until|before|after))", "once per call"),
    (r"(?:only\s+once|once|only\s+(?:one|1)\s+time|one\s+time\s+only)" + _PER_CALL, "once per call"),
    (r"(?:at\s+most|max(?:imum)?(?:\s+of)?|up\s*to|not\s+more\s+than|no\s+more\s+than|only)\s+"
     r"(\d+|twice|thrice|once|one|two|three|four|five)(?:\s*(?:times?|x))?" + _PER_CALL, r"at most \1 times per call"),
    (r"twice\b(?:\s+per\s+call)?", "2 times"),
    (r"thrice\b(?:\s+per\s+call)?", "3 times"),
    (r"(?:at\s+least\s+|min(?:imum)?\s+)?(\d+|one|two|three|four|five)\s*(?:times?|x)" + _PER_CALL, r"\1 times"),
    (r"(?:for\s+)?(?:the\s+)?(second|2nd|third|3rd|fourth|4th|fifth|5th)\s+time", r"\1 times"),
    (r"(\d+)\s+times?\s*,?\s*(?:in\s+row|consecutive(?:ly)?|continuous(?:ly)?|back\s+to\s+back|one\s+after\s+another"
     r"|in\s+succession|running|straight)", r"\1 times in a row"),
    (r"not\s+again\s+(?:in|within|until|before|after)\s+(?:the\s+next\s+)?", "not again for "),
    (r"(?:after|from|since)\s+(" + CLOCK + r")", r"when time is at least \1"),
    (r"(?:before|until|till|by)\s+(" + CLOCK + r")", r"when time is less than \1"),
    (r"(?:between|from)\s+(" + CLOCK + r")\s*(?:and|to|-|–|till|until)\s*(" + CLOCK + r")",
     r"when time is between \1 and \2"),
    (r"on\s+(" + DAY + r")\b", r"when today is \1"),
    (r"(?:during|in|within|inside|while\s+in)\s+(?:the\s+|our\s+)?(?:business|working|opening)\s+(?:hours|time)",
     "during office"),
    (r"(during|outside)\s+(?:of\s+|the\s+|our\s+)+([\p{L}_]\w*)(?:\s+(?:hours?|time))?", r"\1 \2"),
    (r"(during|outside)\s+([\p{L}_]\w*)\s+(?:hours?|time)", r"\1 \2"),
    (r"(?:in|within|inside|while\s+in)\s+(?:the\s+|our\s+)?([\p{L}_]\w*)(?:\s+(?:hours?|time))?", r"during \1"),
    (r"after\s+(?:the\s+|our\s+)?(?!office\b|business\b|working\b|opening\b)([\p{L}_]\w*)(?:\s+(?:hours?|time))?",
     Unsure(r"outside \1")),
    (r"(?:not\s+(?:during|in|within)|out\s+of|after)\s+(?:the\s+|our\s+)?([\p{L}_]\w*)(?:\s+(?:hours?|time))?",
     r"outside \1"),
    (r"(?:only\s+)?(?:if|provided|where|while|whenever|given|only\s+when|in\s+case)(?:\s+that)?\b", "when"),
    (r"(?:except\s+(?:when|if)|if\s+not|but\s+not\s+(?:when|if))\b", "unless"),
)  # fmt: skip
STEPS: Phrases = (
    (r"(?:ask|call|request|notify|alert|page|tell|inform|ping|message|note\s+(?:to|for))(?:\s+for)?\s+(?:a\s+|the\s+)?"
     r"supervisor(?:\s+(?:to|for|about|that))?(?=\s+[\"“])", "request_supervisor because"),
    (r"(?:ask|call|request|notify|alert|page|tell|inform|ping|message)(?:\s+for)?\s+(?:a\s+|the\s+)?supervisor",
     "request_supervisor"),
    (r"leave\s+(?:a\s+|the\s+)?(?:voice\s*)?(?:message|mail|note)(?:\s+saying)?\s+(?=[\"“])", "say "),
    (r"transfer\s+(?:to\s+)?(?:ext(?:n|ension)?\.?)\s+(?=\d)", "transfer agent "),
    (r"(agent|queue)\s*(?:named|called|name|id|is|:|=)\s+", r"\1 "),
    (r"(?:for|reason|due\s+to|since|reason\s*[:=])\s+(?=[\"“])", "because "),
    (r"transfer\s+((?:agent|queue|number|sip|to)\s+\S+)\s+(?:now|immediately|at\s+once)", r"transfer now \1"),
    (r"(?:immediately|now|at\s+once)\s+(transfer|hangup)", r"\1 now"),
    (r"(transfer|hangup)\s+(?:immediately|at\s+once)", r"\1 now"),
    (r"request_supervisor\s+(?:high|urgent|asap|immediately)(?:\s+priority)?", "request_supervisor urgently"),
    (r"(?:add|invite|bring|conference_add)\s+(agent|supervisor)\s+(\S+)\s+(?:to|into|in)\s+(?:the\s+|a\s+)?"
     r"(?:conference|call)", r"conference_add \1 \2"),
    (r"conference_remove\s+(?:agent|supervisor|member)\s+", "conference_remove "),
    (r"(?:monitor|listen\s+(?:in\s+)?(?:to|on))\s+(?=[\p{L}_])", "monitor_start "),
    (r"(monitor_start\s+\S+)\s+(?:with|plus|&)\s+whisper", r"\1 and whisper"),
    (r",\s*([\p{L}_]\w*)\s+to\s+", r" then set_lead_field \1 to "),
    (r"(if\s+it\s+fails(?:\s+because\s+[\w,\s]+?)?\s+then)\s+(?:ignore|skip|pass|nothing)(?:\s+(?:it|that|this))?",
     Unsure(r"\1 go on")),
    (rf"and\s+(?:then\s+)?{_GO_ON}", "then go on"),
    (_GO_ON, "go on"),
    (r"(?:be|keep|remain|stay|go|sit)\s+(?:quiet|silent|silence|mute|still)(?:\s+(?:in|for)\s+(?:this|the)\s+turn|\s+now)?"
     r"|(?:say|answer|speak|reply|respond)\s+(?:nothing|none)|(?:do\s+not|don['’]?t|no)\s+(?:answer|reply|respond|speak|talk)"
     r"|(?:let|have|make)\s+(?:the\s+)?(?:model|bot|agent|ai|assistant)\s+(?:be|stay|keep|remain)\s+(?:silent|quiet)",
     "stay silent"),
    (r"(?:nothing|do\s+nothing|ignore|skip|pass|none)", "stop"),
    (r"(?:let|set)\s+([\p{L}_]\w*)\s+be\s+", r"remember \1 is "),
    (r"(?:save|store|let|set)\s+([\p{L}_]\w*)\s*=\s*", r"remember \1 is "),
    (r"at\s+(\d{4}-\d\d-\d\d)T(\d{1,2}:\d\d)", r"at \1 \2"),
    (r"schedule_callback\s+(?:for\s+|on\s+|at\s+)?(\d{4}-\d\d-\d\d)\s*(?:at|,|T)?\s*(?=\d{1,2}:)",
     r"schedule_callback at \1 "),
    (r"schedule_callback\s+(?:in|during|within|when|on)\s+(?:the\s+|our\s+)?([\p{L}_]\w*)\s+(?:hours?|opens?|is\s+open)",
     r"schedule_callback next \1"),
    (r"next\s+([\p{L}_]\w*)\s+hours?", r"next \1"),
    (r"(schedule_callback\s+.+?)\s+(?:in|during|inside)\s+(?:the\s+)?(?=[\p{L}_]\w*)", r"\1 within "),
    (rf"(today|tomorrow)\s+(?:at\s+)?({_TWELVE})", r"\1 at \2"),
    (rf"at\s+({_TWELVE})\s+(?:on\s+)?(today|tomorrow)", r"\2 at \1"),
    (r"if\s+(?:(?:it|that|this|the\s+\w+|transfer|call|agent|queue|they|nobody|no\s*one|none)\s+)?"
     r"(?:is\s+|are\s+|was\s+|has\s+)?(?:fail(?:s|ed|ing)?|busy|unavailable|not\s+available|no\s+answer|not\s+answered"
     r"|unanswered|not\s+answer|not\s+free"
     r"|(?:does|did|do)\s*(?:n['’]?t|\s+not)\s+(?:work|answer|connect|pick|respond|succeed|go|come|reach|happen|get)\b"
     r"(?:\s+(?:up|through))?)", "if it fails"),
    (r"if\s+it\s+(?:errors?|breaks?|crash(?:es)?|refuses|rejects|declines|is\s+(?:refused|rejected))"
     r"(?=\s+(?:then|because)\b)", "if it fails"),
    (r"(?:on|upon|in\s+case\s+of)\s+(?:fail|failure|error|failing)\b", "if it fails"),
    (r"(if\s+it\s+fails)\s*,\s*", r"\1 then "),
    (r"(if\s+it\s+fails)\s+(?:due\s+to|because\s+of|with|for|since|as)\s+", r"\1 because "),
    (r"(?:,\s*)?(?:after\s+that|afterwards|and\s+then|then\s+also|followed\s+by|next|later|and\s+also|plus)\b", "then"),
    (r"(?:otherwise\s*[,:]|or\s+else|if\s+not\s+then|if\s+not\s*,)", "otherwise"),
    (rf"transfer\s+{_WHO}\s+(?:over\s+)?(?:to\s+(?:the\s+|an?\s+)?)?(?=(?:agent|queue|number|sip|to)\b)", "transfer "),
    (rf"transfer\s+{_WHO}\s+(?:over\s+)?to\s+(?:the\s+|an?\s+)?", "transfer queue "),
    (r"transfer\s+(?:over\s+)?to\s+(?:the\s+|an?\s+)?(agent|queue|number|sip)\b", r"transfer \1"),
    (r"(agent|queue|number|sip)\s+transfer\b", r"transfer \1"),
    (rf"{_WHO}\s+(?:is|gets|will\s+be|must\s+be|should\s+be)\s+transferred\s+to\s+(?:the\s+)?(agent|queue|number|sip)\b",
     r"transfer \1"),
    (r"(hangup)\s+(?:the\s+|this\s+|on\s+(?:the\s+)?)?(?:call|caller|customer|line)\b", r"\1"),
    (rf"(in\s+\d+\s+(?:second|minute|hour|day)s?|(?:today|tomorrow|next\s+{DAY})\s+at\s+{CLOCK})\s+(schedule_callback)\b",
     r"\2 \1"),
    (r"(whisper)\s+([\"“][^\"”]*[\"”])\s+to\s+(?:the\s+)?([\p{L}_]\w*)", r"\1 to \3 \2"),
    (r"transfer\s+(?:over\s+)?(?:to\s+)?(?:the\s+|an?\s+)?(?!agent\b|queue\b|now\b|to\b)([\p{L}_][\w-]*)\s+(?:queue|team|desk"
     r"|department|line|group)\b", r"transfer queue \1"),
    (r"transfer\s+(?:over\s+)?(?:to\s+)?(?:the\s+|an?\s+)?(?!agent\b|queue\b|now\b|to\b)([\p{L}_][\w-]*)\s+agent\b",
     Unsure(r"transfer agent \1")),
    (r"transfer\s+(?:to\s+)?(?:the\s+)?(?:team|desk|department|group)\s+", "transfer queue "),
    (r"transfer\s+(?:to\s+)?(?:phone|mobile|telephone|cell)(?:\s+(?:number|no\.?))?\s+(?=\+)", "transfer number "),
    (r"(?:hang\s+up|end(?:[\s_]+(?:the|this))?[\s_]+call|(?:drop|close|disconnect|finish|terminate|cut)(?:[\s_]+(?:the|this))?(?:[\s_]+call)?)\b",
     "hangup"),
    (rf"(?:forward|connect|route|redirect|send|hand\s*(?:over|off)|pass|move|escalate|put\s+through)(?:\s+{_WHO})?"
     r"(?:\s+over)?\s+to(?:\s+the|\s+an?)?(?=\s+(?:agent|queue|number|sip)\b)", "transfer"),
    (rf"(?:forward|connect|route|redirect|send|hand\s*(?:over|off)|pass|move|escalate)(?:\s+{_WHO})?(?:\s+over)?\s+to"
     r"(?:\s+the|\s+an?)?", "transfer queue"),
    (r"(?:forward|connect|route|redirect|handoff|escalate)\b", "transfer"),
    (rf"(?:speak|tell|announce|reply|respond|greet|apologi[sz]e|ask|inform|bolo|boliye|speak\s+out)(?:\s+{_WHO})?"
     r"(?:\s+(?:with|that|to))?", "say"),
    (rf"say\s+(?:to\s+)?{_WHO}(?:\s+that)?", "say"),
    (r"say\s+that", "say"),
    (r"play(?:\s+(?:the\s+)?(?:audio|file|sound|recording|message))?", "play_audio"),
    (r"(?:press|dial(?!\s+\d{3}\b)|type)(?:\s+(?:key|keys|button|digits?))?\s+(?=[\"“\d*#])", "send_dtmf "),
    (rf"(?:call\s*back|callback|call_back|(?:book|set|schedule|arrange)\s+(?:a\s+)?(?:callback|call\s+back|call)"
     rf"|call\s+(?:{_WHO}\s+)?again|call\s+{_WHO}\s+back)", "schedule_callback"),
    (r"schedule_callback\s+(?:after|within)\s+(?=\d)", "schedule_callback in "),
    (r"schedule_callback\s+(?:for|on|at)\s+(?=today|tomorrow|next|in)", "schedule_callback "),
    (rf"schedule_callback\s+(?:for\s+|on\s+|this\s+|coming\s+)?({DAY})\s+(?:at\s+)?(?={CLOCK})",
     r"schedule_callback next \1 at "),
    (r"schedule_callback\s+(?:for\s+|on\s+)(?=\d{4}-)", "schedule_callback at "),
    (r"schedule_callback\s+(?=\d{4}-)", "schedule_callback at "),
    (r"schedule_callback\s+(?=\d+\s*(?:sec|min|hour|hr|day))", "schedule_callback in "),
    (rf"(today|tomorrow)\s+(?=(?:{CLOCK}))", r"\1 at "),
    (rf"next\s+({DAY})\s+(?={CLOCK})", r"next \1 at "),
    (rf"at\s+(\d{{4}}-\d\d-\d\d)\s+(?:at|on|,)\s*(?={CLOCK})", r"at \1 "),
    (rf"at\s+({CLOCK})\s+(?:on\s+)?(today|tomorrow)\b", r"\2 at \1"),
    (rf"at\s+({CLOCK})\s+(?:on\s+)?(?:next\s+)?({DAY})\b", r"next \2 at \1"),
    (r"(?:pause|stop|hold)[\s_]+(?:the\s+)?recording\b", "recording_pause"),
    (r"(?:resume|start|continue|restart)[\s_]+(?:the\s+)?recording\b", "recording_resume"),
    (r"set[\s-]+disposition(?:\s*(?:to|as|is|=|:))?", "set_disposition"),
    (r"set[\s-]+lead[\s_-]+status(?:\s*(?:to|as|is|=|:))?", "set_lead_status"),
    (r"set[\s_-]+lead[\s_-]+field", "set_lead_field"),
    (rf"(?:mark|tag|close)\s+{_WHO}(?:\s+as)?(?:\s*(?:to|as|is|=|:))?", Unsure("set_disposition")),
    (r"(?:the\s+)?disposition\s+(?:is\s+)?set\s+(?:to|as)\s+(?=\S)", "set_disposition "),
    (rf"(?:disposition|dispose|(?:mark|tag|close)(?:\s+{_WHO})?(?:\s+as)?|wrap\s*up(?:\s+as)?|wrap_up)(?:\s*(?:to|as|is|=|:))?",
     "set_disposition"),
    (r"(?:set\s+status|status|lead[\s_]+status)(?:\s*(?:to|as|is|=|:))?", "set_lead_status"),
    (r"set\s+(?:the\s+)?field\s+([\p{L}_]\w*)\s*(?:=|to|as|is)\s*", r"set_lead_field \1 to "),
    (r"(set_lead_field\s+\S+)\s*(?:=|:|is|as|with)\s*", r"\1 to "),
    (r"(remember)\s+(?:that\s+)?([\p{L}_][\w.]*)\s+(?:to|as|:)\s*", r"\1 \2 is "),
    (rf"(?:put|place|keep)(?:\s+{_WHO})?\s+(?:on|in)\s+hold\b", "hold"),
    (rf"(?:take|bring)(?:\s+{_WHO})?\s+off\s+hold|un-hold|resume\s+call", "unhold"),
    (rf"(hold|unhold)\s+{_WHO}", r"\1"),
    (r"(hold(?:\s+with\s+music\s+\S+)?)\s+(?:for\s+|upto\s+|up\s+to\s+)(?!at\b)(?=\d)", r"\1 for at most "),
    (r"((?:hold(?:\s+with\s+music\s+\S+)?|mute(?:\s+(?:caller|agent))?|recording_pause)\s+for)\s+"
     r"(?:max(?:imum)?(?:\s+of)?|no\s+more\s+than|not\s+more\s+than|up\s*to)\s+(?=\d)", r"\1 at most "),
    (r"((?:mute(?:\s+(?:caller|agent))?|recording_pause))\s+for\s+(?=\d)", r"\1 for at most "),
    (r"hold\s+(?:music|with)\s+(?=[\"“])", "hold with music "),
    (r"(mute|unmute)\s+(?:the\s+)?(?:customer|client|user|lead|person)", r"\1 caller"),
    (r"(?:pause|sleep|delay)(?:\s+for)?\s+(?=\d)", "wait "),
    (r"(?:note|write|record)\s+(?=[\"“])", "log "),
    (r"(?:run|perform|execute|goto|go\s+to)\s+(?=[\p{L}_])", "do "),
    (r"(?:save|store|let|set)\s+(?=[\p{L}_]\w*\s*(?:=|is\b))", "remember "),
    (r"(whisper)\s+(?:to\s+)?(?:the\s+)?(?=[\p{L}_])", r"\1 to "),
    (r"(barge)\s+(?:in\s+|to\s+|in\s+to\s+)?(?=[\p{L}_])", r"\1 into "),
    (r"(conference_add)\s+(?:a\s+|an\s+|the\s+)?(?=(?:agent|supervisor|number|sip)\b)", r"\1 "),
    (r"(?:add|invite|bring\s+in)\s+(?:a\s+|an\s+|the\s+)?(?=(?:agent|supervisor|number|sip)\b(?!\s+(?:to|into|in)\b))",
     "conference_add "),
    *((r"[\s-]+".join(word.split("_")), word) for word in WORDS if "_" in word),
    (r"(say\s+[\"“][^\"”]*[\"”])\s+(?:in|with|using)\s+(?:the\s+)?voice\s+(?=[\"“])", r"\1 in voice "),
)  # fmt: skip
END: Phrases = (
    (r"end\s+end", "end"),
    (r"end\s*-?_?\s*(?:rule|steps|test|hours|destination|block)\b", "end"),
)  # fmt: skip
