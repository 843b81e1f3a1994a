"""The fleet's database: its tables and states, and the durable steps that DBOS keeps there."""
