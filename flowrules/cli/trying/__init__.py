"""Commands that try rules out on one event, a conversation, tests, or every story."""
