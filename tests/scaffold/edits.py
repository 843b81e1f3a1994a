"""Edits of source files at places that are named by a text. A place that is gone ends the scaffolding: nothing is guessed."""

from pathlib import Path


class PlaceGone(SystemExit):
    """The text at which something was to be added is not in the file, or not once."""


def add_before(path: Path, place: str, text: str) -> None:
    """Put `text` before the one occurrence of `place`. Raises PlaceGone."""
    old = path.read_text("utf-8")
    if old.count(place) != 1:
        raise PlaceGone(f"{path}: {place!r} is in it {old.count(place)} times, and has to be there once")
    path.write_text(old.replace(place, text + place), "utf-8")


def add_behind(path: Path, place: str, text: str) -> None:
    """Put `text` behind the one occurrence of `place`. Raises PlaceGone."""
    add_before(path, place, "")
    path.write_text(path.read_text("utf-8").replace(place, place + text), "utf-8")


def add_at_end(path: Path, text: str) -> None:
    path.write_text(path.read_text("utf-8").rstrip("\n") + "\n" + text, "utf-8")


def create(path: Path, text: str) -> None:
    if path.exists():
        raise SystemExit(f"{path} is there already")
    path.write_text(text, "utf-8")
