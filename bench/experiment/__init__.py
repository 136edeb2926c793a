"""The experiment file: what it may say, and reading it."""
