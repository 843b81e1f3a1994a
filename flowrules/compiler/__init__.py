"""From checked rules to a rule set: conditions, steps, the index."""
