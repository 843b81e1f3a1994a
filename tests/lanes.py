"""How much of the suite a run plays: `pytest` is what a change must pass, `pytest -m fast` the inner loop, and
`DRAWN=1 pytest` draws as many examples as each test of Hypothesis names.

Without `DRAWN` a test draws a third of them: others in each run, on a build server too, where Hypothesis by itself would
draw the same ones for ever.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import settings

SHARE = float(os.environ.get("DRAWN") or 1 / 3)
FEW = 25
"""A test that names so few examples draws them all."""

FAST = ("call", "compiler", "decoding", "diagnostics", "engine", "language", "planning", "prose")
"""Folders whose tests need no platform, no framework and no process."""
SLOW_PARTS = frozenset({"sandbox", "tmp_path_factory"})


def examples(named: int, share: float) -> int:
    """How many are drawn of those that a test names."""
    return max(min(named, FEW), round(named * share))


def set_up(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fast: plays in the inner loop, `pytest -m fast`")
    settings.register_profile(
        "flowrules", settings.default, derandomize=False, deadline=None, print_blob=True
    )
    settings.load_profile("flowrules")


def is_drawn(item: pytest.Item) -> bool:
    return bool(getattr(getattr(item, "obj", None), "is_hypothesis_test", False))


def draw_a_share(items: Iterable[pytest.Item]) -> None:
    for test in {item.obj for item in items if is_drawn(item)}:  # type: ignore[attr-defined]
        chosen = test._hypothesis_internal_use_settings
        test._hypothesis_internal_use_settings = settings(
            chosen, max_examples=examples(chosen.max_examples, SHARE)
        )


def is_passed_over(path: Path, config: pytest.Config) -> bool | None:
    """Folders without a fast test are not even imported for `-m fast`: the frameworks alone take ten seconds."""
    tests = Path(__file__).parent
    if config.option.markexpr != "fast" or path.parent != tests:
        return None
    return path.name not in FAST if path.is_dir() else None


def mark_fast(items: Iterable[pytest.Item]) -> None:
    tests = Path(__file__).parent
    for item in items:
        slow = (
            is_drawn(item)
            or item.get_closest_marker("timeout") is not None  # It says itself that it takes long.
            or "hostile" in item.path.name
            or SLOW_PARTS & frozenset(getattr(item, "fixturenames", ()))
        )
        ours = item.path.is_relative_to(tests)  # A test of the watch for tokens plays tests of its own.
        if ours and not slow and item.path.relative_to(tests).parts[0] in FAST:
            item.add_marker(pytest.mark.fast)
