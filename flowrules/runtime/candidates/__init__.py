"""Candidate rules beside the live ones: what they would decide, and how that differs."""
