"""The pure engine: what is known of a call, what an event leads to, what will be sent."""
