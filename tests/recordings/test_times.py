"""Times of a table that are read as a column are those that are read one by one."""

import random
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute
import pytest

from flowrules.compiler.times.instants import to_instant
from flowrules.recordings.times import Instants, moments


@pytest.mark.parametrize("name", ["Europe/Berlin", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe"])
def test_local_times_of_a_column(name: str) -> None:
    chance, zone, columns = random.Random(name), ZoneInfo(name), 0
    for _ in range(200):
        begins = datetime(2026, 1, 1) + timedelta(hours=chance.randrange(24 * 365))
        local = [begins + timedelta(microseconds=chance.randrange(4 * 3_600_000_000)) for _ in range(20)]
        wanted = [to_instant(one, zone) for one in local]
        found = moments(pa, pa.array(local, pa.timestamp("us")), zone)
        if not isinstance(found, Instants):
            assert found == wanted
            continue
        columns += 1
        assert found.whole() == wanted
        assert [found.at(row) for row in range(20)] == wanted
        assert found.breaks in (b"", bytes([later < at for at, later in pairwise(wanted)]))
        minutes, places = found.minutes()
        told = [minutes[place] for place in places.to_pylist()]
        assert told == [one.replace(second=0, microsecond=0) for one in wanted]
    assert columns > 150
