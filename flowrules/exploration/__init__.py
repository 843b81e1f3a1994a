"""Exploration: the call machine is played from the start of a call in every way that matters to its rules, and watchers
say what is wrong."""
