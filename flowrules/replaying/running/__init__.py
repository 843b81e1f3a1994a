"""A replay of a whole recording: piece by piece, in as many processes as there are."""
