"""Messages are words for people who write no programs: none of the words that only programmers use, in any of them."""

import re

import pytest

from flowrules.diagnostics.codes import ALL_CODES
from tests.language.tried import Input, looked_at, mistakes, tried

BANNED = frozenset(
    "parse parses parsed parser parsing token tokens null nil boolean bool string strings integer float regex "
    "tuple tuples dict dictionary list[str] ast node nodes literal literals identifier syntax terminal lexer exception "
    "traceback stack kwargs argument arguments iterable schema enum callback_token utterance predicate operand operator "
    "scalar payload".split()
)
GUARD = re.compile(r"\bguards?\b(?! rails?\b)", re.IGNORECASE)
"""A condition is a condition; a guard rail is what the guide calls so."""
PYTHON = re.compile(r"\b(?:True|False|None)\b|<[a-z_]+ object|\[\]|\{\}|\\n|\\x")
ALL = [pytest.param(one, id=one.name) for one in (*tried(), *mistakes())]


def jargon(said: str, written: str = "") -> set[str]:
    words = set(re.findall(r"[a-z_\[\]]+", said.lower()))
    found = words & BANNED - set(re.findall(r"[a-z_]+", written.lower()))
    return found | set(GUARD.findall(said)) | set(PYTHON.findall(said)) - set(PYTHON.findall(written))


@pytest.mark.parametrize("one", ALL)
def test_what_is_said_of_a_mistake_holds_no_jargon(one: Input) -> None:
    _, findings = looked_at(one.text)
    for finding in findings:
        told = " ".join((finding.message, finding.hint, *(word for _, word in finding.related)))
        assert jargon(told, one.text) == set(), told


@pytest.mark.parametrize("code", [pytest.param(code, id=code.name) for code in ALL_CODES])
def test_a_code_is_explained_without_jargon(code: object) -> None:
    assert jargon(f"{code.title} {code.why}", f"{code.avoid} {code.prefer}") == set()  # type: ignore[attr-defined]


def test_jargon_is_seen() -> None:
    assert jargon("guard no because the parser found None") == {"guard", "parser", "None"}
    assert jargon("Write a guard rail: never hangup when vip is yes") == set()
