"""preview, why, test and diff from the command line: what a manager sees, and what a program reads."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RULES = """\
timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 18:30
end
rule "Sales"
  on intent=sales
  when during office and balance is at least 500
  set_lead_field interest to sales
  transfer queue gold
    if it fails because unavailable then say "Busy."
  set_disposition SOLD note "{lead.name} bought"
otherwise
  schedule_callback next office
end
on intent=billing transfer queue billing
test "open and rich"
  given time is 2026-03-02 11:00
  given balance is 900
  on intent=sales
  expect set_disposition SOLD then transfer queue gold
end
"""
OPEN = ("--fact", "balance=900", "--fact", "lead.name=Asha", "--at", "2026-03-02T11:00")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "desk.rules"
    path.write_text(RULES, "utf-8")
    return path


def test_preview_shows_bodies_in_sending_order(run, rules):
    done = run("preview", rules, "intent=sales", *OPEN)
    assert done.exit_code == 0
    sent = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("     {")]
    assert [body["event"] for body in sent] == ["set_lead_field", "set_disposition", "transfer"]
    assert "moved before transfer: the AI session ends there" in done.stdout
    assert "if it fails because unavailable" in done.stdout


def test_preview_says_for_which_condition_an_otherwise_runs(run, tmp_path):
    rules = tmp_path / "dues.rules"
    rules.write_text(
        'rule "Dues"\n  on intent=dues\n  when party is yes\n  unless disputed is yes\n  say "You may pay now."\n'
        'otherwise\n  say "May I ask your name?"\nend\n',
        "utf-8",
    )
    done = run("preview", rules, "intent=dues", "--fact", "party=yes", "--fact", "disputed=yes")
    assert "takes the event, with its otherwise: Dues\n  not met because disputed is yes" in done.stdout
    done = run("preview", rules, "intent=dues", "--fact", "disputed=no")
    assert "with its otherwise: Dues\n  unknown because nobody supplied party\n" in done.stdout


def test_preview_shows_what_an_ending_brings_before_it(run, tmp_path):
    rules = tmp_path / "end.rules"
    rules.write_text(
        'rule "Sales"\n  on intent=sales\n  recording_pause for at most 2 minutes\n  transfer queue sales\n'
        "    if it fails then hangup\n  set_disposition SALES\n  remember sold is yes\nend\n"
        "before hangup unless call.disposition is known then set_disposition no_outcome\n",
        "utf-8",
    )
    done = run("preview", rules, "intent=sales")
    steps = [line.strip() for line in done.stdout.splitlines() if line.startswith(("  ", "note"))]
    assert [line.partition(". ")[0] for line in steps if line[0].isdigit()] == [
        "1", "3", "4", "2.close1", "2", "2.fail1.1.before1.1", "2.fail1.1",
    ]  # fmt: skip
    assert "4. remember sold is yes  (counts only if the ending comes)" in steps
    assert sum(line.endswith("counts only if the ending comes)") for line in steps) == 3
    assert (
        "2.close1. recording_resume  (recording_resume before transfer: its cap could not act afterwards)"
        in steps
    )
    assert "note: recording_resume before transfer: its cap could not act afterwards" in steps


def test_preview_as_json_has_the_promised_shape(run, rules):
    shown = json.loads(run("preview", rules, "intent=sales", *OPEN, "--json").stdout)
    assert shown.keys() == {"revision", "matched", "requests", "notes", "plan"}
    assert shown["matched"] == {"rule": "Sales", "file": rules.as_posix(), "line": 5}
    assert shown["requests"][1] == {"event": "set_disposition", "disposition": "SOLD", "notes": "Asha bought"}
    nobody = json.loads(run("preview", rules, "weather=rain", "--json").stdout)
    assert (nobody["matched"], nobody["requests"]) == (None, [])


def test_preview_as_curl_has_placeholders_for_secrets(run, rules):
    done = run("preview", rules, "intent=sales", *OPEN, "--curl", "--call-id", "call-1")
    assert done.stdout.count("curl -X POST") == 3
    assert "$CALLBACK_TOKEN" in done.stdout
    assert "/api/v1/ai-sessions/call-1/control" in done.stdout


def test_preview_can_not_reach_a_client():
    code = "import sys, flowrules.cli.trying.preview; print([m for m in ('httpx', 'flowrules.control') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_why_has_a_line_for_every_rule(run, rules):
    done = run("why", rules, "intent=sales", "--fact", "balance=120", "--at", "2026-03-02T11:00")
    assert "not met because balance is 120, needs at least 500" in done.stdout
    assert "waits for something else" in done.stdout
    closed = run("why", rules, "intent=sales", "--fact", "balance=900", "--at", "2026-03-01T11:00")
    assert "closed, opens Monday 09:00" in closed.stdout


def test_test_passes_and_counts(run, rules):
    done = run("test", rules, "--coverage")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "1 passed, 0 failed")
    assert "no test for" in done.stdout


def test_a_failing_test_shows_both_sides_and_why(run, rules):
    rules.write_text(RULES.replace("given balance is 900", "given balance is 100"), "utf-8")
    done = run("test", rules)
    assert done.exit_code == 1
    assert "expected set_disposition SOLD" in done.stdout
    assert "happened: schedule_callback" in done.stdout
    assert "balance is 100, needs at least 500" in done.stdout


def test_diff_tells_what_an_edit_changes(run, rules, tmp_path):
    other = tmp_path / "new.rules"
    other.write_text(RULES.replace("queue billing", "queue bills"), "utf-8")
    done = run("diff", rules, other)
    assert done.exit_code == 1
    assert "was: transfer agent_queue billing" in done.stdout
    assert "now: transfer agent_queue bills" in done.stdout
    assert run("diff", rules, rules).exit_code == 0


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize(
    "words",
    [
        "check RULES",
        "check RULES --json",
        "check RULES --format github",
        "preview RULES intent=विक्रय",
        "preview RULES intent=विक्रय --json",
        "verbs transfer",
    ],
)
def test_an_output_without_letters_for_what_rules_say_is_no_end(tmp_path, encoding, words):
    path = tmp_path / "hindi.rules"
    path.write_text('on intent=विक्रय say "नमस्ते – hi… 😀é" then set_lead_status वाह\n', "utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "flowrules",
            *(str(path) if word == "RULES" else word for word in words.split()),
        ],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode == 0
    assert done.stdout
    if "--json" in words:
        # Typer takes ASCII for a mistake in the environment, and writes UTF-8.
        data = json.loads(done.stdout.decode("utf-8" if encoding == "ascii" else encoding))
        assert "preview" not in words or data["requests"][0]["tts_text"] == "नमस्ते – hi… 😀é"


def test_diff_does_not_take_rules_with_errors_for_a_difference(run, rules, tmp_path):
    broken = tmp_path / "broken.rules"
    broken.write_text("on intent=sales tranfer queue q\n", "utf-8")
    for sides in ((rules, broken), (broken, rules)):
        done = run("diff", *sides)
        assert done.exit_code == 2
        assert "errors" in done.stderr


def test_diff_names_what_no_example_shows(run, rules, tmp_path):
    other = tmp_path / "new.rules"
    other.write_text(
        'allow audio from "cdn.example.com"\n' + RULES.replace('rule "Sales"', 'rule "Sell"'), "utf-8"
    )
    done = run("diff", rules, other)
    assert done.exit_code == 1
    assert "Changed, not played" in done.stdout
    assert 'now: allow audio from "cdn.example.com"' in done.stdout
    assert "No difference" not in done.stdout
    assert "Changed, and no call can tell: rule Sell: its name." in done.stdout
    data = json.loads(run("diff", rules, other, "--json").stdout)
    assert data["changes"] == []
    assert [part["what"] for part in data["not_played"]] == ["allow audio"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("if it fails because unavailable", "if it fails because timeout",
         "(transfer fails because unavailable)"),
        ("  when during office", "  once per call\n  when during office", "intent=sales, then intent=sales"),
        ("on intent=billing", "after 8 minutes", "seconds pass"),
    ],
)  # fmt: skip
def test_diff_tells_a_story_where_one_event_does_not_show_it(run, rules, tmp_path, old, new, words):
    other = tmp_path / "new.rules"
    other.write_text(RULES.replace(old, new), "utf-8")
    done = run("diff", rules, other)
    assert done.exit_code == 1
    assert words in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("preview", "nowhere.rules", "intent=sales"), 2, "no file or folder"),
        (("preview", "RULES", "=sales"), 2, "no name"),
        (("preview", "RULES", "after", "15", "minutes"), 2, "Timers are tried out in a test"),
        (("why", "RULES", "at 21:00"), 2, "with the line: at 21:00"),
        (("preview", "RULES", "call.elapsed=5"), 2, "can't be set by an event"),
        (("preview", "RULES", "intent=sales", "--at", "soon"), 2, "no date and time"),
        (("preview", "RULES", "intent=sales", "--fact", "vip"), 2, "A fact has a value"),
        (("why",), 2, "Name the rules"),
        (("why", "--journal", "nowhere"), 2, "can't be read"),
        (("replay", "RULES", "--over", "nowhere", "--against", "RULES"), 2, "can't be read"),
        (("replay", "RULES", "--over", "RULES", "--against", "RULES"), 2, "whose name ends in"),
        (("replay", "RULES", "--over", "nowhere", "--cost", "transfr=2"), 2, "there is no verb transfr"),
        (("replay", "RULES", "--over", "nowhere", "--cost", "transfer=two"), 2, "is no amount"),
        (
            ("replay", "RULES", "--over", "nowhere", "--suppose", "transfer=bad"),
            2,
            "a verb fails because refused",
        ),
        (("replay", "RULES", "--over", "nowhere", "--json", "--html"), 2, "Only one of"),
    ],
)
def test_what_cant_be_answered_is_said_in_words(run, rules, arguments, code, words):
    done = run(*(rules if one == "RULES" else one for one in arguments))
    assert done.exit_code == code
    assert words in done.stderr


@pytest.mark.parametrize(
    ("at", "note", "scheduled_at"),
    [
        ("2026-03-08T01:30", "", "2026-03-08T04:30:00-04:00"),
        ("2026-03-08T02:30", "jumps over 2026-03-08T02:30:00: 2026-03-08T03:30:00-04:00 is taken",
         "2026-03-08T05:30:00-04:00"),
        ("2026-11-01T01:30", "twice: 2026-11-01T01:30:00-04:00 is taken", "2026-11-01T02:30:00-05:00"),
        ("2026-11-01T01:30-05:00", "", "2026-11-01T03:30:00-05:00"),
        ("9999-12-31T23:59", None, None),
        ("0001-01-01T00:00+14:00", None, None),
    ],
)  # fmt: skip
def test_a_time_that_a_clock_shows_twice_or_never_says_what_was_taken(run, tmp_path, at, note, scheduled_at):
    path = tmp_path / "a.rules"
    path.write_text("timezone America/New_York\non later schedule_callback in 2 hours\n", "utf-8")
    done = run("preview", path, "later", "--at", at, "--json")
    if note is None:
        assert done.exit_code == 2 or json.loads(done.stdout)["requests"] == []
        return
    assert note in done.stderr
    assert bool(note) == ("note:" in done.stderr)
    assert json.loads(done.stdout)["requests"][0]["scheduled_at"] == scheduled_at


SLIPS = [
    (("intnet=sales",), 'No rule asks for "intnet". Did you mean "intent"?'),
    (("intent=salse",), 'No rule knows intent "salse". Did you mean "sales"?'),
    (("intent=weather",), 'No rule knows intent "weather". The rules know: sales, billing.'),
    (("intent=sales", "intent=biling"), 'No rule knows intent "biling". Did you mean "billing"?'),
    (("paymnt_done",), 'No rule waits for the event "paymnt_done".'),
    (("intent=sales", "--fact", "balanse=900"), 'No rule asks for "balanse". Did you mean "balance"?'),
]


@pytest.mark.parametrize("command", ["preview", "why"])
@pytest.mark.parametrize(("words", "note"), SLIPS)
def test_a_name_or_value_that_no_rule_knows_is_told_and_is_no_error(run, rules, command, words, note):
    done = run(command, rules, *words, *OPEN[-2:])
    assert done.exit_code == 0
    assert f"note: {note}" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("intent=sales",),
        ("INTENT=Sales",),
        ("said=anything",),
        ("call_started",),
        ("dtmf=1",),
        ("intent=billing", *OPEN),
    ],
)
def test_what_the_rules_know_passes_without_a_note(run, rules, words):
    assert run("preview", rules, *words).stderr == ""


def test_a_fact_that_is_compared_otherwise_than_with_whole_values_may_hold_anything(run, tmp_path):
    path = tmp_path / "a.rules"
    path.write_text(
        "on city contains pune hangup\non plan is known hangup\non intent is not sales hangup\n", "utf-8"
    )
    for word in ("city=Mumbai", "intent=weather"):
        assert run("preview", path, word).stderr == ""
