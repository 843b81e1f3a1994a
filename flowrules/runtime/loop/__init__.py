"""The event loop and the threads beside it: its budget, timers, tasks that are started again."""
