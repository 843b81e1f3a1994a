"""What a call does, as one machine: inputs in, effects out. Nothing here waits, looks at a clock or sends anything."""
