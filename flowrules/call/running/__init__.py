"""One plan, step by step: where it stands, each verb's delivery, what is true while it runs."""
