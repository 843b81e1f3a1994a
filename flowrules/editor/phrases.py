"""Phrases of the language in order of use, and snippets for whole blocks."""

from typing import NamedTuple


class Phrase(NamedTuple):
    """Words that may stand somewhere, and what they do."""

    words: str
    detail: str


class Snippet(NamedTuple):
    """A block with places to fill in, as editors write them: `${1:name}`, and `$0` for the last."""

    word: str
    body: str
    detail: str


PHRASES = (
    Phrase("when", "only if this is known to be true"),
    Phrase("then", "the steps, or the next one"),
    Phrase("otherwise", "the steps where the condition is not met"),
    Phrase("unless", "not if this is known to be true"),
    Phrase("and", "both"),
    Phrase("or", "one of them"),
    Phrase("not", "the opposite"),
    Phrase("if it fails then", "what to do where the step above fails"),
    Phrase("if it fails because refused then", "what to do where it fails for one reason"),
    Phrase("if", "one way or another, on a line of its own"),
    Phrase("during", "inside opening hours"),
    Phrase("outside", "outside of opening hours"),
    Phrase("once per call", "the rule runs once in a call"),
    Phrase("at most 2 times per call", "the rule runs so often in a call"),
    Phrase("not again for 30 seconds", "the rule rests for so long"),
    Phrase("2 times", "from the second time in the call on, whatever comes between"),
    Phrase("2 times in a row", "in two turns one right after the other"),
    Phrase("within 5 seconds", "how long the caller waits for this step"),
    Phrase("because", "the reason, in quotes"),
    Phrase("with", "more to send: key value, key value"),
    Phrase("now", "without waiting for the bot's last word"),
    Phrase("for at most 45 seconds", "undone after that time"),
    Phrase("instead", "what is done in its place"),
    Phrase("queue", "whoever is free in a queue"),
    Phrase("agent", "one person"),
    Phrase("to", "a destination that is declared"),
    Phrase("number", "a telephone number: +911234567890"),
    Phrase("sip", "a SIP address in quotes"),
    Phrase("supervisor", "a supervisor"),
    Phrase("a holiday", "a public holiday"),
    Phrase("on", "something happens"),
    Phrase("after", "so much time has passed"),
    Phrase("at", "a time of day"),
    Phrase("on anything", "everything that no other rule takes"),
    Phrase("anything", "everything that no other rule takes"),
    Phrase("given", "what is known before the test begins"),
    Phrase("expect", "what must be done"),
    Phrase("expect not", "what must not be done"),
    Phrase("expect rule", "the rule that must run"),
    Phrase("expect nothing", "nothing may be done"),
    Phrase("end", "the end of the block"),
    Phrase("stay silent", "the model does not answer in this turn"),
    Phrase("go on", "the plan goes on behind the step that failed"),
    Phrase("the same", "with 2 times: each value of a fact is counted by itself"),
    Phrase("in a row", "in turns one right after the other"),
    Phrase("in all", "all such times of the call together"),
    Phrase("before the call ends", "at any time until then"),
    Phrase("or the call ends", "the promise is kept as well if the call is over by then"),
    Phrase("at the end", "once the call is over"),
    Phrase("only from", "nobody else may say it"),
    Phrase("declared names", "every fact and event must be declared"),
    Phrase("in the same turn", "what else is reported at once"),
    Phrase("exactly once", "one time, neither more nor less"),
    Phrase("exactly 2 times", "so often, neither more nor less"),
    Phrase("once", "one time"),
    Phrase("per call", "in one call"),
    Phrase("in 2 hours", "so much later"),
    Phrase("tomorrow at 10:00", "a time of the next day"),
    Phrase("today at 18:00", "a time of this day"),
    Phrase("with music", "music meanwhile: an address in quotes"),
    Phrase("in voice", "whose voice, in quotes"),
    Phrase("and whisper", "the supervisor may whisper as well"),
    Phrase("otherwise is", "where the fact has another value"),
    Phrase("audio from", "hosts whose recordings may be played"),
    Phrase("within", "moved into these hours"),
    Phrase("closed on", "days without opening hours"),
    Phrase("4 digits", "an entry of so many keys"),
)

PROMISED = (
    Phrase("never", "what is not done: never transfer outside office"),
    Phrase("after", "what must follow: after refund within 1 minute transfer"),
    Phrase("before", "what must be true first: before transfer consent is yes"),
    Phrase("while", "what must be true meanwhile: while paying is yes call.recording is paused"),
    Phrase("at the end", "what is known once the call is over"),
)
"""How a promise goes on behind its name."""

UNITS = (
    Phrase("seconds", "a length of time"),
    Phrase("minutes", "a length of time"),
    Phrase("hours", "a length of time"),
    Phrase("days", "a length of time"),
)
"""What may stand behind a number."""

STATES = (
    Phrase("open", "during these hours"),
    Phrase("closed", "outside of these hours"),
)
"""What opening hours may be."""

SNIPPETS = (
    Snippet(
        "rule",
        'rule "${1:name}"\n  on ${2:intent=sales}\n  ${3:transfer queue sales}\nend',
        "a rule with a name",
    ),
    Snippet("on", "on ${1:intent=sales} then ${2:transfer queue sales}", "a rule of one line"),
    Snippet(
        "test", 'test "${1:name}"\n  on ${2:intent=sales}\n  expect ${3:transfer queue sales}\nend', "a test"
    ),
    Snippet("steps", 'steps ${1:goodbye}\n  ${2:say "Goodbye."}\nend', "steps with a name"),
    Snippet("hours", "hours ${1:office}\n  ${2:mon to fri 09:00 to 18:00}\nend", "opening hours"),
    Snippet("destination", "destination ${1:sales_desk} is ${2:queue sales}", "a place to transfer to"),
    Snippet(
        "destination by",
        "destination ${1:desk} by ${2:language}\n  ${3:hi} is ${4:queue hindi}\n  otherwise is ${5:queue english}\nend",
        "a place for each value of a fact",
    ),
    Snippet("fact", "fact ${1:balance} is ${2:number} from ${3:host}", "a fact, its type and who says it"),
    Snippet("event", "event ${1:payment_done}", "an event without a value"),
    Snippet("list", "list ${1:vips} is ${2:gold, silver}", "values with a name"),
    Snippet("never", "never ${1:transfer} ${2:when call.recording is paused}", "a guard rail that forbids"),
    Snippet("before", 'before ${1:transfer} then ${2:say "One moment."}', "a guard rail that comes first"),
    Snippet(
        "promise",
        'promise "${1:name}" at the end ${2:call.disposition is known}',
        "what must hold in every call",
    ),
    Snippet("timezone", "timezone ${1:Asia/Kolkata}", "the clock of these rules"),
    Snippet(
        "default disposition", "default disposition is ${1:completed}", "what a step records that names none"
    ),
    Snippet("allow numbers", "allow numbers ${1:+9180}", "numbers that rules may dial"),
    Snippet("allow sip", 'allow sip "${1:pbx.example.com}"', "hosts of SIP addresses that rules may dial"),
    Snippet(
        "allow audio from", 'allow audio from "${1:cdn.example.com}"', "hosts whose recordings rules may play"
    ),
    Snippet("order as written", "order as written", "records behind an ending are not moved before it"),
    Snippet("only declared names", "only declared names", "every fact and event must be declared"),
    Snippet(
        "after",
        'after ${1:10 seconds of silence} then ${2:say "Are you still there?"}',
        "a rule that time sets off",
    ),
    Snippet("at", 'at ${1:19:00} then ${2:say "We close now."}', "a rule that the clock sets off"),
    Snippet(
        "also",
        'also on ${1:said contains lawyer} then ${2:log "asked for a lawyer"}',
        "a rule that runs besides",
    ),
    Snippet("urgent", "urgent on ${1:intent=bye} then ${2:hangup}", "a rule that comes before all others"),
)

TYPES = (
    Phrase("yes/no", "yes or no"),
    Phrase("text", "words"),
    Phrase("number", "a number"),
    Phrase("one of", "one of these values"),
    Phrase("duration", "a length of time"),
    Phrase("time", "a time of day"),
    Phrase("date", "a day"),
)
"""What may stand behind `fact NAME is`."""

SOURCES = (
    Phrase("host", "the agent's program"),
    Phrase("model", "the language model"),
    Phrase("caller", "the caller"),
    Phrase("platform", "the platform"),
)
"""What may stand behind `from`."""
