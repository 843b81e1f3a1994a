"""A PostgreSQL of a test's own: Debian's package, in a temporary folder, as a user that is not root."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REQUIRED = "POSTGRES_REQUIRED"
"""In the environment: a machine without PostgreSQL fails the tests, and does not pass them over."""

MISSING = "there is no PostgreSQL: apt-get install postgresql"


def programs() -> Path | None:
    """Where `initdb` and `postgres` are; Debian has them in no PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    named = shutil.which("initdb")
    return Path(named).resolve().parent if named else None


@contextmanager
def postgres() -> Iterator[str]:
    """Its URL: it listens on loopback, and on a socket in its folder."""
    where = programs()
    assert where is not None, MISSING
    # Not in the folder of a test: that is closed to other users.
    home = Path(tempfile.mkdtemp(prefix="flowrules-postgres-"))
    who: dict[str, Any] = {"cwd": home, "stdin": subprocess.DEVNULL}
    if os.geteuid() == 0:
        shutil.chown(home, "postgres", "postgres")
        who |= {"user": "postgres", "group": "postgres", "extra_groups": []}
    data = home / "data"
    subprocess.run(
        [where / "initdb", "-D", data, "-U", "flowrules", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        check=True, stdout=subprocess.DEVNULL, **who,
    )  # fmt: skip
    port = _free_port()
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [where / "postgres", "-D", data, "-k", home, "-h", "127.0.0.1", "-p", str(port), "-c", "fsync=off",
             "-c", "max_connections=200"],
            stdout=log, stderr=log, **who,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while subprocess.run(
            [where / "createdb", "-h", home, "-p", str(port), "-U", "flowrules", "fleet"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ).returncode:  # fmt: skip
            assert server.poll() is None, (home / "log").read_text()
            assert time.monotonic() < deadline, (home / "log").read_text()
            time.sleep(0.1)
        yield f"postgresql://flowrules@127.0.0.1:{port}/fleet"
    finally:
        server.send_signal(2)  # SIGINT: connections are closed at once.
        server.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
