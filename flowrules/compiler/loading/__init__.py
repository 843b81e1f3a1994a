"""Loading: rule files into a rule set, and the form in which that is kept on disk."""
