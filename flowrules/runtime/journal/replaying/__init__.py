"""Playing a recorded call again, and holding it against what is on record."""
