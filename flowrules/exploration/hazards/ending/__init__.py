"""Hazards around the end of a call: goodbyes, endings that do not come, silence."""
