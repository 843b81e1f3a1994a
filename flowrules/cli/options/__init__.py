"""Options that many commands share: which files, which host, which situation."""
