"""What all tests share: golden files, which `pytest --update-goldens` writes anew."""

from collections.abc import Callable
from pathlib import Path

import pytest

Golden = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens",
        action="store_true",
        help="write what the code now says into the golden files; read the difference before keeping it",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """`golden(path, text)`: the file at `path` holds this text."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-goldens"):
            path.write_text(text, "utf-8")
        assert path.exists(), (
            f"no golden file {path.name}: run pytest --update-goldens and read what it writes"
        )
        assert text == path.read_text("utf-8")

    return compare
