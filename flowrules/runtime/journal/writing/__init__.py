"""Writing the journal: entries in a queue, a thread that brings them to the disk, its lock."""
