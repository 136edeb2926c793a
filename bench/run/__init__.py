"""Running an experiment: what it needs, what is left to do, and doing it."""
