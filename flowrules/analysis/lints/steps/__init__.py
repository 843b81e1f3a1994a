"""Lints on steps and rails: what a rule does, and when."""
