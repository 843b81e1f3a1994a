"""FR2xx: a name that nothing answers to, or that two things have."""

from flowrules.diagnostics.diagnostic import Code, Severity

_E = Severity.ERROR

UNKNOWN_LIST = Code(
    "FR201", "unknown-list", _E, "There is no such list",
    "A rule that asks for a list which does not exist would never be sure of its answer.",
    "list vip_campaigns is gold, silver\n"
    "on intent=sales when campaign is in vip_campaign transfer queue vip",
    "list vip_campaigns is gold, silver\n"
    "on intent=sales when campaign is in vip_campaigns transfer queue vip",
)  # fmt: skip
UNKNOWN_HOURS = Code(
    "FR202", "unknown-hours", _E, "There are no such opening hours",
    "Without the hours nobody can tell whether the office is open.",
    "hours office in Asia/Kolkata\n  mon to fri 09:00 to 18:00\nend\n"
    "on intent=sales when during office transfer queue sales\n"
    "on intent=billing when during ofice transfer queue billing",
    "hours office in Asia/Kolkata\n  mon to fri 09:00 to 18:00\nend\n"
    "on intent=sales when during office transfer queue sales\n"
    "on intent=billing when during office transfer queue billing",
)  # fmt: skip
UNKNOWN_DESTINATION = Code(
    "FR203", "unknown-destination", _E, "There is no such destination",
    "A transfer to a destination that is not declared has nowhere to go.",
    "destination sales_desk is queue sales_main\n"
    "on intent=sales transfer to sales_desk\non intent=upgrade transfer to sale_desk",
    "destination sales_desk is queue sales_main\n"
    "on intent=sales transfer to sales_desk\non intent=upgrade transfer to sales_desk",
)  # fmt: skip
UNKNOWN_STEPS = Code(
    "FR204", "unknown-steps", _E, "There are no such steps",
    "\"do\" runs a sequence that \"steps\" declares; without it nothing can be run.",
    'steps goodbye\n  say "Goodbye."\n  hangup\nend\non intent=bye do goodbye\non intent=done do godbye',
    'steps goodbye\n  say "Goodbye."\n  hangup\nend\non intent=bye do goodbye\non intent=done do goodbye',
)  # fmt: skip
UNKNOWN_FACT = Code(
    "FR205", "unknown-fact", _E, "This fact is not declared, and another of nearly the same name is",
    "A name one letter off a declared one is usually a slip, and the rule would never fire.",
    "fact balance is number\non intent=sales when balnce is at least 500 transfer queue gold",
    "fact balance is number\non intent=sales when balance is at least 500 transfer queue gold",
)  # fmt: skip
UNKNOWN_EVENT = Code(
    "FR206", "unknown-event", _E, "This event is not declared, and another of nearly the same name is",
    "A name one letter off a declared one is usually a slip, and the rule would never fire.",
    "event payment_done\non payment_don transfer queue billing",
    "event payment_done\non payment_done transfer queue billing",
)  # fmt: skip
UNKNOWN_MEMBER = Code(
    "FR207", "unknown-member", _E, "Nobody was added to the conference under this name",
    "Only who was added with \"as NAME\" can be taken out again by that name.",
    "on intent=help conference_start then conference_add supervisor lead_1 as helper\n"
    "on intent=solved conference_remove helpr",
    "on intent=help conference_start then conference_add supervisor lead_1 as helper\n"
    "on intent=solved conference_remove helper",
)  # fmt: skip
UNKNOWN_REASON = Code(
    "FR208", "unknown-reason", _E, "There is no such reason for a failure",
    "A branch for a reason that never comes would never run.",
    "on intent=sales transfer agent a_1 if it fails because busy then schedule_callback in 2 hours",
    "on intent=sales transfer agent a_1 if it fails because unavailable then schedule_callback in 2 hours",
)  # fmt: skip
UNKNOWN_RULE = Code(
    "FR209", "unknown-rule", _E, "There is no rule of this name",
    "A test that expects a rule which does not exist can't pass.",
    'rule "sales"\n  on intent=sales\n  transfer queue sales\nend\n'
    'test "sales rule takes it"\n  on intent=sales\n  expect rule "sale"\nend',
    'rule "sales"\n  on intent=sales\n  transfer queue sales\nend\n'
    'test "sales rule takes it"\n  on intent=sales\n  expect rule "sales"\nend',
)  # fmt: skip
UNKNOWN_CALL_FACT = Code(
    "FR210", "unknown-call-fact", _E, "The engine knows no such fact of the call",
    "Names that begin with \"call.\" belong to the engine, which knows a fixed set of them.",
    "on intent=resume when call.recordng is paused recording_resume",
    "on intent=resume when call.recording is paused recording_resume",
)  # fmt: skip
DUPLICATE_NAME = Code(
    "FR211", "duplicate-name", _E, "Two declarations have the same name",
    "Nobody could tell which of the two is meant.",
    "list vip is gold\nlist vip is silver\non intent=sales when campaign is in vip transfer queue vip",
    "list vip is gold, silver\non intent=sales when campaign is in vip transfer queue vip",
)  # fmt: skip
DUPLICATE_LABEL = Code(
    "FR212", "duplicate-label", _E, "Two rules have the same name",
    "What a call remembers about a rule (how often it fired) hangs on its name.",
    'rule "hot"\n  on intent=sales\n  transfer queue sales\nend\n'
    'rule "hot"\n  on intent=upgrade\n  transfer queue upgrades\nend',
    'rule "hot sales"\n  on intent=sales\n  transfer queue sales\nend\n'
    'rule "hot upgrade"\n  on intent=upgrade\n  transfer queue upgrades\nend',
)  # fmt: skip
STEPS_ORDER = Code(
    "FR213", "steps-order", _E, "Steps may use earlier steps only",
    "Steps that call themselves, or each other, would never end.",
    'steps farewell\n  say "Thank you."\n  do goodbye\nend\n'
    "steps goodbye\n  hangup\nend\non intent=bye do farewell\non intent=done do goodbye",
    'steps goodbye\n  hangup\nend\nsteps farewell\n  say "Thank you."\n  do goodbye\nend\n'
    "on intent=bye do farewell\non intent=done do goodbye",
)  # fmt: skip
KNOWN_VERB = Code(
    "FR214", "known-verb", _E, "This verb is known, so it needs no \"verb\" before it",
    "With \"verb\" in front nothing about it would be checked.",
    'on intent=sales verb transfer with destination "sales_q"',
    "on intent=sales transfer queue sales_q",
)  # fmt: skip
RESERVED_FACT = Code(
    "FR215", "reserved-fact", _E, "Rules can't set this fact",
    "What begins with \"call.\" or \"lead.\", and the clock, comes from the platform and the engine.",
    "on intent=vip remember lead.vip is yes",
    "on intent=vip remember vip_caller is yes",
)  # fmt: skip
RESERVED_EVENT = Code(
    "FR216", "reserved-event", _E, "No event carries this fact",
    "An event can't change \"call.\" and \"lead.\" facts or the clock, so the rule would never fire.",
    "on lead.vip=yes transfer queue vip",
    "on call_started when lead.vip=yes transfer queue vip",
)  # fmt: skip
SPOKEN_CALL = Code(
    "FR217", "spoken-call", _E, "What somebody said can't name a call",
    "Who could name another call by a sentence could listen in on it. Such a step is refused in every call.",
    'on said set_lead_field helper_call to "{said}"\non intent=coach whisper to lead.helper_call "Slow down."',
    'fact agent_call is text from host\non intent=coach whisper to agent_call "Slow down."',
)  # fmt: skip
NOT_GIVEN = Code(
    "FR218", "not-given", _E, "A test can't give this",
    "The clock and the turn follow from what happens, so the line would do nothing.",
    'on intent=bye when turn is at least 2 say "It has been a while."\n'
    'test "a long call"\n  given turn is 2\n  on intent=bye\n  expect say\nend',
    'on intent=bye when turn is at least 2 say "It has been a while."\n'
    'test "a long call"\n  on said="Hello"\n  on said="Bye" with intent=bye\n  expect say\nend',
)  # fmt: skip
HOURS_AS_FACT = Code(
    "FR219", "hours-as-fact", _E, "Opening hours stand where a fact belongs",
    "Nobody tells opening hours as a fact, so it would be unknown for ever. \"during\" and \"outside\" ask for them.",
    "timezone Asia/Kolkata\nhours office\n  mon to fri 09:00 to 18:00\nend\n"
    'on intent=human when office is no say "We are closed."',
    "timezone Asia/Kolkata\nhours office\n  mon to fri 09:00 to 18:00\nend\n"
    'on intent=human when outside office say "We are closed."',
)  # fmt: skip
WHOSE_HOLIDAY = Code(
    "FR221", "whose-holiday", _E, "It is not said whose holidays are meant",
    "A day is a public holiday in some country: that of the opening hours which name one.",
    "timezone Asia/Kolkata\nhours office\n  mon to fri 09:00 to 18:00\nend\n"
    'on call_started when today is a holiday say "We are closed today."\n'
    "on intent=human during office transfer queue people",
    "timezone Asia/Kolkata\nhours office\n  mon to fri 09:00 to 18:00\n  holidays IN-MH\nend\n"
    'on call_started when today is a holiday say "We are closed today."\n'
    "on intent=human during office transfer queue people",
)  # fmt: skip
CALLERS_OWN = Code(
    "FR222", "callers-own", _E, "What the caller says is declared as somebody else's",
    "A sentence or a key is the caller's, whoever passes it on. Declared so, every one would be refused, and no rule "
    "on it would ever fire.",
    'fact said is text from host\non said contains "manager" transfer queue people',
    'fact said is text only from caller\non said contains "manager" transfer queue people',
)  # fmt: skip

NAMES = (
    UNKNOWN_LIST, UNKNOWN_HOURS, UNKNOWN_DESTINATION, UNKNOWN_STEPS, UNKNOWN_FACT, UNKNOWN_EVENT, UNKNOWN_MEMBER,
    UNKNOWN_REASON, UNKNOWN_RULE, UNKNOWN_CALL_FACT, DUPLICATE_NAME, DUPLICATE_LABEL, STEPS_ORDER, KNOWN_VERB,
    RESERVED_FACT, RESERVED_EVENT, SPOKEN_CALL, NOT_GIVEN, HOURS_AS_FACT, WHOSE_HOLIDAY,
    CALLERS_OWN,
)  # fmt: skip
