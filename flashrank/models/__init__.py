"""From a model's name to a verified directory on disk."""
