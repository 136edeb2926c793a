"""Questions about one model that an experiment file does not ask."""
