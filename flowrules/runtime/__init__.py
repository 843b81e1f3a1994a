"""Live calls: frames and tokens, the executor, timers, the rule book and its reload, the journal."""
