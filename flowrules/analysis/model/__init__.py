"""What the checks look at: the blocks of a rule set, its declarations, what blocks refer to, the types of facts, and
the domains of values (`constraint.py`, `intervals.py`) that `logic/` computes with."""
