#!/usr/bin/env bash
# anthropic 2.14.0: `transform_schema`, which makes a JSON schema fit for strict tools, ends in an AssertionError on a value that
# may be null written as a list of types, and writes `$id` into the description.
#
# A good guess: `{"type": ["string", "null"]}` is plain JSON schema, in use everywhere (OpenAI asks for it in strict mode), so it
#   is passed on, or rewritten as `anyOf`; what a strict tool can't have, such as `$id`, is dropped.
# What happens: the list is "Expected code to be unreachable", while `anyOf` with null is passed on. An `$id` becomes a line of
#   the description, which the model reads, and which is part of what the provider caches.
# Why it matters for call flows: one schema for all providers ends the program at the start of a call; and an `$id` with a
#   revision in it makes the cache of the prompt worthless with each edit.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check anthropic==2.14.0
cat > look.py <<'PYTHON'
from importlib.metadata import version

from anthropic import transform_schema


def made(of_intent: dict[str, object]) -> object:
    schema = {"$id": "urn:rules:7", "type": "object", "properties": {"intent": of_intent}}
    try:
        return transform_schema(schema)
    except AssertionError as error:
        return error


print(f"anthropic {version('anthropic')}")
listed = made({"type": ["string", "null"]})
any_of = made({"anyOf": [{"type": "string"}, {"type": "null"}]})
print("a list of types:", repr(listed))
print("anyOf:          ", any_of)
right = isinstance(listed, AssertionError) and isinstance(any_of, dict)
raise SystemExit(0 if right and "urn:rules:7" in any_of.get("description", "") else 1)
PYTHON
venv/bin/python look.py
