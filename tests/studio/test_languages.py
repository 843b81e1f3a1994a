"""Each language says everything, fills in the same places, and is written in its own script."""

import json
import re
from pathlib import Path

import pytest
import regex

from flowrules.studio import texts as package
from flowrules.studio.panels.registry import PANELS
from flowrules.studio.texts import ENGLISH, languages, texts

FOLDER = Path(package.__file__).parent
STUDIO = FOLDER.parent
PLACE = re.compile(r"\{\w+\}")
OTHERS = [tag for tag in languages() if tag != ENGLISH]
SCRIPTS = {"hi": "Devanagari", "ta": "Tamil"}
NAMES = {"page.title"}
"""Texts that are names, in all languages alike."""


def read(tag: str) -> dict[str, str]:
    """Raises for a text that stands there twice."""
    pairs = json.loads((FOLDER / f"{tag}.json").read_text("utf-8"), object_pairs_hook=lambda found: found)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_the_menu_names_each_language_in_its_own_words() -> None:
    assert dict(languages()) == {"en": "English", "hi": "हिन्दी", "ta": "தமிழ்"}
    assert texts("hi-IN").language == "hi"
    assert texts("fr").language == ENGLISH


@pytest.mark.parametrize("tag", OTHERS)
def test_a_language_has_each_text_with_the_same_places(tag: str) -> None:
    english, own = read(ENGLISH), read(tag)
    assert own.keys() == english.keys()
    for name, text in own.items():
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(english[name])), name
        assert text.strip(), name


@pytest.mark.parametrize("tag", OTHERS)
def test_a_language_is_written_in_its_script(tag: str) -> None:
    """Nothing was left in English: of each text some letters are of the script, and what is not names a command, a
    file or an option."""
    script = regex.compile(rf"\p{{{SCRIPTS[tag]}}}")
    foreign = regex.compile(r"[\p{L}--[A-Za-z]]", regex.V1)
    for name, text in read(tag).items():
        if name not in NAMES:
            assert script.search(text), name
        for letter in foreign.findall(text):
            assert script.match(letter), (name, text)


def test_every_text_is_used_and_every_text_that_is_asked_for_is_there() -> None:
    """A name stands in the code whole, or its beginning does, before what is filled in."""
    files = [*STUDIO.rglob("*.py"), *(STUDIO / "web" / "src").glob("*.js")]
    code = "\n".join(file.read_text("utf-8") for file in files)
    english = read(ENGLISH)
    begun = set(re.findall(r"[\"'`]([a-z_.]+\.)(?:\$?\{)", code))
    for name in english:
        base = name.removesuffix(".one").removesuffix(".many")
        whole = f'"{base}"' in code or f"`{base}`" in code
        assert whole or any(name.startswith(one) for one in begun), name
    asked = set(re.findall(r"\b(?:t|texts|_texts)\(\s*\"([a-z_.]+)\"", code))
    counted = set(re.findall(r"counted\(\s*\"([a-z_.]+)\"", code))
    assert len(asked) > 100
    assert asked <= english.keys()
    assert {f"{name}.{number}" for name in counted for number in ("one", "many")} <= english.keys()
    assert {f"panel.{name}" for name in PANELS} <= english.keys()


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    told = texts()("whatif.ended", was="say {now}", now="{was}")
    assert told == "How it ends, before: say {now}. Now: {was}."
