"""One live call: its session, what drives its machine, what is recorded of it."""
