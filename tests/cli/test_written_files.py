"""What `check --fix` and `fmt` write: everything that they do not change stays byte for byte."""

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from flowrules.authoring.encoded import encoded_like

Run = Callable[..., Result]
WRONG, RIGHT = "on intent=a trasnfer queue q", "on intent=a transfer queue q"


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("sign", ["\u2028", "\f", "\x85"])
def test_a_fix_changes_its_place_only(run: Run, tmp_path: Path, mark: bytes, end: str, sign: str) -> None:
    text = f'# eins{sign}zwei  {end}{end}{{}}{end}on  intent=b   say "x{sign}y"\t# ü'
    file = tmp_path / "a.rules"
    file.write_bytes(mark + text.format(WRONG).encode())
    run("check", str(file), "--fix")
    assert file.read_bytes() == mark + text.format(RIGHT).encode()


@pytest.mark.parametrize(
    ("mark", "encoding"), [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")]
)
def test_a_file_in_utf_16_stays_in_it(run: Run, tmp_path: Path, mark: bytes, encoding: str) -> None:
    file = tmp_path / "a.rules"
    file.write_bytes(mark + f"# ü\r\n{WRONG}\r\n".encode(encoding))
    run("check", str(file), "--fix")
    assert file.read_bytes() == mark + f"# ü\r\n{RIGHT}\r\n".encode(encoding)


def test_lines_of_mixed_ends_keep_their_own() -> None:
    old = b"a\r\nb\nc\rd\r\n"
    assert encoded_like(old, "a\nb\nc\nd\n") == old
    assert encoded_like(old, "a\nB\nc\nd\n") == b"a\r\nB\nc\rd\r\n"
    assert encoded_like(old, "a\nc\nd\n") == b"a\r\nc\rd\r\n"


def test_a_file_that_is_no_text_is_not_written(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.rules"
    file.write_bytes(f"# \xe4\n{WRONG}\n".encode("latin-1"))
    before = file.read_bytes()
    run("check", str(file), "--fix")
    run("fmt", str(file))
    assert file.read_bytes() == before
