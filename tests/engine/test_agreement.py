"""Generated rule sets and calls: the index, the trace and a plain walk through all rules agree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowrules.analysis.check import check
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.triggers import matches
from flowrules.engine.apply_event import apply_event, happened
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision, Verdict
from flowrules.engine.event import Event, make_event
from flowrules.engine.state import CallState, start_call, use_limits
from flowrules.engine.trace import reasons, trace_json, trace_lines
from flowrules.language.nodes import Forget, LimitKind, On, Rank, Remember, VerbStep
from flowrules.language.operators import OPERATORS
from flowrules.language.parse import parse
from flowrules.source import source_from_text

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
DECLARED = """\
timezone Asia/Kolkata
fact verified is yes/no from platform
list gold is c1, 2, "c 3"
list vips is gold, silver
hours office
  mon to fri 09:00 to 11:01
end
"""

SAMPLED = [f"sampled {row.words} {row.sample.operand}" for row in OPERATORS]
"""Every comparison of the table, asked of one fact."""
SAMPLES = [value for row in OPERATORS for value in (*row.sample.met_by, *row.sample.missed_by)]
ATOMS = st.sampled_from(
    [
        *SAMPLED,
        "campaign is c1", "campaign is c2", "campaign is one of c1, c3, 2", "campaign is in gold", "campaign is not c1",
        "balance is at least 5", "balance is less than 9", "balance is 7", "balance is between 3 and 8",
        "vip is yes", "vip is no", "verified is yes", "said contains refund", 'note contains any of "not now", later',
        "note starts with so", "balance is known", "campaign is unknown", "during office", "time is at least 11:01",
        "turn is at most 2", 'balance is "7"', "note contains 환불", "note contains 客服", 'campaign is " C1 "', "not vip is yes", "call.elapsed is at least 60 seconds",
    ]
)  # fmt: skip
GUARDS = st.lists(st.tuples(st.sampled_from(["when", "unless"]), ATOMS), max_size=2).map(
    lambda guards: "".join(f"  {word} {atom}\n" for word, atom in guards)
)
TESTS = st.sampled_from(
    [
        *SAMPLED,
        "intent=a", "intent=b", "intent is one of a, c", "intent is not a", "ping", "amount is at least 5", "amount=7",
        "amount < 7", 'amount="7"', "amount is between 2 and 7", "flag=yes", "flag=no", "said contains refund",
        'said contains any of "my money", agent', "verified=yes", "intent is in gold", "said starts with my",
        "amount is 2026-01-26", "said contains 상담원", 'said contains any of "客服", "상담원 연결", "네"', "said contains மேலாளர்",
        "intent is iade",
    ]
)  # fmt: skip
TRIGGERS = st.one_of(
    st.just("on anything"),
    st.just("on anything"),
    st.tuples(
        st.lists(TESTS, min_size=1, max_size=2, unique=True),
        st.sampled_from(["", "", "", " 2 times", " 2 times in a row"]),
    ).map(lambda parts: f"on {' or '.join(parts[0])}{parts[1]}"),
)
LIMITS = st.sampled_from(
    ["", "", "", "  once per call\n", "  at most 2 times per call\n", "  not again for 45 seconds\n"]
)
CHANGES = st.lists(
    st.sampled_from(
        [
            "remember campaign is c1", "remember campaign is c2", "remember vip is yes", "remember vip is no",
            "remember balance is 7", "forget balance", "forget campaign", "remember intent is b", "forget sampled",
            'advise "x"',
        ]
    ),
    max_size=3,
)  # fmt: skip
RULES = st.tuples(
    st.sampled_from(["", "", "", "", "also ", "urgent "]),
    TRIGGERS,
    GUARDS,
    LIMITS,
    st.booleans(),
    CHANGES,
    CHANGES,
)


def rule_text(number: int, parts: tuple[str, str, str, str, bool, list[str], list[str]]) -> str:
    rank, trigger, guards, limit, otherwise, first, then = parts
    steps = "".join(f"  {step}\n" for step in (*first, f'log "n{number}"', *then))
    more = f"otherwise\n{steps}" if otherwise else ""
    return f"rule r{number}\n  {rank}{trigger}\n{guards}{limit}{steps}{more}end\n"


TELLING = st.tuples(
    st.just("also "), st.sampled_from(["on anything", "on intent=a", "on said"]), st.just(""), LIMITS, st.just(False),
    CHANGES, CHANGES,
)  # fmt: skip
"""Rules that change what the others ask for."""
TOLD = st.tuples(
    st.sampled_from(["", "", "", "urgent "]),
    st.sampled_from(["on anything", "on intent=a", "on said"]),
    st.builds(
        "  {} {}\n".format,
        st.sampled_from(["when", "when", "unless"]),
        st.sampled_from(["campaign is c1", "campaign is c2", "campaign is unknown", "vip is yes", "vip is no", "balance is 7",
                         "balance is unknown", "intent is b", "intent is not b"]),
    ),
    LIMITS,
    st.sampled_from([False, False, True]),
    st.just([]),
    st.just([]),
)  # fmt: skip
TOLD_SETS = st.tuples(st.lists(TELLING, min_size=1, max_size=3), st.lists(TOLD, min_size=1, max_size=12)).map(
    lambda rules: "".join(rule_text(number, parts) for number, parts in enumerate((*rules[0], *rules[1])))
)
"""Rules that ask for what those before them change."""
SOME_RULES = st.sampled_from([2, 6, 12, 30]).flatmap(
    lambda size: st.lists(RULES, min_size=size // 2, max_size=size)
)
RULE_SETS = st.tuples(st.lists(TELLING, max_size=2), SOME_RULES).map(
    lambda rules: "".join(rule_text(number, parts) for number, parts in enumerate((*rules[0], *rules[1])))
)
"""Up to so many that the index tells the rules of one bucket apart by their guards."""
WIDE = st.lists(st.sampled_from(["a", "b", "c1", "7", 7, 7.0, 5, 2, True, False, "yes", "no", "Refund", "05", "x y"]),
                min_size=1, max_size=2).map(lambda values: values[0] if len(values) == 1 else values)  # fmt: skip
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "intent": st.sampled_from(["a", "A", "b", " c ", ["a", "b"], "2", 2, "İade"]),
        "ping": WIDE,
        "sampled": st.sampled_from(SAMPLES),
        "amount": WIDE,
        "flag": WIDE,
        "said": st.sampled_from(
            [
                "a refund",
                "my money please",
                "agent",
                "hello",
                "Refund?",
                "我要转人工客服",
                "상담원이랑 연결",
                "네이버",
                "மேலாளரை அழைக்கவும்",
            ]
        ),
        "campaign": st.sampled_from(["c1", "C2", "c  3 ", 2, ["c1 ", "c9"], ()]),
        "balance": st.sampled_from([3, 5, 7, "7", 9.5, "lots"]),
        "vip": WIDE,
        "verified": st.booleans(),
        "note": st.sampled_from(["so what", " not  now", "later ", 5, "환불해 주세요", "客服"]),
    },
)
STEPS = st.tuples(EVENTS, st.sampled_from(["", "", "t1", "t2"]), st.booleans(), st.sampled_from([0, 20, 50]))


@dataclass
class Walk:
    """The plain answer: every rule asked in written order; limits and counters counted by lists."""

    ruleset: RuleSet
    turns: dict[str, list[int]] = field(default_factory=dict)
    runs: dict[str, list[datetime]] = field(default_factory=dict)

    def answer(self, decision: Decision, state: CallState) -> list[tuple[str, str]]:
        event, now = decision.event, decision.now
        carried = {key: event.keys[key] for key in event.keys if key != "verified"}
        reported = happened(self.ruleset, event)
        taking: dict[Rank, list[tuple[str, str]]] = {rank: [] for rank in Rank}
        asked: list[CompiledRule] = []
        for rule in self.ruleset.rules:
            moment = decision.moment
            if not matches(rule, self.ruleset.scope, carried, reported, event.timer, moment):
                continue
            if self._counting(rule, state.place) or self._spent(rule, now):
                continue
            asked.append(rule)
        for rank in (Rank.URGENT, Rank.ALSO, Rank.PLAIN):
            facts = dict(decision.facts)
            for rule in (rule for rule in asked if rank is Rank.PLAIN and rule.id in dict(taking[Rank.ALSO])):
                self._tell(rule, facts, decision.facts)
            for rule in (rule for rule in asked if rule.rank is rank):
                answer = rule.guard.test(facts, decision.moment) if rule.guard else True
                if answer or rule.otherwise is not None:
                    taking[rank].append((rule.id, "fired" if answer else "otherwise"))
            if taking[Rank.URGENT]:
                return taking[Rank.URGENT][:1]
        return taking[Rank.ALSO] + taking[Rank.PLAIN][:1]

    def _tell(self, rule: CompiledRule, facts: dict[str, Any], before: Mapping[str, Any]) -> None:
        """What a rule changes before its first verb, and not again behind it. What it changes behind is as it was."""
        steps = rule.rule.steps
        first_verb = next(place for place, step in enumerate(steps) if isinstance(step, VerbStep))
        again = {step.name.key for step in steps[first_verb:] if isinstance(step, Remember | Forget)}
        for step in steps[:first_verb]:
            if isinstance(step, Remember) and step.name.key not in again:
                facts[step.name.key] = step.value.value
            elif isinstance(step, Forget) and step.name.key not in again:
                facts.pop(step.name.key, None)
        for key in again:
            facts.pop(key, None)
            if key in before:
                facts[key] = before[key]

    def _counting(self, rule: CompiledRule, turn: int) -> bool:
        trigger = rule.rule.trigger
        if not isinstance(trigger, On) or trigger.times is None:
            return False
        turns = self.turns.setdefault(rule.id, [])
        if turn not in turns:
            turns.append(turn)
        run = next(back for back in range(len(turns) + 1) if turn - back not in turns)
        return (run if trigger.times.in_a_row else len(turns)) < trigger.times.count

    def _spent(self, rule: CompiledRule, now: datetime) -> bool:
        runs = self.runs.get(rule.id, [])
        return any(
            len(runs) >= limit.amount
            if limit.kind is LimitKind.PER_CALL
            else bool(runs) and (now - runs[-1]).total_seconds() < limit.amount
            for limit in rule.rule.limits
        )


def compiled(text: str) -> RuleSet:
    """Every rule of a text, also those that the checks would refuse (duplicates, and what can never fire)."""
    checked, _ = check([parse(source_from_text(DECLARED, "declared.rules"))[0]])
    file, findings = parse(source_from_text(text, "test.rules"))
    assert not findings
    return compile_rules(replace(checked, files=(*checked.files, file), rules=file.blocks))


def played(ruleset: RuleSet, steps: list[Any], look: Callable[[Decision, CallState, Walk], None]) -> None:
    state, now, walk = start_call("c", NOW), NOW, Walk(ruleset)
    for facts, turn, reported, pause in steps:
        now += timedelta(seconds=pause)
        event: Event = make_event(facts=facts, turn_id=turn, reported=reported)
        state = apply_event(ruleset, state, event, now)
        decision = decide(ruleset, event, state, now, trace=True)
        look(decision, state, walk)
        for rule, _ in decision.parts:
            state = use_limits(state, rule.id, now)
            walk.runs.setdefault(rule.id, []).append(now)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.one_of(RULE_SETS, TOLD_SETS), st.lists(STEPS, min_size=1, max_size=6))
def test_fast_traced_and_plain_decisions_agree(text: str, steps: list[Any]) -> None:
    ruleset = compiled(text)

    def look(decision: Decision, state: CallState, walk: Walk) -> None:
        fast = decide(ruleset, decision.event, state, decision.now)
        assert fast.trace is None
        assert fast == decision
        assert [(rule.id, str(outcome)) for rule, outcome in fast.parts] == walk.answer(decision, state)

        lines = trace_lines(decision)
        assert [line.rule.id for line in lines] == [rule.id for rule in ruleset.rules]
        assert all(line.reason for line in lines)
        ran = {line.rule.id for line in lines if line.verdict in (Verdict.FIRED, Verdict.OTHERWISE)}
        assert ran == {rule.id for rule, _ in decision.parts}
        told = trace_json(decision, everything=False)
        assert ran <= {line["rule"] for line in told["rules"]}
        in_short = [(line["rule"], line["verdict"], line["reason"]) for line in told["rules"]]
        assert reasons(decision) == in_short

    played(ruleset, steps, look)
