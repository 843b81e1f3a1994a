"""Equal rules give an equal page: however they are spelled, spaced, and shared out among files."""

import re
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.compiler.loading.load import compile_sound
from flowrules.language import nodes
from flowrules.language.parse import parse
from flowrules.language.printer import print_item
from flowrules.prose.page import Page
from flowrules.prose.read_back import read_back
from flowrules.source import SourceFile, read, source_from_text

from .generated_rules import rule_sets

FILES = sorted((Path(__file__).parents[2] / "rules").glob("*.rules"))
OTHER_WORDS = (
    (" is at least", " >="),
    (" is at most", " <="),
    (" is less than", " <"),
    (" is more than", " >"),
    (" is yes", " is true"),
    (" is no", " is false"),
    ("1 minute", "60 seconds"),
    ("is unknown", "is not known"),
)


def page(*texts: str) -> Page:
    return page_of([source_from_text(text, f"{number}.rules") for number, text in enumerate(texts)])


def page_of(sources: list[SourceFile]) -> Page:
    """Generated rules may hold some that never fire, so nothing is checked."""
    assert [finding for source in sources for finding in parse(source)[1]] == []
    return read_back(compile_sound(sources))


def said(one: Page) -> Page:
    """All that it says but where it was read from."""
    return replace(one, revision="", files=())


def blocks(text: str) -> tuple[list[str], list[str]]:
    """The blocks of a rule set in canonical form: rules, whose order counts, and all others, guard rails with a name
    among them; tests are left out."""
    file, findings = parse(source_from_text(text, "a.rules"))
    assert findings == ()
    items = [
        block.item
        for block in file.blocks
        if block.item is not None and not isinstance(block.item, nodes.Test)
    ]
    rules = [print_item(item) for item in items if isinstance(item, nodes.Rule)]
    return rules, [print_item(item) for item in items if not isinstance(item, nodes.Rule)]


def respelled(text: str, random: Random) -> str:
    """Other words and other spacing for the same."""
    chosen = [words for words in OTHER_WORDS if random.random() < 0.5]
    lines = []
    for line in text.splitlines():
        parts = re.split(r'("[^"]*")', line)
        for at in range(0, len(parts), 2):  # the others are texts
            for usual, other in chosen:
                parts[at] = re.sub(rf"{usual}(?![\w/])", other, parts[at])
            parts[at] = parts[at].replace(" ", " " * random.randint(1, 2))
        lines.append(" " * random.randint(0, 5) + "".join(parts).strip())
        if random.random() < 0.1:
            lines.append("# A remark of no weight.")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
@given(seed=st.integers(0, 10**6))
@settings(max_examples=5, deadline=None)
def test_other_spelling_is_the_same_page(path: Path, seed: int) -> None:
    (source,) = read(path)
    random = Random(seed)
    rules, others = blocks(source.text)
    again = respelled("\n\n".join([*others, *rules]), random)
    assert said(page(again)) == said(page(source.text))


@given(rule_sets(), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_generated_rules_in_other_spelling_are_the_same_page(texts: tuple[str, ...], seed: int) -> None:
    rules, others = blocks(texts[0])
    again = respelled("\n\n".join([*others, *rules]), Random(seed))
    assert said(page(again)) == said(page(texts[0]))


@given(rule_sets(), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_declarations_may_stand_in_any_file(texts: tuple[str, ...], seed: int) -> None:
    """Named steps stand below those that they use, a file's own settings hold for its rules, and the order of guard
    rails is told: these stay."""
    random = Random(seed)
    rules, others = blocks(texts[0])
    bound = [
        text for text in others if text.startswith(("steps", "order", "default", "never", "before", "rule"))
    ]
    free = [text for text in others if text not in bound]
    random.shuffle(free)
    cut = random.randint(0, len(free))
    one = "\n\n".join([*free[:cut], *bound, *rules]) + "\n"
    other = "\n\n".join(["# More.", *free[cut:]]) + "\n"
    together = said(page(texts[0]))
    assert said(page(one, other)) == together
    assert said(page(other, one)) == together


def test_rails_over_different_verbs_may_stand_in_any_order() -> None:
    rule = "on intent=sales transfer queue q then set_disposition SALES\n"
    hold = "never hold when paying is yes\n"
    log = 'before transfer then log "going"\n'
    assert said(page(hold, log, rule)) == said(page(log, rule, hold))
    assert said(page(hold, "never mute when paying is yes\n", rule)) == said(
        page("never mute when paying is yes\n", hold, rule)
    )


def test_of_rails_over_one_verb_the_order_is_told() -> None:
    rule = "on intent=sales transfer queue q\n"
    first = 'never transfer when a is yes instead log "one"\n'
    second = 'never transfer when b is yes instead log "two"\n'
    assert said(page(first + second, rule)) != said(page(second + first, rule))
