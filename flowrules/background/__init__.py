"""What goes on beside whoever edits: reading edits, checking everything, playing calls in a process of its own.

The language server and the studio run the same, each with its own way to show that something is under way.
"""
