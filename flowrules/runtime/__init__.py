"""Live calls: frames and tokens, the driver of the call machine, the rule book and its reload, the journal."""
