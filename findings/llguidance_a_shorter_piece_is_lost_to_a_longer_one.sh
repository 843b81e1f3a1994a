#!/usr/bin/env bash
# llguidance 1.9.1: where two pieces begin alike, a text that needs the shorter one can't be written, and nothing says so.
#
# A good guess: `start: "say" (" then stop" | " " NAME)` has the two texts of its grammar, "say then stop" and "say tom". The
#   guide to llguidance's syntax says that it parses as Lark does with lexer='dynamic', and so read Lark 1.3.1 accepts both.
# What happens: after "say t" llguidance allows "h" alone. Its lexer has begun " then stop" and does not go back to the shorter
#   " " once it has read on: "say tom" is refused at its "o", while "say ann" is accepted. validate_grammar says nothing, and
#   the list of warnings is empty. The same happens to `NUMBER | DURATION`, where "5 then" is lost to "5 minutes".
# Why it matters for call flows: a model that writes rules under such a grammar is led away from right rules without a word: the
#   queue "tom" can't be named, and "ann" can. With every blank a piece of its own (" " "then" " " "stop") all is accepted.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check llguidance==1.9.1 lark==1.3.1
cat > write.py <<'PYTHON'
from importlib.metadata import version

from lark import Lark, LarkError
from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper

JOINED = 'start: "say" (" then stop" | " " NAME)\nNAME: "tom" | "ann"\n'
APART = 'start: "say" (" " "then" " " "stop" | " " NAME)\nNAME: "tom" | "ann"\n'
LONGER = 'start: (NUMBER | DURATION) " then"\nNUMBER: /[0-9]+/\nDURATION: /[0-9]+ minutes/\n'


class Bytes:
    eos_token_id, bos_token_id, special_token_ids = 256, None, (256,)
    tokens = (*(bytes([one]) for one in range(256)), b"<end>")

    def __call__(self, text):
        return list(text)


TOKENIZER = LLTokenizer(TokenizerWrapper(Bytes()))


def llguidance_accepts(grammar, text):
    said = LLMatcher.validate_grammar_with_warnings(LLMatcher.grammar_from_lark(grammar), TOKENIZER)
    assert said == (False, []), said
    matcher = LLMatcher(TOKENIZER, LLMatcher.grammar_from_lark(grammar))
    return matcher.try_consume_tokens(list(text.encode())) == len(text) and matcher.is_accepting()


def lark_accepts(grammar, text):
    try:
        Lark(grammar, parser="earley", lexer="dynamic").parse(text)
    except LarkError:
        return False
    return True


print(f"llguidance {version('llguidance')}, lark {version('lark')}")
seen = []
for grammar, text in ((JOINED, "say ann"), (JOINED, "say tom"), (APART, "say tom"), (LONGER, "5 then")):
    seen.append((llguidance_accepts(grammar, text), lark_accepts(grammar, text)))
    print(f"{text!r} of {grammar.splitlines()[0]}: llguidance {seen[-1][0]}, lark {seen[-1][1]}")
raise SystemExit(0 if seen == [(True, True), (False, True), (True, True), (False, True)] else 1)
PYTHON
venv/bin/python write.py
