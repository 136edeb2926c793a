"""Verbs about this project: its documents, its bundled model, and the studies of stability, speed and random models."""
