"""What an edit of a rule set loses: rules, declarations, promises and rails that stood before."""
