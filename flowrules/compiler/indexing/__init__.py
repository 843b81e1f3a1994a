"""The index of a rule set: which rules an event can concern."""
