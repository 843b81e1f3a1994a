"""Closed maps: a fact chooses a row, and never becomes a destination."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

MAP = """
destination desk by lead.owner
  priya is agent a_1042
  "राज" is queue hindi
  5 is number +911234567890
  yes is sip "sip:vip@pbx.example.com"
  {otherwise}
end
on go transfer to desk
"""
OPEN = MAP.format(otherwise="otherwise is queue sales_main")
CLOSED = MAP.format(otherwise="")


@pytest.mark.parametrize(
    ("owner", "kind", "destination"),
    [
        ("priya", "agent", "a_1042"),
        ("PRIYA", "agent", "a_1042"),
        ("राज", "agent_queue", "hindi"),
        (5, "e164", "+911234567890"),
        ("5", "e164", "+911234567890"),
        (True, "sip_uri", "sip:vip@pbx.example.com"),
        (("nobody", "priya"), "agent", "a_1042"),
        ("nobody", "agent_queue", "sales_main"),
        (None, "agent_queue", "sales_main"),
    ],
)
def test_a_fact_chooses_a_row(plan_for: Any, owner: object, kind: str, destination: str) -> None:
    planned = plan_for(OPEN, known={} if owner is None else {"lead.owner": owner})
    assert planned.bodies == [{"event": "transfer", "destination_type": kind, "destination": destination}]


def test_without_otherwise_the_step_is_refused_before_sending(plan_for: Any) -> None:
    assert "lead.owner is unknown" in plan_for(CLOSED).failed.message
    stranger = plan_for(CLOSED, known={"lead.owner": "queue boss"}).failed
    assert stranger.reason == "refused"
    assert "no row" in stranger.message
    assert "boss" not in stranger.message


@given(owner=st.text(max_size=40))
def test_no_fact_makes_a_destination_of_its_own(plan_for: Any, owner: str) -> None:
    (body,) = plan_for(OPEN, known={"lead.owner": owner}).bodies
    assert (body["destination_type"], body["destination"]) in {
        ("agent", "a_1042"),
        ("agent_queue", "hindi"),
        ("e164", "+911234567890"),
        ("sip_uri", "sip:vip@pbx.example.com"),
        ("agent_queue", "sales_main"),
    }
