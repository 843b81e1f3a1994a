"""The language in about 4,000 tokens, for a model that writes rules: made of the tables that the guide is held to."""

from collections.abc import Iterator
from typing import NamedTuple

from flowrules.analysis.model.builtin import CALL_FACTS, EVENTS, FACTS
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.language.operators import OPERATORS, Operand
from flowrules.verbs import CATALOGUE
from flowrules.verbs.describe import PLACES, TARGETS, describe
from flowrules.verbs.reasons import REASONS
from flowrules.verbs.statuses import KNOWN_STATUSES

MAX_CHARACTERS = 14_000
"""About 4,000 tokens: of such text a token is three and a half characters."""


class FormText(NamedTuple):
    """A form of the language: what it is for, and an example that checks clean by itself."""

    title: str
    about: str
    example: str


FORMS: tuple[FormText, ...] = (
    FormText(
        "A rule",
        "Always in this order: `on` EVENT (or `after`, `at`), conditions (`when`, `unless`, `during`, "
        "`outside`), limits, steps, "
        "`otherwise` with other steps, `end`. A named block has one step a line; a one-liner joins steps "
        "with `then` and "
        "has no `end`. An event goes to the first rule whose event fits and whose conditions are a clear "
        "yes; with "
        "`otherwise` the rule takes it in any case. Unknown is not yes.",
        'timezone UTC\n\nhours office\n  mon to fri 09:00 to 18:30\nend\n\nrule "Sales"\n  on intent=sales\n'
        "  when balance is at least 500 and vip is not no\n  during office\n  once per call\n"
        "  set_lead_field interest to sales\n  transfer queue gold\n"
        '    if it fails then (say "Nobody is free." then schedule_callback in 2 hours)\notherwise\n'
        '  say "One moment."\nend\n\non intent=hours advise "We open at nine."\n',
    ),
    FormText(
        "Events and counting",
        "`on FACT=VALUE` (spoken words: `on said contains any of …`), a bare event (`on payment_done`), "
        "keys (`on dtmf=1`). "
        "`2 times` counts turns of the caller. `urgent` comes first and drops what waits; `also` runs in "
        "addition.",
        "urgent on intent=do_not_call set_lead_status dnd then hangup\non intent=human 2 times transfer "
        "queue people\n"
        'also on intent=refund log "refund asked for"\non said contains any of "my lawyer", police '
        "transfer queue seniors\n",
    ),
    FormText(
        "Time",
        "Lengths: `45 seconds`, `2 hours`, `1 day`. Clock times need `timezone ZONE` once. A rule set off "
        "by time needs no event.",
        'after 10 seconds of silence say "Are you there?"\nafter 8 minutes of call say "We have to end '
        'soon."\n',
    ),
    FormText(
        "Facts, events and lists",
        "What the host or the model reports. Declare what is used; `from host` is taken from nobody weaker.",
        "event payment_done\nfact verified is yes/no from host\nfact intent is one of sales, refund\n"
        'list angry is furious, "fed up"\non payment_done when verified is yes remember paid is yes\n'
        'on intent=refund when paid is yes advise "It is paid."\non intent=sales hold for at most 1 minute\n'
        "on said contains any of angry transfer queue people\n",
    ),
    FormText(
        "Destinations and named steps",
        "`destination NAME is TARGET`, used as `to NAME`; `steps NAME … end`, used as `do NAME`.",
        'destination desk is queue first_line\n\nsteps goodbye\n  say "Goodbye."\n  set_disposition DONE\n '
        " hangup\nend\n\n"
        "on intent=human transfer to desk\non intent=bye do goodbye\n",
    ),
    FormText(
        "When a step fails",
        "Steps behind a failed one are left out. `if it fails then STEP`, `then (A then B)`, `then go on`; "
        "`because REASON` picks a "
        "reason. A `say`, `log` or `set_disposition` that fails stops nothing on the way to an ending. Set "
        "a disposition "
        "in the failure branch too, where the ending did not come.",
        'rule "To a person"\n  on intent=human\n  transfer queue people\n'
        "    if it fails because unavailable then set_disposition NOBODY_FREE\n  set_disposition "
        "HANDED_OVER\nend\n",
    ),
    FormText(
        "The end of a call",
        "`transfer`, `hangup` and `conference_leave` end the AI's part: records stand anywhere before or "
        "behind and are sent before the "
        "ending. An ending waits until the bot has finished speaking; a hangup that waits is dropped when "
        "the caller speaks, "
        "which raises `hangup_interrupted`; `now` waits for nothing.",
        'on intent=bye say "Goodbye." then hangup\non hangup_interrupted hangup now\n',
    ),
    FormText(
        "Guard rails",
        "Hold for every rule. `never VERBS when …`, `before VERBS [when …] then STEP`.",
        "never transfer when paying is yes\nbefore transfer when call.recording is paused then "
        "recording_resume\n"
        "on paying recording_pause for at most 2 minutes\non intent=human transfer queue people\n",
    ),
    FormText(
        "Promises",
        "Change nothing, and must hold in every call; stories are played against them. `at the end C`, "
        "`never VERBS when C`, "
        "`before VERBS C`, `while C D`, `after TRIGGER within TIME VERBS`, `after TRIGGER before the call "
        "ends VERBS`.",
        'promise "Every call leaves a disposition" at the end call.disposition is known\n'
        'promise "A wish for a person is answered" after intent=human before the call ends transfer or '
        "schedule_callback or say\n"
        'on intent=human transfer queue people if it fails then say "Nobody is free."\n'
        "on call_ended when call.disposition is unknown set_disposition COMPLETED\n",
    ),
    FormText(
        "Tests",
        "Write what must happen and what must not: `given …`, `on …`, `after TIME`, `expect …`, `expect "
        "not …`, `expect nothing`, "
        '`expect rule "…"`. `given transfer fails because unavailable`; `on A meanwhile B`: B comes while '
        "A's steps wait. "
        "A test that passes without the rule proves nothing.",
        'rule "Sales"\n  on intent=sales\n  when balance is at least 500\n  transfer queue gold\n'
        '    if it fails then (say "They are busy." then schedule_callback in 2 hours)\nend\n\n'
        'test "enough balance"\n  given balance is 900\n  on intent=sales\n  expect transfer queue '
        "gold\nend\n\n"
        'test "nobody knows the balance"\n  on intent=sales\n  expect not transfer\nend\n\n'
        'test "the desk is busy"\n  given balance is 900\n  given transfer fails because unavailable\n'
        "  on intent=sales\n  expect say then schedule_callback in 2 hours\nend\n",
    ),
)


def primer() -> str:
    """The page in Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# The flowrules language in short"
    yield ""
    yield (
        "A rule file (`.rules`) says what a voice agent's call does when something happens. A folder is "
        "one rule set. `#` begins a "
        "comment. Names: letters, digits, `_`, `-`, `.`; text in double quotes; `{fact}` in a text quotes "
        "a fact. Values: words, "
        "`yes`/`no`, numbers, times `09:00`, dates `2026-01-26`, numbers to dial `+911234567890`."
    )
    for form in FORMS:
        yield from ("", f"## {form.title}", "", form.about, "", "```rules", form.example.rstrip(), "```")
    yield from ("", "## Comparisons", "")
    yield "; ".join(f"`FACT {row.words}{_operand(row.operand)}`" for row in OPERATORS)
    yield "`not`, `and`, `or` and parentheses join them. `during HOURS`, `outside HOURS`."
    yield from ("", "## Steps: the verbs", "")
    for spec in CATALOGUE:
        told = describe(spec)
        yield f"- {' | '.join(f'`{form}`' for form in told.forms)}: {told.help}"
    yield "- `wait TIME`, `remember NAME is VALUE`, `forget NAME`, `do STEPS`, `stop`"
    yield "- `advise TEXT` tells the model for its next turn; `stay silent`: the model does not answer this turn"
    yield ""
    yield f"TARGET and WHO: {_names(tuple(TARGETS.values()))}, `to DESTINATION`. WHEN: {PLACES['callback_time'][1]}."
    yield from ("", "## Names that are there", "")
    yield f"- Events: {_names(EVENTS)}"
    yield f"- Facts: {_names(FACTS)}, {_names(CALL_FACTS)}, `lead.NAME`"
    yield f"- Reasons of a failure: {_names(REASONS)}"
    yield f"- Statuses of a lead: {_names(KNOWN_STATUSES)}"
    yield from ("", "## What stories find", "")
    yield from (f"- {code.name}: {code.title}" for code in HAZARDS)


def _operand(operand: Operand) -> str:
    return {
        Operand.NONE: "",
        Operand.ONE: " X",
        Operand.MANY: " X, Y",
        Operand.LIST: " LIST",
        Operand.RANGE: " X and Y",
        Operand.DIGITS: " 6 digits",
    }[operand]


def _names(names: object) -> str:
    assert isinstance(names, tuple | frozenset)
    return ", ".join(f"`{name}`" for name in (names if isinstance(names, tuple) else sorted(names)))
