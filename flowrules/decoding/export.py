"""A grammar for each reader, with a few lines above it that say what it is."""

from enum import StrEnum
from typing import assert_never

from flowrules.decoding.gbnf import gbnf_text
from flowrules.decoding.lark import lark_text
from flowrules.decoding.notation import Grammar


class Reader(StrEnum):
    """Who reads an exported grammar."""

    LLGUIDANCE = "llguidance"
    OPENAI = "openai"
    GBNF = "gbnf"


_HEAD = (
    "Rules, guard rails, promises and tests of flowrules, with the names of one rule set.",
    "Made by `flowrules grammar`: a name that the rules get is in it when it is made anew.",
)


def exported(grammar: Grammar, reader: Reader) -> str:
    """The text to hand to the reader: to llguidance as a Lark grammar, to OpenAI as the `definition` of a custom tool's
    grammar whose `syntax` is `lark`, to llama.cpp as a grammar file."""
    match reader:
        case Reader.LLGUIDANCE:
            return f"%llguidance {{}}\n{_comment('//')}{lark_text(grammar)}"
        case Reader.OPENAI:
            return _comment("//") + lark_text(grammar)
        case Reader.GBNF:
            return _comment("#") + gbnf_text(grammar)
        case _:
            assert_never(reader)


def _comment(sign: str) -> str:
    return "".join(f"{sign} {line}\n" for line in _HEAD)
