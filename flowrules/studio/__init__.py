"""The manager's own window, in the browser."""
