"""`flowrules test`: which tests are played, what build servers read, and tests that prove nothing."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Run

RULES = """\
on intent=sales transfer queue sales
on intent=bye say "Goodbye." then hangup
on intent=help whisper to agent_call "Help."
on anything say "How can I help?"
promise "Whoever is whispered to is known" before whisper agent_call is known
test "Sales are put through"
  on intent=sales
  expect transfer queue sales
end
test "the goodbye"
  on intent=bye
  expect say
end
test "a goodbye that \a fails"
  on intent=bye meanwhile said="wait"
  expect transfer
end
test "help"
  given agent_call is "call-7"
  on intent=help
  expect whisper
end
test "anything else"
  on hello
  expect say "How can I help?"
end
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "a.rules"
    path.write_text(RULES.replace("\a", "&<>"), "utf-8")
    return path


def names(run: Run, *words: str | Path) -> list[str]:
    return [one["test"] for one in json.loads(run("test", *words, "--json").stdout)["tests"]]


def test_tests_are_chosen_by_a_piece_of_their_name(run: Run, rules: Path) -> None:
    assert names(run, rules, "-k", "goodbye") == ["the goodbye", "a goodbye that &<> fails"]
    assert names(run, rules, "-k", "SALES", "-k", "help") == ["Sales are put through", "help"]
    assert len(names(run, rules)) == 5


def test_promises_are_chosen_too(run: Run, rules: Path) -> None:
    shown = json.loads(run("test", rules, "-k", "whispered", "--json").stdout)
    assert (len(shown["tests"]), len(shown["promises"])) == (0, 1)
    shown = json.loads(run("test", rules, "-k", "sales", "--json").stdout)
    assert (len(shown["tests"]), len(shown["promises"])) == (1, 0)


def test_only_what_was_chosen_decides_the_exit(run: Run, rules: Path) -> None:
    assert run("test", rules).exit_code == 1
    done = run("test", rules, "-k", "sales")
    assert done.exit_code == 0
    assert "reached by no test" not in done.stdout


def test_a_name_that_no_test_has_ends_with_two(run: Run, rules: Path) -> None:
    done = run("test", rules, "-k", "sails")
    assert done.exit_code == 2
    assert done.stderr.startswith(
        'No test and no promise has "sails" in its name. There are: "Sales are put through"'
    )
    done = run("test", rules, "-k", "the godbye")
    assert 'Did you mean "the goodbye"?' in done.stderr
    (rules.parent / "b.rules").write_text("on intent=bye hangup\n", "utf-8")
    assert "There are no tests." in run("test", rules.parent / "b.rules", "-k", "x").stderr


def test_a_test_that_proves_nothing_is_named_and_passes(run: Run, rules: Path) -> None:
    done = run("test", rules, "-k", "the goodbye")
    assert done.exit_code == 0
    shown = " ".join(done.stdout.split())
    assert 'This test also passes without "on intent=bye say "Goodbye." then hangup" (line 2)' in shown
    assert 'Write out what only this rule does: expect say "Goodbye."' in shown
    (finding,) = json.loads(run("test", rules, "-k", "the goodbye", "--json").stdout)["findings"]
    assert (finding["name"], finding["line"]) == ("test-proves-nothing", 10)


def test_check_names_it_too(run: Run, rules: Path) -> None:
    rules.write_text(RULES.replace("\a", ""), "utf-8")
    for _ in range(2):
        found = json.loads(run("check", rules, "--json").stdout)["findings"]
        assert [one["line"] for one in found if one["name"] == "test-proves-nothing"] == [10]
    assert "test-proves-nothing" not in run("check", rules, "--no-stories").stdout


def test_build_servers_read_the_result(run: Run, rules: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xml"
    assert run("test", rules, "--junit", out).exit_code == 1
    suites = ElementTree.parse(out).getroot()
    (suite,) = suites
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6", "failures": "1", "errors": "0", "skipped": "0",
    }  # fmt: skip
    cases = {case.attrib["name"]: case for case in suite}
    assert list(cases) == [
        "Sales are put through", "the goodbye", "a goodbye that &<> fails", "help", "anything else",
        "promise: Whoever is whispered to is known",
    ]  # fmt: skip
    failed = cases["a goodbye that &<> fails"]
    assert (failed.get("file"), failed.get("line")) == (str(rules), "14")
    assert failed[0].tag == "failure"
    assert failed[0].get("message") == "expected transfer"
    assert "happened: " in (failed[0].text or "")
    weak = cases["the goodbye"]
    assert [one.tag for one in weak] == ["system-out"]
    assert "FR620" in (weak[0].text or "")
    assert list(cases["Sales are put through"]) == []


def test_it_has_the_form_in_which_pytest_writes(run: Run, rules: Path, tmp_path: Path) -> None:
    theirs, ours = tmp_path / "theirs.xml", tmp_path / "ours.xml"
    (tmp_path / "test_x.py").write_text(
        "def test_a():\n    print('x')\n\ndef test_b():\n    assert False\n", "utf-8"
    )
    options = ("-p", "no:cacheprovider", "-o", "junit_logging=all", "-o", "junit_family=xunit1", "--junitxml")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-c",
            "/dev/null",
            "--rootdir",
            tmp_path,
            *options,
            theirs,
            tmp_path,
        ],
        check=False,
        capture_output=True,
    )
    run("test", rules, "--junit", ours)
    shape = dict(_shape(theirs))
    for tag, attributes in _shape(ours):
        assert attributes <= shape[tag], tag


def _shape(path: Path) -> list[tuple[str, set[str]]]:
    seen: dict[str, set[str]] = {}
    for element in ElementTree.parse(path).iter():
        seen.setdefault(element.tag, set()).update(element.keys())
    return list(seen.items())


def test_characters_that_xml_can_t_hold_are_replaced(run: Run, tmp_path: Path) -> None:
    rules, out = tmp_path / "a.rules", tmp_path / "out.xml"
    rules.write_text('on a say "x"\ntest "\x0b y"\n  on a\n  expect say\nend\n', "utf-8")
    run("test", rules, "--junit", out)
    assert len(ElementTree.parse(out).getroot()[0]) == 1


def test_a_result_that_can_t_be_written_ends_with_two(run: Run, rules: Path, tmp_path: Path) -> None:
    done = run("test", rules, "-k", "sales", "--junit", tmp_path / "no" / "out.xml")
    assert done.exit_code == 2
    assert "can't be written" in done.stderr


def test_a_failure_stands_below_the_event_that_it_speaks_of(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text(
        'on intent=a advise "A"\non intent=b advise "B"\n'
        'test "x"\n  on intent=a\n  expect advise "C"\n  expect hangup\n  on intent=b\n  expect hangup\nend\n'
    )
    lines = [line for line in run("test", tmp_path).stdout.splitlines() if line.startswith("  line")]
    assert lines == ["  line 4: on intent=a", "  line 5", "  line 6", "  line 7: on intent=b", "  line 8"]
