"""The student: its shape, its weights, its graph, its files."""
