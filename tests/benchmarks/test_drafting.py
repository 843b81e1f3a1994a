"""The benchmark of drafting: its references are right, its slips are found, and an endpoint's key is told to nobody."""

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from benchmarks.drafting import drafted, run
from benchmarks.drafting.chance import by_chance
from benchmarks.drafting.judge import Score, score
from benchmarks.drafting.models import (
    GRAMMAR,
    KEY,
    MODEL,
    URL,
    Endpoint,
    NoAnswer,
    from_environment,
    grammar_for,
    messages,
)
from benchmarks.drafting.policies import Policy, policies
from flowrules.compiler.loading.load import check_sources
from flowrules.decoding.export import Reader
from flowrules.diagnostics.diagnostic import has_errors
from flowrules.language.format import format_text
from flowrules.source import source_from_text
from tests.decoding.conftest import Matcher

POLICIES = policies()
SECRET = "sk-very-secret"


def test_there_are_twelve_kinds() -> None:
    assert [policy.name for policy in POLICIES] == [
        "borrower_only", "callback_time", "card_digits", "chest_pain", "do_not_call", "fourth_contact", "human_twice",
        "language_queue", "profanity", "refund", "voicemail", "whole_goodbye",
    ]  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_the_reference_is_right_and_the_slip_is_not(policy: Policy) -> None:
    assert score(policy, policy.reference) == Score(parses=True, clean=True, warned=False, passes=True)
    slip = score(policy, policy.slip)
    assert (slip.parses, slip.passes) == (True, False)
    nothing = score(policy, "# nothing\n")
    assert not nothing.passes
    garbage = score(policy, "Sure! Here are the rules:\n")
    assert (garbage.parses, garbage.clean, garbage.passes, garbage.silently_wrong) == (
        False,
        False,
        False,
        False,
    )


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_the_grammar_lets_a_model_write_the_reference(policy: Policy) -> None:
    assert not has_errors(check_sources([source_from_text(policy.given, "given.rules")])[1])
    canonical = format_text(source_from_text(policy.reference, "draft.rules")).text
    assert Matcher(grammar_for(policy, Reader.LLGUIDANCE)).stops_at(canonical) is None


def test_the_table_counts_what_the_drafts_are_worth() -> None:
    results = run(None, 1, quick=True)
    assert all(target.met for target in results.targets)
    rows = results.tables[0].rows
    assert rows["scripted: reference"] == (
        "12 of 12",
        "12 of 12",
        "12 of 12",
        "0 of 12",
        "0 of 12",
        "0 of 12",
    )
    assert rows["scripted: slip"][2] == "0 of 12"
    assert results.tables == run(None, 1, quick=True).tables


def test_what_the_grammar_writes_by_chance_parses_and_says_little_for_the_rest() -> None:
    drawn, parses, sound, clean = by_chance(POLICIES, 5)
    assert drawn == parses >= 50
    assert 0 < clean < sound < drawn
    assert by_chance(POLICIES, 5) == (drawn, parses, sound, clean)


class Server(HTTPServer):
    """An endpoint on loopback that answers each policy with its reference, or with `answer` where that is set."""

    answer: tuple[int, bytes] | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        self.server.keys.append(self.headers["Authorization"])
        policy = next(one for one in POLICIES if one.sentence in body["messages"][1]["content"])
        text = f"Here it is:\n```rules\n{policy.reference}```\n"
        status, data = self.server.answer or (
            200,
            json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode(),
        )
        self.send_response(status)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/v1"


def test_any_endpoint_drafts_and_its_key_is_told_to_nobody_else(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    for name, value in ((URL, url(server)), (MODEL, "tiny"), (KEY, SECRET), (GRAMMAR, "vllm")):
        monkeypatch.setenv(name, value)
    plain, held = from_environment()
    assert (plain.name, held.name) == ("tiny", "tiny, with the grammar")
    some = POLICIES[:2]
    assert all(isinstance(one, Score) and one.passes for one in drafted(plain, some).values())
    assert all(isinstance(one, Score) and one.passes for one in drafted(held, some).values())
    assert ["structured_outputs" in body for body in server.asked] == [False, False, True, True]
    assert server.asked[2]["structured_outputs"]["grammar"].startswith("%llguidance")
    assert set(server.keys) == {f"Bearer {SECRET}"}
    told = caplog.text + "".join(capsys.readouterr()) + repr(vars(plain)) + json.dumps(server.asked)
    assert SECRET not in told


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((401, SECRET.encode()), "the endpoint answered 401"),
        ((302, b""), "the endpoint answered 302"),
        ((200, b"<html>"), "the answer is no chat completion"),
        ((200, b"[]"), "the answer is no chat completion"),
        ((200, b'{"choices": [{"message": {"content": null}}]}'), "the answer holds no text"),
    ],
)
def test_an_endpoint_that_gives_no_draft_is_counted(
    server: Server, answer: tuple[int, bytes], why: str
) -> None:
    server.answer = answer
    assert drafted(Endpoint(url(server), "tiny", SecretStr(SECRET)), POLICIES[:1]) == {"borrower_only": why}


def test_an_endpoint_that_is_not_there_is_told_without_its_key() -> None:
    with pytest.raises(NoAnswer, match="can't be reached: ConnectError"):
        Endpoint("http://127.0.0.1:9/v1", "tiny", SecretStr(SECRET)).draft(POLICIES[0])
    with pytest.raises(ValueError, match="one of"):
        Endpoint("http://127.0.0.1:9/v1", "tiny", takes="magic")


def test_without_an_endpoint_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL, MODEL, KEY, GRAMMAR):
        monkeypatch.delenv(name, raising=False)
    assert from_environment() == ()


def test_a_model_is_told_the_language_what_is_given_and_the_policy_and_no_answer() -> None:
    for policy in POLICIES:
        system, user = (one["content"] for one in messages(policy))
        assert "## Comparisons" in system
        assert policy.given in user
        assert policy.sentence in user
        assert policy.reference not in user
        assert policy.nasty not in user
