"""The verbs of the platform's control API: the catalogue, and beside it a pydantic model each."""

from flowrules.verbs.catalogue import (
    AUDIO_FIELDS,
    BEST_EFFORT,
    BY_NAME,
    CALL_FIELDS,
    CATALOGUE,
    LOOK,
    TYPE_FIELDS,
    WORDS,
    taking_target,
    verb_named,
    words_under,
)
from flowrules.verbs.form import Flag, Form, Group, Keyword, Part, Slot
from flowrules.verbs.spec import Copies, Effect, FillsLead, Holds, Reports, Targets, Tells, VerbSpec

__all__ = [
    "AUDIO_FIELDS",
    "BEST_EFFORT",
    "BY_NAME",
    "CALL_FIELDS",
    "CATALOGUE",
    "LOOK",
    "TYPE_FIELDS",
    "WORDS",
    "Copies",
    "Effect",
    "FillsLead",
    "Flag",
    "Form",
    "Group",
    "Holds",
    "Keyword",
    "Part",
    "Reports",
    "Slot",
    "Targets",
    "Tells",
    "VerbSpec",
    "taking_target",
    "verb_named",
    "words_under",
]  # fmt: skip
