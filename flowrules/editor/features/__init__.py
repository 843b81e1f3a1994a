"""What an editor asks for at a place or of a file: each answer is a function of the workspace."""
