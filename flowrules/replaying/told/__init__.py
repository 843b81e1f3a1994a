"""An answer for people and programs: as text for a terminal, Markdown, a page, and JSON. All say the same."""
