"""What an edit of rules changes, told by stories that are played under both."""
