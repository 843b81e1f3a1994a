"""What can happen in a call: the world of one story, and the moves that are tried in it."""
