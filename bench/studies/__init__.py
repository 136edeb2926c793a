"""Studies: questions about a model that no experiment file asks."""
