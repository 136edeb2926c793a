"""Texts by number and labels as arrays."""
