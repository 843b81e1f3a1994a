"""What flowrules costs, beside other rule engines and beside plain Python, on the same work in the same run."""
