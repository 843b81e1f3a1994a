"""What an edit would have done: recorded calls, played again under other rules (`flowrules replay`)."""
