"""Commands over what was recorded: journals, replays, reports."""
