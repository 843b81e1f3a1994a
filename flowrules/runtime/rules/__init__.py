"""The rules that are live: loading them again, and keeping the last good ones."""
