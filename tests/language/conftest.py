"""Syntax trees as the parser can make them, generated from the catalogue of verbs and the table of comparisons."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import strategies as st

from flowrules.language import nodes as n
from flowrules.language.operators import OPERATORS, Operand, Operator
from flowrules.verbs import CATALOGUE, WORDS, Flag, Form, Group, Slot, VerbSpec

Items = st.SearchStrategy[n.Item]

# --- words and values ---

NAMES = st.one_of(
    st.sampled_from(
        [
            "intent",
            "dtmf",
            "balance",
            "lead.owner",
            "call.on_hold",
            "विक्रय_कतार",
            "தமிழ்_வரிசை",
            "Sales-2",
            "2nd_line",
        ]
    ),
    st.text("abcxyz_ऑफ़री", min_size=1, max_size=6).map(lambda text: f"q{text}"),
).map(n.Name)

WORDS_AS_VALUES = st.one_of(
    NAMES.map(lambda name: name.text), st.integers(0, 999).map(lambda number: f"0{number}")
).map(lambda text: n.Literal(n.Kind.WORD, text, text))

ANY_TEXT = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="“”„"), max_size=12
) | st.sampled_from(["", '"', '""', "a # b", "{lead.name} asked", "then end", "नया प्लान", "{{x}}"])


def quoted(text: str) -> n.Literal:
    return n.Literal(n.Kind.TEXT, text, '"' + text.replace('"', '""') + '"')


TEXTS = ANY_TEXT.map(quoted)
NUMBERS = st.one_of(st.integers(-999, 99_999), st.decimals(0, 999, places=2).map(str)).map(
    lambda value: n.Literal(n.Kind.NUMBER, float(value) if isinstance(value, str) else value, str(value))
)
YESNO = st.booleans().map(lambda value: n.Literal(n.Kind.YESNO, value, "true" if value else "no"))
PHONES = st.integers(1, 10**12).map(lambda digits: n.Literal(n.Kind.PHONE, f"+{digits}", f"+{digits}"))
SPELLED = {"second": 1, "seconds": 1, "minute": 60, "minutes": 60, "hour": 3_600, "days": 86_400}


@st.composite
def durations(draw: st.DrawFn) -> n.Literal:
    pieces = draw(
        st.lists(st.tuples(st.integers(0, 90), st.sampled_from(sorted(SPELLED))), min_size=1, max_size=3)
    )
    seconds = sum(count * SPELLED[unit] for count, unit in pieces)
    return n.Literal(n.Kind.DURATION, seconds, " ".join(f"{count} {unit}" for count, unit in pieces))


DURATIONS = durations()
TIMES = st.integers(0, 24 * 60).map(lambda m: n.Literal(n.Kind.TIME, m, f"{m // 60}:{m % 60:02}"))
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(lambda d: n.Literal(n.Kind.DATE, d, d.isoformat()))
VALUES = st.one_of(WORDS_AS_VALUES, TEXTS, NUMBERS, YESNO, PHONES, DURATIONS, TIMES, DATES)
WHOLE = st.integers(0, 99).map(lambda number: n.Literal(n.Kind.NUMBER, number, str(number)))
LABELS = st.one_of(WORDS_AS_VALUES, TEXTS, WHOLE)


def tuples(of: st.SearchStrategy, least: int = 1, most: int = 3) -> st.SearchStrategy:  # type: ignore[type-arg]
    return st.lists(of, min_size=least, max_size=most).map(tuple)


# --- conditions ---


@st.composite
def compares(draw: st.DrawFn, fact: n.Name | None = None) -> n.Compare:
    row: Operator = draw(st.sampled_from(OPERATORS))
    name = fact or draw(NAMES)
    match row.operand:
        case Operand.NONE:
            return n.Compare(name, row.op)
        case Operand.LIST:
            return n.Compare(name, row.op, list=draw(NAMES))
        case Operand.ONE:
            return n.Compare(name, row.op, (draw(VALUES),))
        case Operand.RANGE:
            return n.Compare(name, row.op, (draw(VALUES), draw(VALUES)))
        case Operand.DIGITS:
            return n.Compare(name, row.op, (draw(WHOLE),))
        case Operand.MANY:
            values = draw(tuples(VALUES))
            one_bare_word = len(values) == 1 and values[0].kind in (n.Kind.WORD, n.Kind.YESNO)
            if row.op is n.Op.CONTAINS_ANY and one_bare_word:  # this is how a list is written
                values = (quoted("word"),)
            return n.Compare(name, row.op, values)


ZONES = st.sampled_from(["Asia/Kolkata", "UTC", "America/Argentina/Buenos_Aires"]).map(
    lambda zone: n.Literal(n.Kind.WORD, zone, zone)
)
CLOCK_ZONES = st.one_of(
    ZONES,
    st.builds(n.CallZone, NAMES, ZONES),
    st.builds(n.CallZone, st.sampled_from(["lead.timezone", "campaign.zone"]).map(n.Name)),
)
DURING = st.builds(n.During, NAMES, st.booleans())
HOLIDAYS = st.builds(n.Holiday, st.none() | NAMES, st.booleans())
CONDITIONS: st.SearchStrategy[n.Condition] = st.recursive(
    compares() | DURING | HOLIDAYS,
    lambda inner: st.one_of(
        st.builds(n.Not, inner.filter(lambda part: not isinstance(part, n.Not))),  # rows of "not" are refused
        st.builds(n.And, tuples(inner, 2)),
        st.builds(n.Or, tuples(inner, 2)),
    ),
    max_leaves=6,
)


@st.composite
def guards(draw: st.DrawFn) -> n.Guard:
    word = draw(st.sampled_from(n.GuardWord))
    if word in (n.GuardWord.DURING, n.GuardWord.OUTSIDE):
        return n.Guard(word, n.During(draw(NAMES), word is n.GuardWord.DURING))
    return n.Guard(word, draw(CONDITIONS))


@st.composite
def event_tests(draw: st.DrawFn) -> n.EventTest:
    name = draw(NAMES)
    return n.EventTest(name, draw(st.none() | compares(fact=name)))


COUNTS = st.integers(1, 9)


def is_written(on: n.On) -> bool:
    """A telephone number and a number behind it are read as one number with a space in it, which is refused."""
    last = on.tests[-1].test
    return on.times is None or last is None or not last.values or last.values[-1].kind is not n.Kind.PHONE


ONS: st.SearchStrategy[n.On] = st.one_of(
    st.builds(
        lambda name, times: n.On((n.EventTest(name, n.Compare(name, n.Op.KNOWN)),), times, same=True),
        NAMES,
        st.builds(n.Times, COUNTS, st.booleans()),
    ),
    st.builds(n.On, tuples(event_tests()), st.none() | st.builds(n.Times, COUNTS, st.booleans())).filter(
        is_written
    ),
)
TRIGGERS: st.SearchStrategy[n.Trigger] = st.one_of(
    ONS,
    st.just(n.OnAnything()),
    st.builds(n.AfterCall, DURATIONS),
    st.builds(n.AfterFact, DURATIONS, NAMES.filter(lambda name: name.key != "silence"), st.booleans()),
    st.builds(n.AtTime, TIMES, st.none() | CLOCK_ZONES),
)
LIMITS = st.builds(n.Limit, st.just(n.LimitKind.PER_CALL), COUNTS) | DURATIONS.map(
    lambda d: n.Limit(n.LimitKind.COOLDOWN, d.value, d.raw)
)

# --- steps ---

TARGETS = st.one_of(
    st.builds(
        n.Target, st.sampled_from([n.TargetKind.AGENT, n.TargetKind.QUEUE, n.TargetKind.SUPERVISOR]), LABELS
    ),
    st.builds(n.Target, st.just(n.TargetKind.NUMBER), PHONES),
    st.builds(n.Target, st.just(n.TargetKind.SIP), st.just(quoted("sip:desk@pbx.example.com"))),
    NAMES.map(lambda name: n.Target(n.TargetKind.TO, n.Literal(n.Kind.WORD, name.text, name.text))),
)
PAIRS = tuples(st.builds(n.Pair, NAMES, VALUES))
CALLBACK_TIMES = st.one_of(
    st.builds(n.CallbackTime, st.just(n.CallbackKind.IN), duration=DURATIONS),
    st.builds(n.CallbackTime, st.just(n.CallbackKind.TODAY), time=TIMES),
    st.builds(n.CallbackTime, st.just(n.CallbackKind.TOMORROW), time=TIMES),
    st.builds(n.CallbackTime, st.just(n.CallbackKind.NEXT_DAY), day=st.integers(0, 6), time=TIMES),
    st.builds(n.CallbackTime, st.just(n.CallbackKind.NEXT_HOURS), name=NAMES),
    st.builds(n.CallbackTime, st.just(n.CallbackKind.AT_DATE), date=DATES, time=TIMES),
    st.builds(n.CallbackTime, st.just(n.CallbackKind.AT_FACT), name=NAMES),
)
SLOTS: dict[str, st.SearchStrategy[n.ArgumentValue]] = {
    "target": TARGETS,
    "participant": TARGETS,
    "party": st.sampled_from(["caller", "agent"]).map(lambda word: n.Literal(n.Kind.WORD, word, word)),
    "text": TEXTS,
    "url": TEXTS,
    "digits": TEXTS | WHOLE,
    "label": LABELS,
    "value": VALUES,
    "name": NAMES,
    "call_fact": NAMES,
    "member": NAMES,
    "pairs": PAIRS,
    "duration": DURATIONS,
    "callback_time": CALLBACK_TIMES,
}


@st.composite
def arguments(draw: st.DrawFn, form: Form) -> tuple[n.Argument, ...]:
    found: list[n.Argument] = []
    for part in form.parts:
        match part:
            case Slot():
                found.append(n.Argument(part.name, draw(SLOTS[part.kind])))
            case Flag() if draw(st.booleans()):
                found.append(n.Argument(part.name, True))
            case Group() if draw(st.booleans()):
                slots = [inner for inner in part.parts if isinstance(inner, Slot)]
                found.extend(n.Argument(slot.name, draw(SLOTS[slot.kind])) for slot in slots)
    return tuple(found)


PATIENCE = st.none() | DURATIONS
FORMS: list[tuple[VerbSpec, Form]] = [(spec, form) for spec in CATALOGUE for form in spec.forms]


@st.composite
def verbs(draw: st.DrawFn, failures: st.SearchStrategy[tuple[n.Failure, ...]]) -> n.VerbStep | n.OtherVerb:
    if draw(st.integers(0, 9)) == 0:
        return n.OtherVerb(draw(NAMES), draw(st.just(()) | PAIRS), draw(failures), patience=draw(PATIENCE))
    spec, form = draw(st.sampled_from(FORMS))
    return n.VerbStep(spec.name, form.word, draw(arguments(form)), draw(failures), patience=draw(PATIENCE))


ENGINE_STEPS: st.SearchStrategy[n.Step] = st.one_of(
    st.builds(n.Wait, DURATIONS),
    st.builds(n.Do, NAMES),
    st.just(n.Stop()),
    st.builds(n.Remember, NAMES, VALUES),
    st.builds(n.Forget, NAMES),
    st.builds(n.Advise, TEXTS),
    st.just(n.StaySilent()),
)


def steps(failures: st.SearchStrategy[tuple[n.Failure, ...]]) -> st.SearchStrategy[n.Step]:
    return st.one_of(verbs(failures), verbs(failures), ENGINE_STEPS)


def branches(of: st.SearchStrategy[n.Step]) -> st.SearchStrategy[n.Failure]:
    return st.builds(n.Failure, tuples(NAMES, 0, 2), tuples(of, 1, 2))


PLAIN = steps(st.just(()))
BRANCH = branches(PLAIN) | branches(steps(tuples(branches(PLAIN), 0, 1)))
IN_LINE = steps(tuples(BRANCH, 0, 1))
"""On one line a step has at most one failure branch."""
LAST_IN_LINE = steps(tuples(BRANCH, 0, 2))
ON_LINES = steps(tuples(BRANCH, 0, 3)) | st.builds(n.If, CONDITIONS, tuples(IN_LINE), tuples(IN_LINE, 0, 2))
SEQUENCES = tuples(IN_LINE)
BODIES = tuples(ON_LINES)

# --- items ---


@st.composite
def blocks(draw: st.DrawFn) -> n.Rule:
    body = draw(BODIES)
    otherwise = draw(st.none() | BODIES)
    if isinstance(body[-1], n.If) and not body[-1].otherwise:  # refused: whose would the `otherwise` be?
        otherwise = None
    return n.Rule(
        draw(TRIGGERS),
        body,
        draw(LABELS),
        draw(st.sampled_from(n.Rank)),
        draw(tuples(guards(), 0, 2)),
        draw(tuples(LIMITS, 0, 2)),
        otherwise,
        block=True,
    )


ONE_LINERS = st.builds(
    n.Rule,
    TRIGGERS,
    st.builds(lambda first, last: (*first, last), tuples(IN_LINE, 0, 2), LAST_IN_LINE),
    st.none(),
    st.sampled_from(n.Rank),
    tuples(guards(), 0, 2),
    tuples(LIMITS, 0, 2),
    st.none() | SEQUENCES,
)
VERB_WORDS = tuples(st.sampled_from(sorted(WORDS)).map(n.Name))
RAILS = st.one_of(
    st.builds(n.Never, VERB_WORDS, tuples(guards(), 1, 2), st.none() | SEQUENCES),
    st.builds(n.Before, VERB_WORDS, tuples(guards(), 0, 2), SEQUENCES),
    st.builds(n.Never, VERB_WORDS, tuples(guards(), 1, 2), st.none() | BODIES, LABELS),
    st.builds(n.Before, VERB_WORDS, tuples(guards(), 0, 2), BODIES, LABELS),
)
PROMISED_WORDS = tuples(st.sampled_from([*sorted(WORDS), "advise"]).map(n.Name))
PROMISED = st.one_of(
    st.builds(n.Existence, CONDITIONS),
    st.builds(n.Absence, PROMISED_WORDS, tuples(guards(), 0, 2)),
    st.builds(n.Precedence, PROMISED_WORDS, CONDITIONS),
    st.builds(n.Universality, CONDITIONS, CONDITIONS),
    st.builds(
        lambda trigger, guarded, time: n.Response(*trigger, guarded, *time),
        st.one_of(st.tuples(ONS, st.just(())), st.tuples(st.none(), PROMISED_WORDS)),
        tuples(guards(), 0, 2),
        st.one_of(
            st.tuples(DURATIONS, PROMISED_WORDS, st.booleans()),
            st.tuples(DURATIONS, st.just(()), st.just(True)),
            st.tuples(st.none(), PROMISED_WORDS, st.just(False)),
        ),
    ),
)
PROMISES = st.builds(n.Promise, TEXTS, PROMISED, st.booleans())
OPENINGS = tuples(st.builds(n.Opening, TIMES, TIMES), 1, 2)
HOURS_LINES = st.one_of(
    st.builds(
        n.OpenWeek,
        st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True).map(tuple),
        OPENINGS,
    ),
    st.builds(n.OpenDate, tuples(DATES), OPENINGS),
    st.builds(n.ClosedOn, tuples(DATES), tuples(NAMES, 0, 2)),
    st.builds(n.ClosedOn, st.just(()), tuples(NAMES)),
    st.builds(n.Holidays, st.sampled_from(["IN", "IN-KA", "US"]).map(n.Name)),
)


@st.composite
def facts(draw: st.DrawFn) -> n.FactDef:
    kind = draw(st.sampled_from(n.FactType))
    values = draw(tuples(VALUES)) if kind is n.FactType.ONE_OF else ()
    source = draw(st.sampled_from([None, "platform", "host", "model", "caller"]))
    return n.FactDef(draw(NAMES), kind, values, source, source is not None and draw(st.booleans()))


DECLARATIONS: Items = st.one_of(
    st.builds(n.Timezone, ZONES),
    st.just(n.OrderAsWritten()),
    st.just(n.OnlyDeclared()),
    st.builds(n.ListDef, NAMES, tuples(VALUES)),
    st.builds(n.EventDef, tuples(NAMES)),
    facts(),
    st.builds(n.Allow, st.just(n.AllowKind.NUMBERS), tuples(PHONES)),
    st.builds(n.Allow, st.sampled_from([n.AllowKind.SIP, n.AllowKind.AUDIO]), tuples(TEXTS)),
    st.builds(n.DefaultDisposition, LABELS),
    st.builds(n.DefaultDisposition, LABELS, NAMES, VALUES),
    st.builds(n.Destination, NAMES, TARGETS),
    st.builds(
        n.DestinationMap,
        NAMES,
        NAMES,
        tuples(st.builds(n.DestinationRow, LABELS, TARGETS)),
        st.none() | TARGETS,
    ),
    st.builds(n.Hours, NAMES, tuples(HOURS_LINES), st.none() | CLOCK_ZONES),
    st.builds(n.Steps, NAMES, BODIES),
)
LONE_VERBS = st.sampled_from(
    [(spec.name, form.word) for spec, form in FORMS if any(isinstance(part, Slot) for part in form.parts)]
).map(lambda names: n.VerbStep(*names))
ANY_STEPS = st.builds(n.AnyStep, st.sampled_from(["wait", "remember", "forget", "advise"])) | st.builds(
    n.AnyStep, st.just("remember"), NAMES
)


@st.composite
def open_verbs(draw: st.DrawFn) -> n.VerbStep:
    """A verb of which any arguments are left out, and of a target perhaps all but its kind."""
    whole = draw(PLAIN.filter(lambda step: isinstance(step, n.VerbStep)))
    assert isinstance(whole, n.VerbStep)
    first = next(form for _, form in FORMS if form.word == whole.word)
    if {argument.name for argument in whole.arguments} - set(first.argument_names):
        return whole  # `log with …`, which is another form than `log`
    kept = [argument for argument in whole.arguments if draw(st.booleans())]
    return replace(whole, arguments=tuple(map(_kind_alone, kept) if draw(st.booleans()) else kept))


def _kind_alone(argument: n.Argument) -> n.Argument:
    target = argument.value
    if not isinstance(target, n.Target) or target.kind is n.TargetKind.TO:
        return argument
    return n.Argument(argument.name, target.kind)


PATTERNS = st.builds(n.Pattern, PLAIN | LONE_VERBS | ANY_STEPS | open_verbs())
SOURCES = st.sampled_from([None, "platform", "host", "model", "caller"])
OFTEN = st.none() | st.integers(1, 9)
EVENT_KEYS = st.builds(n.EventKey, NAMES, tuples(VALUES, 0, 2))
PLAYED = st.builds(
    n.PlayedEvent,
    st.lists(EVENT_KEYS, min_size=1, max_size=3, unique_by=lambda key: key.name.key).map(tuple),
    SOURCES,
)
REPORTS = st.builds(n.Reports, tuples(PLAYED, 1, 2))
MEANWHILE = st.none() | REPORTS
TEST_LINES: st.SearchStrategy[n.TestLine] = st.one_of(
    st.builds(n.Given, NAMES, tuples(VALUES, 1, 1), SOURCES),
    st.builds(n.GivenTime, DATES, TIMES),
    st.builds(n.GivenFails, st.sampled_from(sorted(WORDS)).map(n.Name), tuples(NAMES, 0, 2), OFTEN),
    st.builds(n.Play, REPORTS, MEANWHILE),
    st.builds(n.PlayAfter, DURATIONS, st.none() | NAMES, MEANWHILE),
    st.builds(n.PlayAt, TIMES, MEANWHILE),
    st.builds(n.Expect, tuples(PATTERNS)),
    st.builds(n.ExpectExactly, st.integers(0, 9), PATTERNS),
    st.builds(n.ExpectNot, tuples(PATTERNS)),
    st.just(n.ExpectNothing()),
    st.builds(n.ExpectRule, LABELS),
    st.builds(n.ExpectNoRule, LABELS),
)
TESTS = st.builds(n.Test, LABELS, tuples(TEST_LINES, 1, 6))
ITEMS: Items = st.one_of(ONE_LINERS, blocks(), RAILS, PROMISES, DECLARATIONS, TESTS)


# What the fixtures give are composites: their repr is a name, not the whole tree of strategies.


@st.composite
def any_item(draw: st.DrawFn) -> n.Item:
    return draw(ITEMS)


@st.composite
def any_condition(draw: st.DrawFn) -> n.Condition:
    return draw(CONDITIONS)


@pytest.fixture(scope="session")
def items() -> Items:
    """Any top-level item."""
    return any_item()


@pytest.fixture(scope="session")
def conditions() -> st.SearchStrategy[n.Condition]:
    return any_condition()
