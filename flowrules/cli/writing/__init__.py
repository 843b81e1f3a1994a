"""Commands for who writes rules: start, check, format, build, draft, and editors."""
