"""Who drafts: an OpenAI-compatible endpoint, or a script."""

import os
import re
from collections.abc import Mapping
from typing import Any, Protocol

import httpx
from pydantic import SecretStr

from benchmarks.drafting.policies import Policy
from flowrules.analysis.gather import gather
from flowrules.authoring.primer import primer
from flowrules.compiler.loading.load import check_sources
from flowrules.decoding.export import Reader, exported
from flowrules.decoding.grammar import Only, grammar_of
from flowrules.source import source_from_text

URL, KEY, MODEL, GRAMMAR = (f"DRAFTING_{name}" for name in ("URL", "KEY", "MODEL", "GRAMMAR"))
"""Settings in the environment: where the endpoint is (up to `/v1`), its key, the model, and how it takes a grammar."""
TIMEOUT = 180.0
MAX_TOKENS = 2_000
TAKES: Mapping[str, tuple[Reader, str]] = {
    "llama.cpp": (Reader.GBNF, "grammar"),
    "vllm": (Reader.LLGUIDANCE, "structured_outputs"),
}
"""How servers take a grammar beside a chat completion: in which form, and under which name (llama.cpp server, vLLM)."""
_FENCED = re.compile(r"^```\w*\n(.*?)^```", re.M | re.S)


class NoAnswer(Exception):
    """The endpoint gave no draft. The message names neither the key nor what the endpoint said."""


class Model(Protocol):
    """`name` stands in the table. `draft` may raise NoAnswer."""

    name: str

    def draft(self, policy: Policy) -> str: ...


class Scripted:
    """Writes what stands in the policy: its reference, or the usual slip."""

    def __init__(self, part: str) -> None:
        self.name = f"scripted: {part}"
        self._part = part

    def draft(self, policy: Policy) -> str:
        return str(getattr(policy, self._part))


class Endpoint:
    """Any server that speaks OpenAI's chat completions. `takes` says how it takes a grammar; None: none is sent."""

    def __init__(self, url: str, model: str, key: SecretStr | None = None, takes: str | None = None) -> None:
        if takes is not None and takes not in TAKES:
            raise ValueError(f"{GRAMMAR} is one of {', '.join(TAKES)}")
        self.name = f"{model}{', with the grammar' if takes else ''}"
        self._url = url.rstrip("/") + "/chat/completions"
        self._model = model
        self._key = key
        self._takes = takes

    def draft(self, policy: Policy) -> str:
        headers = {"Authorization": f"Bearer {self._key.get_secret_value()}"} if self._key else {}
        try:
            answer = httpx.post(self._url, json=self._body(policy), headers=headers, timeout=TIMEOUT)
        except httpx.HTTPError as error:
            raise NoAnswer(f"the endpoint can't be reached: {type(error).__name__}") from None
        if answer.status_code != httpx.codes.OK:
            raise NoAnswer(f"the endpoint answered {answer.status_code}")
        try:
            text = answer.json()["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError):
            raise NoAnswer("the answer is no chat completion") from None
        if not isinstance(text, str):
            raise NoAnswer("the answer holds no text")
        found = _FENCED.search(text)
        return found[1] if found else text

    def _body(self, policy: Policy) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": messages(policy),
            "temperature": 0,
            "seed": 1,
            "max_tokens": MAX_TOKENS,
        }
        if self._takes is not None:
            reader, name = TAKES[self._takes]
            grammar = grammar_for(policy, reader)
            body[name] = grammar if self._takes == "llama.cpp" else {"grammar": grammar}
        return body


def messages(policy: Policy) -> list[dict[str, str]]:
    """What a model is told: the language in short, what is given, and the policy."""
    asked = (
        f"These lines are in the rule set already; use their names, and do not write them again:\n\n{policy.given}\n"
        f"Write the rules for this policy, without tests, and nothing else:\n\n{policy.sentence}"
    )
    return [{"role": "system", "content": primer()}, {"role": "user", "content": asked}]


def grammar_for(policy: Policy, reader: Reader) -> str:
    """The grammar of the rules that may stand beside what is given."""
    checked, _ = check_sources([source_from_text(policy.given, "given.rules")])
    return exported(grammar_of(gather(checked.files), (Only.RULES, Only.RAILS)), reader)


def from_environment() -> tuple[Model, ...]:
    """The endpoint that the environment names, without and with the grammar; none where it names none."""
    url, model = os.environ.get(URL), os.environ.get(MODEL)
    if not url or not model:
        return ()
    key = SecretStr(os.environ[KEY]) if os.environ.get(KEY) else None
    takes = os.environ.get(GRAMMAR)
    plain = Endpoint(url, model, key)
    return (plain, Endpoint(url, model, key, takes)) if takes else (plain,)
