"""Hazards around what is kept of a call: its disposition and its recording."""
