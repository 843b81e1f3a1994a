"""Hazards around what a call knows: answers, values, what it remembers and forgets."""
