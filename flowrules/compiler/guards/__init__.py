"""Conditions as functions that are quick to ask."""
