"""The only HTTP client: requests of the control API, their credentials, their pace, and what became of them."""
