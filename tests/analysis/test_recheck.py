"""An edit checked alone finds what a check of everything finds."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowrules.analysis import check as stage
from flowrules.analysis import recheck
from flowrules.analysis.check import Checkup, check_up
from flowrules.analysis.recheck import Part
from flowrules.language.nodes import RuleFile
from flowrules.language.parse import parse
from flowrules.source import source_from_text

COOKBOOK = Path(__file__).parents[2] / "rules"

DECLARED = (
    "timezone Asia/Kolkata",
    "list vips is gold, silver, 'x'".replace("'", '"'),
    "list unused is gold",
    "hours office\n  mon to fri 09:00 to 18:00\nend",
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
    "not_understood 2 times", "pressed=1 or sales",
)  # fmt: skip
GUARDS = (
    "", "", "when balance is at least 500", "when balance is less than 500", "when balance is more than 500",
    "when plan is gold", "when plan is in vips", "unless plan is silver", "when plan is one of gold, silver",
    "during office", "when vip is yes", "when vip is known and vip is yes", "when lead_stage is hot", "once per call",
    "when mood is bad and balance is between 1 and 5", "when member_one is yes", "when dtmf is known", "unless not vip is yes",
)  # fmt: skip
STEPS = (
    "hold", "unhold", "mute", "unmute agent", "transfer queue sales_q", "transfer to desk", "transfer queue sales_q then set_disposition",
    "hangup", "hangup now", "do bye", "do wait_here", "remember vip is yes", "remember mood is sales", "forget mood",
    "set_lead_status warm", "set_lead_status callback", "conference_add supervisor lead_1 as member_one", "set_lead_field x to sales",
    "conference_remove member_one", "say \"{balance} and {mood}\"", "set_lead_field y to mood", "verb hodl with a b",
    "transfer queue q then set_disposition X if it fails then hold", "schedule_callback next office", "recording_pause",
    "set_lead_status warmer", "log \"x\"",
)  # fmt: skip
RANKS = ("", "", "", "", "also ", "urgent ")
OTHERS = (
    "on anything hold", "on anything when vip is yes mute", "after 8 minutes hangup", "after 10 seconds of silence say \"Hello?\"",
    "on anything say \"Yes?\"", "after 2 minutes of vip hold",
)  # fmt: skip
TESTS = (
    'test "a"\n  on intent=sales\n  expect hold\nend',
    'test "b"\n  on intent=billing with balance=5\n  expect not hangup\nend',
    'test "c"\n  given transfer fails because unavailable\n  on payment_done\n  expect hold\nend',
    'test "a"\n  on dtmf=1\n  after 9 minutes\n  expect hangup\nend',
)


def a_rule(chance: random.Random) -> str:
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


def parsed(texts: dict[str, list[str]], before: Checkup | None = None) -> list[RuleFile]:
    known = {file.source.path: file for file in before.rules.files} if before else {}
    return [
        parse(source_from_text("\n".join(blocks) + "\n", path), known.get(path))[0]
        for path, blocks in texts.items()
    ]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a part was enough. However large it is, it is taken."""
    found: Counter[str] = Counter()
    monkeypatch.setattr(recheck, "SHARE", 2.0)
    check_part = stage._check_part

    def counted(files: list[RuleFile], part: Part, ledger: object) -> Checkup | None:
        checkup = check_part(files, part, ledger)  # type: ignore[arg-type]
        found["part" if checkup else "all"] += 1
        looked_at = sum(len(file.blocks) for file in part.files)
        found["smaller"] += looked_at < sum(len(file.blocks) for file in files)
        return checkup

    monkeypatch.setattr(stage, "_check_part", counted)
    return found


def same(warm: Checkup, cold: Checkup) -> None:
    assert warm.findings == cold.findings
    for name in warm.rules.__slots__:  # type: ignore[attr-defined]
        assert getattr(warm.rules, name) == getattr(cold.rules, name), name
    assert (warm.ledger is None) or cold.ledger is not None
    if warm.ledger is not None and cold.ledger is not None:
        assert warm.ledger.said == cold.ledger.said
        assert warm.ledger.spoken_of == cold.ledger.spoken_of
        assert warm.ledger.readings.keys() == cold.ledger.readings.keys()
        for one, reading in warm.ledger.readings.items():
            assert reading.places == cold.ledger.readings[one].places
            assert sorted(reading.says, key=str) == sorted(cold.ledger.readings[one].says, key=str)


def play(seed: int, edits: int, files: int = 2) -> int:
    """Rule sets at random, edited again and again; how many edits there were."""
    chance = random.Random(seed)
    texts: dict[str, list[str]] = {f"{chr(97 + number)}.rules": [] for number in range(files)}
    texts["a.rules"] = [text for text in DECLARED if chance.random() < 0.7]
    good = check_up(parsed(texts))
    for _ in range(24):
        blocks = texts[chance.choice(list(texts))]
        blocks.append(a_rule(chance))
        grown = check_up(parsed(texts))
        if grown.ledger is None:
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
        files_now = parsed(tried, good)
        warm, cold = check_up(files_now, good), check_up(files_now)
        same(warm, cold)
        if warm.ledger is not None:
            texts, good = tried, warm
    return edits


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_an_edit_is_found_what_everything_is_found(seed: int, parts: Counter[str]) -> None:
    play(seed, 8)


def test_the_edits_that_are_tried_are_mostly_checked_alone(parts: Counter[str]) -> None:
    edits = sum(play(seed, 10) for seed in range(40))
    assert parts["part"] > edits / 4
    assert parts["smaller"] > edits / 8
