"""A story in words, and as a test."""
