"""Ask rules about many situations at once, as one would in a notebook: `python examples/batch_preview.py`."""

# %% The rules, loaded once.
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import flowrules

RULES = flowrules.load(Path(__file__).parent / "rules")
MONDAY = datetime(2026, 3, 2, 9)

# %% Situations: what happens, and what was known before. They could as well be rows of a spreadsheet.
SITUATIONS: list[tuple[dict[str, object], dict[str, object]]] = [
    ({"intent": intent}, {"verified": verified})
    for intent in ("sales", "billing", "goodbye", "complaint")
    for verified in (True, False)
]

# %% What each would send.
for number, (event, known) in enumerate(SITUATIONS):
    shown = flowrules.preview(RULES, event, known=known, at=MONDAY + timedelta(hours=number))
    rule = shown.matched.label if shown.matched else "no rule"
    verbs = ", ".join(str(body["event"]) for body in shown.requests) or "nothing"
    print(f"{event!s:28} {known!s:22} {rule[:40]:42} {verbs}")

# %% And why nothing took a complaint.
for line in flowrules.why(RULES, {"intent": "complaint"}, at=MONDAY):
    print(f"{line.rule.file}:{line.rule.line}  {line.reason}")

# %% Which verbs the whole batch would send, and how often.
COUNTS = Counter(
    str(body["event"])
    for event, known in SITUATIONS
    for body in flowrules.preview(RULES, event, known=known, at=MONDAY).requests
)
print(dict(COUNTS))
