"""An answer for programs. `docs/replay.md` says what stands in it."""

import json
from typing import Any

import msgspec

from flowrules.replaying.answer import Answer, encode
from flowrules.replaying.told.summary import Costs, money, total

FORMAT = "flowrules replay"


def as_data(answer: Answer, costs: Costs | None = None) -> dict[str, Any]:
    """JSON data. Amounts of money are texts, so that no digit is lost."""
    told: dict[str, Any] = msgspec.json.decode(encode(answer))
    version = told.pop("version")
    told["groups"] = list(told["groups"].values())
    rows = money(answer, costs or {})
    amounts = [
        {
            "verb": row.word,
            "each": str(row.each),
            "old": row.old,
            "new": row.new,
            "difference": str(row.difference),
        }
        for row in rows
    ]
    return {
        "format": FORMAT,
        "version": version,
        **told,
        "costs": {"verbs": amounts, "difference": str(total(rows))} if rows else None,
    }


def as_json(answer: Answer, costs: Costs | None = None) -> str:
    return json.dumps(as_data(answer, costs), ensure_ascii=False, indent=2) + "\n"
