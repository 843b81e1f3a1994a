"""Rules that are tried out: what somebody types, a conversation on a simulated call, and what comes of it in words.

The command line and the studio say the same, since both say what stands here.
"""
