"""What a grammar can write by chance parses, is in canonical form already, names nothing unknown, and may be written under
llguidance: 300 texts, or as many as GRAMMAR_SAMPLES says. `python -m tests.decoding.test_samples 10000` tells the figures.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from flowrules.compiler.loading.load import check_sources
from flowrules.decoding.sample import Sampler
from flowrules.diagnostics.codes import ALL_CODES
from flowrules.diagnostics.diagnostic import Severity
from flowrules.language.format import format_text
from flowrules.language.parse import parse
from flowrules.source import source_from_text

from .conftest import COOKBOOK, book, matcher

SAMPLES = int(os.environ.get("GRAMMAR_SAMPLES", "300"))
SEED = 1919
CLEAN = 100
"""Of how many texts of each rule set it is told whether they check without an error."""
AT_ONCE = 25
"""Texts that are checked together as one file beside the rule set."""
UNKNOWN = frozenset(code.name for code in ALL_CODES if code.name.startswith(("unknown", "undeclared")))


def drawn(name: str, count: int) -> list[str]:
    sampler = Sampler(book(name).grammar, Random(f"{SEED} {name}"))
    return [sampler.draw("item") for _ in range(count)]


def faults(name: str, texts: list[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with each text, and the text."""
    for text in texts:
        source = source_from_text(text, "draft.rules")
        if any(finding.code.severity is Severity.ERROR for finding in parse(source)[1]):
            yield "does not parse", text
        if format_text(source).text != text:
            yield "is not canonical", text
        if matcher(name).stops_at(text) is not None:
            yield "is refused by llguidance", text
    for at in range(0, len(texts), AT_ONCE):
        draft = source_from_text("\n".join(texts[at : at + AT_ONCE]), "draft.rules")
        for finding in check_sources([*book(name).sources, draft])[1]:
            if finding.code.name in UNKNOWN and finding.location.source.path == "draft.rules":
                yield finding.message, draft.text


@pytest.mark.parametrize("name", COOKBOOK)
def test_every_sample_is_canonical_and_names_nothing_unknown(name: str) -> None:
    texts = drawn(name, -(-SAMPLES // len(COOKBOOK)))
    assert len(set(texts)) > len(texts) * 0.8
    assert list(faults(name, texts)) == []


def test_an_unknown_name_would_be_found() -> None:
    wrong = 'rule "A"\n  during nowhere\n  on anything\n  do nothing_known\nend\n'
    right = 'rule "A"\n  on anything\n  during ofice\n  do hand_over_now\nend\n'
    assert ("does not parse", wrong) in list(faults("house", [wrong]))
    assert any("ofice" in message for message, _ in faults("house", [right]))


def main(count: int) -> None:
    for name in COOKBOOK:
        texts = drawn(name, -(-count // len(COOKBOOK)))
        found = Counter(fault for fault, _ in faults(name, texts))
        clean = sum(_checks_clean(name, text) for text in texts[:CLEAN])
        print(
            f"{name}: {len(texts)} samples, faults {dict(found)}, {clean} of {CLEAN} check without an error",
            flush=True,
        )


def _checks_clean(name: str, text: str) -> bool:
    _, findings = check_sources([*book(name).sources, source_from_text(text, "draft.rules")])
    own = (one for one in findings if one.location.source.path == "draft.rules")
    return all(one.code.severity is not Severity.ERROR for one in own)


if __name__ == "__main__":
    main(int(sys.argv[1]))
