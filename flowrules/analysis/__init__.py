"""From AST to checked rules: names, types, arguments, order, reach."""
