"""Rules at work without a platform: a simulated call, the tests in rule files, coverage, recorded events."""
