"""The verbs of the platform's control API: a pydantic model each, and the catalogue."""

from flowrules.verbs.catalogue import BY_NAME, CATALOGUE, WORDS, Effect, VerbSpec
from flowrules.verbs.form import Flag, Form, Group, Keyword, Part, Slot
from flowrules.verbs.model import Verb

__all__ = [
    "BY_NAME", "CATALOGUE", "WORDS", "Effect", "Flag", "Form", "Group", "Keyword", "Part", "Slot", "Verb",
    "VerbSpec",
]  # fmt: skip
