"""Rules loaded after an edit are those of a first load: the same findings, the same rule set, the same index."""

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flowrules.analysis import check as stage
from flowrules.analysis.check import Checkup
from flowrules.analysis.incremental import affected
from flowrules.analysis.incremental.affected import Part
from flowrules.analysis.incremental.index import CheckIndex
from flowrules.analysis.model.checked import CheckedRules
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.indexing.bucket import SplitBucket
from flowrules.compiler.indexing.index import Index
from flowrules.compiler.indexing.lookup import Thresholds, ValueIndex
from flowrules.compiler.loading.load import Loaded, compile_sound, load_rules
from flowrules.compiler.loading.stored import from_bytes, to_bytes
from flowrules.compiler.overview import overview
from flowrules.compiler.ruleset import RuleSet
from flowrules.language.nodes import RuleFile
from flowrules.source import source_from_text

DECLARED = (
    "timezone Asia/Kolkata",
    "list vips is gold, silver, 'x'".replace("'", '"'),
    "list unused is gold",
    "hours office\n  mon to fri 09:00 to 18:00\n  closed on 2026-01-26\nend",
    "destination desk is queue sales_main",
    'steps bye\n  say "Bye."\n  hangup\nend',
    "steps wait_here\n  hold\nend",
    "fact balance is number",
    "fact plan is one of gold, silver, bronze",
    "default disposition is done",
    "never transfer outside office instead schedule_callback next office",
    "order as written",
)
EVENTS = (
    "intent=sales", "intent=billing", "intent is one of sales, billing, support", "intent", "intent is not sales",
    "dtmf=1", "dtmf=1 or payment_done", "dtmf is less than 5", "dtmf is more than 5", "payment_done", "plan=gold or bronze",
    'said contains "help"', 'said contains any of "help", "please help"', "step_failed", "hangup_interrupted", "press=1",
    "not_understood 2 times", "pressed=1 or sales", "plan 2 times", 'hearing contains "help"', "not_understood=yes",
)  # fmt: skip
GUARDS = (
    "", "", "when balance is at least 500", "when balance is less than 500", "when balance is more than 500",
    "when plan is gold", "when plan is in vips", "unless plan is silver", "when plan is one of gold, silver",
    "during office", "when vip is yes", "when vip is known and vip is yes", "when lead_stage is hot", "once per call",
    "when mood is bad and balance is between 1 and 5", "when member_one is yes", "when dtmf is known", "unless not vip is yes",
    "when intent is sales", "when intent is not sales", "when plan is not gold", "unless told is yes", "when told is no",
    "when told is no or vip is yes", "when told is unknown",
    "when date is one of 2026-01-26, 2026-12-25",
)  # fmt: skip
STEPS = (
    "hold", "unhold", "mute", "unmute agent", "transfer queue sales_q", "transfer to desk", "transfer queue sales_q then set_disposition",
    "hangup", "hangup now", "do bye", "do wait_here", "remember vip is yes", "remember mood is sales", "forget mood",
    "set_lead_status warm", "set_lead_status callback", "conference_add supervisor lead_1 as member_one", "set_lead_field x to sales",
    "conference_remove member_one", "say \"{balance} and {mood}\"", "set_lead_field y to mood", "verb hodl with a b",
    "transfer queue q then set_disposition X if it fails then hold", "schedule_callback next office", "recording_pause",
    "set_lead_status warmer", "log \"x\"", "remember intent is other", "remember plan is silver", "forget dtmf",
    "hold if it fails then go on then mute", "remember told is yes", "remember told is no", "hold then remember told is yes",
    "log \"x\" then remember mood is bad",
)  # fmt: skip
ANSWERS = (
    "# allow overlap: both are wanted", "# allow unclosed-pair: they wait", "# allow untested:", "# allow near-miss: other",
    "# meant: never-ends, they wait", "# allow two-ends: no", "# A note.", "",
)  # fmt: skip
RANKS = ("", "", "", "", "also ", "also ", "urgent ")
OTHERS = (
    "on anything hold", "on anything when vip is yes mute", "after 8 minutes hangup", "after 10 seconds of silence say \"Hello?\"",
    "on anything say \"Yes?\"", "after 2 minutes of vip hold", "after 1 minute of vip forget vip",
    "after 1 minute of call.on_hold unhold", "after 3 minutes of call.on_hold when plan is not gold hangup",
    "at 19:00 unless mood is bad hangup",
    "also on anything remember plan is silver",
)  # fmt: skip
TESTS = (
    'test "a"\n  on intent=sales\n  expect hold\nend',
    'test "b"\n  on intent=billing with balance=5\n  expect not hangup\nend',
    'test "c"\n  given transfer fails because unavailable\n  on payment_done\n  expect hold\nend',
    'test "d"\n  given told is no\n  on payment_done with not_understood=maybe\n  expect hold\nend',
    'test "a"\n  on dtmf=1\n  after 9 minutes\n  expect hangup\nend',
)


def a_rule(chance: random.Random) -> str:
    text = a_plain_rule(chance)
    if chance.random() < 0.3:
        return f"{chance.choice(ANSWERS)}\n{text}"
    return f"{text}  {chance.choice(ANSWERS)}" if chance.random() < 0.1 else text


def a_plain_rule(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.1:
        return chance.choice(OTHERS)
    if kind < 0.22:
        return chance.choice(TESTS)
    words = [f"{chance.choice(RANKS)}on {chance.choice(EVENTS)}", chance.choice(GUARDS), chance.choice(STEPS)]
    if kind < 0.4:
        label = chance.choice(("One", "Two", "three"))
        otherwise = f"otherwise\n  {chance.choice(STEPS)}\n" if chance.random() < 0.3 else ""
        return f'rule "{label}"\n  {words[0]}\n  {words[1]}\n  {words[2]}\n{otherwise}end'
    return " ".join(filter(None, words))


def load(texts: dict[str, list[str]], before: Loaded | None = None) -> Loaded:
    sources = [source_from_text("\n".join(blocks) + "\n", path) for path, blocks in texts.items()]
    return load_rules(sources, previous=before)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a part was enough. However large it is, it is taken."""
    found: Counter[str] = Counter()
    monkeypatch.setattr(affected, "SHARE", 2.0)
    check_part = stage._check_part

    def counted(
        files: list[RuleFile], part: Part, previous: Checkup, check_index: CheckIndex
    ) -> Checkup | None:
        checkup = check_part(files, part, previous, check_index)
        found["part" if checkup else "all"] += 1
        looked_at = sum(len(file.blocks) for file in part.files)
        found["smaller"] += looked_at < sum(len(file.blocks) for file in files)
        return checkup

    monkeypatch.setattr(stage, "_check_part", counted)
    return found


def same(warm: Loaded, cold: Loaded) -> None:
    assert warm.findings == cold.findings
    for name in CheckedRules.__slots__:
        assert getattr(warm.checkup.rules, name) == getattr(cold.checkup.rules, name), name
    if warm.checkup.check_index is not None:
        assert cold.checkup.check_index is not None
        same_ledger(warm.checkup.check_index, cold.checkup.check_index)
    assert (warm.ruleset is None) == (cold.ruleset is None)
    if warm.ruleset is not None and cold.ruleset is not None:
        same_rules(warm.ruleset, cold.ruleset)
        assert warm.ruleset.revision == cold.ruleset.revision


def same_ledger(warm: CheckIndex, cold: CheckIndex) -> None:
    assert warm.said == cold.said
    assert warm.spoken_of == cold.spoken_of
    assert warm.readings.keys() == cold.readings.keys()
    assert {kind: group for kind, group in warm.groups.items() if group} == cold.groups
    for one, reading in warm.readings.items():
        assert reading.places == cold.readings[one].places
        assert sorted(reading.says, key=str) == sorted(cold.readings[one].says, key=str)


def same_rules(warm: RuleSet, cold: RuleSet) -> None:
    assert overview(warm) == overview(cold)
    orders = [rule.order for rule in warm.rules]
    assert orders == sorted(set(orders))
    for mine, other in zip(warm.rules, cold.rules, strict=True):
        assert repr((mine.guard, mine.steps, mine.otherwise)) == repr(
            (other.guard, other.steps, other.otherwise)
        )
    assert warm.telling == cold.telling
    for name in INDEXES:
        assert shape(getattr(warm, name)) == shape(getattr(cold, name)), name


INDEXES = ("owning", "urgent", "also", "plain", "counting")


def shape(part: Any) -> Any:
    """An index, down to the rules' ids; orders are only ever compared."""
    match part:
        case CompiledRule():
            return part.id
        case tuple((int(), guard, _, besides, CompiledRule() as rule)):
            return rule.id, guard is None, besides is None
        case tuple() | list():
            return [shape(one) for one in part]
        case dict():
            return {key: shape(value) for key, value in part.items()}
        case Index() | SplitBucket() | ValueIndex() | Thresholds():
            return {name: shape(getattr(part, name)) for name in part.__slots__}
        case _:
            return part


def play(seed: int, edits: int, files: int = 2) -> int:
    """Rule sets at random, edited again and again; how many edits there were."""
    chance = random.Random(seed)
    texts: dict[str, list[str]] = {f"{chr(97 + number)}.rules": [] for number in range(files)}
    texts["a.rules"] = [text for text in DECLARED if chance.random() < 0.7]
    good = load(texts)
    for _ in range(24):
        blocks = texts[chance.choice(list(texts))]
        blocks.append(a_rule(chance))
        grown = load(texts)
        if grown.checkup.check_index is None or grown.ruleset is None:
            blocks.pop()
        else:
            good = grown
    for _ in range(edits):
        tried = {path: list(blocks) for path, blocks in texts.items()}
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            blocks = tried[chance.choice(list(tried))]
            declared = sum(text in DECLARED for text in blocks)
            at = chance.randrange(0 if chance.random() < 0.05 else declared, len(blocks) + 1)
            match chance.choice(("come", "go", "change", "change", "change")):
                case "come":
                    blocks.insert(at, a_rule(chance))
                case "go":
                    del blocks[at : at + 1]
                case _:
                    blocks[at : at + 1] = [a_rule(chance)]
        if len(blocks) > 2 and chance.random() < 0.1:
            blocks.append(blocks.pop(len(blocks) // 2))
        warm = load(tried, good)
        same(warm, load(tried))
        if warm.ruleset is not None:
            sources = [file.source for file in warm.checkup.rules.files]
            same_rules(compile_sound(sources, previous=good.ruleset), warm.ruleset)
        if warm.checkup.check_index is not None and warm.ruleset is not None:
            texts, good = tried, warm
    return edits


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_a_reload_gives_what_a_first_load_gives(seed: int, parts: Counter[str]) -> None:
    play(seed, 8)


WRONG = (
    "hodl the caller", "on intent=sales", "on intent=sales tranfer queue q", 'rule "One"\n  on dtmf=1', "list vips is",
    "on mood is bad when plan is golden hold", "on intent=sales do nowhere", "on x when y is in vipps hold",
    "fact plan is one", "hours office", "on payment_done unhold then hodl", "test \"z\"\n  on plan=gold\n  expect hodl\nend",
    "on intent=sales during offices hold", "on dtmf=2 unmute now please", "on intent=sales hangup then transfer queue q",
    "on press=1 hodl", "on pressed=2 or call_start hodl", "conference_add supervisor lead_1 as member_one",
    "on intent=sales conference_remove member_one", "on dtmf=1 when plan is gold conference_remove member_one",
    'rule "Two"\n  on vip tranfer queue q\nend', "after 2 minutes of told holdd", "allow numbers", "event", "timezone",
)  # fmt: skip


def play_through(seed: int, edits: int) -> Counter[str]:
    """A rule set at random, edited again and again as somebody types: each load starts from the one before, with mistakes
    or not. How many loads had an error, and how many of those leave a check_index for the next."""
    chance = random.Random(seed)
    texts: dict[str, list[str]] = {"a.rules": [t for t in DECLARED if chance.random() < 0.7], "b.rules": []}
    warm = load(texts)
    for _ in range(20):
        blocks = texts[chance.choice(list(texts))]
        blocks.append(a_rule(chance))
        grown = load(texts)
        if grown.checkup.check_index is None or grown.ruleset is None:
            blocks.pop()
        else:
            warm = grown
    seen: Counter[str] = Counter()
    for _ in range(edits):
        blocks = texts[chance.choice(list(texts))]
        wrong = [place for place, text in enumerate(blocks) if text in WRONG]
        declared = sum(text in DECLARED for text in blocks)
        at = (
            chance.choice(wrong)
            if wrong and chance.random() < 0.6
            else chance.randrange(declared, len(blocks) + 1)
        )
        text = chance.choice(WRONG) if chance.random() < 0.4 else a_rule(chance)
        match chance.choice(("come", "go", "change", "change")):
            case "come":
                blocks.insert(at, text)
            case "go":
                del blocks[at : at + 1]
            case _:
                blocks[at : at + 1] = [text]
        warm = load(texts, warm)
        same(warm, load(texts))
        if warm.ruleset is None:
            seen["errors"] += 1
            seen["kept"] += warm.checkup.check_index is not None
    return seen


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
@example(seed=36608)  # An `also` rule that changes a fact comes to a rule that names no value of the key.
def test_an_edit_of_rules_with_mistakes_gives_what_a_first_load_gives(seed: int, parts: Counter[str]) -> None:
    play_through(seed, 10)


def test_most_edits_of_rules_with_mistakes_are_checked_alone(parts: Counter[str]) -> None:
    seen = sum((play_through(seed, 20) for seed in range(20)), Counter[str]())
    assert seen["errors"] > 100
    assert seen["kept"] > seen["errors"] / 4
    assert parts["part"] > 60


def test_a_rule_whose_error_another_rule_mends_is_held_against_those_that_wait_for_the_same(
    parts: Counter[str],
) -> None:
    blocks = [
        "on intent=sales conference_remove member_one",
        'on intent=sales log "for sales"',
        *(f'on dtmf={n} send_dtmf "{n}"' for n in range(9)),
    ]
    broken = load({"a.rules": blocks})
    assert "never-fires" not in [finding.code.name for finding in broken.findings]
    blocks.append("on intent=help conference_add supervisor lead_1 as member_one")
    mended = load({"a.rules": blocks}, broken)
    assert "never-fires" in [finding.code.name for finding in mended.findings]
    same(mended, load({"a.rules": blocks}))
    assert parts == {"part": 1, "smaller": 1}


def test_a_test_is_held_against_the_rule_that_it_names(parts: Counter[str]) -> None:
    """Also where it is looked at again because something was found in it, and the rule is not."""
    blocks = [
        'rule "Late"\n  on intent=late\n  hangup\nend',
        'test "late"\n  given time is 2026-03-04 11:00\n  on intent=late\n  expect rule "Late"\nend',
        'test "early"\n  on intent=early\n  expect not rule "Late"\nend',
        'test "noon"\n  on intent=noon\n  expect nothing\nend',
    ]
    known = load({"a.rules": blocks})
    for edited in ([*blocks, "on"], [*blocks, "hangup"], [blocks[0].replace("Late", "Later"), *blocks[1:]]):
        same(load({"a.rules": edited}, known), load({"a.rules": edited}))
    assert parts == {"part": 3, "smaller": 3}


@pytest.mark.parametrize(
    "wrong",
    ["on intent=sales tranfer queue q", "on intent=sales", "on intent=s when balance is in nowhere stop"],
)
def test_a_mistake_leaves_the_check_to_what_an_edit_touches(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = [
        "fact balance is number",
        *(f"on intent=i{n} when balance is {n} log '{n}'".replace("'", '"') for n in range(300)),
    ]
    looked_at: list[int] = []
    check_part = stage._check_part

    def counted(
        files: list[RuleFile], part: Part, previous: Checkup, check_index: CheckIndex
    ) -> Checkup | None:
        looked_at.append(sum(len(file.blocks) for file in part.files))
        return check_part(files, part, previous, check_index)

    monkeypatch.setattr(stage, "_check_part", counted)
    loaded = load({"a.rules": blocks})
    for at, text in (
        (150, wrong),
        (20, "on intent=x stop"),
        (151, "on intent=y stop"),
        (150, "on intent=s stop"),
    ):
        blocks[at] = text
        loaded = load({"a.rules": blocks}, loaded)
        same(loaded, load({"a.rules": blocks}))
    assert len(looked_at) == 4
    assert max(looked_at) < 20


@pytest.mark.timeout(600)
def test_the_edits_that_are_tried_are_mostly_checked_alone(parts: Counter[str]) -> None:
    edits = sum(play(seed, 10) for seed in range(40))
    assert parts["part"] > edits / 4
    assert parts["smaller"] > edits / 8


def stored(loaded: Loaded) -> Loaded:
    """The load as another process reads it from disk: nothing of it is the same object."""
    data = to_bytes(loaded)
    assert data is not None
    sources = [file.source for file in loaded.checkup.rules.files]
    agent_type = "agent" if loaded.ruleset is None else loaded.ruleset.agent_type
    read = from_bytes(data, sources, agent_type=agent_type, fence=loaded.checkup.fence)
    assert read is not None
    return read


@given(seed=st.integers(0, 1_000_000))
@settings(max_examples=30, deadline=None)
def test_a_stored_load_is_the_load_and_edits_of_it_find_the_same(seed: int) -> None:
    chance = random.Random(seed)
    texts: dict[str, list[str]] = {"a.rules": [t for t in DECLARED if chance.random() < 0.7], "b.rules": []}
    good = load(texts)
    for _ in range(20):
        blocks = texts[chance.choice(list(texts))]
        blocks.append(a_rule(chance))
        grown = load(texts)
        if grown.ruleset is None or grown.checkup.check_index is None:
            blocks.pop()
        else:
            good = grown
    if good.checkup.check_index is None:
        return
    again = stored(good)
    same(again, good)
    known = again.checkup.known()
    assert known is not None
    assert known.said == good.checkup.check_index.said
    assert len(known.spoken_of) == len(good.checkup.check_index.spoken_of)
    for mine, other in zip(again.checkup.rules.rules, good.checkup.rules.rules, strict=True):
        assert (
            known.readings[id(mine.item)].places == good.checkup.check_index.readings[id(other.item)].places
        )
        assert known.readings[id(mine.item)].says == good.checkup.check_index.readings[id(other.item)].says
    for _ in range(3):
        edited = {path: list(blocks) for path, blocks in texts.items()}
        edited[chance.choice(list(edited))].append(a_rule(chance))
        warm, cold = load(edited, again), load(edited)
        assert warm.findings == cold.findings
        assert warm.checkup.rules == cold.checkup.rules
        if warm.ruleset is not None and cold.ruleset is not None:
            same_rules(warm.ruleset, cold.ruleset)


def test_an_edit_that_makes_a_file_no_text_is_loaded_as_from_nothing() -> None:
    """No block stands in such a file, though it holds the names of those that have gone."""
    other = source_from_text("destination desk is queue people\non intent=bye hangup\n", "a.rules")
    rules = "o n intent=sales transfer to desk\non intent=help do what\n"
    before = load_rules([other, source_from_text(rules, "b.rules")])
    edited = [other, source_from_text("\0" + rules, "b.rules")]
    warm = load_rules(edited, previous=before)
    assert warm.findings == load_rules(edited).findings
    assert [finding.code.name for finding in warm.findings]
