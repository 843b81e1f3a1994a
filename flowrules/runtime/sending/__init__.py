"""Who carries out a verb: the platform over HTTP, or the host."""
