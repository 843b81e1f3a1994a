"""The LALR parser: the grammar, its tables, and the loop that runs them."""
