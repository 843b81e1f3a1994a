"""A page of sentences as Markdown and as HTML."""
