"""Whatever is written, the check ends, and what it lets through compiles."""

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.analysis.check import check
from flowrules.analysis.model.checked import CheckedRules
from flowrules.compiler.compile import compile_rules
from flowrules.diagnostics.diagnostic import Diagnostic, Findings
from flowrules.diagnostics.fix import fixed
from flowrules.language.parse import parse
from flowrules.source import source_from_text

FOLDER = Path(__file__).parent / "findings"
RULES = Path(__file__).parents[2] / "rules"
COOKBOOK = sorted(RULES.rglob("*.rules"))
LINES = [
    line
    for path in (*COOKBOOK, *sorted(FOLDER.glob("*.md")))
    for line in path.read_text("utf-8").splitlines()
    if line.strip() and not line.startswith(("#", "`"))
]
WORDS = sorted({word for line in LINES for word in line.split()})


def check_text(text: str) -> tuple[CheckedRules, Findings]:
    file, syntax = parse(source_from_text(text, "a.rules"))
    checked, findings = check([file])
    return checked, (*syntax, *findings)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in COOKBOOK])
def test_the_cookbook_is_clean(path: Path) -> None:
    _, findings = check_text(path.read_text("utf-8"))
    assert [(finding.location.first.line, finding.message) for finding in findings] == []


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), lines=st.integers(1, 40), slips=st.integers(0, 6))
def test_what_is_let_through_compiles(seed: int, lines: int, slips: int) -> None:
    """Lines of the cookbook and of the cases, shuffled, with words changed, left out and doubled."""
    dice = random.Random(seed)
    text = [dice.choice(LINES) for _ in range(lines)]
    if dice.random() < 0.5:
        start = dice.randrange(len(LINES))
        text = LINES[start : start + lines]
    for _ in range(slips):
        index = dice.randrange(len(text))
        words = text[index].split(" ")
        at = dice.randrange(len(words))
        match dice.randrange(3):
            case 0:
                words[at] = dice.choice(WORDS)
            case 1:
                del words[at]
            case _:
                words.insert(at, words[at])
        text[index] = " ".join(words)
    checked, findings = check_text("\n".join(text))
    compile_rules(checked)
    for finding in findings:
        assert finding.location.start <= finding.location.end <= len(finding.location.source.text)
        assert finding.message.endswith((".", "?"))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_fix_takes_its_finding_away(seed: int) -> None:
    """Whatever `--fix` would mend is mended: the finding is gone after its edits."""
    dice = random.Random(seed)
    path = dice.choice(COOKBOOK)
    text = path.read_text("utf-8").splitlines()
    index = dice.choice([i for i, line in enumerate(text) if len(line.split()) > 2 and "#" not in line])
    words = text[index].split(" ")
    at = dice.randrange(len(words))
    if len(words[at]) > 4:
        cut = dice.randrange(1, len(words[at]) - 1)
        words[at] = words[at][:cut] + words[at][cut + 1 :]
    text[index] = " ".join(words)
    _, findings = check_text("\n".join(text))
    for finding in findings:
        if finding.fix:
            mended, done = fixed(finding.location.source, (finding,))
            assert done
            _, after = check_text(mended)
            assert _said(finding, after) < _said(finding, findings)


def _said(finding: Diagnostic, findings: Findings) -> int:
    return sum((other.code, other.message) == (finding.code, finding.message) for other in findings)


def steps_chain(count: int, call: str) -> str:
    blocks = [f'steps s{i}\n  say "x"\n{call.format(i - 1) if i else ""}end\n' for i in range(count)]
    return "".join(blocks) + f"on intent=a do s{count - 1}\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(steps_chain(2_000, "  do s{0}\n"), id="a long chain of steps"),
        pytest.param(steps_chain(60, "  do s{0}\n  do s{0}\n"), id="steps that double"),
        pytest.param("on a=1 when " + " and ".join(f"f{i} > {i}" for i in range(5_000)) + " hangup\n", id="many parts"),
        pytest.param("on a=1 when " + " and ".join(f"(f{i} > 1 or g{i} < 1)" for i in range(60)) + " hangup\n", id="many ways"),
        pytest.param("on " + " or ".join(f"intent=i{i}" for i in range(3_000)) + " hangup\n", id="many events"),
        pytest.param("list big is " + ", ".join(f"v{i}" for i in range(20_000)) + "\n" + "".join(f"on intent=i{i} when plan is in big hangup\n" for i in range(100)), id="a long list"),
        pytest.param('rule "r"\n  on a=1\n' + "".join(f'  if f{i} > 1 then say "x" otherwise say "y"\n' for i in range(60)) + "end\n", id="many ifs"),
        pytest.param("".join(f"on intent=a{i} when campaign is in nope{i} hangup\n" for i in range(3_000)), id="many unknown names"),
        pytest.param("".join(f'on intent=a when age {"<" if i % 2 else ">"} {i} say "{i}"\n' for i in range(3_000)), id="many bounds"),
    ],
)  # fmt: skip
def test_the_check_ends(text: str) -> None:
    """Nothing grows with a power of the text. The bound is generous: it tells hours from seconds."""
    began = time.monotonic()
    checked, _ = check_text(text)
    compile_rules(checked)
    assert time.monotonic() - began < 120
