"""`flowrules verbs`: nothing of the catalogue is missing, and the examples are real."""

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from flowrules.language.parse import parse_block
from flowrules.verbs import CATALOGUE, Group, Slot
from flowrules.verbs.describe import PLACES, describe

Run = Callable[..., Result]


def test_the_table_has_every_verb(run: Run) -> None:
    shown = run("verbs")
    listed = {line.split()[0] for line in shown.stdout.splitlines() if line.startswith("  ")}
    assert {spec.name for spec in CATALOGUE} <= listed
    assert max(map(len, shown.stdout.splitlines())) <= 80


@pytest.mark.parametrize("spec", CATALOGUE, ids=lambda spec: spec.name)
def test_a_verb_s_page_has_its_forms_fields_and_examples(run: Run, spec: object) -> None:
    one = describe(spec)  # type: ignore[arg-type]
    shown = run("verbs", one.name)
    assert shown.exit_code == 0
    for text in (*one.forms, *one.examples, *(field.name for field in one.fields)):
        assert text in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_every_kind_of_slot_is_explained() -> None:
    parts = [part for spec in CATALOGUE for form in spec.forms for part in form.parts]
    slots = [slot for part in parts for slot in (part.parts if isinstance(part, Group) else (part,))]
    assert {slot.kind for slot in slots if isinstance(slot, Slot)} == PLACES.keys()


@pytest.mark.parametrize("example", [example for spec in CATALOGUE for example in spec.examples])
def test_the_examples_are_rules(example: str) -> None:
    item, problems = parse_block(f"on intent=x {example}")
    assert item is not None, problems


def test_fields_tell_what_is_required_and_what_is_meant_without_them(run: Run) -> None:
    shown = run("verbs", "request_supervisor").stdout
    assert "reason            text\n" in shown
    assert "urgency           low | high, optional, low if left out\n" in shown


def test_say_is_play_audio(run: Run) -> None:
    assert run("verbs", "say").stdout == run("verbs", "PLAY_AUDIO").stdout


def test_json_is_the_same_data(run: Run) -> None:
    every = json.loads(run("verbs", "--json").stdout)
    assert [one["name"] for one in every] == [spec.name for spec in CATALOGUE]
    assert json.loads(run("verbs", "transfer", "--json").stdout) == every[0]


def test_a_mistyped_verb_is_guessed(run: Run) -> None:
    shown = run("verbs", "tranfser")
    assert "Did you mean transfer?" in shown.stderr
    assert shown.exit_code == 2
