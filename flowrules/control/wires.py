"""Which library speaks HTTP."""

import ssl
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import assert_never

from flowrules.control.errors import WireUnusable
from flowrules.control.wire import Timeouts, Wire

PYREQWEST_TESTED = ("0.15.1", "0.16")
"""The first version of pyreqwest that is tried, and the first that is not: what proves that a request did not leave is
in no version's promises."""


_UNREADABLE = "ca_file can't be read: it is a PEM file with certificates"


class WireChoice(StrEnum):
    """`auto`: pyreqwest where the extra `fast` is installed and can be used, else httpx."""

    AUTO = "auto"
    HTTPX = "httpx"
    PYREQWEST = "pyreqwest"


def open_wire(
    base: str, timeouts: Timeouts, choice: WireChoice = WireChoice.AUTO, ca_file: Path | None = None
) -> tuple[Wire, str]:
    """The wire to a base URL, and why it is not the fast one; '' where it is, or where the host wants the other.
    `ca_file` holds certificates (PEM) that are trusted beside the usual ones.

    Raises WireUnusable where the host wants the fast one and it can't be used, or the certificates can't."""
    authorities = b"" if ca_file is None else _read(ca_file)
    match choice:
        case WireChoice.HTTPX:
            return _httpx(base, timeouts, authorities), ""
        case WireChoice.PYREQWEST:
            return _pyreqwest(base, timeouts, authorities), ""
        case WireChoice.AUTO:
            try:
                return _pyreqwest(base, timeouts, authorities), ""
            except WireUnusable as unusable:
                return _httpx(base, timeouts, authorities), str(unusable)
        case _:
            assert_never(choice)


def _httpx(base: str, timeouts: Timeouts, authorities: bytes) -> Wire:
    from flowrules.control.httpx_wire import HttpxWire

    return HttpxWire(base, timeouts, authorities)


def _pyreqwest(base: str, timeouts: Timeouts, authorities: bytes) -> Wire:
    first, beyond = PYREQWEST_TESTED
    try:
        found = version("pyreqwest")
    except PackageNotFoundError:
        raise WireUnusable("pyreqwest is not installed: pip install 'flowrules[fast]'") from None
    if not _numbers(first) <= _numbers(found) < _numbers(beyond):
        raise WireUnusable(f"pyreqwest {found} is not one of the versions that are tried")
    from flowrules.control.pyreqwest_wire import PyreqwestWire

    return PyreqwestWire(base, timeouts, authorities)


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else -1 for part in release.split("."))


def _read(ca_file: Path) -> bytes:
    """The file, in which there are certificates."""
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        text = ca_file.read_bytes()
        trusted.load_verify_locations(cadata=text.decode("ascii"))
    except ssl.SSLError:
        pass
    except (OSError, ValueError):
        raise WireUnusable(_UNREADABLE) from None
    if not trusted.cert_store_stats()["x509"]:
        raise WireUnusable(_UNREADABLE)
    return text
