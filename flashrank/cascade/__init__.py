"""A small model before a large one: which passages the large one scores, and how all of them are ordered."""
