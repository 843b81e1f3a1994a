"""Lints on triggers and conditions: what they cover, and what they can mean."""
