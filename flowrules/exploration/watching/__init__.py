"""What is looked for in a story: the watchers, and the promises they hold rules to."""
