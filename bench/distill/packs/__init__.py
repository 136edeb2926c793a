"""Packs of numbered texts, and their labels as arrays."""
