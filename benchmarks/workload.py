"""The work that every engine is given: rules, and what happens in calls. The same seed, the same work.

A rule waits for an intent and has up to two guards. Seven of ten rules are alone on their intent; the others
share one with three more, told apart by a guard. Every rule can fire.
"""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ALONE = 0.7
SHARING = 4
"""So many rules share an intent."""
WILD = 0.05
LANGUAGES = ("hi", "en", "ta", "mr")
CAMPAIGNS = tuple(f"campaign_{number}" for number in range(20))
WORDS = tuple("i want to buy please sir tell me about your new plan today".split())
QUEUES = 97
BALANCES = 1_000

KINDS = ("plain", "zipf", "wildcards", "house")
"""`zipf`: few intents are most of the stream. `wildcards`: one rule in twenty waits for no intent. `house`: rules
with time windows, counters and limits, under guard rails."""


@dataclass(frozen=True, slots=True)
class Guard:
    """`op` is `at_least` (a number), `is` (a text, True or False) or `one_of` (a tuple of texts)."""

    fact: str
    op: str
    value: Any

    @property
    def words(self) -> str:
        match self.op:
            case "at_least":
                return f"{self.fact} is at least {self.value}"
            case "is":
                value = {True: "yes", False: "no"}.get(self.value, self.value)
                return f"{self.fact} is {value}"
            case _:
                return f"{self.fact} is one of {', '.join(self.value)}"


@dataclass(frozen=True, slots=True)
class Clause:
    """What only flowrules can say. `holds` at the workload's moment, once the event was heard for the second
    time."""

    place: str
    """`event`: behind the event; `guard`: behind that."""
    words: str
    holds: bool


CLAUSES = (
    Clause("event", "2 times", True),
    Clause("event", "3 times", False),
    Clause("event", "2 times in a row", True),
    Clause("guard", "once per call", True),
    Clause("guard", "not again for 30 seconds", True),
    Clause("guard", "during office", True),
    Clause("guard", "outside office", False),
    Clause("guard", "during night", False),
)
HOURS = """timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 18:30
end
hours night
  mon to sun 22:00 to 06:00
end
"""
RAILS = """never transfer outside office instead schedule_callback next office
never monitor_start, whisper, barge when paying is yes
before transfer when call.recording is paused then recording_resume
before hangup unless call.disposition is known then set_disposition no_outcome
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: it waits for an intent, or a word in what was said, or anything."""

    intent: str | None
    word: str | None
    guards: tuple[Guard, ...]
    clause: Clause | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """`events` are JSON texts, each with everything that is known when it happens."""

    kind: str
    rules: tuple[Rule, ...]
    events: tuple[str, ...]

    @property
    def carried(self) -> tuple[str, ...]:
        """The keys that the event itself brings; the rest is known of the call before."""
        return ("intent", "said") if self.kind == "wildcards" else ("intent",)


def make_workload(kind: str, size: int, events: int = 4_000, seed: int = 1) -> Workload:
    """`size` rules and a stream of `events`."""
    random_ = random.Random(f"{kind} {size} {seed}")
    rules = list(_rules(kind, size, random_))
    random_.shuffle(rules)
    _unguarded_last(rules)
    return Workload(kind, tuple(rules), tuple(_events(kind, rules, events, random_)))


def _rules(kind: str, size: int, random_: random.Random) -> Iterator[Rule]:
    wild = round(size * WILD) if kind == "wildcards" else 0
    alone = round((size - wild) * ALONE)
    for number in range(alone):
        clause = random_.choice(CLAUSES) if kind == "house" and random_.random() < 0.5 else None
        yield Rule(f"intent_{number}", None, _guards(random_, random_.randrange(3)), clause)
    for number in range(size - wild - alone):
        group, place = divmod(number, SHARING)
        yield Rule(f"shared_{group}", None, _told_apart(random_, group, place))
    for number in range(wild):
        yield _wild(random_, number)


def _guards(random_: random.Random, count: int, without: str = "") -> tuple[Guard, ...]:
    """So many guards on different facts."""
    facts = [fact for fact in ("balance", "language", "vip", "campaign") if fact != without]
    return tuple(_guard(fact, random_) for fact in random_.sample(facts, count))


def _guard(fact: str, random_: random.Random) -> Guard:
    match fact:
        case "balance":
            return Guard(fact, "at_least", random_.randrange(1, BALANCES))
        case "language":
            return Guard(fact, "is", random_.choice(LANGUAGES))
        case "vip":
            return Guard(fact, "is", random_.random() < 0.5)
        case _:
            return Guard(fact, "one_of", tuple(random_.sample(CAMPAIGNS, 8)))


def _told_apart(random_: random.Random, group: int, place: int) -> tuple[Guard, ...]:
    """The guards of one of the rules that share an intent: by language, or by campaign; the last of them is the
    rest's in every other group."""
    if place == SHARING - 1 and group % 2:
        return ()
    own = (
        Guard("language", "is", LANGUAGES[place])
        if group % 3
        else Guard("campaign", "one_of", CAMPAIGNS[5 * place : 5 * place + 5])
    )
    return (own, *_guards(random_, random_.randrange(2), without=own.fact))


def _wild(random_: random.Random, number: int) -> Rule:
    match number % 3:
        case 0:
            guards = (
                Guard("lead_source", "is", f"partner_{number}"),
                *_guards(random_, random_.randrange(2)),
            )
            return Rule(None, None, guards)
        case 1:
            return Rule(None, f"word_{number:05}", _guards(random_, random_.randrange(2)))
        case _:
            return Rule(None, None, (Guard("queue_wait", "at_least", 10_000_000 - number),))


def _unguarded_last(rules: list[Rule]) -> None:
    """Put rules without a guard behind those that share their intent, so that all of them can fire."""
    last: dict[str, int] = {}
    for index, rule in enumerate(rules):
        if rule.intent is not None and rule.intent.startswith("shared"):
            last[rule.intent] = index
    for index, rule in enumerate(rules):
        if rule.intent is not None and not rule.guards and (end := last.pop(rule.intent, index)) > index:
            rules[index], rules[end] = rules[end], rule


def _events(kind: str, rules: Sequence[Rule], count: int, random_: random.Random) -> Iterator[str]:
    intents = sorted({rule.intent for rule in rules if rule.intent is not None})
    weights = None
    if kind == "zipf":
        random_.shuffle(intents)
        weights = [1 / rank for rank in range(1, len(intents) + 1)]
    words = [rule.word for rule in rules if rule.word is not None]
    for intent in random_.choices(intents, weights, k=count):
        said = random_.choices(WORDS, k=6)
        if words and random_.random() < 0.02:
            said[3] = random_.choice(words)
        facts = {
            "intent": intent,
            "balance": random_.randrange(BALANCES),
            "language": random_.choice(LANGUAGES),
            "vip": random_.random() < 0.5,
            "campaign": random_.choice(CAMPAIGNS),
            "lead_source": f"partner_{random_.randrange(100)}",
            "queue_wait": random_.randrange(600),
            "said": " ".join(said),
        }
        yield json.dumps(facts)


# --- as a rule file, and the plain answer ---------------------------------------------------------------------


def rule_text(workload: Workload) -> str:
    """The workload's rules as a rule file."""
    head = HOURS + RAILS if workload.kind == "house" else ""
    return head + "\n".join(_line(number, rule) for number, rule in enumerate(workload.rules)) + "\n"


def _line(number: int, rule: Rule) -> str:
    words = ["on anything"]
    if rule.intent is not None:
        words = [f"on intent={rule.intent}"]
    elif rule.word is not None:
        words = [f'on said contains "{rule.word}"']
    if rule.clause is not None and rule.clause.place == "event":
        words.append(rule.clause.words)
    if rule.guards:
        words.append("when " + " and ".join(guard.words for guard in rule.guards))
    if rule.clause is not None and rule.clause.place == "guard":
        words.append(rule.clause.words)
    words.append(f"transfer queue queue_{number % QUEUES}")
    return " ".join(words)


def plain_answers(workload: Workload) -> tuple[int, ...]:
    """Each event's rule by its number, from one loop over all rules in written order; -1 for none."""
    return tuple(_plain_answer(workload.rules, json.loads(event)) for event in workload.events)


def _plain_answer(rules: Sequence[Rule], facts: Mapping[str, Any]) -> int:
    intent, said = facts["intent"], facts["said"].split()
    for number, rule in enumerate(rules):
        if rule.intent != intent and (rule.intent is not None or rule.word not in (None, *said)):
            continue
        if rule.clause is not None and not rule.clause.holds:
            continue
        if all(_holds(guard, facts[guard.fact]) for guard in rule.guards):
            return number
    return -1


def _holds(guard: Guard, value: Any) -> bool:
    match guard.op:
        case "at_least":
            return bool(value >= guard.value)
        case "is":
            return bool(value == guard.value)
        case _:
            return value in guard.value
