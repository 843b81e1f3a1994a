"""Recordings of calls: the shared type, and who reads it from journals, tables and webhooks."""
