"""FR3xx: a value that can't be meant where it stands."""

from flowrules.diagnostics.diagnostic import Code, Severity

_E = Severity.ERROR

BAD_DIAL = Code(
    "FR301", "bad-dial", _E, "This number can't be dialled",
    "The platform dials + and up to 15 digits, country code first. An emergency number belongs to the place of the "
    "caller and is not reached so: transfer to a queue that somebody has made for it.",
    "on intent=police transfer number +91",
    "on intent=police transfer number +911001234567",
)  # fmt: skip
BAD_URL = Code(
    "FR302", "bad-url", _E, "This is no web address",
    "The platform fetches audio from an address that begins with https:// or http://.",
    'on call_started play_audio "welcome.wav"',
    'on call_started play_audio "https://cdn.example.com/welcome.wav"',
)  # fmt: skip
BAD_KEYS = Code(
    "FR303", "bad-keys", _E, "These are no telephone keys",
    "A telephone has the keys 0 to 9, A to D, * and #.",
    'on intent=menu send_dtmf "press 1"',
    'on intent=menu send_dtmf "1"',
)  # fmt: skip
BAD_SIP = Code(
    "FR304", "bad-sip", _E, "This is no SIP address",
    "The platform reaches a SIP target by an address that begins with sip: or sips:.",
    'on intent=nurse transfer sip "nurse@pbx.example.com"',
    'on intent=nurse transfer sip "sip:nurse@pbx.example.com"',
)  # fmt: skip
NUMBER_NOT_ALLOWED = Code(
    "FR305", "number-not-allowed", _E, "The rules do not allow this number",
    "\"allow numbers\" is the fence that keeps an expensive or foreign number from being dialled.",
    "allow numbers +91, +1800\non intent=partner transfer number +447700900123",
    "allow numbers +91, +1800, +44770\non intent=partner transfer number +447700900123",
)  # fmt: skip
SIP_NOT_ALLOWED = Code(
    "FR306", "sip-not-allowed", _E, "The rules do not allow this SIP host",
    "\"allow sip\" is the fence that keeps a caller from being sent to a stranger's exchange.",
    'allow sip "pbx.example.com"\non intent=nurse transfer sip "sip:nurse@elsewhere.example.net"',
    'allow sip "pbx.example.com"\non intent=nurse transfer sip "sip:nurse@pbx.example.com"',
)  # fmt: skip
AUDIO_NOT_ALLOWED = Code(
    "FR307", "audio-not-allowed", _E, "The rules do not allow audio from this host",
    "\"allow audio\" is the fence that keeps a stranger's recording from being played to callers.",
    'allow audio from "cdn.example.com"\non call_started play_audio "https://example.net/hello.wav"',
    'allow audio from "cdn.example.com"\non call_started play_audio "https://cdn.example.com/hello.wav"',
)  # fmt: skip
WRONG_TARGET = Code(
    "FR308", "wrong-target", _E, "This kind of target does not fit here",
    "A caller goes to an agent, a queue, a number or a SIP address; an agent, a supervisor, a number or a SIP "
    "address joins a conference.",
    "on intent=angry transfer supervisor lead_1",
    "on intent=angry conference_start then conference_add supervisor lead_1",
)  # fmt: skip
BAD_TEMPLATE = Code(
    "FR309", "bad-template", _E, "These braces quote no fact",
    "Between braces stands one fact's name, with the words to say where it is unknown or without; anything else "
    "would be read out to the caller.",
    'on intent=hello say "Hello {lead.name"',
    'on intent=hello say "Hello {lead.name}"',
)  # fmt: skip
FACT_IN_FIXED_TEXT = Code(
    "FR310", "fact-in-fixed-text", _E, "Facts can't stand in this text",
    "Names of fields, statuses and dispositions, keys and addresses are fixed, so that what somebody said "
    "never chooses them.",
    'on intent=done set_disposition "{intent}"',
    'on intent=done set_disposition done note "{intent}"',
)  # fmt: skip
BAD_TEXT = Code(
    "FR311", "bad-text", _E, "This text is empty or far too long",
    "The platform refuses an empty text, and one of more than 8,192 characters.",
    'on intent=hello say ""',
    'on intent=hello say "Hello."',
)  # fmt: skip
OUT_OF_RANGE = Code(
    "FR312", "out-of-range", _E, "This number or time is out of range",
    "A wait of minutes leaves the caller in silence; a limit of zero, or a clock time past 24:00, never comes.",
    'on intent=hello wait 90 seconds then say "Hello."',
    'on intent=hello wait 2 seconds then say "Hello."',
)  # fmt: skip
UNKNOWN_TIMEZONE = Code(
    "FR313", "unknown-timezone", _E, "There is no such time zone",
    "Time zones are named by region and city. Letters such as CST mean different zones in different countries, and "
    "know no summer time.",
    "timezone Asia/Kolkatta\nat 21:00 hangup",
    "timezone Asia/Kolkata\nat 21:00 hangup",
)  # fmt: skip
NO_TIMEZONE = Code(
    "FR314", "no-timezone", _E, "The time zone is missing",
    "A clock time, a day or a date means nothing until somebody says where.",
    "at 21:00 hangup",
    "timezone Asia/Kolkata\nat 21:00 hangup",
)  # fmt: skip
TWO_TIMEZONES = Code(
    "FR315", "two-timezones", _E, "Two time zones are declared",
    "One rule set has one time zone. Hours in another place name their own: hours office in Asia/Dubai.",
    "timezone Asia/Kolkata\ntimezone Asia/Dubai\nat 21:00 hangup",
    "timezone Asia/Kolkata\nat 21:00 hangup",
)  # fmt: skip
NEVER_OPEN = Code(
    "FR316", "never-open", _E, "These hours never open",
    "Whatever waits for these hours would wait for ever.",
    "hours office in Asia/Kolkata\n  closed on 2026-01-26\nend\non intent=sales during office transfer queue sales",
    "hours office in Asia/Kolkata\n  mon to sat 10:00 to 19:00\n  closed on 2026-01-26\nend\n"
    "on intent=sales during office transfer queue sales",
)  # fmt: skip
OPEN_AND_CLOSED = Code(
    "FR317", "open-and-closed", _E, "The same date is open and closed",
    "Only one of the two can hold.",
    "hours office in Asia/Kolkata\n  mon to fri 10:00 to 19:00\n  on 2026-12-24 10:00 to 13:00\n"
    "  closed on 2026-12-24\nend\non intent=sales during office transfer queue sales",
    "hours office in Asia/Kolkata\n  mon to fri 10:00 to 19:00\n  on 2026-12-24 10:00 to 13:00\nend\n"
    "on intent=sales during office transfer queue sales",
)  # fmt: skip
BAD_HOLIDAYS = Code(
    "FR318", "bad-holidays", _E, "This holiday calendar can't be used",
    "A calendar that is not there would leave the office open on a holiday.",
    "hours office in Asia/Kolkata\n  mon to fri 10:00 to 19:00\n  holidays INDIA\nend\n"
    "on intent=sales during office transfer queue sales",
    "hours office in Asia/Kolkata\n  mon to fri 10:00 to 19:00\n  closed on 2026-01-26\nend\n"
    "on intent=sales during office transfer queue sales",
)  # fmt: skip
NOT_DATES = Code(
    "FR326", "not-dates", _E, "A list that hours are closed on holds more than dates",
    "Hours are closed on days of the calendar; a word in the list would be passed over.",
    "timezone Asia/Kolkata\nlist days_off is 2026-01-26, diwali\nhours office\n  mon to fri 10:00 to 19:00\n"
    "  closed on days_off\nend\non intent=sales during office transfer queue sales",
    "timezone Asia/Kolkata\nlist days_off is 2026-01-26, 2026-11-08\nhours office\n  mon to fri 10:00 to 19:00\n"
    "  closed on days_off\nend\non intent=sales during office transfer queue sales",
)  # fmt: skip
ROW_TWICE = Code(
    "FR319", "row-twice", _E, "This stands here twice",
    "The second of two equal rows or keys would never count.",
    "destination desk by lead.owner\n  priya is agent a_1\n  priya is agent a_2\n  otherwise is queue sales\nend\n"
    "on intent=sales transfer to desk",
    "destination desk by lead.owner\n  priya is agent a_1\n  ravi is agent a_2\n  otherwise is queue sales\nend\n"
    "on intent=sales transfer to desk",
)  # fmt: skip
NO_DISPOSITION = Code(
    "FR320", "no-disposition", _E, "Which disposition?",
    "A bare \"set_disposition\" takes the file's default, or the one value that the rule waits for; here is neither.",
    "on intent is one of sales, upgrade transfer queue sales then set_disposition",
    "default disposition is INTERESTED\n"
    "on intent is one of sales, upgrade transfer queue sales then set_disposition",
)  # fmt: skip
WRONG_TYPE = Code(
    "FR321", "wrong-type", _E, "The fact and the value are of different kinds",
    "A number is never equal to a word, so the comparison could never be answered.",
    "fact balance is number\non intent=sales when balance is high transfer queue gold",
    "fact balance is number\non intent=sales when balance is at least 500 transfer queue gold",
)  # fmt: skip
NO_ORDER = Code(
    "FR322", "no-order", _E, "More and less need numbers, times or dates",
    "Words have no order, so the comparison could never be answered.",
    "on intent=sales when balance is at least high transfer queue gold",
    "on intent=sales when balance is at least 500 transfer queue gold",
)  # fmt: skip
UNDECLARED_VALUE = Code(
    "FR323", "undeclared-value", _E, "The fact never has this value",
    "The values of this fact are a closed set, and this is not one of them.",
    "fact language is one of hi, en, ta\non intent=sales when language is hindi transfer queue hindi_sales",
    "fact language is one of hi, en, ta\non intent=sales when language is hi transfer queue hindi_sales",
)  # fmt: skip
BAD_ALLOW = Code(
    "FR324", "bad-allow", _E, "This can't be allowed so",
    "A fence that no number or host can match would shut everything out.",
    'allow audio from "https://cdn.example.com/sounds"\n'
    'on call_started play_audio "https://cdn.example.com/sounds/hello.wav"',
    'allow audio from "cdn.example.com"\n'
    'on call_started play_audio "https://cdn.example.com/sounds/hello.wav"',
)  # fmt: skip
HOST_REFUSES = Code(
    "FR325", "host-refuses", _E, "The host does not let callers be sent there",
    "Whoever runs flowrules keeps calls from numbers that cost more than others, and from whatever else is fenced off "
    "there: this step would fail in every call.",
    "on intent=prize transfer number +19005551234",
    "on intent=prize transfer number +911234567890",
)  # fmt: skip

ARGUMENTS = (
    BAD_DIAL, BAD_URL, BAD_KEYS, BAD_SIP, NUMBER_NOT_ALLOWED, SIP_NOT_ALLOWED, AUDIO_NOT_ALLOWED, WRONG_TARGET,
    BAD_TEMPLATE, FACT_IN_FIXED_TEXT, BAD_TEXT, OUT_OF_RANGE, UNKNOWN_TIMEZONE, NO_TIMEZONE, TWO_TIMEZONES,
    NEVER_OPEN, OPEN_AND_CLOSED, BAD_HOLIDAYS, NOT_DATES, ROW_TWICE, NO_DISPOSITION, WRONG_TYPE,
    NO_ORDER, UNDECLARED_VALUE, BAD_ALLOW, HOST_REFUSES,
)  # fmt: skip
