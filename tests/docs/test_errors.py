"""The drawn trees of errors: each says what the code says, and the guide tells of every one what became of the call."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import flowrules
import flowrules.control
import flowrules.engine
import flowrules.runtime
from flowrules.control import errors as control
from flowrules.engine.event import BadEvent
from flowrules.runtime import errors as run

GUIDE = (Path(__file__).parents[2] / "docs" / "embedding.md").read_text("utf-8")
LEAF = re.compile(r"^(?P<lines>[ │├└─]*)(?P<name>[A-Z]\w+)(?:\s{2,}.*)?$")


def drawn(text: str) -> dict[str, str]:
    """Every name of a drawn tree, with the one above it."""
    above: list[str] = []
    found: dict[str, str] = {}
    root = 0
    for line in text.splitlines():
        match = LEAF.match(line)
        if match is None:
            continue
        if match["name"] in ("FlowrulesError", "Exception") and not match["lines"].strip():
            root = len(match["lines"])
        depth = (len(match["lines"]) - root) // 4
        above[depth:] = [match["name"]]
        if depth:
            found[match["name"]] = above[depth - 1]
    return found


def of_the_code() -> dict[str, str]:
    """Every error that is raised on purpose while calls run."""
    for package in (flowrules.control, flowrules.engine, flowrules.runtime):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    found = {"FlowrulesError": "Exception"}
    waiting: list[type[BaseException]] = [control.FlowrulesError]
    while waiting:
        parent = waiting.pop()
        for child in parent.__subclasses__():
            found[child.__name__] = parent.__name__
            waiting.append(child)
    return found


def test_the_trees_in_the_code_are_those_of_the_code() -> None:
    assert {**drawn(control.__doc__ or ""), **drawn(run.__doc__ or "")} == {
        name: parent for name, parent in of_the_code().items() if parent != "Exception"
    }


def test_the_guides_tree_is_whole() -> None:
    tree = drawn(GUIDE.split("### What can be raised")[1].split("```")[1])
    assert tree == {**of_the_code(), "BadEvent": "ValueError", "ValueError": "Exception"}
    assert BadEvent.__bases__ == (ValueError,)


@pytest.mark.parametrize("name", sorted({*of_the_code(), "BadEvent"} - set(of_the_code().values())))
def test_the_guide_says_what_became_of_the_call(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \|(.*)\|$", GUIDE, re.MULTILINE)
    by, meaning, call = (cell.strip() for cell in row.split(" | "))
    assert by
    assert meaning
    assert len(call) > 20


def test_every_one_of_them_is_public() -> None:
    assert {*of_the_code(), "BadEvent"} <= set(flowrules.__all__)
