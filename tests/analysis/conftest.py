from collections.abc import Callable

import pytest

from flowrules.analysis.model.checked import CheckedRules
from flowrules.compiler.loading.load import check_sources
from flowrules.diagnostics.diagnostic import Findings
from flowrules.language.nodes import RuleFile
from flowrules.language.parse import parse
from flowrules.source import source_from_text

Parse = Callable[..., tuple[RuleFile, ...]]
CheckText = Callable[..., tuple[CheckedRules, Findings]]


def _parse(*texts: str) -> tuple[RuleFile, ...]:
    files = []
    for number, text in enumerate(texts):
        file, findings = parse(source_from_text(text, f"{chr(ord('a') + number)}.rules"))
        assert not findings, [finding.message for finding in findings]
        files.append(file)
    return tuple(files)


@pytest.fixture(scope="session")
def parse_texts() -> Parse:
    """Texts that parse without a finding, as the files a.rules, b.rules, …"""
    return _parse


@pytest.fixture(scope="session")
def check_texts() -> CheckText:
    """Texts as the files a.rules, b.rules, … checked together, with all findings, those of syntax too."""

    def run(*texts: str) -> tuple[CheckedRules, Findings]:
        return check_sources(
            [source_from_text(text, f"{chr(ord('a') + i)}.rules") for i, text in enumerate(texts)]
        )

    return run
