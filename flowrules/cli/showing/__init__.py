"""Commands that show rules, and what an edit changes."""
