"""Calendars and clock times, ready to be asked."""
