import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from flowrules.sandbox import Sandbox
from flowrules.sandbox import Settings as SandboxSettings
from tests.fleet.postgres import MISSING, REQUIRED, postgres, programs

RULES = """
rule "sale"
  on intent=sales
  set_lead_field asked to "yes"
  wait 60 seconds
  set_disposition interested
  set_lead_status callback
end
rule "connect"
  on intent=agent
  hold
  wait 60 seconds
  transfer queue sales then set_disposition sold
end
on intent=note log "noted"
on intent=field set_lead_field seen to "yes"
on call_ended then set_disposition no_outcome then set_lead_field last_call to "ended" then set_lead_status completed
"""


@pytest.fixture(scope="session", autouse=True)
def server() -> Iterator[str]:
    """A PostgreSQL for all tests here; '' where this machine has none."""
    if programs() is None:
        assert REQUIRED not in os.environ, MISSING
        yield ""
        return
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The database of a fleet that has not been there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fleet.sqlite'}"
    import psycopg

    url: str = request.getfixturevalue("server")
    if not url:
        pytest.skip(MISSING)
    name = f"fleet_{abs(hash(request.node.nodeid)) % 10**12}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return f"{url.removesuffix('/fleet')}/{name}"


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    (tmp_path / "calls.rules").write_text(RULES, "utf-8")
    async with Sandbox(SandboxSettings(audio="none")) as it:
        yield it
