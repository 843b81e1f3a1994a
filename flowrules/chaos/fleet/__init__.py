"""A chaos run of a fleet: hosts in processes of their own, killed at random and cut off from their database, and one
account over all their journals, the database and the platform's ledger."""
