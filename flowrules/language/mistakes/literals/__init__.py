"""Mistakes in values: clock times, phone numbers, quotes, targets."""
