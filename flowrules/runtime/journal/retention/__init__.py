"""How long a journal keeps what it holds: erasing calls, and keeping away what is old."""
