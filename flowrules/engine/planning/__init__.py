"""From a decision to a plan: which steps, in which order, with which request bodies."""
