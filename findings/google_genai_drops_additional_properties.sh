#!/usr/bin/env bash
# google-genai 3.6.1: `Schema.from_json_schema` drops `additionalProperties: false` without a word, though `Schema` has the field;
# and `JSONSchema` refuses `$id`.
#
# A good guess: what `Schema` has a field for is taken over from the JSON schema; what is not known (`$id`) is ignored, as by most
#   readers of JSON schema.
# What happens: the declaration goes out open, so the model may send arguments that nobody declared, while the JSON schema that
#   it was made of forbids them. `$id` is a ValidationError ("Extra inputs are not permitted").
# Why it matters for call flows: whoever trusts the schema to keep a model from arguments such as `destination` is not told that
#   nothing keeps it.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check google-genai==3.6.1
cat > look.py <<'PYTHON'
from importlib.metadata import version

from google.genai import types
from pydantic import ValidationError

CLOSED = {
    "type": "object",
    "properties": {"intent": {"type": "string"}},
    "additionalProperties": False,
}
print(f"google-genai {version('google-genai')}")
made = types.Schema.from_json_schema(json_schema=types.JSONSchema.model_validate(CLOSED))
print("of a closed schema:", made.model_dump(exclude_none=True))
by_hand = types.Schema(type=types.Type.OBJECT, additional_properties=False)
print("by hand:           ", by_hand.model_dump(exclude_none=True))
try:
    types.JSONSchema.model_validate({**CLOSED, "$id": "urn:rules:7"})
    refused = ""
except ValidationError as error:
    refused = error.errors()[0]["msg"]
print("with $id:          ", refused or "taken")
dropped = made.additional_properties is None and by_hand.additional_properties is False
raise SystemExit(0 if dropped and refused else 1)
PYTHON
venv/bin/python look.py
