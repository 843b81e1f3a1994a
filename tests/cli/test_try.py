"""`flowrules try`: a conversation, typed line by line."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

RULES = """timezone UTC

event payment_done

hours office
  mon to fri 09:00 to 18:00
end

urgent on said contains lawyer transfer queue legal

rule "Sales"
  on intent=sales
  when during office and balance is at least 500
  set_lead_field interest to sales
  transfer queue sales
    if it fails then schedule_callback in 2 hours
end

on payment_done 2 times log "paid twice"

after 10 seconds of silence say "Are you there?"

on call_ended set_disposition done
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "a.rules"
    path.write_text(RULES)
    return path


@pytest.fixture
def tried(run: Any, rules: Path) -> Any:
    """`tried(*lines)`: what is printed when these are typed on a Monday at eleven."""

    def play(*lines: str, at: str = "2026-03-02T11:00", facts: tuple[str, ...] = ()) -> str:
        options = [word for fact in facts for word in ("--fact", fact)]
        result = run("try", rules, "--at", at, *options, input="\n".join((*lines, "")).encode())
        assert result.exit_code == 0, result.output
        text: str = result.output
        return text.split("what else there is.\n", 1)[1]

    return play


def test_an_event_shows_the_rule_the_reason_and_what_is_done(tried: Any) -> None:
    told = tried("intent=sales balance=900")
    assert "Sales\n    took the event because office is open, and balance is 900\n" in told
    assert "  - set_lead_field interest sales\n  - transfer agent_queue sales" in told
    assert "The AI's session has ended." in told


def test_an_event_that_nobody_takes_says_what_stood_in_the_way(tried: Any) -> None:
    told = tried("intent=sales balance=20")
    assert "No rule takes it." in told
    assert "Sales: not met because balance is 20, needs at least 500" in told


def test_plain_words_are_what_the_caller_says(tried: Any) -> None:
    told = tried("I can't wait: I'll tell my lawyer!")
    assert "The caller says \"I can't wait: I'll tell my lawyer!\"." in told
    assert "transfer agent_queue legal" in told


def test_the_name_of_an_event_is_the_event_and_a_slip_is_asked_about(tried: Any) -> None:
    told = tried("payment_done", "payment_don", "payment_done")
    assert "counted 1 so far, needs 2" in told
    assert "(Or was the event meant: payment_done?)" in told
    assert "  - log" in told


def test_facts_are_kept_from_line_to_line_and_can_be_given(tried: Any) -> None:
    told = tried(":given balance=700 lead.name=Asha", "intent=sales", ":facts", facts=("plan=gold",))
    assert "balance is 700" in told
    assert "lead.name is Asha  (platform)" in told
    assert "plan is gold  (host)" in told


def test_the_clock_can_be_set_and_the_last_event_comes_again(tried: Any) -> None:
    told = tried("intent=sales balance=900", ":at 20:00", ":at 11:00")
    assert "It is Monday 2026-03-02 20:00:00 (UTC), 0:00 into the call. office is closed." in told
    assert "It is Monday 2026-03-02 11:00:00 (UTC), 0:00 into the call. office is open." in told
    assert "not met because office is closed, opens Tuesday 09:00" in told


def test_time_passes_and_sets_timers_off(tried: Any) -> None:
    told = tried("said=hello", ":wait 9 seconds", ":wait 2 seconds")
    before, _, after = told.partition("0:11 into the call.")
    assert "Are you there?" not in before.split("0:09 into the call.")[1]
    assert "at 11:00:10, by the clock:" in after
    assert '  - say "Are you there?"' in after


def test_a_verb_can_be_made_to_fail_and_mended(tried: Any) -> None:
    told = tried(
        ":fail transfer because unavailable", "intent=sales balance=900", ":undo", ":mend transfer", ":again"
    )
    failed, _, mended = told.partition("transfer is taken again.")
    assert "transfer agent_queue sales (failed: unavailable)" in failed
    assert "  - schedule_callback 2026-03-02T13:00:00+00:00" in failed
    assert "The AI's session has ended." not in failed
    assert "The AI's session has ended." in mended


def test_a_line_can_be_taken_back_and_made_again(tried: Any) -> None:
    told = tried("payment_done", ":undo", "payment_done", ":again")
    assert told.count("counted 1 so far") == 2
    assert told.count("- log") == 1


def test_taking_back_an_end_lets_the_call_go_on(tried: Any) -> None:
    told = tried("call a lawyer", "payment_done", ":undo", "payment_done")
    assert "nothing is decided any more" in told
    assert "counted 1 so far" in told


def test_why_and_the_exact_bodies_are_there_to_ask_for(tried: Any) -> None:
    told = tried("intent=sales balance=900", ":why", ":plan")
    assert "waits for something else: on payment_done 2 times" in told
    assert '{"event": "transfer", "destination_type": "agent_queue", "destination": "sales"}' in told


def test_the_engines_own_events_can_be_played(tried: Any) -> None:
    assert "  - set_disposition done" in tried("call_ended")


def test_a_new_call_knows_nothing_of_the_old_one(tried: Any) -> None:
    told = tried("payment_done", ":new", "payment_done", ":facts", facts=("plan=gold",))
    assert told.count("counted 1 so far") == 2
    assert "plan is gold" in told


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (":whyy", "There is no :whyy; did you mean :why?"),
        (":wait soon", "Write how long as :wait 2 minutes"),
        (":at half past nine", "Write the time as :at 18:30"),
        (":at 25:00", "Write the time as :at 18:30"),
        (":fail transferr", "There is no verb transferr; did you mean transfer?"),
        (":fail transfer rain", "A verb fails because it is one of: refused,"),
        (":undo", "There is nothing to take back"),
        (":again", "Nothing has happened yet"),
        (":plan", "Nothing has happened yet"),
        (":given balance", "Write what is known as :given balance=900"),
        ('intent="sales', "A quotation mark is open"),
        ("call.muted=true", "call.muted can't be set by an event"),
        ("x=1 =2", '"=2" has no name'),
    ],
)
def test_a_line_that_makes_no_sense_is_answered_in_words(tried: Any, line: str, answer: str) -> None:
    assert answer in tried(line, ":help")


def test_help_lists_every_command(tried: Any) -> None:
    told = tried(":help", ":quit", "intent=sales")
    for word in "why plan facts given at wait fail mend undo again new help quit".split():
        assert f"\n:{word}" in told
    assert "No rule" not in told


def test_rules_with_mistakes_are_not_tried(run: Any, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text("on intent=sales transfr agent x\n")
    result = run("try", tmp_path)
    assert result.exit_code == 1
    assert "did you mean" in result.output.lower()
    assert run("try", tmp_path / "none").exit_code == 2


@pytest.mark.parametrize("command", ["try", "run", "check", "preview", "test"])
def test_a_folder_without_a_rule_file_is_nothing_to_start_with(
    run: Any, tmp_path: Path, command: str
) -> None:
    (tmp_path / "notes.txt").write_text("on intent=sales hangup\n")
    result = run(command, tmp_path, *(["intent=sales"] if command == "preview" else []))
    assert result.exit_code == 2
    assert "There is no rule file in" in result.output


def test_a_slip_in_an_event_or_a_fact_is_told(tried: Any) -> None:
    assert 'No rule asks for "intnet". Did you mean "intent"?' in tried("intnet=sales")
    assert 'No rule knows intent "salse". Did you mean "sales"?' in tried("intent=salse")
    assert 'No rule asks for "balnce". Did you mean "balance"?' in tried(":given balnce=900")
    assert "No rule" not in tried(":given balance=900", "intent=sales").replace("No rule takes it", "")


class Terminal:
    """The command in a process of its own: type, save, and wait for what it prints."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from flowrules.cli import main; main()", "try", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lines: Queue[str | None] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def until(self, words: str) -> str:
        told = ""
        while words not in told:
            line = self._lines.get(timeout=60)
            assert line is not None, told
            told += line
        return told

    def leave(self) -> int:
        self.type(":quit")
        code = self._process.wait(60)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        return code


@pytest.fixture
def terminal(rules: Path) -> Iterator[Terminal]:
    yield (shown := Terminal(rules))
    assert shown.leave() == 0


def test_a_saved_edit_answers_the_last_event_anew(terminal: Terminal, rules: Path) -> None:
    terminal.until(":help lists")
    terminal.type("intent=support")
    terminal.until("No rule takes it.")
    rules.write_text(rules.read_text() + "on intent=support transfer queue help\n")
    told = terminal.until("  - transfer agent_queue help")
    assert "--- saved: revision " in told


def test_a_saved_mistake_leaves_the_rules_as_they_were(terminal: Terminal, rules: Path) -> None:
    terminal.until(":help lists")
    good = rules.read_text()
    rules.write_text(good + "on intent=support transfr queue help\n")
    terminal.until("saved with mistakes")
    terminal.until('"transfr"')
    terminal.type("call a lawyer")
    terminal.until("transfer agent_queue legal")


def test_something_happens_while_a_hangup_waits(run: Any, rules: Path) -> None:
    rules.write_text(
        "event joined\n"
        'on intent=bye say "Thank you for calling." then hangup then set_disposition BYE\n'
        'on hangup_interrupted advise "Listen."\n'
        'urgent on joined log "supervisor"\n'
        'on said contains "news" log "news"\n'
    )
    lines = ("intent=bye meanwhile dtmf=1", ":new", "intent=bye meanwhile joined", ":undo", ":again", ":new")
    lines += (
        "intent=bye meanwhile one more thing",
        ":new",
        "any news meanwhile, my friend",
        "any meanwhile news",
    )
    lines += ('said="the meanwhile news"', ":help")
    result = run("try", rules, input="\n".join((*lines, "")).encode())
    assert result.exit_code == 0, result.output
    key, supervisor, *_ = calls = result.output.split("Another call.")
    assert 'advise "Listen."' in key
    assert "- hangup" not in key
    assert 'urgent on joined log "supervisor"' in supervisor
    assert "ran before the ending, for it does not end the call itself" in supervisor
    assert "- hangup" in supervisor
    assert supervisor.count("- log with message supervisor") == 2
    assert 'The caller says "one more thing".' in calls[2]
    assert "- hangup" not in calls[2]
    assert 'The caller says "any news meanwhile, my friend".' in calls[3]
    assert 'The caller says "any meanwhile news".' in calls[3]
    assert calls[3].count("- log with message news") == 3
    assert "intent=bye meanwhile dtmf=1" in calls[3]


def test_what_comes_when_the_call_is_over_is_said_not_to_be_taken(run: Any, rules: Path) -> None:
    rules.write_text(
        "on intent=manager transfer queue managers\nurgent on intent=do_not_call set_lead_status dnd\n"
    )
    result = run("try", rules, input=b"intent=manager meanwhile intent=do_not_call\n")
    assert "What came meanwhile was not taken: transfer ended the AI's session." in result.output
