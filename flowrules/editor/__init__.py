"""What an editor shows of rules while they are written: findings, completion, hover, names, fixes, outline and more.

Pure functions over texts: no files, no clock, no network. `Workspace` holds the texts of one rule set; every answer is
made from what it has read last, also while a text has a mistake in it. The language server and the studio show the
same answers.
"""
