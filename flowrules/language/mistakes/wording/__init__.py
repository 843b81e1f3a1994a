"""Mistakes that show in words: phrases and plain words that the language does not have."""
