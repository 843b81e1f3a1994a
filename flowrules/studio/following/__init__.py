"""Following a journal while it grows."""
