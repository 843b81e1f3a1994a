"""What is typed as `intent=sales balance=900 payment_done`: facts and bare events."""

import json
from collections.abc import Iterable


class BadPair(ValueError):
    """A word that can't be read; the message says why."""


def read_pairs(words: Iterable[str]) -> tuple[list[str], dict[str, object]]:
    """`key=value` words as facts, bare words by themselves. A value that is JSON is taken as such. A key that
    comes twice holds both values. Raises BadPair."""
    bare: list[str] = []
    facts: dict[str, object] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name.strip():
            raise BadPair(f'"{word}" has no name before the "="')
        if not equals:
            bare.append(name)
            continue
        read = _value(value)
        held = facts.get(name)
        facts[name] = read if held is None else [*(held if isinstance(held, list) else [held]), read]
    return bare, facts


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
