"""A chaos run without sockets: each call is a little world of its own, on virtual time, in which everything that can
come may come at any moment. What is drawn is drawn from a seed, so any call can be played again, alone."""
